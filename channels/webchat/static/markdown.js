// Markdown as the bot writes it: paragraphs, lists, **bold**, *italic*, `code`, links, backslash escapes. Everything
// else, HTML above all, is text. Nodes are built one by one; no string of the bot is ever parsed as HTML.

const ITEM = /^ {0,3}(?:(-)|(\d{1,9})\.) +(?=\S)/;
const TOKEN = /\\([!-/:-@[-`{-~])|`([^`\n]+)`|(\*\*|\*)|(\[)|\]\(([^\s()<>]*)\)|([^\\`*[\]]+)|([^])/g;
const WIDE = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]/;

/** The HTML of `markdown`. `newWindow` describes each link: that it opens a window. */
export function renderMarkdown(markdown, _styleOptions, { externalLinkAlt: newWindow = "" } = {}) {
  const page = document.implementation.createHTMLDocument("");
  for (const block of blocks(markdown)) page.body.append(blockElement(block, page, newWindow));
  return page.body.innerHTML;
}

/** Paragraphs `{lines}` and lists `{tag, start, items: [lines]}`. */
function blocks(markdown) {
  const found = [];
  let open = null;
  for (const line of markdown.split(/\r\n|\r|\n/)) {
    const item = ITEM.exec(line);
    if (!line.trim()) {
      // A list goes on after a blank line if another item follows.
      open = open?.tag ? open : null;
    } else if (item) {
      const tag = item[1] ? "ul" : "ol";
      if (open?.tag !== tag) found.push((open = { tag, start: Number(item[2] ?? 1), items: [] }));
      open.items.push([line.slice(item[0].length)]);
      open.blank = false;
    } else if (open?.tag && !open.blank) {
      open.items.at(-1).push(line.trim());
    } else {
      if (!open || open.tag) found.push((open = { lines: [] }));
      open.lines.push(line.trim());
    }
    if (open?.tag && !line.trim()) open.blank = true;
  }
  return found;
}

function blockElement(block, page, newWindow) {
  const element = page.createElement(block.tag ?? "p");
  if (!block.tag) {
    element.append(...inline(joined(block.lines), page, newWindow));
    return element;
  }
  if (block.tag === "ol" && block.start !== 1) element.start = block.start;
  for (const lines of block.items) {
    const item = page.createElement("li");
    item.append(...inline(joined(lines), page, newWindow));
    element.append(item);
  }
  return element;
}

/** Lines of one paragraph: a line end is a space, but not between Chinese characters. */
function joined(lines) {
  return lines.reduce((text, line) => text + (WIDE.test(text.at(-1)) && WIDE.test(line[0]) ? "" : " ") + line);
}

/** The nodes of a line of text: one pass, with a stack of what is open. */
function inline(text, page, newWindow) {
  const stack = [{ mark: "", nodes: [] }];
  const places = { "*": [], "**": [], "[": [] }; // where in the stack each mark is open
  const open = (mark) => places[mark].push(stack.push({ mark, nodes: [] }) - 1);
  /** Take what is open at `place` and above it off the stack; all but the first mark turn out to be text. */
  const take = (place) => {
    const [first, ...others] = stack.splice(place);
    for (const { mark } of [first, ...others]) places[mark]?.pop();
    return first.nodes.concat(others.flatMap(({ mark, nodes }) => [page.createTextNode(mark), ...nodes]));
  };
  const close = (mark, element) => {
    const place = places[mark].at(-1);
    if (place === undefined || (mark !== "[" && place < (places["["].at(-1) ?? 0))) return false;
    element.append(...take(place));
    stack.at(-1).nodes.push(element);
    return true;
  };
  for (const token of text.matchAll(TOKEN)) {
    const [whole, escaped, code, mark, bracket, address] = token;
    const spaceBefore = /\s|^$/.test(text[token.index - 1] ?? "");
    const spaceAfter = /\s|^$/.test(text[token.index + whole.length] ?? "");
    if (mark && !spaceBefore && close(mark, page.createElement(mark === "*" ? "em" : "strong"))) continue;
    if (address !== undefined && isOpenable(address) && close("[", link(address, page, newWindow))) continue;
    if ((mark && !spaceAfter) || bracket) open(mark ?? bracket);
    else stack.at(-1).nodes.push(code === undefined ? page.createTextNode(escaped ?? whole) : codeElement(code, page));
  }
  return take(0);
}

function codeElement(code, page) {
  const element = page.createElement("code");
  element.textContent = code;
  return element;
}

/** Whether a link or button may open `address`: the web over TLS and mail, nothing else. */
export function isOpenable(address) {
  try {
    const { protocol, username } = new URL(address);
    return (protocol === "https:" || protocol === "mailto:") && !username;
  } catch {
    return false;
  }
}

function link(address, page, newWindow) {
  const anchor = page.createElement("a");
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  if (newWindow) anchor.title = newWindow;
  return anchor;
}

// <script src="https://bot.example.com/embed.js" data-lang="zh-CN" defer></script>
// puts a button at the corner of a page that opens the chat. data-lang: en or zh-CN (else the page's own language),
// data-theme: light or dark (else the visitor's), data-side: left or right. Nothing global is left behind; styles are
// made by script and no HTML is parsed, so that a strict Content-Security-Policy of the page needs only script-src and
// frame-src for the bot's address.
(() => {
  const script = document.currentScript;
  const { lang = document.documentElement.lang || navigator.language, theme = "", side = "right" } = script.dataset;
  const home = new URL(".", script.src);
  const chinese = /^zh\b/i.test(lang);
  const words = chinese
    ? { open: "打开学习合作伙伴助手", close: "关闭聊天", name: "学习合作伙伴助手", refused: "此网站暂不能使用该助手。" }
    : {
        open: "Open the Learning Partner bot",
        close: "Close the chat",
        name: "Learning Partner bot",
        refused: "The bot is not available on this site.",
      };
  const ANSWER_WAIT = 3000; // milliseconds for a loaded frame to answer; a refused one never does

  const CSS = `
    :host { all: initial; }
    .launch {
      position: fixed; z-index: 2147483000; bottom: max(20px, env(safe-area-inset-bottom)); ${side === "left" ? "left" : "right"}: 20px;
      width: 56px; height: 56px; padding: 0; border: 0; border-radius: 50%; cursor: pointer;
      background: #0f5563; color: #fff; box-shadow: 0 4px 16px rgb(12 30 36 / 30%);
    }
    .launch:hover { background: #12687a; }
    .launch:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #0f5563; }
    .launch svg { width: 30px; height: 30px; display: block; margin: auto; }
    .launch[aria-expanded="true"] .talk, .launch[aria-expanded="false"] .cross { display: none; }
    .panel {
      position: fixed; z-index: 2147483001; bottom: 92px; ${side === "left" ? "left" : "right"}: 20px;
      width: min(400px, calc(100vw - 40px)); height: min(660px, calc(100dvh - 112px)); overflow: hidden;
      border: 1px solid #b9bfc0; border-radius: 16px; background: #f6f5f1; box-shadow: 0 16px 48px rgb(12 30 36 / 28%);
    }
    .panel[hidden], .said[hidden] { display: none; }
    iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: normal; }
    .said {
      position: fixed; z-index: 2147483001; bottom: 88px; ${side === "left" ? "left" : "right"}: 20px; max-width: min(300px, calc(100vw - 40px));
      margin: 0; padding: 10px 14px; border-radius: 10px; background: #1c2427; color: #fff;
      font: 14px/1.5 "Segoe UI", system-ui, -apple-system, "PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", sans-serif;
    }
    @media (max-width: 520px) {
      .panel { inset: 0; width: 100%; height: 100dvh; border: 0; border-radius: 0; }
    }`;

  const make = (tag, attributes = {}, ...children) => {
    const svg = tag === "svg" || tag === "path";
    const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  const button = make(
    "button",
    { type: "button", class: "launch", "aria-expanded": "false", "aria-haspopup": "dialog", "aria-label": words.open },
    make(
      "svg",
      { class: "talk", viewBox: "0 0 48 48", "aria-hidden": "true" },
      make("path", {
        fill: "#fff",
        d: "M13 4h22a9 9 0 0 1 9 9v16a9 9 0 0 1-9 9H23l-9.2 6.6A1.800 1.800 0 0 1 11 43.100V37.800A9 9 0 0 1 4 29V13a9 9 0 0 1 9-9Z",
      }),
      make("path", { fill: "#0f5563", d: "M22.900 15.200C20 13 16.200 12.300 12 12.600v15.500c4.200-.3 8 .4 10.900 2.600Z" }),
      make("path", { fill: "#c07f0a", d: "M25.100 15.200C28 13 31.800 12.300 36 12.600v15.500c-4.200-.3-8 .4-10.900 2.600Z" }),
    ),
    make(
      "svg",
      { class: "cross", viewBox: "0 0 24 24", "aria-hidden": "true" },
      make("path", { d: "m7 7 10 10M17 7 7 17", stroke: "#fff", "stroke-width": "2", "stroke-linecap": "round" }),
    ),
  );
  const panel = make("div", { class: "panel", role: "dialog", "aria-label": words.name, hidden: "" });
  const said = make("p", { class: "said", role: "status", hidden: "" });
  const host = make("div", { lang: chinese ? "zh-CN" : "en" });

  let frame = null;
  let port = null;
  let patience = 0;

  function show(open) {
    panel.hidden = !open;
    said.hidden = true;
    button.setAttribute("aria-expanded", String(open));
    button.setAttribute("aria-label", open ? words.close : words.open);
  }

  function open() {
    show(true);
    if (!frame) load();
    frame.focus();
    port?.postMessage("open");
  }

  function close() {
    show(false);
    button.focus();
  }

  function load() {
    const address = new URL("webchat/frame", home);
    address.searchParams.set("lang", chinese ? "zh-CN" : "en");
    if (theme) address.searchParams.set("theme", theme);
    frame = make("iframe", { src: address.href, title: words.name });
    frame.addEventListener("load", greet);
    panel.append(frame);
  }

  /** Hand the frame a port to answer on. */
  function greet() {
    clearTimeout(patience);
    patience = setTimeout(refuse, ANSWER_WAIT);
    const channel = new MessageChannel();
    channel.port1.onmessage = ({ data }) => {
      if (data === "close") close();
      if (data !== "ready") return;
      clearTimeout(patience);
      port = channel.port1;
      if (!panel.hidden) port.postMessage("open");
    };
    frame.contentWindow.postMessage("learning-partner", home.origin, [channel.port2]);
  }

  function refuse() {
    frame.remove();
    frame = null;
    const watched = !panel.hidden;
    show(false);
    if (!watched) return;
    said.textContent = words.refused;
    said.hidden = false;
    button.focus();
  }

  button.addEventListener("click", () => (panel.hidden ? open() : close()));
  host.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });

  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  root.append(panel, said, button);
  const place = () => document.body.append(host);
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place);
})();

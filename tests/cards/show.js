// Draws a card with Microsoft's renderer and says what is wrong with how it looks.

function draw(card, host, width) {
  const events = [];
  const context = new AdaptiveCards.SerializationContext();
  const shown = new AdaptiveCards.AdaptiveCard();
  shown.hostConfig = new AdaptiveCards.HostConfig(host);
  shown.parse(card, context);
  for (let place = 0; place < context.eventCount; place++) events.push(context.getEventAt(place).message);
  for (const event of shown.validateProperties().validationEvents) events.push(event.message);
  const drawn = shown.render();
  const frame = document.createElement("div");
  frame.className = "card";
  frame.style.width = width + "px";
  frame.append(drawn);
  document.body.replaceChildren(frame);
  return events;
}

// Elements that stick out of the card, and words that are cut off.
function overflowing() {
  const frame = document.querySelector(".card");
  const edge = frame.getBoundingClientRect().right + 0.5;
  const wrong = [];
  for (const element of frame.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    const cut = getComputedStyle(element).overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    if ((box.width > 0 && box.right > edge) || cut) wrong.push((cut ? "cut: " : "out: ") + element.textContent.slice(0, 60));
  }
  return wrong;
}

function channels(colour) {
  const numbers = colour.match(/[\d.]+/g).map(Number);
  return numbers.length < 4 ? [...numbers, 1] : numbers;
}

function light(colour) {
  const [red, green, blue] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function behind(element) {
  for (let one = element; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor;
    if (channels(colour)[3] > 0) return colour;
  }
  return "rgb(255, 255, 255)";
}

// Texts with too little contrast to what is behind them (WCAG 2.1, 1.4.3).
function faint() {
  const wrong = [];
  const walker = document.createTreeWalker(document.querySelector(".card"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || getComputedStyle(element).display === "none") continue;
    const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((one, other) => other - one);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) wrong.push(ratio.toFixed(2) + ": " + text.slice(0, 60));
  }
  return wrong;
}

function examined(card, host, width) {
  return { events: draw(card, host, width), overflowing: overflowing(), faint: faint(), words: document.body.innerText };
}

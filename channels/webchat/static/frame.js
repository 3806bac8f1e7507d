// Our side of the frame that embed.js opens on another site: the two talk over a port of their own.

/** Show `closeButton`, tell the host when to close, and call `onOpen` when it has opened us. */
export function joinHost(closeButton, onOpen) {
  addEventListener("message", (event) => {
    const [port] = event.ports;
    if (event.source !== parent || parent === window || event.data !== "learning-partner" || !port) return;
    const close = () => port.postMessage("close");
    closeButton.hidden = false;
    closeButton.addEventListener("click", close);
    document.addEventListener("keydown", (key) => {
      if (key.key === "Escape" && !key.defaultPrevented && !document.querySelector("dialog[open]")) close();
    });
    port.onmessage = ({ data }) => data === "open" && onOpen();
    port.postMessage("ready");
  });
}

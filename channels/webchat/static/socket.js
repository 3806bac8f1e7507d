// DirectLineJS says "online" while its socket is down, so we look at the socket itself.

let follow = () => {};

class WatchedSocket extends WebSocket {
  constructor(...parameters) {
    super(...parameters);
    const told = follow; // a socket of an earlier connection must not speak for this one
    this.addEventListener("open", () => told === follow && told(true));
    this.addEventListener("close", () => told === follow && told(false));
  }
}
window.WebSocket = WatchedSocket;

/** Call `listener(isOpen)` for sockets that are made from now on, and no other listener any more. */
export function watchSockets(listener) {
  follow = listener;
}

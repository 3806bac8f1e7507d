// What this browser remembers about the visitor: language, theme and the way back into the conversation.
const memory = new Map(); // where storage is closed to us (a frame on another site), until the page is left

export function recall(name) {
  try {
    return localStorage.getItem(`learning-partner.${name}`);
  } catch {
    return memory.get(name) ?? null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`learning-partner.${name}`, value);
  } catch {
    memory.set(name, value);
  }
}

export function forget(name) {
  memory.delete(name);
  try {
    localStorage.removeItem(`learning-partner.${name}`);
  } catch {
    // then it was never kept there
  }
}

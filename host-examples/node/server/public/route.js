// What the page shows is in its address, so that the browser's own “back” works.

/** @typedef {{ view: "sessions" | "history" | "check", id?: string }} Place */

/** @param {string} id */
export function addressOf(id) {
  return `#session=${encodeURIComponent(id)}`;
}

/** @returns {Place} */
export function here() {
  const [name, id] = window.location.hash.slice(1).split("=", 2);
  if (name === "session" && id) {
    return { view: "sessions", id: decoded(id) };
  }
  return { view: name === "history" || name === "check" ? name : "sessions" };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} address */
export function go(address) {
  window.location.hash = address;
}

// One view at a time: the sessions, the history or the check. On a small screen, an open session is one.

import { find } from "./dom.js";

const SMALL = window.matchMedia("(width < 60rem)");

let isSessionOpen = false;
SMALL.addEventListener("change", cover);

/**
 * @param {"sessions" | "history" | "check"} view
 * @param {boolean} isOpen whether a session is open
 */
export function showView(view, isOpen) {
  for (const shown of document.querySelectorAll("[data-shown]")) {
    /** @type {HTMLElement} */ (shown).hidden = shown.getAttribute("data-shown") !== view;
  }
  for (const link of document.querySelectorAll("nav [data-view]")) {
    if (link.getAttribute("data-view") === view) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  }
  isSessionOpen = isOpen;
  document.body.classList.toggle("opened", isOpen);
  cover();
}

/** Keeps the keyboard out of what an open session covers. */
function cover() {
  const isCovered = isSessionOpen && SMALL.matches;
  find(document, "#overview", HTMLElement).inert = isCovered;
  find(document, ".browser", HTMLElement).inert = isCovered;
}

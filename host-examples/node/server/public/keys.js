// The keyboard: j, k and arrows move, Enter opens, Space chooses, / searches, Escape closes.

/**
 * @typedef {object} Actions
 * @property {(step: number) => void} move
 * @property {(where: "first" | "last" | "up" | "down") => void} jump
 * @property {() => void} tick
 * @property {() => void} search
 * @property {() => void} close
 * @property {() => boolean} isInList whether the keyboard is in the list
 */

/** @type {Record<string, (actions: Actions) => void>} */
const EVERYWHERE = {
  j: ({ move }) => move(1),
  k: ({ move }) => move(-1),
  "/": ({ search }) => search(),
};

/** @type {Record<string, (actions: Actions) => void>} */
const IN_LIST = {
  ArrowDown: ({ move }) => move(1),
  ArrowUp: ({ move }) => move(-1),
  Home: ({ jump }) => jump("first"),
  End: ({ jump }) => jump("last"),
  PageUp: ({ jump }) => jump("up"),
  PageDown: ({ jump }) => jump("down"),
};

/** @param {Actions} actions */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const isChord = event.ctrlKey || event.metaKey || event.altKey;
    if (isChord || document.querySelector("dialog[open]")) {
      return;
    }
    if (key === "Escape") {
      actions.close();
      return;
    }
    if (isTyping(target)) {
      return;
    }
    const isOnTick = target instanceof HTMLInputElement;
    const isSpace = key === " " && actions.isInList() && !isOnTick;
    const act = isSpace
      ? actions.tick
      : ((actions.isInList() ? IN_LIST[key] : undefined) ?? EVERYWHERE[key]);
    if (act) {
      event.preventDefault();
      act(actions);
    }
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  const isText = target instanceof HTMLInputElement && target.type === "search";
  return isText || target instanceof HTMLSelectElement;
}

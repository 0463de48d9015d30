// An opened session: its sources side by side, what each would change, and the buttons for it.

import * as api from "./api.js";
import { bottle } from "./bottle.js";
import { countsOf, deedsFor, leftIn } from "./deeds.js";
import { box, button, clone, element, find, visible, words } from "./dom.js";
import { BATCH, ends, some } from "./excerpts.js";
import { explain } from "./failure.js";
import { comeBack, describe, goOut } from "./messages.js";
import { many } from "./numbers.js";
import { facts, firstChoice, holds, isDamaged, KINDS, liveOf } from "./sources.js";

/** @import { Source, Sources, View } from "../shapes.js" */
/** @import { Counts, Deed } from "./deeds.js" */
/** @import { Session } from "./verdict.js" */

/** How many messages are read when a source is chosen. */
const FIRST_LOOK = { after: 0, first: 3, last: 3, changed: 10 };
const NONE = { after: 0, first: 0, last: 0, changed: 0 };

/** @type {Record<string, string>} */
const NO_FILE = { "Live file": "There is no live file." };

/**
 * One of the two bottles.
 *
 * @typedef {object} Side
 * @property {string} title
 * @property {Source | undefined} source
 * @property {number} apart messages that the other file lacks
 * @property {number} scale messages of a full bottle
 * @property {boolean} isBest
 * @property {boolean} isBroken
 */

/**
 * @typedef {object} Handlers
 * @property {(session: Session, deed: Deed) => void} onDeed
 * @property {(session: Session) => void} onUndo
 * @property {(session: Session) => boolean} canUndo
 */

export class Panel {
  #root = find(document, "#panel", HTMLElement);
  #handlers;
  /** @type {Session | undefined} */
  #session;
  /** @type {Sources | undefined} */
  #list;
  /** @type {string | undefined} */
  #chosen;
  #stop = new AbortController();
  #look = new AbortController();

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  get source() {
    return this.#list?.sources.find(({ name }) => name === this.#chosen);
  }

  get id() {
    return this.#session?.id;
  }

  /** @param {Session} session */
  async open(session) {
    this.close();
    this.#session = session;
    this.#root.replaceChildren(clone("panel-content"));
    this.#root.hidden = false;
    this.#root.scrollTop = 0;
    this.#showStanding(session);
    this.focus();
    await this.reload();
  }

  close() {
    this.#stop.abort();
    this.#look.abort();
    this.#session = undefined;
    this.#list = undefined;
    this.#chosen = undefined;
    this.#root.hidden = true;
    this.#root.replaceChildren();
  }

  focus() {
    find(this.#root, "#panel-title", HTMLElement).focus({ preventScroll: true });
  }

  /**
   * Shows what is known by now, without reading again.
   *
   * @param {Session | undefined} session the open one, which may have been read again
   */
  update(session) {
    if (this.#session && session) {
      this.#session = session;
      this.#showStanding(session);
      this.#showDeeds();
    }
  }

  /** Reads the sources again. */
  async reload() {
    const session = this.#session;
    if (!session) {
      return;
    }
    this.#stop.abort();
    const stop = new AbortController();
    this.#stop = stop;
    this.#root.setAttribute("aria-busy", "true");
    try {
      const list = await api.sources(session.id, stop.signal);
      this.#list = list;
      const isThere = list.sources.some(({ name }) => name === this.#chosen);
      this.#chosen = isThere ? this.#chosen : firstChoice(list)?.name;
      this.#warn([]);
      this.#showSources();
    } catch (error) {
      this.#fail(stop.signal, error, () => this.reload());
    } finally {
      if (this.#stop === stop) {
        this.#root.setAttribute("aria-busy", "false");
      }
    }
  }

  /**
   * @param {AbortSignal} signal
   * @param {unknown} error
   * @param {() => void} retry
   */
  #fail(signal, error, retry) {
    if (!signal.aborted) {
      this.#warn([...explain(error).map((line) => element(line)), button("Try again", retry)]);
    }
  }

  /** @param {Node[]} content */
  #warn(content) {
    const alarm = find(this.#root, ".panel-alarm", HTMLElement);
    alarm.replaceChildren(...content);
    alarm.hidden = content.length === 0;
  }

  /** @param {Session} session */
  #showStanding(session) {
    const { id, status } = session;
    const { tone, state, sentences } = describe(session);
    const title = status.title === undefined ? words(visible(id)) : words(status.title);
    find(this.#root, "#panel-title", HTMLElement).replaceChildren(title);
    const line = find(this.#root, ".panel-id", HTMLElement);
    line.replaceChildren(words(visible(id)));
    line.hidden = status.title === undefined;
    const standing = find(this.#root, ".standing", HTMLElement);
    standing.dataset.tone = tone;
    find(standing, "use", SVGUseElement).setAttribute("href", `#icon-${tone}`);
    find(standing, ".state", HTMLElement).textContent = session.busy ?? state;
    find(standing, ".words", HTMLElement).replaceChildren(
      ...sentences.map((sentence) => element(sentence)),
    );
  }

  #showSources() {
    const list = this.#list;
    if (!list) {
      return;
    }
    const others = list.sources.filter(({ kind }) => kind !== "live");
    const shelf = find(this.#root, ".shelf", HTMLFieldSetElement);
    const scale = Math.max(...list.sources.map(holds), 1);
    const live = liveOf(list);
    const onShelf = live && isDamaged(live) && holds(live) > 0 ? [live, ...others] : others;
    shelf.hidden = onShelf.length === 0;
    find(shelf, ".flasks", HTMLElement).replaceChildren(
      ...onShelf.map((source) => this.#flask(source, scale)),
    );
    const unread = list.unread ?? 0;
    const rest = unread > 0 ? ` ${many(unread, "more file")} were not read.` : "";
    find(shelf, ".why", HTMLElement).textContent = visible(`${list.why}${rest}`);
    this.#choose(this.#chosen);
  }

  /**
   * @param {Source} source
   * @param {number} scale
   */
  #flask(source, scale) {
    const input = document.createElement("input");
    const isBest = source.name === this.#list?.best;
    Object.assign(input, { type: "radio", name: "source", checked: source.name === this.#chosen });
    input.addEventListener("change", () => this.#choose(source.name));
    const drawing = bottle({
      shared: holds(source),
      apart: 0,
      scale,
      isDamaged: isDamaged(source),
    });
    const kind = box("b", "kind", KINDS[source.kind]);
    const count = box("span", "count", many(holds(source), "message"));
    const name = box("span", "file", words(visible(source.name)));
    const mark = isBest ? [box("span", "best", "Best")] : [];
    return box("label", "flask", input, drawing, box("span", "label", kind, ...mark, count, name));
  }

  /** @param {string | undefined} name */
  #choose(name) {
    this.#chosen = name;
    this.#look.abort();
    this.#look = new AbortController();
    this.#showPair();
    this.#showDeeds();
    this.#showTexts();
  }

  #showPair() {
    const list = this.#list;
    const source = this.source;
    find(this.#root, ".compare", HTMLElement).hidden = !list;
    if (!list) {
      return;
    }
    const live = liveOf(list);
    const counts = source ? countsOf(source, live) : { brings: 0, hides: 0, isLost: false };
    const isSelf = source?.kind === "live";
    const scale = Math.max(live ? holds(live) : 0, source ? holds(source) : 0, 1);
    this.#showSide(".live", {
      title: "Live file",
      source: live,
      apart: isSelf ? 0 : counts.hides,
      scale,
      isBest: !isSelf && live !== undefined && live.name === list.best,
      isBroken: live !== undefined && isDamaged(live),
    });
    this.#showSide(".chosen", {
      title: isSelf ? "Its whole messages" : source ? KINDS[source.kind] : "No other source",
      source,
      apart: (counts.isLost ? source?.brings : counts.brings) ?? 0,
      scale,
      isBest: source !== undefined && source.name === list.best,
      isBroken: source !== undefined && isDamaged(source) && !isSelf,
    });
    this.#showFacts(live, source);
    this.#showPour(source ? counts : undefined);
  }

  /** @param {Counts | undefined} counts */
  #showPour(counts) {
    const pour = find(this.#root, ".pour", HTMLElement);
    pour.replaceChildren();
    if (counts) {
      const { brings, hides, isLost } = counts;
      if (brings === 0 && hides === 0) {
        pour.append(box("span", "", "the same messages"));
        return;
      }
      const back = brings === undefined ? "could not be compared" : comeBack(brings);
      const out = isLost ? leftIn(hides) : goOut(hides);
      pour.append(box("span", "back", back), box("span", "arrow", "←"));
      pour.append(...(hides > 0 ? [box("span", "out", out)] : []));
    }
  }

  /**
   * @param {string} selector
   * @param {Side} side
   */
  #showSide(selector, { title, source, apart, scale, isBest, isBroken }) {
    const side = find(this.#root, `.side${selector}`, HTMLElement);
    const heading = find(side, "h3", HTMLElement);
    heading.textContent = title;
    const all = source ? holds(source) : 0;
    const own = Math.min(apart, all);
    const drawing = bottle({ shared: all - own, apart: own, scale, isDamaged: isBroken });
    const about = source
      ? [
          box("p", "total", many(all, isDamaged(source) ? "whole message" : "message")),
          box("p", "file", words(visible(source.name))),
        ]
      : [element(NO_FILE[title] ?? "This session has no other file.")];
    const best = isBest ? [box("span", "best", "Best source")] : [];
    side.replaceChildren(drawing, box("div", "about", heading, ...best, ...about));
  }

  /**
   * @param {Source | undefined} live
   * @param {Source | undefined} source
   */
  #showFacts(live, source) {
    const sides = [live, source === live ? undefined : source].flatMap((one) =>
      one ? [/** @type {[string, Source]} */ ([KINDS[one.kind], one])] : [],
    );
    find(this.#root, ".facts-place", HTMLElement).replaceChildren(facts(sides));
  }

  #showDeeds() {
    const session = this.#session;
    const source = this.source;
    if (!session) {
      return;
    }
    const deeds = source && this.#list ? deedsFor(session, source, liveOf(this.#list)) : [];
    const isSame = deeds[0]?.brings === 0 && deeds[0].hides === 0;
    const wanted = deeds.map((deed, at) => ({
      label: deed.label,
      name: at === 0 && !isSame ? "primary" : "",
      onClick: () => this.#handlers.onDeed(session, deed),
    }));
    if (this.#handlers.canUndo(session)) {
      const onClick = () => this.#handlers.onUndo(session);
      wanted.push({ label: "Undo the last restore", name: "undo", onClick });
    }
    this.#showButtons(wanted, session.busy !== undefined);
  }

  /**
   * The buttons that are there already stay, so that the keyboard does.
   *
   * @param {{ label: string, name: string, onClick: () => void }[]} wanted
   * @param {boolean} isBusy
   */
  #showButtons(wanted, isBusy) {
    const place = find(this.#root, ".deeds", HTMLElement);
    const hadFocus = place.contains(document.activeElement);
    const known = /** @type {HTMLButtonElement[]} */ ([...place.children]);
    const isSame =
      known.length === wanted.length &&
      known.every((one, at) => one.textContent === wanted[at]?.label);
    if (!isSame) {
      place.replaceChildren(...wanted.map(({ label, name }) => button(label, () => {}, name)));
    }
    for (const [at, made] of /** @type {HTMLButtonElement[]} */ ([...place.children]).entries()) {
      made.onclick = wanted[at]?.onClick ?? null;
      made.setAttribute("aria-disabled", String(isBusy));
    }
    if (hadFocus && !isSame) {
      this.focus();
    }
  }

  async #showTexts() {
    const place = find(this.#root, ".texts", HTMLElement);
    const session = this.#session;
    const list = this.#list;
    place.replaceChildren();
    if (!session || !list) {
      return;
    }
    const { signal } = this.#look;
    const source = this.source;
    const live = liveOf(list);
    try {
      const of = (/** @type {Source | undefined} */ one) =>
        one && holds(one) > 0
          ? api.preview(session.id, one.name, FIRST_LOOK, signal)
          : Promise.resolve(undefined);
      const isSelf = source?.kind === "live";
      const [chosen, own] = await Promise.all([of(source), isSelf ? undefined : of(live)]);
      if (!signal.aborted) {
        place.replaceChildren(...this.#changes(chosen), ...this.#beginnings(own, chosen));
      }
    } catch (error) {
      this.#fail(signal, error, () => this.#choose(this.#chosen));
    }
  }

  /** @param {View | undefined} view */
  #changes(view) {
    if (!view || this.source?.kind === "live") {
      return [];
    }
    const { brings = 0, hides = 0, brought, hidden } = view;
    const live = this.#list && liveOf(this.#list);
    const isLost = live !== undefined && isDamaged(live);
    const next =
      (/** @type {"brought" | "hidden"} */ which) => async (/** @type {number} */ shown) => {
        const more = { ...NONE, changed: shown + BATCH };
        return (await this.#preview(view, more))[which].slice(shown);
      };
    const parts = [];
    if (brings > 0) {
      const title = isLost
        ? `${many(brings, "message")} that the damaged file lacks`
        : comeBack(brings);
      parts.push(part("brought", title, some(brought, brings, next("brought"))));
    }
    if (hides > 0) {
      const title = isLost
        ? `${many(hides, "message")} of the damaged file ${hides === 1 ? "does" : "do"} not come back`
        : `${many(hides, "message")} ${hides === 1 ? "goes" : "go"} out of sight`;
      const note = "They stay in the kept file.";
      parts.push(part("hidden", title, some(hidden, hides, next("hidden")), note));
    }
    return parts.length > 0 ? [box("div", "columns", ...parts)] : [];
  }

  /**
   * @param {View | undefined} own
   * @param {View | undefined} chosen
   */
  #beginnings(own, chosen) {
    const parts = [own, chosen].flatMap((view) => {
      if (!view) {
        return [];
      }
      const next = async (/** @type {number} */ shown) =>
        (await this.#preview(view, { ...NONE, after: shown, first: BATCH })).first;
      const of = view === own ? "the live file" : view.name;
      return [part("ends", `First and last messages of ${visible(of)}`, ends(view, next))];
    });
    return parts.length > 0 ? [box("div", "columns", ...parts)] : [];
  }

  /**
   * @param {View} view
   * @param {typeof FIRST_LOOK} window
   */
  #preview(view, window) {
    return api.preview(view.session_id, view.name, window, this.#look.signal);
  }
}

/**
 * @param {string} name
 * @param {string} title
 * @param {HTMLElement} list
 * @param {string} [note]
 */
function part(name, title, list, note) {
  const heading = element(title, "h3");
  list.setAttribute("aria-label", title);
  return box("section", `part ${name}`, heading, ...(note ? [element(note)] : []), list);
}

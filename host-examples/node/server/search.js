// Searches in what the sessions are about: their titles, their IDs, and their first and last messages.
// It reads each session, so it answers line by line, and ends when nobody waits for it.

import { toJson } from "./answers.js";
import { Refusal } from "./failures.js";
import { NDJSON, startLines, wantsLines } from "./lines.js";

/** @import { FastifyInstance } from "fastify" */
/** @import { Excerpt, SessionRecovery, View } from "session-recovery" */
/** @import { Parts } from "./api.js" */
/** @import { Found, Searched } from "./shapes.js" */

const TEXT = {
  type: "object",
  properties: { text: { type: "string", minLength: 1, maxLength: 200 } },
  required: ["text"],
  additionalProperties: false,
};

/** How many messages of each session are looked at. */
const WINDOW = { after: 0, first: 50, last: 50, changed: 0 };
/** How many searches may run at once. Each connection may have one. */
const MOST_SEARCHES = 8;

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
export function addSearch(server, { recovery, stopSignal, cleaned }) {
  const searches = new Searches();
  server.get("/search", { schema: { querystring: TEXT } }, async (request, reply) => {
    const { text } = /** @type {{ text: string }} */ (request.query);
    const words = wordsOf(text);
    const signal = stopSignal(reply);
    /** @param {(part: Searched) => unknown} onPart */
    const work = (onPart) =>
      searches.within(request.raw.socket, () => search(recovery, words, signal, onPart));
    if (!wantsLines(request)) {
      return whole(work);
    }
    return reply.type(NDJSON).send(await startLines(work, cleaned));
  });
}

/** The searches under way: one for each connection, and only so many. */
class Searches {
  /** @type {Set<object>} */
  #connections = new Set();

  /**
   * @template T
   * @param {object} connection
   * @param {() => Promise<T>} work
   */
  async within(connection, work) {
    if (this.#connections.has(connection) || this.#connections.size >= MOST_SEARCHES) {
      throw new Refusal(409, "busy", "Another search is running.", "Wait until it has finished.");
    }
    this.#connections.add(connection);
    try {
      return await work();
    } finally {
      this.#connections.delete(connection);
    }
  }
}

/**
 * The words as they are compared: without their case, and each character in one spelling.
 *
 * @param {string} text
 */
function wordsOf(text) {
  const words = folded(text).split(/\s+/u).filter(Boolean);
  if (words.length === 0) {
    throw new Refusal(400, "bad_request", "The text has no word to search for.");
  }
  return words;
}

/** @param {string} text */
function folded(text) {
  return text.normalize("NFC").toLowerCase();
}

/**
 * All parts as one.
 *
 * @param {(onPart: (part: Searched) => unknown) => Promise<void>} work
 * @returns {Promise<Searched>}
 */
async function whole(work) {
  /** @type {Searched} */
  let all = { done: 0, total: 0, found: [] };
  await work((part) => {
    all = { ...part, found: [...all.found, ...part.found] };
  });
  return all;
}

/**
 * @param {SessionRecovery} recovery
 * @param {string[]} words
 * @param {AbortSignal} signal ends it between two parts
 * @param {(part: Searched) => unknown} onPart
 */
async function search(recovery, words, signal, onPart) {
  let unread = 0;
  for await (const { done, total, views, ...part } of recovery.previewAll(WINDOW)) {
    signal.throwIfAborted();
    unread += part.unread.length;
    const found = [
      ...views.flatMap((view) => foundIn(view.sessionId, view, words) ?? []),
      ...part.unread.flatMap(({ sessionId }) => foundIn(sessionId, undefined, words) ?? []),
    ];
    await onPart({ done, total, found, ...(unread > 0 && { unread }) });
  }
}

/**
 * Whether all words stand in the title, the ID and one message. Gives the first message that has one
 * of them, and, if it is needed, those that the title and the ID lack.
 *
 * @param {string} id
 * @param {View | undefined} view
 * @param {string[]} words
 * @returns {Found | undefined}
 */
function foundIn(id, view, words) {
  const heading = folded(`${view?.heading.title ?? ""}\n${id}`);
  const lacking = words.filter((word) => !heading.includes(word));
  const excerpt = [...(view?.first ?? []), ...(view?.last ?? [])].find(({ text }) => {
    const said = folded(text);
    const hasWord = (/** @type {string} */ word) => said.includes(word);
    return words.some(hasWord) && lacking.every(hasWord);
  });
  if (view && excerpt) return { session_id: id, excerpt: toExcerpt(view, excerpt) };
  return lacking.length === 0 ? { session_id: id } : undefined;
}

/**
 * @param {View} view
 * @param {Excerpt} excerpt
 */
function toExcerpt(view, excerpt) {
  return toJson("show", { ...view, first: [excerpt], last: [], brought: [], hidden: [] }).first[0];
}

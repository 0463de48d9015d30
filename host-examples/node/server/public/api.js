// Asks the server. Answers are objects, and every failure is an `ApiError`.

import { ApiError } from "./failure.js";

/** @import { Audit, Change, Directory, Event, Listing, Outcome, Repair, Searched, Sources, Status, Summary, View } from "../shapes.js" */

/** @typedef {{ done: number, total: number, sessions: Status[] }} InspectionPart */
/** @typedef {{ done: number, total: number, sessions: Outcome[] } | { summary: Summary }} SweepPart */

/**
 * How a session is restored.
 *
 * @typedef {object} How
 * @property {string} [source]
 * @property {boolean} [merge]
 * @property {boolean} [ignore_guards]
 * @property {boolean} [salvage]
 * @property {boolean} [force]
 * @property {boolean} [best]
 * @property {boolean} [dry_run]
 */

/**
 * Reads the whole directory: first the listing, then the sessions in parts.
 *
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Listing | InspectionPart>}
 */
export function inspectAll(signal) {
  return lines("/api/session/recovery", { signal });
}

/**
 * Looks for everything that is wrong.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<Audit>}
 */
export function audit(signal) {
  return ask("/api/session/recovery/audit", { signal });
}

/**
 * @param {AbortSignal} signal
 * @param {boolean} salvage whether damaged files count as their whole messages
 * @returns {Promise<Change[]>} the changes that would repair what can be repaired
 */
export async function plan(signal, salvage) {
  const { changes } = await ask(`/api/session/recovery/plan?salvage=${salvage}`, { signal });
  return changes;
}

/**
 * Makes changes of a plan.
 *
 * @param {Change[]} changes
 * @param {AbortSignal} signal
 * @returns {Promise<Repair>} also if some were refused
 */
export async function repair(changes, signal) {
  const options = { ...post({ changes }), signal };
  const response = await request("/api/session/recovery/repair", options);
  const answer = await parsed(response);
  if ("items" in answer) {
    return answer;
  }
  throw ApiError.from(answer);
}

/**
 * @param {string} id
 * @returns {Promise<Status>}
 */
export function inspect(id) {
  const query = new URLSearchParams({ session_id: id });
  return ask(`/api/session/recovery/status?${query}`, {});
}

/** @returns {Promise<Directory>} */
export function directory() {
  return ask("/api/session/directory", {});
}

/**
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<Sources>}
 */
export function sources(id, signal) {
  return ask(`/api/session/sources?${new URLSearchParams({ session_id: id })}`, { signal });
}

/**
 * @param {string} id
 * @param {string} source
 * @param {{ after?: number, first?: number, last?: number, changed?: number }} window how many messages
 * @param {AbortSignal} signal
 * @returns {Promise<View>}
 */
export function preview(id, source, window, signal) {
  const numbers = Object.entries(window).map(([name, count]) => [name, String(count)]);
  const query = new URLSearchParams([["session_id", id], ["source", source], ...numbers]);
  return ask(`/api/session/preview?${query}`, { signal });
}

/**
 * Looks into the texts of all sessions.
 *
 * @param {string} text
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Searched>}
 */
export function search(text, signal) {
  return lines(`/api/session/search?${new URLSearchParams({ text })}`, { signal });
}

/** @returns {Promise<Event[]>} the newest first */
export async function history() {
  const { events } = await ask("/api/session/history", {});
  return events;
}

/**
 * Restores all sessions, or those that are named, as `recover-all` does.
 *
 * @param {How & { session_ids?: string[] }} how
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<SweepPart>}
 */
export function recoverAll(how, signal) {
  return lines("/api/session/recover-all", { ...post(how), signal });
}

/**
 * @param {string} id
 * @param {How} how
 * @returns {Promise<Outcome>} also if the restore failed
 */
export function recover(id, how) {
  return change("/api/session/recover", { session_id: id, ...how });
}

/**
 * @param {string} run
 * @returns {Promise<{ sessions: Outcome[] }>}
 */
export function undoRun(run) {
  return ask("/api/session/undo-run", post({ run }));
}

/**
 * @param {string} id
 * @returns {Promise<Outcome>} also if the undo failed
 */
export function undo(id) {
  return change("/api/session/undo", { session_id: id });
}

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<Outcome>}
 */
async function change(path, body) {
  const answer = await parsed(await request(path, post(body)));
  if ("action" in answer) {
    return answer;
  }
  throw ApiError.from(answer);
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function ask(path, options) {
  const response = await request(path, options);
  const answer = await parsed(response);
  if (response.ok) {
    return answer;
  }
  throw ApiError.from(answer);
}

/**
 * @param {object} body
 * @returns {RequestInit}
 */
function post(body) {
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function request(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    throw explained(error);
  }
}

/** @param {Response} response */
async function parsed(response) {
  try {
    return await response.json();
  } catch (error) {
    throw explained(error);
  }
}

/**
 * @param {string} path
 * @param {RequestInit} options
 * @returns {AsyncGenerator<any>}
 */
async function* lines(path, options) {
  const headers = { ...options.headers, accept: "application/x-ndjson" };
  const response = await request(path, { ...options, headers });
  for await (const text of splitLines(response)) {
    const line = JSON.parse(text);
    if ("error" in line) {
      throw ApiError.from(line);
    }
    yield line;
  }
}

/**
 * @param {Response} response
 * @returns {AsyncGenerator<string>} the lines, also one that has no line end
 */
async function* splitLines({ body }) {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await read(reader); part !== undefined; part = await read(reader)) {
    const [first = "", ...others] = part.split("\n");
    rest += first;
    for (const next of others) {
      yield rest;
      rest = next;
    }
  }
  if (rest) {
    yield rest;
  }
}

/** @param {ReadableStreamDefaultReader<string> | undefined} reader */
async function read(reader) {
  try {
    return (await reader?.read())?.value;
  } catch (error) {
    throw explained(error);
  }
}

/** @param {unknown} error */
function explained(error) {
  if (error instanceof DOMException && error.name === "AbortError") {
    return error;
  }
  return new ApiError(
    "The server does not answer.",
    "Check that it is still running, then try again.",
  );
}

// The server's answers as objects, and everything that can go wrong as one kind of error.

/** @import { Failure, Listing, Outcome, Status, Summary } from "../shapes.js" */

/**
 * @typedef {{ done: number, total: number, sessions: Status[] }} InspectionPart
 * @typedef {{ done: number, total: number, sessions: Outcome[] }} SweepPart
 */

/** A failure, with a message for the operator. */
export class ApiError extends Error {}

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
 * Restores every session that should be: the parts, then the summary.
 *
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<SweepPart | { summary: Summary }>}
 */
export function recoverAll(signal) {
  return lines("/api/session/recover-all", { ...post({}), signal });
}

/**
 * @param {string} id
 * @returns {Promise<Status>}
 */
export async function inspect(id) {
  const query = new URLSearchParams({ session_id: id });
  const response = await request(`/api/session/recovery/status?${query}`, {});
  const answer = await response.json();
  if (response.ok) {
    return answer;
  }
  throw new ApiError(answer.error);
}

/**
 * @param {string} id
 * @param {{ merge: boolean }} how
 * @returns {Promise<Outcome>} also where the restore failed
 */
export function recover(id, { merge }) {
  return change("/api/session/recover", { session_id: id, merge });
}

/**
 * @param {string} id
 * @returns {Promise<Outcome>} also where the undo failed
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
  const response = await request(path, post(body));
  const answer = await response.json();
  if ("action" in answer) {
    return answer;
  }
  throw new ApiError(answer.error);
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
      throw new ApiError(/** @type {Failure} */ (line).error);
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
  return new ApiError("The server does not answer. Is it still running?");
}

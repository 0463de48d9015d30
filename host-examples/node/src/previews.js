// The previews of many sessions, in parts, so that other calls need not wait for all of them. A
// session that the component cannot get through costs only itself.

import { failureOf, NotReturnedError, SessionRecoveryError } from "./errors.js";

/** @import { Failure, PreviewProgress, View } from "./types.js" */

/**
 * What a call gives: of the first of its sessions, as many as it had time for.
 *
 * @typedef {{ id: string, view?: View, failure?: Failure }[]} Part
 */

/** The most sessions of a part. */
const LARGEST = 256;

/**
 * @param {string[]} ids
 * @param {(ids: string[]) => Promise<Part>} preview
 * @returns {AsyncGenerator<PreviewProgress, void>}
 */
export async function* previews(ids, preview) {
  const total = ids.length;
  let done = 0;
  /** So many of the next sessions are to be done one by one. */
  let oneByOne = 0;
  yield { done, total, views: [], unread: [] };
  while (done < total) {
    const some = ids.slice(done, done + (oneByOne > 0 ? 1 : LARGEST));
    const part = await preview(some).catch((error) => refused(some, error));
    if (part.length === 0) oneByOne = some.length;
    else oneByOne = Math.max(oneByOne - part.length, 0);
    done += part.length;
    if (part.length > 0) yield { done, total, ...sorted(part) };
  }
}

/**
 * What is known of these sessions after their call failed. If there are several, nothing is known:
 * any of them may be the reason.
 *
 * @param {string[]} ids
 * @param {unknown} error
 * @returns {Part}
 */
function refused(ids, error) {
  const isOfTheCall = error instanceof NotReturnedError || !(error instanceof SessionRecoveryError);
  if (isOfTheCall || error.code !== "other") throw error;
  const [id = "", ...others] = ids;
  return others.length > 0 ? [] : [{ id, failure: failureOf(error) }];
}

/** @param {Part} part */
function sorted(part) {
  return {
    views: part.flatMap(({ view }) => view ?? []),
    unread: part.flatMap(({ id, failure }) => (failure ? { sessionId: id, failure } : [])),
  };
}

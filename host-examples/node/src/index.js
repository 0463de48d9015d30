// session-recovery in Node: open a session directory, call the operations, get plain objects.

import { resolve } from "node:path";
import { flags, grant, integral, wellFormed } from "./arguments.js";
import { Calls } from "./calls.js";
import { isMissing, requireDirectory } from "./directory.js";
import { failureOf, SessionRecoveryError, SweepStopped } from "./errors.js";
import { MEMORY, requireLimits, TIME } from "./limits.js";
import {
  DRY_RUN,
  KNOWN,
  LIMITS,
  RECOVER,
  RESTORE,
  requireOptions,
  SIGNAL,
  UNDO,
  WATCHED,
} from "./options.js";
import { inParts } from "./parts.js";
import { addPart, isSwept, nothing, ofListing, toldWhere, unanswered, without } from "./summary.js";

/** @import { AuditOptions, InspectionOptions, OpenOptions, PurgeOptions, RecoverOptions, RepairOptions, RestoreOptions, SweepOptions, UndoOptions } from "./types.js" */

export { SessionRecoveryError, SweepStopped };

/** @typedef {import("./types.js").ErrorCode} ErrorCode */
/** @typedef {import("./types.js").Failure} Failure */
/** @typedef {import("./types.js").File} File */
/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Guard} Guard */
/** @typedef {import("./types.js").Status} Status */
/** @typedef {import("./types.js").Outcome} Outcome */
/** @typedef {import("./types.js").Summary} Summary */
/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").AuditReport} AuditReport */
/** @typedef {import("./types.js").Finding} Finding */
/** @typedef {import("./types.js").Turn} Turn */
/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").RepairResult} RepairResult */
/** @typedef {import("./types.js").Note} Note */
/** @typedef {import("./types.js").Plan} Plan */
/** @typedef {import("./types.js").Purged} Purged */
/** @typedef {import("./types.js").SweepProgress} SweepProgress */
/** @typedef {import("./types.js").InspectionProgress} InspectionProgress */

const NO_NAME =
  "The directory's name is empty. Remedy: name the directory that holds the sessions.";

/** The sessions of one directory. */
export class SessionRecovery {
  #directory;
  #calls;

  /**
   * Use `open`.
   *
   * @internal
   * @param {string} directory
   * @param {Calls} calls
   */
  constructor(directory, calls) {
    this.#directory = directory;
    this.#calls = calls;
  }

  /**
   * Opens a directory, which need not exist yet.
   *
   * @param {string} directory
   * @param {OpenOptions} options
   * @throws {SessionRecoveryError} The directory's name is empty, or the component cannot be started.
   * @throws {RangeError} A limit is none.
   */
  static async open(directory, options = {}) {
    requireOptions(options, LIMITS);
    const { maxMemory = MEMORY, maxTime = TIME } = options;
    if (!directory) throw new SessionRecoveryError("no-directory", NO_NAME);
    requireLimits({ maxMemory, maxTime });
    const path = resolve(directory);
    const calls = new Calls(path, { maxMemory, maxTime });
    await calls.start();
    return new SessionRecovery(path, calls);
  }

  /** The directory. */
  get directory() {
    return this.#directory;
  }

  /** Whether there is no such directory; one that cannot be reached is not missing. */
  get isMissing() {
    return isMissing(this.#directory);
  }

  /**
   * Compares a session's live file with its backup.
   *
   * @param {string} id
   * @returns {Promise<Status>}
   */
  async inspect(id) {
    this.#requireDirectory();
    return this.#calls.call("read-only", "inspect", wellFormed(id));
  }

  /**
   * Does what `inspect` does for some sessions, in their order, for one listing of the directory.
   *
   * @param {string[]} ids
   * @returns {Promise<Status[]>}
   */
  async inspectSome(ids) {
    return this.#inspectPart(ids);
  }

  /**
   * @param {string[]} ids
   * @param {AbortSignal} [signal]
   * @returns {Promise<Status[]>}
   */
  async #inspectPart(ids, signal) {
    this.#requireDirectory();
    return this.#calls.read(signal, "inspectSome", ids.map(wellFormed));
  }

  /**
   * Inspects every session of the directory, those with a backup first. Odd entries are none, nor
   * has a directory any that does not exist.
   *
   * @param {InspectionOptions} options
   * @returns {Promise<Status[]>}
   */
  async inspectAll(options = {}) {
    requireOptions(options, WATCHED);
    const { signal, onProgress } = options;
    const { entries, took } = await this.#listing();
    const others = entries.filter((entry) => !isSwept(entry) && !entry.oddity);
    const ids = idsOf([...entries.filter(isSwept), ...others]);
    /** @type {Status[]} */
    const all = [];
    const work = (/** @type {string[]} */ part) => this.#inspectPart(part, signal);
    await onProgress?.({ done: 0, total: ids.length, statuses: [] });
    for await (const part of inParts(ids, took, signal, work)) {
      all.push(...part.answer);
      await onProgress?.({ done: part.done, total: ids.length, statuses: part.answer });
    }
    if (all.length < ids.length) signal?.throwIfAborted();
    return all;
  }

  /**
   * Restores a session if it should be, or tells whether it would be.
   *
   * @param {string} id
   * @param {RecoverOptions} options
   * @returns {Promise<Outcome>}
   */
  async recover(id, options = {}) {
    requireOptions(options, RECOVER);
    this.#requireDirectory();
    return this.#calls.call(grant(options), "recover", wellFormed(id), flags(options));
  }

  /**
   * Restores every session that should be, or tells which ones would be. A directory that does
   * not exist gives zeros. Where nobody watches it, the sweep is one call, which lists the
   * directory once; where that has no answer or somebody does, it is done in parts. A part that
   * has no answer is tried session by session; those that have none either are listed as failed.
   * What such a call restored before it stopped is in place, but no longer listed.
   *
   * @param {SweepOptions} options
   * @returns {Promise<Summary>}
   * @throws {SweepStopped} The signal stopped it; the error says what was done until then.
   */
  async recoverAll(options = {}) {
    requireOptions(options, { ...RESTORE, ...WATCHED });
    const { signal, onProgress, ...how } = options;
    const isWatched = signal !== undefined || onProgress !== undefined;
    const summary = isWatched ? undefined : await this.#recoverAtOnce(how);
    return summary ?? this.#recoverInParts(how, signal, onProgress);
  }

  /**
   * @param {RestoreOptions} options
   * @returns {Promise<Summary | undefined>} Nothing where the call has no answer.
   */
  async #recoverAtOnce(options) {
    if (this.isMissing) return nothing();
    this.#requireDirectory();
    return this.#calls.call(grant(options), "recoverAll", flags(options)).catch(() => undefined);
  }

  /**
   * @param {RestoreOptions} options
   * @param {SweepOptions["signal"]} signal
   * @param {SweepOptions["onProgress"]} onProgress
   * @returns {Promise<Summary>}
   */
  async #recoverInParts(options, signal, onProgress) {
    const { entries, took } = await this.#listing();
    const ids = idsOf(entries.filter(isSwept));
    const summary = ofListing(entries);
    const work = (/** @type {string[]} */ part) => this.#recoverPart(part, options, signal);
    let left = ids.length;
    await onProgress?.({ done: 0, total: ids.length, outcomes: [] });
    for await (const part of inParts(ids, took, signal, work)) {
      const { summary: answer, left: notBegun } = part.answer;
      addPart(summary, answer);
      const done = part.done - notBegun.length;
      left = ids.length - done;
      await onProgress?.({ done, total: ids.length, outcomes: answer.sessions });
    }
    if (left > 0) throw new SweepStopped(summary, signal?.reason);
    // There may be leftovers of an interrupted run nonetheless.
    if (ids.length === 0 && !this.isMissing) addPart(summary, await this.recoverSome([], options));
    return summary;
  }

  /**
   * Does what `recoverAll` does, in one call, where it is known which sessions there are: of those
   * whose live file is gone no other one is restored.
   *
   * @param {string[]} known
   * @param {RestoreOptions} options
   * @returns {Promise<Summary>}
   */
  async recoverKnown(known, options = {}) {
    requireOptions(options, RESTORE);
    const ids = known.map(wellFormed);
    if (this.isMissing) return nothing();
    this.#requireDirectory();
    return this.#calls.call(grant(options), "recoverKnown", ids, flags(options));
  }

  /**
   * Does what `recoverAll` does, for these sessions alone, in one call.
   *
   * @param {string[]} ids
   * @param {RestoreOptions} options
   * @returns {Promise<Summary>}
   */
  async recoverSome(ids, options = {}) {
    requireOptions(options, RESTORE);
    this.#requireDirectory();
    const flagged = flags(options);
    return this.#calls.call(grant(options), "recoverSome", ids.map(wellFormed), flagged);
  }

  /**
   * Puts back what the last restore of a session replaced, or tells what it would put back.
   *
   * @param {string} id
   * @param {UndoOptions} options
   * @returns {Promise<Outcome>}
   */
  async undo(id, options = {}) {
    requireOptions(options, UNDO);
    this.#requireDirectory();
    return this.#calls.call(grant(options), "undo", wellFormed(id), flags(options));
  }

  /**
   * Removes the kept files of these sessions for good, or tells which ones it would remove.
   *
   * @param {string[]} ids
   * @param {PurgeOptions} options
   * @returns {Promise<Purged[]>}
   */
  async purge(ids, options = {}) {
    requireOptions(options, DRY_RUN);
    const { dryRun = false } = options;
    this.#requireDirectory();
    return this.#calls.call(grant({ dryRun }), "purge", ids.map(wellFormed), dryRun);
  }

  /**
   * Does what `purge` does for every session that the application's users deleted.
   *
   * @param {PurgeOptions} options
   * @returns {Promise<Purged[]>}
   */
  async purgeDeleted(options = {}) {
    requireOptions(options, DRY_RUN);
    const { dryRun = false } = options;
    if (this.isMissing) return [];
    this.#requireDirectory();
    return this.#calls.call(grant({ dryRun }), "purgeDeleted", dryRun);
  }

  /**
   * Lists every session and every odd entry, without reading any. A directory that does not exist
   * gives none.
   *
   * @returns {Promise<Entry[]>}
   */
  async sessions() {
    if (this.isMissing) return [];
    this.#requireDirectory();
    return this.#calls.call("read-only", "sessions");
  }

  /**
   * Looks for everything that is wrong in the directory, and reads all of it for that. A directory
   * that does not exist gives no findings.
   *
   * @param {AuditOptions} options
   * @returns {Promise<AuditReport>}
   */
  async audit(options = {}) {
    requireOptions(options, KNOWN);
    const { known, signal } = options;
    const ids = known?.map(wellFormed);
    if (this.isMissing) return { scanned: 0, findings: [] };
    this.#requireDirectory();
    return this.#calls.read(signal, "audit", ids);
  }

  /**
   * Gives the changes that would mend what `audit` finds repairable. A directory that does not
   * exist gives none.
   *
   * @param {AuditOptions} options
   * @returns {Promise<Plan>}
   */
  async plan(options = {}) {
    requireOptions(options, KNOWN);
    const { known, signal } = options;
    const ids = known?.map(wellFormed);
    if (this.isMissing) return { changes: [], withheld: [] };
    this.#requireDirectory();
    return this.#calls.read(signal, "plan", ids);
  }

  /**
   * Makes the changes of a plan, and no others; one whose files are not what they were then is
   * refused.
   *
   * @param {Change[]} changes
   * @param {RepairOptions} options
   * @returns {Promise<RepairResult[]>}
   */
  async repair(changes, options = {}) {
    requireOptions(options, SIGNAL);
    if (changes.length === 0) return [];
    this.#requireDirectory();
    const args = changes.map(integral);
    const { signal } = options;
    const { value, left } = await this.#calls.sweep(signal, "read-write", "repair", args);
    return value.map((/** @type {RepairResult} */ result) => toldWhere(result, left));
  }

  /** @returns {Promise<{ entries: Entry[], took: number }>} and how long it took, in milliseconds */
  async #listing() {
    const started = performance.now();
    const entries = await this.sessions();
    return { entries, took: performance.now() - started };
  }

  /** Ends the thread that does the work; needed only to free it early. */
  async close() {
    await this.#calls.end();
  }

  /**
   * @param {string[]} ids
   * @param {RestoreOptions} options
   * @param {AbortSignal | undefined} signal
   * @returns {Promise<{ summary: Summary, left: string[] }>} - With the sessions that were not begun.
   */
  async #recoverPart(ids, options, signal) {
    try {
      return await this.#recoverBegun(ids, options, signal);
    } catch {
      return this.#recoverOneByOne(ids, options, signal);
    }
  }

  /**
   * @param {string[]} ids
   * @param {RestoreOptions} options
   * @param {AbortSignal | undefined} signal
   */
  async #recoverBegun(ids, options, signal) {
    this.#requireDirectory();
    const args = [ids.map(wellFormed), flags(options)];
    const { value, left } = await this.#calls.sweep(signal, grant(options), "recoverSome", ...args);
    return { summary: without(value, left), left };
  }

  /**
   * @param {string[]} ids
   * @param {RestoreOptions} options
   * @param {AbortSignal | undefined} signal
   */
  async #recoverOneByOne(ids, options, signal) {
    const summary = nothing();
    for (const [place, id] of ids.entries()) {
      if (signal?.aborted) return { summary, left: ids.slice(place) };
      try {
        addPart(summary, await this.recoverSome([id], options));
      } catch (error) {
        summary.sessions.push(unanswered(id, failureOf(error)));
      }
    }
    return { summary, left: [] };
  }

  #requireDirectory() {
    requireDirectory(this.#directory);
  }
}

/** @param {Entry[]} entries */
function idsOf(entries) {
  return entries.flatMap(({ sessionId }) => sessionId ?? []);
}

// session-recovery in Node: open a session directory, call the operations, get plain objects.

import { resolve } from "node:path";
import { flags, grant, integral, wellFormed, wellFormedName } from "./arguments.js";
import { Calls } from "./calls.js";
import { requireDirectory } from "./directory.js";
import { failureOf, NotReturnedError, SessionRecoveryError, SweepStopped } from "./errors.js";
import { MEMORY, requireLimits, TIME } from "./limits.js";
import {
  DRY_RUN,
  KNOWN,
  OPEN,
  PLAN,
  PREVIEW,
  RECOVER,
  REPAIR,
  requireOptions,
  SESSIONS,
  SWEEP,
  UNDO,
  UNDO_RUN,
  WATCHED,
  WINDOW,
} from "./options.js";
import { inParts, restoredInParts } from "./parts.js";
import { previews } from "./previews.js";
import { begun, undoneRun } from "./runs.js";
import { sweep } from "./sweep.js";

/** @import { AuditOptions, InspectionOptions, OpenOptions, PlanOptions, PreviewOptions, PurgeOptions, RecoverOptions, RepairOptions, SessionsOptions, SweepOptions, UndoOptions, UndoRunOptions, WindowOptions } from "./types.js" */

export { NotReturnedError, SessionRecoveryError, SweepStopped };

/** @typedef {import("./types.js").ErrorCode} ErrorCode */
/** @typedef {import("./types.js").Failure} Failure */
/** @typedef {import("./types.js").File} File */
/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Salvage} Salvage */
/** @typedef {import("./types.js").SalvageSource} SalvageSource */
/** @typedef {import("./types.js").Guard} Guard */
/** @typedef {import("./types.js").Verdict} Verdict */
/** @typedef {import("./types.js").Status} Status */
/** @typedef {import("./types.js").Outcome} Outcome */
/** @typedef {import("./types.js").Summary} Summary */
/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Heading} Heading */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").SourceList} SourceList */
/** @typedef {import("./types.js").Excerpt} Excerpt */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Event} Event */
/** @typedef {import("./types.js").AuditReport} AuditReport */
/** @typedef {import("./types.js").Finding} Finding */
/** @typedef {import("./types.js").Turn} Turn */
/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").RepairResult} RepairResult */
/** @typedef {import("./types.js").Note} Note */
/** @typedef {import("./types.js").Plan} Plan */
/** @typedef {import("./types.js").Purged} Purged */
/** @typedef {import("./types.js").RestoreOptions} RestoreOptions */
/** @typedef {import("./types.js").SweepingOptions} SweepingOptions */
/** @typedef {import("./types.js").SweepProgress} SweepProgress */
/** @typedef {import("./types.js").InspectionProgress} InspectionProgress */
/** @typedef {import("./types.js").PreviewProgress} PreviewProgress */

/** @type {Failure} */
const STOPPED = {
  code: "other",
  message: "The repair was stopped before this change.",
  remedy: "Make a plan, and its changes, again.",
};

/** The sessions of one directory. */
export class SessionRecovery {
  #directory;
  #calls;
  #missingOk;
  #run;

  /**
   * Use `open`.
   *
   * @internal
   * @param {string} directory
   * @param {Calls} calls
   * @param {boolean} missingOk
   * @param {string} [run]
   */
  constructor(directory, calls, missingOk, run) {
    this.#directory = directory;
    this.#calls = calls;
    this.#missingOk = missingOk;
    this.#run = run;
  }

  /**
   * Opens a directory. If it does not exist, each call fails with `no-directory`. With `missingOk`
   * it need not exist yet: then it holds no sessions.
   *
   * A file that belongs to another user, or to a group that this process cannot give, is not
   * replaced. With `acceptOwner` it is, and then belongs to this process's user. Nobody else can
   * read it who could not read it before.
   *
   * What changes sessions is a run of its own in the history, or part of the run `run`.
   *
   * @param {string} directory
   * @param {OpenOptions} options
   * @throws {SessionRecoveryError} The directory's name is empty, or the component cannot be started.
   * @throws {RangeError} A limit is out of range.
   */
  static async open(directory, options = {}) {
    requireOptions(options, OPEN);
    const { maxMemory = MEMORY, maxTime = TIME, missingOk = false, acceptOwner, run } = options;
    if (!directory) requireDirectory("");
    requireLimits({ maxMemory, maxTime });
    const path = resolve(directory);
    const calls = new Calls(path, { maxMemory, maxTime }, acceptOwner);
    await calls.start();
    return new SessionRecovery(path, calls, missingOk, run);
  }

  /** The directory. */
  get directory() {
    return this.#directory;
  }

  /**
   * Compares a session's live file with its backup.
   *
   * @param {string} id
   * @returns {Promise<Status>}
   */
  async inspect(id) {
    return this.#call("read-only", "inspect", wellFormed(id));
  }

  /**
   * Does what `inspect` does for some sessions, in their order, for one listing of the directory.
   *
   * @param {string[]} ids
   * @returns {Promise<Status[]>}
   */
  async inspectSome(ids) {
    return this.#call("read-only", "inspectSome", ids.map(wellFormed));
  }

  /**
   * Inspects every session of the directory, those with a backup first. It skips odd entries.
   *
   * @param {InspectionOptions} options
   * @returns {Promise<Status[]>}
   */
  async inspectAll(options = {}) {
    requireOptions(options, WATCHED);
    const { signal, onProgress } = options;
    const ids = inOrder(await this.sessions());
    /** @type {Status[]} */
    const all = [];
    await onProgress?.({ done: 0, total: ids.length, statuses: [] });
    for (const part of inParts(ids)) {
      const statuses = await this.#read(signal, "inspectSome", part.map(wellFormed));
      all.push(...statuses);
      await onProgress?.({ done: all.length, total: ids.length, statuses });
    }
    return all;
  }

  /**
   * Restores a session if it should be restored, or says whether it would be.
   *
   * @param {string} id
   * @param {RecoverOptions} options
   * @returns {Promise<Outcome>}
   */
  async recover(id, options = {}) {
    requireOptions(options, RECOVER);
    return this.#restore(options, "recover", wellFormed(id), flags(options));
  }

  /**
   * Puts a source in the live file's place, whatever it holds, or says what it would do. Afterwards
   * nobody can read the session who could not read the source.
   *
   * @param {string} id
   * @param {string} source - One of the names that `sources` gives.
   * @param {RecoverOptions} options
   * @returns {Promise<Outcome>}
   */
  async recoverFrom(id, source, options = {}) {
    requireOptions(options, RECOVER);
    const [session, name] = [wellFormed(id), wellFormedName(source)];
    return this.#restore(options, "recoverFrom", session, name, flags(options));
  }

  /**
   * Restores every session that should be restored, or says which ones would be.
   *
   * A session that the component cannot get through, because it needs too much memory or time, is
   * listed as failed. The others are restored.
   *
   * @param {SweepOptions} options
   * @returns {Promise<Summary>}
   * @throws {SweepStopped} The signal stopped it; the error says what was done until then.
   */
  async recoverAll(options = {}) {
    return this.#sweep(undefined, options);
  }

  /**
   * Does what `recoverAll` does if you know which sessions there are. Of those without a live file,
   * it restores only the known ones.
   *
   * @param {string[]} known
   * @param {SweepOptions} options
   * @returns {Promise<Summary>}
   * @throws {SweepStopped} The signal stopped it; the error says what was done until then.
   */
  async recoverKnown(known, options = {}) {
    return this.#sweep(known.map(wellFormed), options);
  }

  /**
   * Does what `recoverAll` does, but only for these sessions: in parts if it is watched or may be
   * stopped, and otherwise in one call.
   *
   * @param {string[]} ids
   * @param {SweepOptions} options
   * @returns {Promise<Summary>}
   * @throws {SweepStopped} The signal stopped it; the error says what was done until then.
   */
  async recoverSome(ids, options = {}) {
    requireOptions(options, { ...SWEEP, ...WATCHED });
    const run = this.#begun(options);
    const restore = (/** @type {string[]} */ some) =>
      this.#calls.restore(run, "recoverSome", some, flags(options));
    const all = ids.map(wellFormed);
    const { signal, onProgress } = options;
    return signal || onProgress ? restoredInParts(all, restore, options) : restore(all);
  }

  /**
   * Puts back what the last restore of a session replaced, or says what it would put back.
   *
   * @param {string} id
   * @param {UndoOptions} options
   * @returns {Promise<Outcome>}
   */
  async undo(id, options = {}) {
    requireOptions(options, UNDO);
    return this.#restore(options, "undo", wellFormed(id), flags(options));
  }

  /**
   * Undoes, one after the other, what a run did and what can still be undone, or says what it would
   * put back. The undos are a run of their own.
   *
   * @param {string} run
   * @param {UndoRunOptions} options
   * @returns {Promise<Outcome[]>}
   * @throws {SessionRecoveryError} There is nothing of that run that can be undone.
   */
  async undoRun(run, options = {}) {
    requireOptions(options, UNDO_RUN);
    const own = this.#begun(options);
    const undo = (/** @type {string} */ id) => this.#calls.restore(own, "undo", id, flags(options));
    return undoneRun(await this.history(), run, undo, options.signal);
  }

  /**
   * Says what was done in the directory, the newest first.
   *
   * @returns {Promise<Event[]>}
   */
  async history() {
    if (await this.#isEmpty()) return [];
    return this.#call("read-only", "history");
  }

  /**
   * Gives the ID of the session that somebody means: by its ID, the name of its live file or backup,
   * or the beginning of its ID, of three characters at least, that no other session's ID has.
   *
   * @param {string} name
   * @returns {Promise<string>}
   */
  async resolve(name) {
    return this.#call("read-only", "resolve", wellFormed(name));
  }

  /**
   * Lists every file that holds messages of a session, each compared with the live file.
   *
   * @param {string} id
   * @returns {Promise<SourceList>}
   */
  async sources(id) {
    return this.#call("read-only", "sources", wellFormed(id));
  }

  /**
   * Shows messages of a source, and what changes if it is put in place. Without `source` it is the
   * file that `recover` would put in place, or the live file if that would do nothing.
   *
   * @param {string} id
   * @param {PreviewOptions} options
   * @returns {Promise<View>}
   */
  async preview(id, options = {}) {
    requireOptions(options, PREVIEW);
    const { source } = options;
    const name = source === undefined ? undefined : wellFormedName(source);
    return this.#call("read-only", "preview", wellFormed(id), name, windowOf(options));
  }

  /**
   * Removes the kept files of these sessions for good, or says which ones it would remove.
   *
   * @param {string[]} ids
   * @param {PurgeOptions} options
   * @returns {Promise<Purged[]>}
   */
  async purge(ids, options = {}) {
    requireOptions(options, DRY_RUN);
    const { dryRun = false } = options;
    return this.#call(grant({ dryRun }), "purge", ids.map(wellFormed), dryRun);
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
    if (await this.#isEmpty()) return [];
    return this.#call(grant({ dryRun }), "purgeDeleted", dryRun);
  }

  /**
   * Removes the kept files of all sessions that are redundant, and those of the application's index:
   * each message of such a file stands in the live file or in a newer kept file that stays.
   *
   * @param {PurgeOptions} options
   * @returns {Promise<Purged[]>}
   */
  async prune(options = {}) {
    requireOptions(options, DRY_RUN);
    const { dryRun = false } = options;
    if (await this.#isEmpty()) return [];
    return this.#call(grant({ dryRun }), "prune", dryRun);
  }

  /**
   * Previews every session, part by part: what `recover` would put in place, or the live file. It
   * lists the directory once for each part, and ends when nobody asks for the next one.
   *
   * @param {WindowOptions} options
   * @returns {AsyncGenerator<PreviewProgress, void>}
   */
  async *previewAll(options = {}) {
    requireOptions(options, WINDOW);
    const ids = inOrder(await this.sessions());
    const preview = (/** @type {string[]} */ some) =>
      this.#call("read-only", "previewSome", some, windowOf(options));
    yield* previews(ids.map(wellFormed), preview);
  }

  /**
   * Lists every session and every odd entry. It reads none, or with `headings` the beginning of a
   * file of each.
   *
   * @param {SessionsOptions} options
   * @returns {Promise<Entry[]>}
   */
  async sessions(options = {}) {
    requireOptions(options, SESSIONS);
    const { headings = false } = options;
    if (await this.#isEmpty()) return [];
    return this.#call("read-only", "sessions", headings);
  }

  /**
   * Looks for everything that is wrong in the directory. It reads all sessions.
   *
   * @param {AuditOptions} options
   * @returns {Promise<AuditReport>}
   */
  async audit(options = {}) {
    requireOptions(options, KNOWN);
    const { known, signal } = options;
    const ids = known?.map(wellFormed);
    if (await this.#isEmpty()) return { scanned: 0, findings: [] };
    return this.#read(signal, "audit", ids);
  }

  /**
   * Gives the changes that would repair what `audit` finds repairable: what is `salvageable` only with
   * `salvage`.
   *
   * @param {PlanOptions} options
   * @returns {Promise<Plan>}
   */
  async plan(options = {}) {
    requireOptions(options, PLAN);
    const { known, signal, salvage = false } = options;
    const ids = known?.map(wellFormed);
    if (await this.#isEmpty()) return { changes: [], withheld: [] };
    return this.#read(signal, "plan", ids, salvage);
  }

  /**
   * Makes the changes of a plan, and no others. A change is refused if its files changed since.
   *
   * @param {Change[]} changes
   * @param {RepairOptions} options
   * @returns {Promise<RepairResult[]>}
   */
  async repair(changes, options = {}) {
    requireOptions(options, REPAIR);
    const { signal } = options;
    const run = this.#begun(options);
    const args = changes.map(integral);
    /** @type {RepairResult[]} */
    const results = [];
    for (const part of signal ? inParts(args) : [args]) {
      if (part.length === 0 || signal?.aborted) break;
      results.push(...(await this.#calls.restore(run, "repair", part)));
    }
    const left = changes.slice(results.length);
    return [...results, ...left.map((change) => ({ change, done: false, errors: [STOPPED] }))];
  }

  /** Ends the thread that does the work; needed only to free it early. */
  async close() {
    await this.#calls.end();
  }

  /** Whether the directory does not exist, and need not. */
  async #isEmpty() {
    return this.#missingOk && (await this.#calls.call("read-only", "isMissing"));
  }

  /**
   * @param {string[] | undefined} known
   * @param {SweepOptions} options
   * @returns {Promise<Summary>}
   */
  async #sweep(known, options) {
    requireOptions(options, { ...SWEEP, ...WATCHED });
    if (await this.#isEmpty()) {
      return { scanned: 0, restored: 0, left: 0, sessions: [], oddities: [], pruned: [] };
    }
    const { prune = false, ...how } = options;
    const run = this.#begun(options);
    const summary = await sweep(this.#calls, run, [known, flags(how)], options);
    return prune ? this.#prunedAfter(summary, options) : summary;
  }

  /**
   * Prunes in a second call. If that fails, the summary still says what was restored.
   *
   * @param {Summary} summary
   * @param {SweepOptions} options
   * @returns {Promise<Summary>}
   */
  async #prunedAfter(summary, { dryRun = false }) {
    try {
      return { ...summary, pruned: await this.prune({ dryRun }) };
    } catch (error) {
      return { ...summary, oddities: [...summary.oddities, failureOf(error)] };
    }
  }

  /**
   * The run that a call is, or is part of. A dry run begins none.
   *
   * @param {{ dryRun?: boolean, run?: string }} options
   */
  #begun({ dryRun = false, run = this.#run }) {
    return dryRun ? undefined : begun(run);
  }

  /**
   * @param {{ dryRun?: boolean, run?: string }} options
   * @param {string} name
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  #restore(options, name, ...args) {
    return this.#calls.restore(this.#begun(options), name, ...args);
  }

  /**
   * @param {import("./sandbox.js").Grant} grant
   * @param {string} name
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  #call(grant, name, ...args) {
    return this.#calls.call(grant, name, ...args);
  }

  /**
   * @param {AbortSignal | undefined} signal - Ends the call at once.
   * @param {string} name
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  #read(signal, name, ...args) {
    return this.#calls.read(signal, name, ...args);
  }
}

/** @param {WindowOptions} options */
function windowOf({ after = 0, first = 3, last = 3, changed = 10 }) {
  return { after, first, last, changed };
}

/**
 * The ids of the sessions that can be read, those with a backup first.
 *
 * @param {Entry[]} entries
 */
function inOrder(entries) {
  return entries
    .filter(({ live, backup, oddity }) => !oddity || (live && backup))
    .sort((one, other) => Number(other.backup) - Number(one.backup))
    .flatMap(({ sessionId }) => sessionId ?? []);
}

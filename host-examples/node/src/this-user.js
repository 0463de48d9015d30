// The operations that restore, or that promise a restore: sessions that this user cannot restore are
// judged only. The component cannot know who runs it.

/** @import { Refusal } from "./refusal.js" */
/** @import { AuditReport, Change, Finding, Outcome, Plan, RepairResult, Summary } from "./types.js" */

/**
 * Takes the name of the file that is replaced, and of the source if it is known.
 *
 * @typedef {(name: string, source?: string) => Refusal | undefined} RefusalOf
 */
/** @typedef {(recovery: any, refusalOf: RefusalOf, ...args: any[]) => unknown} Operation */

/**
 * The operations by name, in place of the component's.
 *
 * @type {Record<string, Operation>}
 */
export const FOR_THIS_USER = {
  recover: (recovery, refusalOf, id, options) =>
    restored(refusalOf(liveName(id)), options, (how) => recovery.recover(id, how)),
  recoverFrom: (recovery, refusalOf, id, source, options) =>
    restored(refusalOf(liveName(id), source), options, (how) =>
      recovery.recoverFrom(id, source, how),
    ),
  undo: (recovery, refusalOf, id, options) =>
    restored(refusalOf(liveName(id)), options, (how) => recovery.undo(id, how)),
  recoverSome,
  audit,
  plan,
  repair,
};

/**
 * @param {Refusal | undefined} refusal
 * @param {object} options
 * @param {(options: object) => Outcome} restore
 */
function restored(refusal, options, restore) {
  if (!refusal) return restore(options);
  return withheld(restore({ ...options, dryRun: true }), refusal);
}

/**
 * The same, if a restore was due that must not be made.
 *
 * @param {Outcome} outcome
 * @param {Refusal} refusal
 * @returns {Outcome}
 */
function withheld(outcome, { failure }) {
  if (outcome.action !== "would-restore") return outcome;
  const { source: _, salvaged: __, ...rest } = outcome;
  return { ...rest, action: "failed", errors: [failure, ...outcome.errors], merged: 0 };
}

/**
 * @param {any} recovery
 * @param {RefusalOf} refusalOf
 * @param {string[]} ids
 * @param {object} options
 * @returns {Summary}
 */
function recoverSome(recovery, refusalOf, ids, options) {
  const refusals = new Map(ids.map((id) => [id, refusalOf(liveName(id))]));
  const foreign = ids.filter((id) => refusals.get(id));
  if (foreign.length === 0) return recovery.recoverSome(ids, options);
  const ours = ids.filter((id) => !refusals.get(id));
  /** @type {Summary} */
  const done = recovery.recoverSome(ours, options);
  /** @type {Summary} */
  const judged = recovery.recoverSome(foreign, { ...options, dryRun: true });
  const refused = judged.sessions.map((outcome) => {
    const refusal = refusals.get(outcome.status.sessionId);
    return refusal ? withheld(outcome, refusal) : outcome;
  });
  return {
    ...done,
    scanned: done.scanned + judged.scanned,
    sessions: [...done.sessions, ...refused].sort(byFileName),
    oddities: [...done.oddities, ...judged.oddities.filter(isNotIn(done.oddities))],
  };
}

/**
 * @param {Outcome} one
 * @param {Outcome} other
 */
function byFileName({ status: one }, { status: other }) {
  return Buffer.compare(fileName(one), fileName(other));
}

/** @param {{ sessionId: string }} status */
function fileName({ sessionId }) {
  return Buffer.from(liveName(sessionId));
}

/** @param {string} id */
function liveName(id) {
  return `${id}.json`;
}

/** @param {{ message: string }[]} said */
function isNotIn(said) {
  return (/** @type {{ message: string }} */ { message }) =>
    !said.some((each) => each.message === message);
}

/**
 * @param {any} recovery
 * @param {RefusalOf} refusalOf
 * @param {string[] | undefined} known
 * @returns {AuditReport}
 */
function audit(recovery, refusalOf, known) {
  /** @type {AuditReport} */
  const report = recovery.audit(known);
  const findings = report.findings.map((finding) => {
    const name = finding.category === "repairable" ? mendedName(finding) : undefined;
    const refusal = name === undefined ? undefined : refusalOf(name);
    return refusal ? forReview(finding, refusal) : finding;
  });
  return { ...report, findings };
}

/**
 * @param {Finding} finding
 * @param {Refusal} refusal
 * @returns {Finding}
 */
function forReview(finding, { inAdvance }) {
  return { ...finding, category: "manual-review", remedy: inAdvance };
}

/** @type {Finding["kind"][]} */
const MENDED_BY_RESTORE = ["shrunken-live", "orphan-backup", "salvageable"];

/**
 * The name of the file that a repair of what was found replaces, renames or removes.
 *
 * @param {Finding} finding
 */
function mendedName({ kind, sessionId, name }) {
  return MENDED_BY_RESTORE.includes(kind) && sessionId !== undefined ? liveName(sessionId) : name;
}

/**
 * Whether the index differs from the directory as it is.
 *
 * @param {Finding} finding
 */
function isAboutTheIndex({ kind, category }) {
  const isAboutIt = kind === "index-missing-file" || kind === "index-missing-entry";
  return category === "repairable" && isAboutIt;
}

/**
 * @param {any} recovery
 * @param {RefusalOf} refusalOf
 * @param {string[] | undefined} known
 * @param {boolean} salvage
 * @returns {Plan}
 */
function plan(recovery, refusalOf, known, salvage) {
  /** @type {Plan} */
  const whole = recovery.plan(known, salvage);
  const why = whole.changes.flatMap((change) => refusalOfChange(refusalOf, change) ?? []);
  if (why.length === 0) return whole;
  const changes = whole.changes.filter((change) => !refusalOfChange(refusalOf, change));
  // Only the restores may have been the reason to rename the index.
  const isIndexKept =
    !changes.some(isRestore) && !recovery.audit(known).findings.some(isAboutTheIndex);
  return {
    changes: isIndexKept ? changes.filter(({ kind }) => kind !== "set-index-aside") : changes,
    withheld: [...whole.withheld, ...new Set(why.map(({ inAdvance }) => inAdvance))],
  };
}

/**
 * @param {any} recovery
 * @param {RefusalOf} refusalOf
 * @param {Change[]} changes
 * @returns {RepairResult[]}
 */
function repair(recovery, refusalOf, changes) {
  const refusals = changes.map((change) => refusalOfChange(refusalOf, change));
  const made = recovery.repair(changes.filter((_, at) => !refusals[at]));
  return changes.map((change, at) => {
    const failure = refusals[at]?.failure;
    return failure ? { change, done: false, errors: [failure] } : made.shift();
  });
}

/**
 * @param {RefusalOf} refusalOf
 * @param {Change} change
 */
function refusalOfChange(refusalOf, change) {
  const { sessionId, source } = change;
  return refusalOf(isRestore(change) && sessionId !== undefined ? liveName(sessionId) : source);
}

/** @param {Change} change */
function isRestore({ kind }) {
  return kind === "restore" || kind === "salvage";
}

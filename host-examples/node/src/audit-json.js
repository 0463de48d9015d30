// Audits, plans and repairs as JSON: the keys of the Python module that this replaces, and further
// keys that it lacks.

import { failure, present, underscored } from "./shapes.js";

/** @import { AuditReport, Change, Finding, Plan, Purged, RepairResult } from "./types.js" */

/** @type {Partial<Record<Finding["kind"], string>>} */
const KINDS = {
  "deleted-orphan": "state_db_deleted_webui_tombstone",
  "unknown-orphan": "orphan_backup_without_state_row",
  "pending-turn": "turn_journal_pending_turn",
};

const CATEGORIES = {
  information: "information",
  repairable: "repairable",
  "manual-review": "unsafe_to_repair",
};

/** @type {Partial<Record<Finding["kind"], string>>} */
const RECOMMENDATIONS = {
  "shrunken-live": "restore_from_bak",
  "orphan-backup": "restore_from_bak",
  "deleted-orphan": "deleted_session_skipped",
  "index-missing-file": "rebuild_index",
  "index-missing-entry": "rebuild_index",
  "pending-turn": "audit_only_pending_turn_journal",
  leftover: "remove_leftover",
};

/** @param {AuditReport} report */
export function auditJson({ scanned, findings }) {
  const tally = (/** @type {Finding["category"]} */ category) =>
    findings.filter((finding) => finding.category === category).length;
  const [repairable, unsafe] = [tally("repairable"), tally("manual-review")];
  return {
    status: verdict(repairable, unsafe),
    summary: { ok: scanned, repairable, unsafe_to_repair: unsafe },
    items: findings.map(item),
  };
}

/** @param {Plan} plan */
export function planJson({ changes, withheld }) {
  return present({ changes: changes.map(changeJson), withheld: filled(withheld) });
}

/**
 * @param {RepairResult[]} results
 * @param {string[]} withheld - Why changes were left out of the plan.
 */
export function repairJson(results, withheld = []) {
  return present({
    repaired: results.filter(({ done }) => done).length,
    failed: results.filter(({ done }) => !done).length,
    items: results.map(repaired),
    withheld: filled(withheld),
  });
}

/**
 * @param {Purged[]} purged
 * @param {boolean} dryRun
 */
export function purgeJson(purged, dryRun) {
  return {
    removed: purged.flatMap(({ removed }) => removed).length,
    failed: purged.flatMap(({ errors }) => errors).length,
    dry_run: dryRun,
    items: purged.map(({ sessionId, removed, errors }) => {
      return { session_id: sessionId, removed, errors: errors.map(failure) };
    }),
  };
}

/**
 * @template T
 * @param {T[]} list
 */
function filled(list) {
  return list.length > 0 ? list : undefined;
}

/**
 * @param {number} repairable
 * @param {number} unsafe
 */
function verdict(repairable, unsafe) {
  if (unsafe > 0) return "needs_manual_review";
  return repairable > 0 ? "warn" : "ok";
}

/** @param {Finding} finding */
function item({ kind, category, sessionId, name, turn, seen, remedy, ...others }) {
  return present({
    session_id: sessionId,
    kind: KINDS[kind] ?? underscored(kind),
    category: CATEGORIES[category],
    recommendation: RECOMMENDATIONS[kind] ?? withoutRemedy(category),
    live_messages: others.liveMessages ?? -1,
    bak_messages: others.backupMessages ?? -1,
    turn_id: turn?.turnId,
    event: turn?.event,
    created_at: turn?.createdAt,
    characters: turn?.characters,
    name,
    messages: others.messages,
    session_ids: filled(others.sessionIds),
    seen,
    remedy,
  });
}

/** @param {Finding["category"]} category */
function withoutRemedy(category) {
  return category === "information" ? "no_action" : "manual_review";
}

/** @param {Change} change */
function changeJson({ kind, sessionId, source, target, bytes, why, fingerprint }) {
  const session_id = sessionId;
  return present({ kind: underscored(kind), session_id, source, target, bytes, why, fingerprint });
}

/** @param {RepairResult} result */
function repaired({ change, done, errors, kept }) {
  return present({
    ...changeJson(change),
    done,
    error: done ? undefined : errors[0]?.message,
    kept,
    errors: errors.length > 0 ? errors.map(failure) : undefined,
  });
}

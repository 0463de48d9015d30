// The changes of a plan in requests: as the server gave them, with no other keys.

/** @import { Change as PlannedChange } from "session-recovery" */
/** @import { Change } from "./shapes.js" */

const TEXT = { type: "string" };

const CHANGE = {
  type: "object",
  properties: {
    kind: { enum: ["restore", "salvage", "remove_leftover", "set_index_aside"] },
    session_id: TEXT,
    source: TEXT,
    target: TEXT,
    bytes: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    why: TEXT,
    fingerprint: TEXT,
  },
  required: ["kind", "source", "bytes", "why", "fingerprint"],
  additionalProperties: false,
};

/** A body with changes. */
export const CHANGES = {
  type: "object",
  properties: { changes: { type: "array", items: CHANGE }, dry_run: { type: "boolean" } },
  required: ["changes"],
  additionalProperties: false,
};

/**
 * @param {Change} change
 * @returns {PlannedChange}
 */
export function toChange({ kind, session_id, ...others }) {
  const dashed = /** @type {PlannedChange["kind"]} */ (kind.replaceAll("_", "-"));
  return { kind: dashed, ...(session_id !== undefined && { sessionId: session_id }), ...others };
}

/**
 * Those changes that a plan still holds. A fingerprint says what their files held.
 *
 * @param {PlannedChange[]} changes
 * @param {PlannedChange[]} plan
 */
export function stillPlanned(changes, plan) {
  const known = new Set(plan.map(identityOf));
  return changes.filter((change) => known.has(identityOf(change)));
}

/** @param {PlannedChange} change */
function identityOf({ kind, sessionId, source, target, bytes, fingerprint }) {
  return JSON.stringify([kind, sessionId, source, target, bytes, fingerprint]);
}

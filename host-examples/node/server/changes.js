// The changes of a plan as requests bring them: what the server gave, and nothing else.

/** @import { Change as PlannedChange } from "session-recovery" */
/** @import { Change } from "./shapes.js" */

const TEXT = { type: "string" };

const CHANGE = {
  type: "object",
  properties: {
    kind: { enum: ["restore", "remove_leftover", "set_index_aside"] },
    session_id: TEXT,
    source: TEXT,
    target: TEXT,
    bytes: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    why: TEXT,
    seal: TEXT,
  },
  required: ["kind", "source", "bytes", "why", "seal"],
  additionalProperties: false,
};

/** A body with changes. */
export const CHANGES = {
  type: "object",
  properties: { changes: { type: "array", items: CHANGE } },
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

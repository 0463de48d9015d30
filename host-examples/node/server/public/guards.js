// Why a session that is shorter than its backup stays as it is.

/** @import { Guard } from "../shapes.js" */

/**
 * Why a session is left as it is: in two or three words, and in sentences.
 *
 * @type {Record<Guard, [string, string]>}
 */
export const GUARDS = {
  cleared: ["Cleared on purpose", "The user cleared the conversation. The live file says so."],
  compressed: [
    "Compressed on purpose",
    "The user compressed the conversation. The live file says so.",
  ],
  undone: [
    "Taken back on purpose",
    "The user took messages back with an undo, a retry or an edit. The live file says so.",
  ],
  deleted: [
    "Deleted on purpose",
    "The user deleted the session. It is on the application’s list of deleted sessions.",
  ],
  unknown: [
    "Unknown session",
    "There is no live file, and the application does not know the session.",
  ],
  deletions_unknown: [
    "Perhaps deleted",
    "There is no live file. The user may have deleted the session, but the application’s list of deleted sessions cannot be read.",
  ],
};

/** @param {Guard} guard */
export function whyGuarded(guard) {
  return GUARDS[guard][1];
}

// What the page calls the places where sessions are counted, and why a session is there.

/** @import { Place } from "./verdict.js" */

/** @type {Record<Place, [string, string]>} */
export const PLACE_WORDS = {
  restorable: [
    "Lost messages",
    "The backup has messages that the live file lost. A restore replaces the live file with a copy of the backup.",
  ],
  missing: ["No live file", "Only the backup is left. “Restore all” includes these sessions."],
  better: [
    "A better source",
    "Another file holds messages that the live file lacks. Open the session to see which.",
  ],
  salvageable: [
    "Only by a salvage",
    "A damaged file still holds whole messages that no restore brings back. A salvage puts them in the live file’s place and keeps what it replaces.",
  ],
  unclear: [
    "Unclear",
    "These sessions could not be judged safely. They stay as they are until you fix the cause.",
  ],
  lost: [
    "Lost",
    "No live file and no backup of these sessions can be read. Open one to look for other sources.",
  ],
  guarded: [
    "Shorter on purpose",
    "The backup has more messages, but the user may not want them back. “Restore all” skips these sessions.",
  ],
  complete: ["Complete", "Nothing needs to be restored."],
  restored: ["Restored", "These sessions were restored since this page was opened."],
};

// The command line: the words of every host's program, and what is said about them.

import { parseArgs } from "node:util";
import { printable } from "./text.js";

/**
 * What was asked for.
 *
 * @typedef {object} Words
 * @property {"inspect" | "recover" | "recover-all" | "list"} task
 * @property {string} id - Empty where the task takes none.
 * @property {string} sessions
 * @property {boolean} dryRun
 * @property {boolean} discard
 * @property {boolean} json
 * @property {number} timeLimit - In milliseconds.
 */

const VERSION = "0.1.0";

const HELP = `\
Puts chat sessions back whose messages were lost, from the backups beside them.

Usage: session-recovery [OPTIONS] --sessions <DIR> <COMMAND>

Commands:
  inspect ID   Compare a session's live file with its backup
  recover ID   Restore one session from its backup, if it should be
  recover-all  Restore every session that should be
  list         List the sessions and whether they have a backup, without reading them

Options:
      --sessions <DIR>      The directory that holds the sessions; the component is given nothing else
      --max-time <SECONDS>  How long a call of the component may take [default: 600]
      --json                Print one JSON document instead of text
      --dry-run             Tell what would be done, and change nothing
      --discard             Do not keep what the restored files replace
  -h, --help                Print help
  -V, --version             Print version

A session ID is two files: ID.json, which the application uses, and ID.json.bak, which it left when a save made the session shorter. A session is restored where the backup holds more messages than the live file, or where the live file is damaged or missing. The backup always stays, and what a restored file replaces is kept as ID.json.replaced.1 and so on. Start with \`recover-all --dry-run\`: it changes nothing. An ID that begins with - goes after --.

Exit code: 0 where nothing failed, also where nothing was to be restored; 1 where something failed or the words are wrong.
`;

/** The words are none that the program knows. */
export class WrongWords extends Error {
  name = "WrongWords";

  /** @param {string} why */
  constructor(why) {
    // Wrong words are repeated, and may come from somebody else.
    super(`error: ${printable(why)}\n\nFor more information, try '--help'.\n`);
  }
}

/**
 * @param {string[]} args
 * @returns {Words | { text: string }}
 */
export function parse(args) {
  const { values, positionals } = parsed(args);
  if (values.help) return { text: HELP };
  if (values.version) return { text: `session-recovery ${VERSION}\n` };
  if (!values.sessions) throw new WrongWords("--sessions <DIR> is missing");
  return {
    ...taskOf(positionals),
    sessions: values.sessions,
    dryRun: values["dry-run"] ?? false,
    discard: values.discard ?? false,
    json: values.json ?? false,
    timeLimit: milliseconds(values["max-time"] ?? "600"),
  };
}

/** @param {string[]} args */
function parsed(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        sessions: { type: "string" },
        "max-time": { type: "string" },
        json: { type: "boolean" },
        "dry-run": { type: "boolean" },
        discard: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "V" },
      },
    });
  } catch (error) {
    throw new WrongWords(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string[]} words
 * @returns {Pick<Words, "task" | "id">}
 */
function taskOf([task, ...rest]) {
  switch (task) {
    case undefined:
      throw new WrongWords("a command is missing: inspect ID, recover ID, recover-all or list");
    case "inspect":
    case "recover":
      if (rest[0] === undefined) throw new WrongWords(`${task} needs the ID of a session`);
      requireNoMore(rest.slice(1));
      return { task, id: rest[0] };
    case "recover-all":
    case "list":
      requireNoMore(rest);
      return { task, id: "" };
    default:
      throw new WrongWords(
        `there is no command ${task}: inspect ID, recover ID, recover-all or list`,
      );
  }
}

/** @param {string[]} words */
function requireNoMore([word]) {
  if (word !== undefined) throw new WrongWords(`there is one word too many: ${word}`);
}

/** @param {string} seconds */
function milliseconds(seconds) {
  const limit = Number(seconds) * 1000;
  // Timers take no more.
  const isPossible = /^[0-9]+$/.test(seconds) && limit > 0 && limit < 2 ** 31;
  if (!isPossible) throw new WrongWords("--max-time is no number of seconds up to 2147483");
  return limit;
}

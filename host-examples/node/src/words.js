// The command line: the words of every host's program, and what is said about them.

import { parseArgs } from "node:util";
import { MOST_MEMORY, MOST_TIME } from "./limits.js";
import { printable } from "./printable.js";

/**
 * What was asked for.
 *
 * @typedef {object} Words
 * @property {"inspect" | "recover" | "recover-all" | "undo" | "list" | "audit" | "plan" | "repair" | "purge"} task
 * @property {string} id - Empty where the task takes none.
 * @property {string} sessions
 * @property {boolean} dryRun
 * @property {boolean} discard
 * @property {boolean} merge
 * @property {boolean} ignoreGuards
 * @property {boolean} force
 * @property {boolean} deleted
 * @property {boolean} json
 * @property {number} maxMemory - In MiB.
 * @property {number} maxTime - In seconds.
 */

const VERSION = "0.3.0";

const COMMANDS =
  "inspect ID, recover ID, recover-all, undo ID, list, audit, plan, repair or purge ID";

const HELP = `\
Puts chat sessions back whose messages were lost, from the backups beside them.

Usage: session-recovery [OPTIONS] --sessions <DIR> <COMMAND>

Commands:
  inspect ID   Compare a session's live file with its backup
  recover ID   Restore one session from its backup, if it should be
  recover-all  Restore every session that should be
  undo ID      Put back what the last restore of a session replaced
  list         List the sessions and whether they have a backup, without reading them
  audit        Read everything, and tell all that is wrong
  plan         Tell the changes that would mend what an audit finds
  repair       Make a plan, and its changes
  purge ID     Remove what restores kept of a session, for good; with --deleted, of all sessions that the application's users deleted

Options:
      --sessions <DIR>      The directory that holds the sessions; the component is given nothing else
      --max-memory <MIB>    How much memory the component may use [default: 256]
      --max-time <SECONDS>  How long a call of the component may take [default: 600]
      --json                Print one JSON document instead of text
      --dry-run             Tell what would be done, and change nothing
      --discard             recover, recover-all: do not keep what the restored files replace
      --merge               recover, recover-all: append the messages that only the live file holds to the backup's
      --ignore-guards       recover, recover-all, undo: restore also what is shorter, or gone, on purpose
      --force               recover: restore although the backup holds no more messages than the live file
      --deleted             purge: of all sessions that the application's users deleted
  -h, --help                Print help
  -V, --version             Print version

A session ID is two files: ID.json, which the application uses, and ID.json.bak, which it left when a save made the session shorter. A session is restored where the backup holds more messages than the live file, or where the live file is damaged or missing. The backup always stays, and what a restored file replaces is kept as ID.json.replaced.1 and so on: \`undo ID\` puts the newest of them back. What the user cleared, compressed, took back or deleted stays so, unless --ignore-guards is given. Start with \`recover-all --dry-run\`: it changes nothing. An ID that begins with - goes after --.

Exit code: 0 where nothing failed, also where nothing was to be restored; 1 where something failed or the words are wrong.
`;

/** The words are none that the program knows. */
export class WrongWords extends Error {
  name = "WrongWords";

  /** @param {string} why */
  constructor(why) {
    // Wrong words are repeated, and may come from somebody else.
    super(`error: ${printable(why)}\n\nFor more information, try '--help'.`);
  }
}

/**
 * @param {string[]} args
 * @returns {Words | { text: string }}
 */
export function parse(args) {
  const { values, positionals, tokens } = parsed(args);
  if (values.help) return { text: HELP };
  if (values.version) return { text: `session-recovery ${VERSION}\n` };
  requireNoneTwice(tokens.flatMap((token) => (token.kind === "option" ? token.name : [])));
  if (!values.sessions) throw new WrongWords("--sessions <DIR> is missing");
  const { task, id } = taskOf(positionals, values.deleted ?? false);
  requireThatTaskTakes(task, values);
  return {
    task,
    id,
    sessions: values.sessions,
    dryRun: values["dry-run"] ?? false,
    discard: values.discard ?? false,
    json: values.json ?? false,
    merge: values.merge ?? false,
    ignoreGuards: values["ignore-guards"] ?? false,
    force: values.force ?? false,
    deleted: values.deleted ?? false,
    maxMemory: limit("--max-memory", values["max-memory"] ?? "256", "MiB", MOST_MEMORY),
    maxTime: limit("--max-time", values["max-time"] ?? "600", "seconds", MOST_TIME),
  };
}

/**
 * Nobody shall believe that a repair merged, or that an undo discarded.
 *
 * @param {Words["task"]} task
 * @param {ReturnType<typeof parsed>["values"]} given
 */
function requireThatTaskTakes(task, given) {
  for (const [option, tasks] of TASKS_OF_OPTIONS) {
    if (given[option] && !tasks.includes(task)) {
      throw new WrongWords(`--${option} is for ${listed(tasks)} only`);
    }
  }
}

/** @type {readonly ["discard" | "merge" | "ignore-guards" | "force" | "deleted", Words["task"][]][]} */
const TASKS_OF_OPTIONS = [
  ["discard", ["recover", "recover-all"]],
  ["merge", ["recover", "recover-all"]],
  ["ignore-guards", ["recover", "recover-all", "undo"]],
  ["force", ["recover"]],
  ["deleted", ["purge"]],
];

/** @param {string[]} tasks */
function listed(tasks) {
  const others = tasks.slice(0, -1).join(", ");
  return others === "" ? tasks[0] : `${others} and ${tasks.at(-1)}`;
}

/**
 * Of two values, one would be ignored without a word.
 *
 * @param {string[]} options
 */
function requireNoneTwice(options) {
  const option = options.find((option, place) => options.indexOf(option) !== place);
  if (option) throw new WrongWords(`the argument '--${option}' cannot be used multiple times`);
}

/** @param {string[]} args */
function parsed(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      tokens: true,
      options: {
        sessions: { type: "string" },
        "max-memory": { type: "string" },
        "max-time": { type: "string" },
        json: { type: "boolean" },
        "dry-run": { type: "boolean" },
        discard: { type: "boolean" },
        merge: { type: "boolean" },
        "ignore-guards": { type: "boolean" },
        force: { type: "boolean" },
        deleted: { type: "boolean" },
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
 * @param {boolean} isOfDeleted
 * @returns {Pick<Words, "task" | "id">}
 */
function taskOf([task, ...rest], isOfDeleted) {
  if (task === "purge" && isOfDeleted) {
    requireNoMore(rest);
    return { task, id: "" };
  }
  switch (task) {
    case undefined:
      throw new WrongWords(`a command is missing: ${COMMANDS}`);
    case "inspect":
    case "recover":
    case "undo":
    case "purge":
      if (rest[0] === undefined) throw new WrongWords(`${task} needs the ID of a session`);
      requireNoMore(rest.slice(1));
      requireUtf8(rest[0]);
      return { task, id: rest[0] };
    case "recover-all":
    case "list":
    case "audit":
    case "plan":
    case "repair":
      requireNoMore(rest);
      return { task, id: "" };
    default:
      throw new WrongWords(`there is no command ${task}: ${COMMANDS}`);
  }
}

/**
 * Node puts U+FFFD where bytes are no text, and so another session's id might come of it.
 *
 * @param {string} id
 */
function requireUtf8(id) {
  if (!id.includes("\ufffd")) return;
  throw new WrongWords(`the ID ${id} is not UTF-8, or cannot be told from one that is not`);
}

/** @param {string[]} words */
function requireNoMore([word]) {
  if (word !== undefined) throw new WrongWords(`there is one word too many: ${word}`);
}

/**
 * @param {string} option
 * @param {string} word
 * @param {string} unit
 * @param {number} most
 */
function limit(option, word, unit, most) {
  const isPossible = /^[0-9]+$/.test(word) && Number(word) > 0 && Number(word) <= most;
  if (!isPossible) throw new WrongWords(`${option} is no number of ${unit} up to ${most}`);
  return Number(word);
}

// The command line, read before anything is opened: a wrong word must not start a server.

import { parseArgs } from "node:util";

/** @import { ParseArgsConfig } from "node:util" */

export const HELP = `Shows damaged chat sessions on a web page, and restores them.

Usage: node main.js --sessions DIR [options]

  --sessions DIR     the directory with the sessions, ID.json and ID.json.bak
  --port PORT        the port to listen on, 0 for any that is free (8787)
  --host HOST        the address to listen on (127.0.0.1)
  --allow-host NAME  a further name by which browsers may call this server, as
                     behind a proxy; may be given several times
  --no-sweep         do not restore anything when the server starts
  --help             print this

When it starts, the server restores every session that lost messages, or of
which only the backup is left, as "recover-all" does, and then listens. What
was shortened or deleted on purpose stays so. There is no login: whoever
reaches the address can restore sessions. Stop the chat application meanwhile,
as a message that it saves during a restore can be lost.
`;

/** @satisfies {ParseArgsConfig["options"]} */
const OPTIONS = {
  sessions: { type: "string" },
  port: { type: "string", default: "8787" },
  host: { type: "string", default: "127.0.0.1" },
  "allow-host": { type: "string", multiple: true, default: [] },
  "no-sweep": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
};

/** Words that make no sense, explained for the one who typed them. */
export class UsageError extends Error {}

/**
 * @typedef {object} Settings
 * @property {string} sessions
 * @property {number} port
 * @property {string} host
 * @property {string[]} allowedHosts
 * @property {boolean} sweep
 */

/**
 * @param {string[]} words
 * @returns {Settings | "help"}
 */
export function readArguments(words) {
  const values = parse(words);
  if (values.help) {
    return "help";
  }
  if (!values.sessions) {
    throw new UsageError("--sessions DIR is missing: the directory with the sessions.");
  }
  return {
    sessions: values.sessions,
    port: toPort(values.port),
    host: values.host,
    allowedHosts: values["allow-host"],
    sweep: !values["no-sweep"],
  };
}

/** @param {string[]} words */
function parse(words) {
  try {
    return parseArgs({ args: words, options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} word */
function toPort(word) {
  const port = Number(word);
  if (!/^\d+$/.test(word) || port > 65535) {
    throw new UsageError(`--port ${word} is no port: give a number from 0 to 65535.`);
  }
  return port;
}

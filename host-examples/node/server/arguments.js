// Reads the command line before anything is opened: wrong arguments must not start a server.

import { parseArgs } from "node:util";

/** @import { ParseArgsConfig } from "node:util" */

export const HELP = `Shows damaged chat sessions on a web page, and restores them.

Usage: node main.js --sessions DIR [OPTIONS]

  --sessions DIR     The directory with the sessions, ID.json and ID.json.bak.
  --port PORT        The port to listen on. 0 means any free port. [8787]
  --host HOST        The address to listen on. [127.0.0.1]
  --allow-host NAME  Another name by which browsers may call this server, for
                     example behind a proxy. Can be given several times.
  --sweep            Restore when the server starts, before it listens.
  -h, --help         Print this.

The server shows what is in the directory. It restores nothing until somebody
asks for it on the page.

With --sweep it first restores every session that lost messages or has no live
file, as "recover-all" does. Sessions that were shortened or deleted on purpose
stay as they are.

There is no login: everybody who reaches the address can restore sessions.

Stop the chat application first. If it saves a message during a restore, that
message can be lost.
`;

/** @satisfies {ParseArgsConfig["options"]} */
const OPTIONS = {
  sessions: { type: "string" },
  port: { type: "string", default: "8787" },
  host: { type: "string", default: "127.0.0.1" },
  "allow-host": { type: "string", multiple: true, default: [] },
  sweep: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
};

/** The arguments are wrong. The message says how. */
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
    throw new UsageError("--sessions DIR is missing. DIR is the directory with the sessions.");
  }
  return {
    sessions: values.sessions,
    port: toPort(values.port),
    host: values.host,
    allowedHosts: values["allow-host"],
    sweep: values.sweep,
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
    throw new UsageError(`${word} is not a port. Give --port a number from 0 to 65535.`);
  }
  return port;
}

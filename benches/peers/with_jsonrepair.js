// Reads with jsonrepair, the general repairer of JSON for JavaScript: a path a line in, a line for
// each message and one with the time out.

const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const { jsonrepair } = require("jsonrepair");

/** The rule of Python's `json.detect_encoding`, as far as it is needed here. */
function encoding(bytes) {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) {
    return "utf-16le";
  }
  const isBig = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  return isBig ? "utf-16be" : "utf-8";
}

/** The messages of a session, or of each one in a list of sessions. */
function messages(document) {
  const sessions = Array.isArray(document) ? document : [document];
  return sessions.flatMap((session) => (Array.isArray(session?.messages) ? session.messages : []));
}

function read(bytes) {
  // It takes text, so bytes that are none are replaced.
  const text = new TextDecoder(encoding(bytes)).decode(bytes);
  try {
    // It mends some texts that need no mending; json_repair tries this first by itself.
    return JSON.parse(text);
  } catch {
    return JSON.parse(jsonrepair(text));
  }
}

createInterface({ input: process.stdin }).on("line", (path) => {
  const bytes = readFileSync(path);
  const start = performance.now();
  let document = null;
  let mark = "=";
  try {
    document = read(bytes);
  } catch {
    mark = "!";
  }
  const seconds = (performance.now() - start) / 1000;
  const lines = messages(document).map((message) => `${JSON.stringify(message)}\n`);
  process.stdout.write(`${lines.join("")}${mark}${seconds}\n`);
});

// Session directories for the tests, each with its own kind of damage.

import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @import { TestContext } from "node:test" */

/**
 * Makes a directory that goes away after the test.
 *
 * @param {TestContext} t
 * @param {Record<string, string>} files
 */
export async function makeDirectory(t, files) {
  const path = await mkdtemp(join(tmpdir(), "session-recovery-"));
  t.after(() => rm(path, { recursive: true }));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(path, name), text)));
  return {
    path,
    /** @param {string} name */
    read: (name) => readFile(join(path, name), "utf8"),
    names: () => readdir(path),
    /**
     * @param {string} name
     * @param {string} text
     */
    write: (name, text) => writeFile(join(path, name), text),
    /** @param {string} name */
    link: (name) => symlink("elsewhere", join(path, name)),
    /** @param {string} name */
    async block(name) {
      await rm(join(path, name), { force: true });
      await mkdir(join(path, name));
    },
    /**
     * @param {string} name
     * @param {string} text
     */
    async unblock(name, text) {
      await rmdir(join(path, name));
      await writeFile(join(path, name), text);
    },
  };
}

/**
 * A session file.
 *
 * @param {number} messages
 */
export function chat(messages) {
  return JSON.stringify({ messages: Array.from({ length: messages }, () => ({ text: "hello" })) });
}

/**
 * A session file with these messages.
 *
 * @param {unknown[]} messages
 */
export function chatOf(...messages) {
  return JSON.stringify({ messages });
}

/** A session whose live file holds two messages that its backup does not. */
export const DIVERGED = {
  "a.json": chatOf("new", "newer"),
  "a.json.bak": chatOf("first", "second", "third"),
};

export const MERGED = '{"messages":["first","second","third","new","newer"]}';

/** A session file that was cut off in the middle of a write. */
export const CUT_OFF = chat(9).slice(0, 100);

/** A file that is cut off in its first message. */
const NOTHING_LEFT = '{"messages": [{"text": "he';

/** A damaged session whose live file holds more whole messages than its backup. */
export const SALVAGEABLE = { "a.json": cutOff(500), "a.json.bak": messagesOf(10) };

/** Damaged files of two sessions, of which a restore brings nothing back. */
export const ONLY_SALVAGEABLE = { "b.json": cutOff(50), "c.json.bak": cutOff(30) };

/**
 * A session file as the application writes it: each message once.
 *
 * @param {number} messages
 */
export function messagesOf(messages) {
  const each = Array.from({ length: messages }, (_, at) => ({
    role: "user",
    content: `No. ${at}`,
  }));
  return JSON.stringify({ message_count: messages, messages: each }, null, 2);
}

/**
 * The same, cut off in its last message.
 *
 * @param {number} messages
 */
export function cutOff(messages) {
  return messagesOf(messages).slice(0, -20);
}

/** One session of each kind. */
export const ONE_OF_EACH = {
  "wiped.json": chat(0),
  "wiped.json.bak": chat(1204),
  "shorter.json": chat(3),
  "shorter.json.bak": chat(12),
  "damaged.json": CUT_OFF,
  "damaged.json.bak": chat(40),
  "orphan.json.bak": chat(7),
  "lost.json": NOTHING_LEFT,
  "lost.json.bak": "",
  "healthy.json": chat(5),
  "healthy.json.bak": chat(4),
  "alone.json": chat(2),
};

/**
 * A session file that says more of its last save.
 *
 * @param {number} messages
 * @param {Record<string, unknown>} marks
 */
function marked(messages, marks) {
  return JSON.stringify({ ...JSON.parse(chat(messages)), ...marks });
}

const IS_CLEARED = { clear_generation: "one", truncation_watermark: 0, truncation_boundary: 0 };

/** Sessions that are shorter than their backups on purpose, or gone. */
export const ON_PURPOSE = {
  "cleared.json": marked(1, IS_CLEARED),
  "cleared.json.bak": chat(6),
  "compressed.json": marked(2, { compression_anchor_mode: "manual", context_messages: [] }),
  "compressed.json.bak": marked(5, { context_messages: [{ text: "hello" }] }),
  "undone.json": marked(3, { intentional_shrink_generation: "0123456789ab4def8123456789abcdef" }),
  "undone.json.bak": chat(4),
  "deleted.json.bak": chat(8),
  "_deleted_webui_sessions.json": JSON.stringify({ version: 1, ids: ["deleted"] }),
};

/** The name of a file that an interrupted restore left. */
export const LEFTOVER = `.session-recovery-${"0".repeat(32)}.staging`;

/**
 * Many sessions. The first ones lost their messages.
 *
 * @param {number} count
 * @param {number} shrunken
 */
export function manySessions(count, shrunken) {
  /** @type {Record<string, string>} */
  const files = {};
  for (let i = 0; i < count; i += 1) {
    const id = `session-${String(i).padStart(5, "0")}`;
    files[`${id}.json`] = chat(i < shrunken ? 0 : 1);
    if (i < shrunken) {
      files[`${id}.json.bak`] = chat(3);
    }
  }
  return files;
}

// Who may read a session, which WASI cannot say: a restored file gets the mode and owner of the
// file it replaces before it takes that file's name, and nobody else can read it earlier.

import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
} from "node:fs";
import { join } from "node:path";

/** @import { Kept } from "./kept.js" */

const STAGING = /^\.session-recovery-[0-9a-f]{32}\.staging$/;
const LIVE = /^[^_].*\.json$/s;
/** In bytes. */
const LONGEST_NAME = 255;
const NUMBER = /\.replaced\.([1-9][0-9]*)$/;

/**
 * Gives a staging file the mode and owner of the live file whose name it is about to take, or
 * whose copy it is about to be. Where there is no live file it may be read by whom both the backup
 * and the newest kept file may, as its bytes are those of one of them.
 *
 * @param {string} directory
 * @param {Kept} kept
 * @param {string} from
 * @param {string} to
 */
export function passOn(directory, kept, from, to) {
  const live = to.replace(NUMBER, "");
  if (!STAGING.test(from) || !LIVE.test(live)) return;
  const access = accessOf(join(directory, live)) ?? accessWithout(directory, kept, live);
  if (!access) return;
  withFile(join(directory, from), (file) => {
    const { uid, gid, nlink } = fstatSync(file);
    // Somebody may have put another file's second name there, to be given that file.
    if (nlink > 1) throw Object.assign(new Error(`${from} has two names`), { code: "EPERM" });
    if (uid !== access.uid || gid !== access.gid) fchownSync(file, access.uid, access.gid);
    fchmodSync(file, access.mode & 0o777);
    fsyncSync(file);
  });
}

/**
 * @param {string} directory
 * @param {Kept} kept
 * @param {string} live - The name of the live file, which is not there.
 */
function accessWithout(directory, kept, live) {
  const backup = accessOf(join(directory, `${live}.bak`));
  const keptAt = (/** @type {number} */ number) => {
    const name = `${live}.replaced.${number}`;
    // There is no kept file of the longest ids.
    return Buffer.byteLength(name) > LONGEST_NAME ? undefined : accessOf(join(directory, name));
  };
  const number = kept.newest(live, (number) => keptAt(number) !== undefined);
  const newest = number > 0 ? keptAt(number) : undefined;
  if (!backup || !newest) return backup ?? newest;
  return { uid: backup.uid, gid: backup.gid, mode: backup.mode & newest.mode };
}

/** @param {string} path */
function accessOf(path) {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? stats : undefined;
}

/**
 * @param {string} path
 * @param {(file: number) => void} work
 */
function withFile(path, work) {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    work(file);
  } finally {
    closeSync(file);
  }
}

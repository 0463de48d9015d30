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
  readdirSync,
} from "node:fs";
import { join } from "node:path";

const STAGING = /^\.session-recovery-[0-9a-f]{32}\.staging$/;
const LIVE = /^[^_].*\.json$/s;
const NUMBER = /\.replaced\.[1-9][0-9]*$/;

/**
 * Makes a file that is new, and so still empty, its owner's alone.
 *
 * @param {string} directory
 * @param {string} name
 */
export function makePrivate(directory, name) {
  withFile(join(directory, name), (file) => fchmodSync(file, 0o600));
}

/**
 * Gives a staging file the mode and owner of the live file whose name it is about to take, or
 * whose copy it is about to be; where there is no live file, of the backup or else of the newest
 * kept file.
 *
 * @param {string} directory
 * @param {string} from
 * @param {string} to
 */
export function passOn(directory, from, to) {
  const live = to.replace(NUMBER, "");
  if (!STAGING.test(from) || !LIVE.test(live)) return;
  const access =
    accessOf(join(directory, live)) ??
    accessOf(join(directory, `${live}.bak`)) ??
    accessOf(join(directory, `${live}.replaced.${newestKept(directory, live)}`));
  if (!access) return;
  withFile(join(directory, from), (file) => {
    const { uid, gid } = fstatSync(file);
    if (uid !== access.uid || gid !== access.gid) fchownSync(file, access.uid, access.gid);
    fchmodSync(file, access.mode & 0o777);
    fsyncSync(file);
  });
}

/**
 * @param {string} directory
 * @param {string} live
 */
function newestKept(directory, live) {
  const numbers = readdirSync(directory)
    .filter((name) => name.replace(NUMBER, "") === live && name !== live)
    .map((name) => Number(name.slice(`${live}.replaced.`.length)));
  return numbers.reduce((newest, number) => Math.max(newest, number), 0);
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

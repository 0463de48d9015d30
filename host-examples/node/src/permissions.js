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
import { carry, haveAcl } from "./attributes.js";

/** @import { Kept } from "./kept.js" */

const STAGING = /^\.session-recovery-[0-9a-f]{32}\.staging$/;
const LIVE = /^[^_].*\.json$/s;
/** In bytes. */
const LONGEST_NAME = 255;
const NUMBER = /\.replaced\.([1-9][0-9]*)$/;
/** The bits of a mode: of a file that only its owner may read, of any file, and all there are. */
const OWNER = 0o700;
const ANYBODY = 0o777;
const ALL_BITS = 0o7777;

/**
 * Gives a staging file the owner, mode, ACL and attributes of the live file whose name it is about
 * to take, or whose copy it is about to be. Where there is no live file it may be read by whom both
 * the backup and the newest kept file may, as its bytes are those of one of them.
 *
 * @param {string} directory
 * @param {Kept} kept
 * @param {string} from
 * @param {string} to
 */
export function passOn(directory, kept, from, to) {
  const live = to.replace(NUMBER, "");
  if (!STAGING.test(from) || !LIVE.test(live)) return;
  const [model, other] = modelsOf(directory, kept, live);
  if (model === undefined) return;
  withFile(join(directory, from), (file) => {
    // Somebody may have put another file's second name there, to be given that file.
    if (fstatSync(file).nlink > 1) throw refusal(`${from} has two names`);
    if (other === undefined) withFile(join(directory, model), (open) => become(file, open));
    else becomeBoth(file, directory, from, model, other);
    fsyncSync(file);
  });
}

/**
 * @param {string} directory
 * @param {Kept} kept
 * @param {string} live
 * @returns {string[]} The names of the files whose readers may read the file.
 */
function modelsOf(directory, kept, live) {
  if (isRegular(directory, live)) return [live];
  const backups = [`${live}.bak`].filter((name) => isRegular(directory, name));
  const keptName = (/** @type {number} */ number) => `${live}.replaced.${number}`;
  // There is no kept file of the longest ids.
  const isThere = (/** @type {string} */ name) =>
    Buffer.byteLength(name) <= LONGEST_NAME && isRegular(directory, name);
  const number = kept.newest(live, (number) => isThere(keptName(number)));
  return number > 0 ? [...backups, keptName(number)] : backups;
}

/**
 * @param {number} file
 * @param {number} model
 */
function become(file, model) {
  const stats = fstatSync(model);
  if (!stats.isFile()) throw refusal("it is no regular file any more");
  giveOwner(file, stats);
  // The mode comes with it: one that came first would let in whom the directory's default ACL names.
  carry(model, file);
  giveMode(file, stats.mode);
}

/**
 * Nobody but the owner may where there is an ACL: what two of them have in common is not known.
 *
 * @param {number} file
 * @param {string} directory
 * @param {string} name - The file's.
 * @param {string} model - Whose owner it gets.
 * @param {string} other
 */
function becomeBoth(file, directory, name, model, other) {
  const stats = lstatSync(join(directory, model));
  const { mode } = lstatSync(join(directory, other));
  giveOwner(file, stats);
  const most = haveAcl(directory, [name, model, other]) ? OWNER : ANYBODY;
  giveMode(file, stats.mode & mode & most);
}

/**
 * @param {number} file
 * @param {{ uid: number, gid: number }} owner
 */
function giveOwner(file, owner) {
  const { uid, gid } = fstatSync(file);
  if (uid !== owner.uid || gid !== owner.gid) fchownSync(file, owner.uid, owner.gid);
}

/**
 * @param {number} file
 * @param {number} mode
 */
function giveMode(file, mode) {
  fchmodSync(file, mode & ANYBODY);
  if ((fstatSync(file).mode & ALL_BITS) !== (mode & ANYBODY)) throw refusal("the mode is not kept");
}

/** @param {string} why */
function refusal(why) {
  return Object.assign(new Error(why), { code: "EPERM" });
}

/**
 * @param {string} directory
 * @param {string} name
 */
function isRegular(directory, name) {
  return lstatSync(join(directory, name), { throwIfNoEntry: false })?.isFile() ?? false;
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

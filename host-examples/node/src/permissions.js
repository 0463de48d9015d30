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
import { carry, carryAttributes, haveAcl } from "./attributes.js";

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
 * @param {boolean} acceptOwner - Whether it may belong to this process's user instead.
 */
export function passOn(directory, kept, from, to, acceptOwner = false) {
  const live = to.replace(NUMBER, "");
  if (!STAGING.test(from) || !LIVE.test(live)) return;
  const [model, other] = modelsOf(directory, kept, live);
  if (model === undefined) return;
  withFile(join(directory, from), (file) => {
    // Somebody may have put another file's second name there, to be given that file.
    if (fstatSync(file).nlink > 1) throw refusal(`${from} has two names`);
    if (acceptOwner && isRefused(() => giveOwner(file, lstatSync(join(directory, model))))) {
      takeOver(file, directory, from, model, other);
    } else if (other === undefined) {
      withFile(join(directory, model), (open) => become(file, open));
    } else {
      becomeBoth(file, directory, from, model, other);
    }
    fsyncSync(file);
  });
}

/**
 * Looks at the file whose owner a restored one gets.
 *
 * @param {string} directory
 * @param {Kept} kept
 * @param {string} live
 */
export function ownerOf(directory, kept, live) {
  try {
    const [model] = LIVE.test(live) && !live.includes("/") ? modelsOf(directory, kept, live) : [];
    return model === undefined ? undefined : lstatSync(join(directory, model));
  } catch {
    return undefined;
  }
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
  const mode = modeOf(directory, other);
  giveOwner(file, stats);
  const most = haveAcl(directory, [name, model, other]) ? OWNER : ANYBODY;
  giveMode(file, stats.mode & mode & most);
}

/**
 * Gives a file of this process what remains if it cannot have the owner or the group of the models.
 * Whoever could not read them cannot read it, except for its new owner.
 *
 * @param {number} file
 * @param {string} directory
 * @param {string} name - The file's.
 * @param {string} model
 * @param {string} [other]
 */
function takeOver(file, directory, name, model, other) {
  const { uid } = fstatSync(file);
  // Somebody may have put a file of their own there.
  if (uid !== process.geteuid?.()) throw refusal(`${name} belongs to somebody else`);
  withFile(join(directory, model), (open) => {
    const stats = fstatSync(open);
    if (!stats.isFile()) throw refusal("it is no regular file any more");
    isRefused(() => giveOwner(file, { uid, gid: stats.gid }));
    const changed = { owner: uid !== stats.uid, group: fstatSync(file).gid !== stats.gid };
    const before = other === undefined ? stats.mode : stats.mode & modeOf(directory, other);
    const taken = modeWithout(before, changed);
    if (other === undefined && !changed.group && taken === (before & ANYBODY)) {
      carry(open, file);
      giveMode(file, taken);
      return;
    }
    if (other === undefined) carryAttributes(open, file);
    const most = haveAcl(directory, [name, model, other ?? model]) ? OWNER : ANYBODY;
    giveMode(file, taken & most);
  });
}

/**
 * A mode by which nobody may read a file who could not before it had another owner or group, except
 * for its new owner, who may read and write it.
 *
 * @param {number} mode
 * @param {{ owner: boolean, group: boolean }} changed
 */
export function modeWithout(mode, changed) {
  let [owner, group, others] = [(mode >> 6) & 0o7, (mode >> 3) & 0o7, mode & 0o7];
  // The owner so far may be one of the group, or of the others.
  if (changed.owner) [owner, group, others] = [owner | 0o6, group & owner, others & owner];
  if (changed.group) [group, others] = [group & others, group & others];
  return (owner << 6) | (group << 3) | others;
}

/**
 * Whether this process may not do that to a file's owner, or the system has no such owner.
 *
 * @param {() => void} give
 */
function isRefused(give) {
  try {
    give();
    return false;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === "EPERM" || code === "EINVAL") return true;
    throw error;
  }
}

/**
 * @param {string} directory
 * @param {string} name
 */
function modeOf(directory, name) {
  return lstatSync(join(directory, name)).mode;
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

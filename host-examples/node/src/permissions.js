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
const OURS = /^\.session-recovery-/;
const NUMBER = /\.replaced\.([1-9][0-9]*)$/;
/** The bits of a mode: of a file that only its owner may read, of any file, and all there are. */
const OWNER = 0o700;
const ANYBODY = 0o777;
const ALL_BITS = 0o7777;

/** @param {string} name */
export function isStaging(name) {
  return STAGING.test(name);
}

/**
 * Gives a staging file the owner, mode, ACL and attributes of the live file whose name it is about
 * to take, or whose copy it is about to be. If its bytes are those of a temporary file or of a copy,
 * it may be read only by whom that may, too. If there is no live file, it may be read by whom all of
 * these may: the backup, the newest kept file, and the files that its bytes come from.
 *
 * @param {string} directory
 * @param {Kept} kept
 * @param {string} from
 * @param {string} to
 * @param {object} how
 * @param {Iterable<string>} [how.sources] - The files that were read while it was written.
 * @param {boolean} [how.acceptOwner] - Whether it may belong to this process's user instead.
 */
export function passOn(directory, kept, from, to, { sources = [], acceptOwner = false }) {
  const live = to.replace(NUMBER, "");
  if (!isStaging(from) || !LIVE.test(live)) return;
  const [model, ...others] = modelsOf(directory, kept, live, sources);
  if (model === undefined) return;
  withFile(join(directory, from), (file) => {
    // Somebody may have put another file's second name there, to be given that file.
    if (fstatSync(file).nlink > 1) throw refusal(`${from} has two names`);
    if (acceptOwner && isRefused(() => giveOwner(file, lstatSync(join(directory, model))))) {
      takeOver(file, directory, from, model, others);
    } else if (allow(directory, model, others)) {
      withFile(join(directory, model), (open) => become(file, open));
    } else {
      becomeAll(file, directory, from, model, others);
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
 * @param {string} [source] - The file that is put in place, if that is known.
 */
export function ownerOf(directory, kept, live, source) {
  try {
    const sources = source !== undefined && isSingle(source) ? [source] : [];
    const models = LIVE.test(live) && isSingle(live) && modelsOf(directory, kept, live, sources);
    const [model] = models || [];
    return model === undefined ? undefined : lstatSync(join(directory, model));
  } catch {
    return undefined;
  }
}

/**
 * Whether a name is that of an entry: no other may be looked at.
 *
 * @param {string} name
 */
function isSingle(name) {
  return name !== "." && name !== ".." && !name.includes("/");
}

/**
 * @param {string} directory
 * @param {Kept} kept
 * @param {string} live
 * @param {Iterable<string>} sources
 * @returns {string[]} The names of the files whose readers may read the file.
 */
function modelsOf(directory, kept, live, sources) {
  const read = [...sources].filter((name) => name !== live && !OURS.test(name));
  if (isRegular(directory, live)) {
    return [live, ...read.filter((name) => !isOfRestores(name, live))];
  }
  const backups = [`${live}.bak`].filter((name) => isRegular(directory, name));
  const keptName = (/** @type {number} */ number) => `${live}.replaced.${number}`;
  // There is no kept file of the longest ids.
  const isThere = (/** @type {string} */ name) =>
    Buffer.byteLength(name) <= LONGEST_NAME && isRegular(directory, name);
  const number = kept.newest(live, (number) => isThere(keptName(number)));
  const newest = number > 0 ? [keptName(number)] : [];
  return [...new Set([...backups, ...newest, ...read])];
}

/**
 * Whether it is the backup, or a kept file: the session's own, whose bytes the live file had.
 *
 * @param {string} name
 * @param {string} live
 */
function isOfRestores(name, live) {
  return name === `${live}.bak` || (NUMBER.test(name) && name.replace(NUMBER, "") === live);
}

/**
 * Whether each of the others may be read by whom the model may.
 *
 * @param {string} directory
 * @param {string} model
 * @param {string[]} others
 */
function allow(directory, model, others) {
  if (others.length === 0) return true;
  const { mode, gid } = lstatSync(join(directory, model));
  return (
    narrowed(directory, mode, gid, others) === (mode & ANYBODY) &&
    !haveAcl(directory, [model, ...others])
  );
}

/**
 * What is left of a mode for a file whose bytes are those of others, too. Its owner keeps what they
 * may: a restored session is of no use to a user who cannot read it.
 *
 * @param {string} directory
 * @param {number} mode
 * @param {number} gid - The file's group.
 * @param {string[]} others
 */
function narrowed(directory, mode, gid, others) {
  const each = others.map((name) => lstatSync(join(directory, name)));
  const allowed = each.map((other) =>
    other.gid === gid ? other.mode : modeWithout(other.mode, { owner: false, group: true }),
  );
  return allowed.reduce((left, other) => left & (other | OWNER), mode & ANYBODY);
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
 * @param {string[]} others
 */
function becomeAll(file, directory, name, model, others) {
  const { uid, gid, mode } = lstatSync(join(directory, model));
  giveOwner(file, { uid, gid });
  const most = haveAcl(directory, [name, model, ...others]) ? OWNER : ANYBODY;
  giveMode(file, narrowed(directory, mode, gid, others) & most);
}

/**
 * Gives a file of this process what remains if it cannot have the owner or the group of the models.
 * Whoever could not read them cannot read it, except for its new owner.
 *
 * @param {number} file
 * @param {string} directory
 * @param {string} name - The file's.
 * @param {string} model
 * @param {string[]} others
 */
function takeOver(file, directory, name, model, others) {
  const { uid } = fstatSync(file);
  // Somebody may have put a file of their own there.
  if (uid !== process.geteuid?.()) throw refusal(`${name} belongs to somebody else`);
  withFile(join(directory, model), (open) => {
    const stats = fstatSync(open);
    if (!stats.isFile()) throw refusal("it is no regular file any more");
    isRefused(() => giveOwner(file, { uid, gid: stats.gid }));
    const changed = { owner: uid !== stats.uid, group: fstatSync(file).gid !== stats.gid };
    const before = narrowed(directory, stats.mode, stats.gid, others);
    const taken = modeWithout(before, changed);
    if (others.length === 0 && !changed.group && taken === before) {
      carry(open, file);
      giveMode(file, taken);
      return;
    }
    if (others.length === 0) carryAttributes(open, file);
    const most = haveAcl(directory, [name, model, ...others]) ? OWNER : ANYBODY;
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

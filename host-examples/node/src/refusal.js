// Why a file is not to be replaced by this user, which is found out before the component begins.
// Otherwise a restore fails at its last step, and an audit promises a repair that is then refused.

import { accessSync, constants, lstatSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ownerOf } from "./permissions.js";

/** @import { Failure } from "./types.js" */
/** @import { Kept } from "./kept.js" */

/**
 * @typedef {object} Refusal
 * @property {Failure} failure - The refusal as the error of a restore.
 * @property {string} inAdvance - The refusal before anybody has asked for a restore.
 */

const STICKY =
  "the directory has the sticky bit, so only the owner of the file or of the directory may replace it";
const FOREIGN = "its files belong to another user or group, and that cannot be kept";
/** The bits of a directory's mode by which new files get its group, and only owners remove files. */
const INHERITED = 0o2000;
const STICKY_BIT = 0o1000;
/**
 * Capabilities, as bits of the mask in `/proc`: to give a file to any owner and any group, to write
 * whatever the mode says, and to do what only a file's owner may.
 */
const [CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER] = [1n, 1n << 1n, 1n << 3n];

/** The component's own error, in a directory in which it can create nothing. */
const READ_ONLY = refusal(
  "read-only",
  "The session directory is read-only: no file can be created in it.",
  "Check that its file system is mounted for writing, and run this as a user who may write in the directory.",
);

/**
 * Gives what says why a file, or any file, is not to be replaced by this user. What cannot be looked
 * at is left to the attempt.
 *
 * @param {string} directory
 * @param {Kept} kept
 * @param {boolean} acceptOwner - Whether a restored file may belong to this process's user.
 * @returns {(name: string, source?: string) => Refusal | undefined} Takes the source if it is known.
 */
export function refusalsIn(directory, kept, acceptOwner) {
  const isAllReadOnly = isReadOnly(directory);
  return (name, source) => {
    if (isAllReadOnly) return READ_ONLY;
    const sticky = ownerOfSticky(directory, name);
    if (sticky !== undefined) return toReplace(name, sticky);
    const owner = acceptOwner ? undefined : ownerOf(directory, kept, name, source);
    return owner && !canGive(directory, owner) ? toGiveAway(name, owner.uid) : undefined;
  };
}

/**
 * @param {Failure["code"]} code
 * @param {string} message
 * @param {string} remedy
 * @returns {Refusal}
 */
function refusal(code, message, remedy, inAdvance = message) {
  return { failure: { code, message, remedy }, inAdvance: `${inAdvance} ${remedy}` };
}

/**
 * Refuses to replace what only its owner may.
 *
 * @param {string} name
 * @param {number} uid
 */
function toReplace(name, uid) {
  const remedy = `Run the same command as that user (\`sudo -u ${nameOf(uid)} …\`), or as root.`;
  const inAdvance = `${name} cannot be replaced: ${STICKY}.`;
  return refusal("no-permission", `${name} was not replaced: ${STICKY}.`, remedy, inAdvance);
}

/**
 * Refuses to change the owner or the group of a session.
 *
 * @param {string} name
 * @param {number} uid
 */
function toGiveAway(name, uid) {
  const user = uid === process.geteuid?.() ? "root" : nameOf(uid);
  const remedy =
    `Run the same command as a user who can keep it (\`sudo -u ${user} …\`). Or add ` +
    "--accept-owner (acceptOwner): the restored file then belongs to you.";
  const inAdvance = `${name} cannot be restored: ${FOREIGN}.`;
  return refusal("no-permission", `${name} was not replaced: ${FOREIGN}.`, remedy, inAdvance);
}

/**
 * Whether no file can be created in a directory. The system answers for the real user, and counts
 * capabilities only for root.
 *
 * @param {string} directory
 */
function isReadOnly(directory) {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return false;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    const isRefused = code === "EACCES" || code === "EROFS" || code === "EPERM";
    return isRefused && (process.getuid?.() === 0 || !holds(CAP_DAC_OVERRIDE));
  }
}

/**
 * The owner of a file that only its owner may replace: somebody else, in somebody else's sticky
 * directory.
 *
 * @param {string} directory
 * @param {string} name
 */
function ownerOfSticky(directory, name) {
  try {
    const { mode, uid } = statSync(directory);
    if (!(mode & STICKY_BIT) || name.includes("/")) return undefined;
    const owner = lstatSync(join(directory, name)).uid;
    const isOurs = [uid, owner].includes(process.geteuid?.() ?? owner);
    return isOurs || holds(CAP_FOWNER) ? undefined : owner;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} directory
 * @param {{ uid: number, gid: number }} owner
 */
function canGive(directory, { uid, gid }) {
  const isOurs = uid === process.geteuid?.() && (isIn(gid) || groupOfNewFiles(directory) === gid);
  return isOurs || holds(CAP_CHOWN);
}

/** @param {number} group */
function isIn(group) {
  return group === process.getegid?.() || (process.getgroups?.() ?? []).includes(group);
}

/**
 * The group that new files get from the directory, if they get it there.
 *
 * @param {string} directory
 */
function groupOfNewFiles(directory) {
  try {
    const { mode, gid } = statSync(directory);
    return mode & INHERITED ? gid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether this process has a capability, which root in a container may lack.
 *
 * @param {bigint} capability
 */
function holds(capability) {
  try {
    const held = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return (BigInt(`0x${held}`) & capability) === capability;
  } catch {
    return process.geteuid?.() === 0;
  }
}

/**
 * The name of a user, or what `sudo` takes for one without a name.
 *
 * @param {number} uid
 */
function nameOf(uid) {
  try {
    const users = readFileSync("/etc/passwd", "utf8").split("\n");
    const user = users.map((line) => line.split(":")).find((fields) => fields[2] === `${uid}`);
    return user?.[0] ?? `'#${uid}'`;
  } catch {
    return `'#${uid}'`;
  }
}

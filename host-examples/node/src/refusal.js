// Why a session is not to be restored by this user, which is found out before the component begins.
// Otherwise a restore fails at its last step, and an audit promises a repair that is then refused.

import { readFileSync, statSync } from "node:fs";
import { ownerOf } from "./permissions.js";

/** @import { Failure } from "./types.js" */
/** @import { Kept } from "./kept.js" */

/**
 * @typedef {object} Refusal
 * @property {Failure} failure - The refusal as the error of a restore.
 * @property {string} inAdvance - The refusal before anybody has asked for a restore.
 */

const WHY = "its files belong to another user or group, and that cannot be kept";
/** The bit of a directory's mode that has new files get its group. */
const INHERITED = 0o2000;
/** The capability to give a file to any owner and any group: a bit of the mask in `/proc`. */
const CAP_CHOWN = 1n;

/**
 * Says why a session is not to be restored by this user, if a new file of this process cannot have
 * its owner and its group. What cannot be looked at is left to the restore.
 *
 * @param {string} directory
 * @param {Kept} kept
 * @param {string} id
 * @returns {Refusal | undefined}
 */
export function refusalOf(directory, kept, id) {
  const owner = ownerOf(directory, kept, `${id}.json`);
  if (!owner || canGive(directory, owner)) return undefined;
  const { uid } = owner;
  const user = uid === process.geteuid?.() ? "root" : nameOf(uid);
  const remedy =
    `Run the same command as a user who can keep it (\`sudo -u ${user} …\`). Or add ` +
    "--accept-owner (acceptOwner): the restored file then belongs to you.";
  const message = `${id}.json was not replaced: ${WHY}.`;
  return {
    failure: { code: "no-permission", message, remedy },
    inAdvance: `${id}.json cannot be restored: ${WHY}. ${remedy}`,
  };
}

/**
 * @param {string} directory
 * @param {{ uid: number, gid: number }} owner
 */
function canGive(directory, { uid, gid }) {
  const isOurs = uid === process.geteuid?.() && (isIn(gid) || groupOfNewFiles(directory) === gid);
  return isOurs || mayGiveFilesAway();
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

/** Whether this process has CAP_CHOWN, which root in a container may lack. */
function mayGiveFilesAway() {
  try {
    const held = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return (BigInt(`0x${held}`) & CAP_CHOWN) === CAP_CHOWN;
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

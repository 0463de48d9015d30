// The session directory by its name: one that cannot be reached is an error, and not a missing one.

import { opendirSync, statSync } from "node:fs";
import { SessionRecoveryError } from "./errors.js";
import { exhaustionOf, inWords } from "./system-errors.js";

/** @param {string} path */
export function isMissing(path) {
  try {
    statSync(path);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT";
  }
}

/**
 * @param {string} path
 * @throws {SessionRecoveryError} It cannot be opened.
 */
export function requireDirectory(path) {
  try {
    opendirSync(path).closeSync();
  } catch (error) {
    const failure = /** @type {NodeJS.ErrnoException} */ (error);
    const exhaustion = exhaustionOf(failure);
    if (exhaustion) {
      throw new SessionRecoveryError("exhausted", `${path} cannot be opened: ${exhaustion}`);
    }
    const isDenied = failure.code === "EACCES" || failure.code === "EPERM";
    const remedy = isDenied
      ? "check its permissions, and those of the directories above it"
      : "name the directory that holds the sessions";
    throw new SessionRecoveryError(
      isDenied ? "no-permission" : "no-directory",
      `${path} cannot be opened: ${inWords(failure)}. Remedy: ${remedy}.`,
    );
  }
}

// The session directory by its name: one that cannot be reached is an error, and not a missing one.

import { opendirSync, statSync } from "node:fs";
import { SessionRecoveryError } from "./errors.js";
import { exhaustionOf, inWords } from "./system-errors.js";

const NAME_ANOTHER =
  "Name the directory that holds the sessions, or add --missing-ok (missingOk) if it need not exist yet.";
const CHECK_PERMISSIONS = "Check its permissions, and those of the directories above it.";

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
  if (path === "") {
    throw new SessionRecoveryError("no-directory", "The directory's name is empty.", NAME_ANOTHER);
  }
  try {
    opendirSync(path).closeSync();
  } catch (error) {
    throw whyNot(path, /** @type {NodeJS.ErrnoException} */ (error));
  }
}

/**
 * @param {string} path
 * @param {NodeJS.ErrnoException} cause
 */
function whyNot(path, cause) {
  switch (cause.code) {
    case "ENOENT":
      return new SessionRecoveryError(
        "no-directory",
        `There is no directory ${path}.`,
        NAME_ANOTHER,
      );
    case "ENOTDIR":
      return new SessionRecoveryError(
        "no-directory",
        `${path} is a file, not a directory.`,
        "Name the directory that holds the sessions.",
      );
    default: {
      const exhaustion = exhaustionOf(cause);
      const isDenied = cause.code === "EACCES" || cause.code === "EPERM";
      const code = exhaustion ? "exhausted" : isDenied ? "no-permission" : "io";
      const message = `${path} cannot be opened: ${exhaustion?.words ?? inWords(cause)}.`;
      return new SessionRecoveryError(code, message, exhaustion?.remedy ?? CHECK_PERMISSIONS);
    }
  }
}

// The system's errors as WASI's error codes, which the component can answer; an exception of any
// other kind would end it without a word and without cleaning up.

/** @type {Record<string, string>} */
const CODES = {
  EACCES: "access",
  EAGAIN: "would-block",
  EBADF: "bad-descriptor",
  EBUSY: "busy",
  EDQUOT: "quota",
  EEXIST: "exist",
  EFBIG: "file-too-large",
  EILSEQ: "illegal-byte-sequence",
  EINTR: "interrupted",
  EINVAL: "invalid",
  EISDIR: "is-directory",
  EMFILE: "insufficient-memory",
  ELOOP: "loop",
  EMLINK: "too-many-links",
  ENFILE: "insufficient-memory",
  ENAMETOOLONG: "name-too-long",
  ENODEV: "no-device",
  ENOENT: "no-entry",
  ENOMEM: "insufficient-memory",
  ENOSPC: "insufficient-space",
  ENOTDIR: "not-directory",
  ENOTEMPTY: "not-empty",
  ENOTSUP: "unsupported",
  ENXIO: "no-such-device",
  EOVERFLOW: "overflow",
  EPERM: "not-permitted",
  EROFS: "read-only",
  ETXTBSY: "text-file-busy",
  EXDEV: "cross-device",
};

/**
 * @template T
 * @param {() => T} call
 * @returns {T}
 */
export function inWasiErrors(call) {
  try {
    return call();
  } catch (error) {
    throw typeof error === "string" ? error : codeOf(error);
  }
}

/** @param {any} error */
function codeOf(error) {
  return CODES[error?.code] ?? "io";
}

/**
 * Does what has no answer, so that the component cannot be told of a failure.
 *
 * @param {() => void} call
 */
export function quietly(call) {
  try {
    call();
  } catch {
    // What was written has been synced before.
  }
}

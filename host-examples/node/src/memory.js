// How much memory the component may use. A core module says itself how far its memory may grow, so
// the limit is written there before the module is compiled.

import { outOfMemory } from "./errors.js";

const MIB = 1_048_576;
const PAGE = 65_536;

/** @import { SessionRecoveryError } from "./errors.js" */

/** Where a module's first section begins: after the magic number and the version. */
const FIRST_SECTION = 8;
const MEMORY_SECTION = 5;
/** That a memory has a maximum. */
const HAS_MAXIMUM = 1;

/**
 * The same module, whose memory grows no further than that.
 *
 * @param {Buffer<ArrayBuffer>} module
 * @param {number} maxMemory - In MiB.
 * @throws {SessionRecoveryError} It starts with more.
 */
export function withMemoryLimit(module, maxMemory) {
  for (let place = FIRST_SECTION; place < module.length; ) {
    const size = readNumber(module, place + 1);
    const end = size.end + size.value;
    if (module[place] === MEMORY_SECTION) {
      // The section holds the number of memories, which is one, its flags and its first size.
      const least = readNumber(module, size.end + 2).value;
      const most = Math.floor((maxMemory * MIB) / PAGE);
      if (least > most) throw outOfMemory(maxMemory);
      const limits = [1, HAS_MAXIMUM, ...inLeb128(least), ...inLeb128(most)];
      const section = [MEMORY_SECTION, limits.length, ...limits];
      return Buffer.concat([module.subarray(0, place), Buffer.from(section), module.subarray(end)]);
    }
    place = end;
  }
  return module;
}

/**
 * @param {Buffer} bytes
 * @param {number} start
 */
function readNumber(bytes, start) {
  let [value, end] = [0, start];
  for (let byte = 0x80; byte >= 0x80; end++) {
    byte = bytes[end] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (end - start));
  }
  return { value, end };
}

/**
 * @param {number} value
 * @returns {number[]}
 */
function inLeb128(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...inLeb128(value >>> 7)];
}

// What a call of the component may use: unless the caller says otherwise, and at the most.

/** In MiB. */
export const MEMORY = 256;
/** In seconds. */
export const TIME = 600;

/** What 32 bits address, in MiB. */
export const MOST_MEMORY = 4096;
/** What Node's timers take, in seconds. */
export const MOST_TIME = 2_147_483;

/**
 * @typedef {object} Limits
 * @property {number} maxMemory - In MiB.
 * @property {number} maxTime - In seconds.
 */

/**
 * @param {Limits} limits
 * @throws {RangeError} One of them is none.
 */
export function requireLimits({ maxMemory, maxTime }) {
  if (!(maxMemory > 0 && maxMemory <= MOST_MEMORY)) throw new RangeError(`maxMemory: ${maxMemory}`);
  if (!(maxTime > 0 && maxTime <= MOST_TIME)) throw new RangeError(`maxTime: ${maxTime}`);
}

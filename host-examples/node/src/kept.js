// The newest kept file of each session. A sweep asks for that of every session whose live file is
// gone, so the directory is listed once for all of them.

/** @typedef {(number: number) => boolean} IsThere - Whether that kept file is there. */

const NAME = /^(?<live>.*)\.replaced\.(?<number>[1-9][0-9]*)$/s;
const HIGHEST = 4_294_967_295;

/** The highest numbers of kept files by their live files' names, as the last listing told them. */
export class Kept {
  #list;
  /** @type {Map<string, number[]> | undefined} */
  #numbers;

  /** @param {() => string[]} list - Gives every name in the directory. */
  constructor(list) {
    this.#list = list;
  }

  /**
   * The number of the newest kept file of a live file; 0 where there is none.
   *
   * @param {string} live
   * @param {IsThere} isThere
   */
  newest(live, isThere) {
    let newest = this.#highest(live, isThere);
    // One that was made since the listing has the next number.
    while (newest < HIGHEST && isThere(newest + 1)) newest += 1;
    return newest;
  }

  /**
   * @param {string} live
   * @param {IsThere} isThere
   */
  #highest(live, isThere) {
    this.#numbers ??= numbersOf(this.#list());
    return this.#numbers.get(live)?.find(isThere) ?? 0;
  }
}

/**
 * The highest first.
 *
 * @param {string[]} names
 */
function numbersOf(names) {
  /** @type {Map<string, number[]>} */
  const all = new Map();
  for (const name of names) {
    const { live, number } = NAME.exec(name)?.groups ?? {};
    if (live === undefined || Number(number) > HIGHEST) continue;
    const numbers = all.get(live);
    if (numbers) numbers.push(Number(number));
    else all.set(live, [Number(number)]);
  }
  for (const numbers of all.values()) numbers.sort((one, other) => other - one);
  return all;
}

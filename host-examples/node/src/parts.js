// A long list of sessions in parts: as few as possible, as each lists the directory, and short
// enough to show progress and to stop between two.

const FIRST = 16;
const LARGEST = 8192;
/** How long a part should take, in milliseconds, besides the listing. */
const SHORT = 400;
const LONG = 1600;

/**
 * Works on the parts one after the other, and ends early where the signal says so.
 *
 * @template T
 * @param {string[]} ids
 * @param {number} listing - How long one takes, in milliseconds.
 * @param {AbortSignal | undefined} signal
 * @param {(part: string[]) => Promise<T>} work
 * @returns {AsyncGenerator<{ done: number, answer: T }>}
 */
export async function* inParts(ids, listing, signal, work) {
  let size = FIRST;
  for (let done = 0; done < ids.length && !signal?.aborted; ) {
    const part = ids.slice(done, done + size);
    const started = performance.now();
    const answer = await work(part);
    done += part.length;
    yield { done, answer };
    size = nextSize(size, performance.now() - started - listing);
  }
}

/**
 * @param {number} size
 * @param {number} took
 */
function nextSize(size, took) {
  if (took < SHORT) return Math.min(size * 2, LARGEST);
  if (took > LONG) return Math.max(size >> 1, 1);
  return size;
}

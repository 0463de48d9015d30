// Lines for a client that reads slowly, or no more.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { startLines } from "../lines.js";
import { parseLines } from "./serving.js";

/** @typedef {import("../lines.js").Send} Send */

/** More than a stream takes before somebody reads. */
const LONG = { text: "x".repeat(100_000) };

/** @param {unknown} answer */
const asIs = (answer) => /** @type {any} */ (answer);

/**
 * Starts work that sends lines, and counts those for which there was room.
 *
 * @param {number} count
 */
async function started(count) {
  const progress = { sent: 0, isOver: false };
  const work = async (/** @type {Send} */ send) => {
    for (; progress.sent < count; progress.sent += 1) await send(LONG);
    progress.isOver = true;
  };
  return { progress, lines: await startLines(work, asIs) };
}

test("the work waits for whoever reads its lines", async () => {
  const { progress, lines } = await started(10);
  await setImmediate();
  assert.equal(progress.sent, 0);
  assert.equal(parseLines((await lines.toArray()).join("")).length, 10);
  assert.equal(progress.isOver, true);
});

test("work whose reader goes away does not wait for it", async () => {
  const { progress, lines } = await started(10);
  lines.destroy();
  await once(lines, "close");
  await setImmediate();
  assert.equal(progress.isOver, true);
});

test("a reader that takes nothing for a minute is given up", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { progress, lines } = await started(10);
  t.mock.timers.tick(59_999);
  assert.equal(lines.destroyed, false);
  t.mock.timers.tick(1);
  assert.equal(lines.destroyed, true);
  await setImmediate();
  assert.equal(progress.isOver, true);
});

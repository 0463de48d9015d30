// The newest kept files of many sessions take one listing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Kept } from "../src/kept.js";

test("for many sessions the directory is listed once", () => {
  let listings = 0;
  const names = new Set([
    "s7.json.replaced.3",
    "s7.json.replaced.x",
    "s8.json.replaced.4294967296",
  ]);
  const kept = new Kept(() => {
    listings += 1;
    return [...names];
  });
  const newest = (/** @type {string} */ live) =>
    kept.newest(live, (number) => names.has(`${live}.replaced.${number}`));
  for (let number = 0; number < 1000; number += 1) {
    assert.equal(newest(`s${number}.json`), number === 7 ? 3 : 0);
  }
  names.add("s7.json.replaced.1").add("s7.json.replaced.4").add("s1.json.replaced.1");
  assert.deepEqual([newest("s7.json"), newest("s1.json")], [4, 1]);
  names.delete("s7.json.replaced.4");
  names.delete("s7.json.replaced.3");
  assert.equal(newest("s7.json"), 1);
  assert.equal(listings, 1);
});

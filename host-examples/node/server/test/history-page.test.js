// The page on what was done: the history, run by run, and what a sweep at the start restored.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionRecovery } from "session-recovery";
import {
  assertNone,
  count,
  open,
  openSession,
  picture,
  rowOf,
  textOf,
  whenRead,
  whenSaid,
} from "./browser.js";
import { chat, ONE_OF_EACH } from "./directory.js";

/** @import { Page } from "playwright-core" */

/** @param {Page} page */
async function restoreAll(page) {
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  await page.getByRole("button", { name: "Restore 4 sessions" }).click();
  await whenSaid(page, "h1", /^4 sessions restored$/);
}

test("a directory without a history says so", async (t) => {
  const { page, errors } = await open(t, {});
  await whenRead(page);
  await page.getByRole("link", { name: "History" }).click();
  await whenSaid(page, "#runs", /Nothing was restored here yet\./);
  assertNone(errors);
});

test("the history shows each run with its sessions, and undoes it whole", async (t) => {
  const { directory, page, errors } = await open(t, ONE_OF_EACH);
  await restoreAll(page);
  await page.getByRole("link", { name: "History", exact: true }).click();
  const run = page.locator(".run").first();
  assert.match(
    await textOf(run.locator(".run-head")),
    /4 sessions restored\s*server-\d{8}T\d{6}Z-/,
  );
  const wiped = run.getByRole("listitem").filter({ hasText: "wiped.json.bak" });
  assert.match(
    await textOf(wiped),
    /Restored from wiped\.json\.bak \(1,204 messages\)\. What it replaced is kept as wiped\.json\.r/,
  );
  await picture(page, "history");
  await run.getByRole("button", { name: "Undo this run (4)" }).click();
  const dialog = page.getByRole("dialog", { name: "Undo 4 restores?" });
  assert.match(await textOf(dialog), /gets back the live file that it had before/);
  await dialog.getByRole("button", { name: "Undo 4 restores" }).click();
  await whenSaid(
    page,
    "#history-words",
    /^The run server-.* was undone: 4 sessions are as before\./,
  );
  assert.equal(await directory.read("wiped.json"), chat(0));
  await assert.rejects(directory.read("orphan.json"));
  assert.match(await textOf(page.locator(".run").first()), /4 restores undone/);
  await picture(page, "history-undone");
  assert.equal(await textOf(page.locator("h1")), "4 sessions can be restored");
  assertNone(errors);
});

test("one session of a run is undone, and the page says what was done", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await restoreAll(page);
  await page.getByRole("link", { name: "History", exact: true }).click();
  await page.getByRole("button", { name: "Undo wiped" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await whenSaid(page, "#history-words", /Undone: wiped\.json\.replaced\.1 is in place again\./);
  assert.equal(await directory.read("wiped.json"), chat(0));
  await page.getByRole("button", { name: "Undo this run (3)" }).waitFor();
  await page.getByRole("link", { name: "wiped" }).first().click();
  await whenSaid(page, "#panel-title", /^wiped$/);
});

test("what another host did is in the history, too, and can be undone from a session", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  const other = await SessionRecovery.open(directory.path);
  await other.recover("wiped", { run: "node-20261128T214423Z-a1b2" });
  await other.close();
  await page.getByRole("button", { name: "Look again" }).click();
  await whenRead(page);
  await page.getByRole("link", { name: "History", exact: true }).click();
  await whenSaid(page, ".run-name", /^node-20261128T214423Z-a1b2$/);
  await page.getByRole("link", { name: "Sessions" }).click();
  await page.getByRole("radio", { name: "All 7" }).check();
  const panel = await openSession(page, "wiped");
  await panel.getByRole("button", { name: "Undo the last restore" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await whenSaid(page, "#panel .standing .state", /^1,204 messages lost$/);
  assert.equal(await directory.read("wiped.json"), chat(0));
});

test("what the server restored at its start is said, with an undo for each and for all", async (t) => {
  const { directory, page, errors } = await open(t, ONE_OF_EACH, {}, { isSweeping: true });
  await whenRead(page);
  const swept = page.getByRole("region", { name: "Restored at the start" });
  const line = "When it started, the server restored 4 sessions and brought back 1,260 messages.";
  assert.equal(await textOf(swept.locator("p").first()), line);
  await swept.locator("summary").click();
  await picture(page, "swept");
  await swept.getByRole("button", { name: "Undo wiped" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await whenSaid(page, ".row .state", /^1,204 messages lost$/);
  assert.equal(await directory.read("wiped.json"), chat(0));
  await swept.getByRole("button", { name: "Undo all (3)" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Undo 3 restores" }).click();
  await rowOf(page, "shorter").waitFor();
  assert.equal(await count(page, "attention"), "5");
  assert.equal(await directory.read("shorter.json"), chat(3));
  assertNone(errors);
});

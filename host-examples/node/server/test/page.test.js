// The page in a browser: what an operator sees and does, with the mouse and without.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNone, figure, open, rowOf, styleOf, textOf, whenRead, whenSaid } from "./browser.js";
import {
  CUT_OFF,
  chat,
  chatOf,
  DIVERGED,
  LEFTOVER,
  MERGED,
  manySessions,
  ON_PURPOSE,
  ONE_OF_EACH,
} from "./directory.js";

/** @import { Locator } from "playwright-core" */

test("the page shows at a glance what is lost and what can come back", async (t) => {
  const { page, errors } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  assert.equal(await textOf(page.locator("h1")), "4 sessions can be restored");
  assert.equal(
    await textOf(page.locator("#subline")),
    "A restore brings back 1,260 messages and keeps what it replaces.",
  );
  assert.equal(await figure(page, "sessions"), "7");
  assert.equal(await figure(page, "restorable"), "4");
  assert.equal(await figure(page, "messages"), "1,260");
  assert.equal(await figure(page, "guarded"), "0");
  assert.equal(await figure(page, "lost"), "1");
  assertNone(errors);
});

test("sessions that need attention come first, and the others are shown on request", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  const ids = page.locator(".row:visible .id");
  assert.deepEqual(await ids.allTextContents(), ["damaged", "shorter", "wiped", "orphan", "lost"]);
  await page.getByRole("radio", { name: "All 7" }).check();
  await rowOf(page, "healthy").waitFor();
  assert.deepEqual((await ids.allTextContents()).slice(5), ["healthy", "alone"]);
});

test("a row shows both counts, what is lost and what a restore would do", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  const row = rowOf(page, "wiped");
  await row.waitFor();
  assert.equal(await textOf(row.locator(".live dd")), "0 messages");
  assert.equal(await textOf(row.locator(".bak dd")), "1,204 messages");
  assert.equal(await textOf(row.locator(".state")), "1,204 messages lost");
  const effect =
    "A restore brings back 1,204 messages and replaces the live file (0 messages, 15 bytes).";
  assert.equal(await textOf(row.locator(".words")), effect);
});

test("the bars of a row stand on one scale, and the lost part is hatched", async (t) => {
  const { page } = await open(t, { "a.json": chat(3), "a.json.bak": chat(12) });
  const row = rowOf(page, "a");
  await row.waitFor();
  /** @param {string} part */
  const share = (part) => row.locator(part).evaluate(({ style }) => style.inlineSize);
  assert.equal(await share(".live .kept"), "25%");
  assert.equal(await share(".live .lost"), "75%");
  assert.equal(await share(".bak .kept"), "100%");
  assert.match(await styleOf(page, ".live .lost", "background-image"), /repeating-linear-gradient/);
});

test("an unreadable file comes with the reason", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  const row = rowOf(page, "damaged");
  await row.waitFor();
  assert.equal(await textOf(row.locator(".live .count")), "unreadable");
  const words = await textOf(row.locator(".words"));
  assert.match(words, /brings back 40 messages and replaces the damaged live file \(100 bytes\)\./);
  assert.match(words, /The live file cannot be read: invalid JSON at byte 100, expected/);
  assert.match(
    await textOf(rowOf(page, "lost").locator(".words")),
    /The backup cannot be read: it is empty/,
  );
});

test("the search narrows the list", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await page.keyboard.press("/");
  await page.keyboard.type("WIP");
  assert.deepEqual(await page.locator(".row:visible .id").allTextContents(), ["wiped"]);
  await page.keyboard.type("x");
  await whenSaid(page, "#empty", /No session that needs attention matches/);
});

test("a session is restored after a question, and its row says so at once", async (t) => {
  const { directory, page, errors } = await open(t, ONE_OF_EACH);
  await page.getByRole("button", { name: "Restore wiped" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore wiped?" });
  assert.match(await textOf(dialog), /brings back 1,204 messages/);
  assert.equal(await directory.read("wiped.json"), chat(0));
  await dialog.getByRole("button", { name: "Restore 1,204 messages" }).click();
  await whenSaid(page, ".row .state", /^Restored$/);
  const row = rowOf(page, "wiped");
  assert.match(await textOf(row.locator(".words")), /1,204 messages are back/);
  assert.equal(await textOf(row.locator(".live .count")), "1,204");
  assert.deepEqual(await row.getByRole("button").allTextContents(), ["Undo wiped"]);
  assert.match(await textOf(page.getByRole("status")), /^wiped: Restored\./);
  assert.equal(await figure(page, "restorable"), "3");
  assert.equal(await directory.read("wiped.json"), chat(1204));
  assertNone(errors);
});

test("a session is restored with the keyboard only, and Escape restores nothing", async (t) => {
  const { directory, page } = await open(t, { "a.json": chat(0), "a.json.bak": chat(2) });
  await whenRead(page);
  await page.keyboard.press("/");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.equal(await directory.read("a.json"), chat(0));
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await whenSaid(page, ".row .state", /^Restored$/);
  assert.equal(await directory.read("a.json"), chat(2));
  assert.equal(await textOf(page.locator(".row:focus .id")), "a");
});

test("what is only in the live file is shown, and can be added by the restore", async (t) => {
  const { directory, page, errors } = await open(t, DIVERGED);
  const row = rowOf(page, "a");
  await row.waitFor();
  const alone = "2 messages are only in the live file. “Restore” leaves them in the old live file";
  assert.ok((await textOf(row.locator(".words"))).includes(alone));
  await row.getByRole("button", { name: "Restore and add 2 messages a" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore a and add 2 messages?" });
  assert.match(await textOf(dialog), /They are added after the backup’s/);
  await dialog.getByRole("button", { name: "Restore and add 2 messages" }).click();
  await whenSaid(page, ".row .state", /^Restored$/);
  const said = "2 messages of the live file were added after the backup’s.";
  assert.ok((await textOf(row.locator(".words"))).includes(said));
  assert.equal(await textOf(row.locator(".live .count")), "5");
  await whenSaid(page, "#news", /^a: Restored\. .*added after the backup’s\.$/);
  assert.equal(await directory.read("a.json"), MERGED);
  assertNone(errors);
});

test("a restore that adds nothing says what it leaves out, before and after", async (t) => {
  const { directory, page } = await open(t, DIVERGED);
  await page.getByRole("button", { name: "Restore a", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Restore a?" });
  assert.match(
    await textOf(dialog),
    /2 messages are only in the live file\. They stay in the old live file\./,
  );
  await dialog.getByRole("button", { name: "Restore 3 messages" }).click();
  await whenSaid(page, ".row .words", /2 messages are only in the kept file\./);
  assert.equal(await directory.read("a.json"), DIVERGED["a.json.bak"]);
});

test("all can be restored only after it is said what they leave out", async (t) => {
  const { page } = await open(t, DIVERGED);
  await page.getByRole("button", { name: "Restore all (1)" }).click();
  assert.match(await textOf(page.getByRole("dialog")), /2 messages are only in the live file/);
});

test("a restore is undone after a question, and can be done again", async (t) => {
  const { directory, page, errors } = await open(t, DIVERGED);
  const row = rowOf(page, "a");
  await row.getByRole("button", { name: "Restore and add 2 messages a" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore and add" }).click();
  await row.getByRole("button", { name: "Undo a" }).click();
  const dialog = page.getByRole("dialog", { name: "Undo the restore of a?" });
  assert.match(
    await textOf(dialog),
    /The old live file, a\.json\.replaced\.1, replaces the restored one\./,
  );
  await dialog.getByRole("button", { name: "Undo" }).click();
  await whenSaid(page, ".row .state", /^3 messages lost$/);
  const said =
    /Undone: a\.json\.replaced\.1 is in place again\. The file that it replaced is kept as a\.json/;
  assert.match(await textOf(row.locator(".words")), said);
  await whenSaid(page, "#news", /^a: 3 messages lost\. Undone: /);
  assert.equal(await figure(page, "restorable"), "1");
  assert.equal(await directory.read("a.json"), DIVERGED["a.json"]);
  await row.getByRole("button", { name: "Restore a", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore 3 messages" }).click();
  await whenSaid(page, ".row .state", /^Restored$/);
  assert.doesNotMatch(await textOf(row.locator(".words")), /Undone/);
  assertNone(errors);
});

test("a merge and its undo need no mouse", async (t) => {
  const { directory, page } = await open(t, DIVERGED);
  await whenRead(page);
  await page.getByRole("button", { name: "Restore a", exact: true }).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Restore a and add 2 messages?" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await whenSaid(page, ".row .state", /^Restored$/);
  assert.equal(await directory.read("a.json"), MERGED);
  assert.equal(await textOf(page.locator(".row:focus .id")), "a");
  await page.keyboard.press("Tab");
  assert.equal(await textOf(page.locator(":focus .label")), "Undo");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Undo the restore of a?" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await whenSaid(page, ".row .state", /^3 messages lost$/);
  assert.equal(await directory.read("a.json"), DIVERGED["a.json"]);
  assert.equal(await textOf(page.locator(".row:focus .id")), "a");
});

test("an undo that fails says why, and the session stays restored", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await page.getByRole("button", { name: "Restore wiped" }).click();
  await page.getByRole("button", { name: "Restore 1,204 messages" }).click();
  const row = rowOf(page, "wiped");
  const undo = row.getByRole("button", { name: "Undo wiped" });
  await undo.waitFor();
  await directory.block("wiped.json");
  await undo.click();
  await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await whenSaid(page, ".row .words", /Not undone: .*[Ii]t is a directory/);
  assert.equal(await textOf(row.locator(".state")), "Restored");
  await whenSaid(page, "#news", /Not undone: /);
});

test("where a restore replaced nothing there is nothing to undo", async (t) => {
  const { page } = await open(t, { "a.json.bak": chat(2) });
  await page.getByRole("button", { name: "Restore a", exact: true }).click();
  await page.getByRole("button", { name: "Restore 2 messages" }).click();
  await whenSaid(page, ".row .state", /^Restored$/);
  assert.equal(await rowOf(page, "a").getByRole("button").count(), 0);
});

test("an answer to one question is none to the next, however fast they come", async (t) => {
  const { page } = await open(t, { "a.json": chat(0), "a.json.bak": chat(2) });
  /** @type {string[]} */
  const sent = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await whenRead(page);
  await page.evaluate(() => {
    const click = (/** @type {string} */ selector) =>
      /** @type {HTMLElement} */ (document.querySelector(selector)).click();
    for (const answer of ["[value=no]", "[value=yes]"]) {
      click(".row button");
      click(`dialog ${answer}`);
    }
  });
  await whenSaid(page, ".row .state", /^Restored$/);
  assert.equal(sent.length, 1);
});

test("focus is visible", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await page.keyboard.press("Tab");
  assert.equal(await styleOf(page, ":focus", "outline-style"), "solid");
});

test("all are restored with progress, also those that have only a backup", async (t) => {
  const { directory, page, errors } = await open(t, { ...ONE_OF_EACH, ...manySessions(60, 40) });
  await page.getByRole("button", { name: "Restore all (44)" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore 44 sessions?" });
  await dialog.waitFor();
  const progress = await watch(page.locator("#work-words"));
  assert.equal(await directory.read("wiped.json"), chat(0));
  await dialog.getByRole("button", { name: "Restore 44 sessions" }).click();
  await whenSaid(page, "h1", /^44 sessions restored$/);
  assert.deepEqual((await progress.jsonValue()).slice(-3), [
    "Made 0 of 44 changes",
    "Made 44 of 44 changes",
  ]);
  assert.equal(await page.locator(".row[data-tone=restored]").count(), 44);
  await whenSaid(page, "#news", /^44 changes made, none refused\.$/);
  assert.equal(await directory.read("session-00039.json"), chat(3));
  assert.equal(await directory.read("orphan.json"), chat(7));
  assertNone(errors);
});

test("the plan is shown before anything is done: which files, if to, why", async (t) => {
  const files = { ...ONE_OF_EACH, [LEFTOVER]: "half", "_index.json": "[]" };
  const { directory, page, errors } = await open(t, files);
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const title = "Restore 4 sessions and make 2 other changes";
  const dialog = page.getByRole("dialog", { name: `${title}?` });
  const changes = dialog.getByRole("region", { name: "The plan" }).getByRole("listitem");
  await changes.first().waitFor();
  assert.deepEqual(await changes.locator("p:first-child").allTextContents(), [
    `Remove ${LEFTOVER} (4 bytes)`,
    `Copy damaged.json.bak to damaged.json (${chat(40).length} bytes)`,
    `Copy shorter.json.bak to shorter.json (${chat(12).length} bytes)`,
    "Copy wiped.json.bak to wiped.json (20,482 bytes)",
    `Copy orphan.json.bak to orphan.json (${chat(7).length} bytes)`,
    "Rename _index.json to _index.json.replaced.1 (2 bytes)",
  ]);
  const why = "The backup holds 1204 messages, the live file 0.";
  assert.equal(await textOf(changes.nth(3).locator("p").nth(1)), why);
  const [consequence] = await dialog.locator(".sentences li").allTextContents();
  assert.equal(
    consequence,
    "This brings back 1,260 messages. It replaces 3 live files (1 damaged). It creates 1 live file.",
  );
  await dialog.getByRole("button", { name: "Cancel" }).click();
  assert.equal(await textOf(page.locator(":focus")), "Restore all (4)");
  assert.equal(await directory.read("wiped.json"), chat(0));
  assertNone(errors);
});

test("what is done is the plan, and each change is answered", async (t) => {
  const files = { ...ONE_OF_EACH, [LEFTOVER]: "half", "_index.json": "[]" };
  const { directory, page, errors } = await open(t, files);
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  await page.getByRole("button", { name: /^Restore 4 sessions and make 2/ }).click();
  await whenSaid(page, "h1", /^4 sessions restored$/);
  const made = page.getByRole("region", { name: "What was done" });
  assert.match(await textOf(made), /6 changes made, none refused\./);
  const wiped = made.getByRole("listitem").filter({ hasText: "wiped.json.bak" });
  assert.match(
    await textOf(wiped),
    /Done\. The old live file is kept as wiped\.json\.replaced\.1\./,
  );
  const index = made.getByRole("listitem").filter({ hasText: "_index.json" });
  assert.match(await textOf(index), /Done\. It is kept as _index\.json\.replaced\.1\./);
  await rowOf(page, "wiped").getByRole("button", { name: "Undo wiped" }).waitFor();
  assert.equal(await rowOf(page, "orphan").getByRole("button").count(), 0);
  assert.equal(await directory.read("wiped.json"), chat(1204));
  assert.equal(await directory.read("_index.json.replaced.1"), "[]");
  await assert.rejects(directory.read(LEFTOVER));
  assertNone(errors);
});

test("a change whose file was altered after the plan is refused, and said so", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const yes = page.getByRole("button", { name: "Restore 4 sessions" });
  await yes.waitFor();
  await directory.write("wiped.json", chat(1));
  await yes.click();
  await whenSaid(page, "h1", /^1 session not restored$/);
  const row = rowOf(page, "wiped");
  assert.equal(await textOf(row.locator(".state")), "Not restored");
  const why = /has changed since the plan was made\.\s*Make a new plan\./;
  assert.match(await textOf(row.locator(".words")), why);
  const made = page.getByRole("region", { name: "What was done" });
  const refused = made.getByRole("listitem").filter({ hasText: "Not done" });
  assert.equal(await refused.count(), 1);
  assert.match(await textOf(refused), why);
  await whenSaid(page, "#news", /^3 changes made, 1 refused\.$/);
  assert.equal(await directory.read("wiped.json"), chat(1));
  assert.equal(await directory.read("shorter.json"), chat(12));
  await page.getByRole("button", { name: "Restore all (1)" }).click();
  await page.getByRole("button", { name: "Restore 1 session" }).click();
  await whenSaid(page, "h1", /^4 sessions restored$/);
});

test("many sessions in the hands of another program give one sentence", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const yes = page.getByRole("button", { name: "Restore 4 sessions" });
  await yes.waitFor();
  await directory.write("wiped.json", chat(1));
  await directory.write("shorter.json", chat(1));
  await yes.click();
  await whenSaid(
    page,
    "#made-once",
    /^2 sessions were not restored, because another program is at/,
  );
  assert.equal(
    await page.getByText("plan was made", { exact: false }).locator("visible=true").count(),
    0,
  );
  assert.equal(await textOf(rowOf(page, "wiped").locator(".state")), "Not restored");
  const refused = page.locator("#made li").filter({ hasText: "wiped" });
  assert.match(await textOf(refused), /Not done\.$/);
});

test("a live file that lacks messages of its backup says so, and is not restored", async (t) => {
  const files = { "a.json": chatOf("new", "x", "y"), "a.json.bak": chatOf("new", "old") };
  const { page } = await open(t, files);
  await whenSaid(page, "#subline", /^Checked 1 session\. 1 differs from its backup\.$/);
  const row = rowOf(page, "a");
  assert.equal(await textOf(row.locator(".state")), "Differs from its backup");
  const [has, others] = await row.locator(".words p").allTextContents();
  assert.equal(has, "The backup has 1 message that the live file lacks.");
  assert.equal(others, "2 messages are only in the live file.");
  assert.equal(await row.getByRole("button").count(), 0);
});

test("many changes are made in parts, the leftovers together", async (t) => {
  const claim = LEFTOVER.replace("staging", "claim");
  const { page } = await open(t, { ...manySessions(120, 120), [LEFTOVER]: "", [claim]: "" });
  /** @type {number[]} */
  const parts = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/repair")) {
      parts.push(request.postDataJSON().changes.length);
    }
  });
  await page.getByRole("button", { name: "Restore all (120)" }).click();
  await page.getByRole("button", { name: /^Restore 120 sessions and make 2 other/ }).click();
  await whenSaid(page, "#news", /^122 changes made, none refused\.$/);
  assert.deepEqual(parts, [52, 50, 20]);
});

test("a plan that says other things than the page is shown with what it says", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await directory.write("wiped.json", chat(1204));
  await directory.write("alone.json.bak", chat(90));
  await directory.write("new.json.bak", chat(5));
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore 5 sessions?" });
  assert.match(await textOf(dialog), /^\s*Restore 5 sessions\?\s*This brings back 149 messages/);
  await dialog.getByRole("button", { name: "Restore 5 sessions" }).click();
  await whenSaid(page, "h1", /^5 sessions restored$/);
});

test("where nothing is left to restore the page says so instead of asking", async (t) => {
  const { directory, page } = await open(t, { "a.json": chat(0), "a.json.bak": chat(2) });
  await whenRead(page);
  await directory.write("a.json", chat(2));
  await page.getByRole("button", { name: "Restore all (1)" }).click();
  await whenSaid(page, "h1", /^Nothing needs to be restored$/);
  assert.equal(await page.getByRole("dialog").count(), 0);
});

test("the making of a plan can be stopped", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await page.route("**/plan", () => {});
  await page.getByRole("button", { name: "Restore all (4)" }).press("Enter");
  await whenSaid(page, "h1", /^Making a plan…$/);
  await page.keyboard.press("Enter");
  await whenSaid(page, "h1", /^4 sessions can be restored$/);
  assert.equal(await textOf(page.locator(":focus")), "Restore all (4)");
});

test("a sweep can be stopped, and the page looks again at what was done", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await page.route("**/repair", () => {});
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  await page.getByRole("button", { name: "Restore 4 sessions" }).click();
  await whenSaid(page, "h1", /^Restoring…$/);
  await page.getByRole("button", { name: "Stop" }).click();
  await whenSaid(page, "h1", /^4 sessions can be restored$/);
});

test("what is as it is on purpose is shown with all, with the reason", async (t) => {
  const { page, errors } = await open(t, { ...ONE_OF_EACH, ...ON_PURPOSE });
  await whenRead(page);
  assert.equal(await figure(page, "guarded"), "4");
  assert.equal(await page.locator(".row[data-tone=guarded]:visible").count(), 0);
  await page.getByRole("radio", { name: "All 11" }).check();
  for (const [id, state, words] of /** @type {[string, string, RegExp][]} */ ([
    [
      "cleared",
      "Cleared on purpose",
      /The user cleared the conversation.*5 messages are only in the backup/,
    ],
    ["compressed", "Compressed on purpose", /The user compressed the conversation/],
    ["undone", "Taken back on purpose", /The user took messages back with an undo, a retry/],
    ["deleted", "Deleted on purpose", /The user deleted the session.*8 messages are only in/],
  ])) {
    const row = rowOf(page, id);
    await row.waitFor();
    assert.equal(await textOf(row.locator(".state")), state);
    assert.match(await textOf(row.locator(".words")), words);
    const name = `Restore anyway ${id}`;
    assert.deepEqual(await row.getByRole("button").allTextContents(), [name]);
  }
  assertNone(errors);
});

test("restoring all leaves alone what is as it is on purpose", async (t) => {
  const { directory, page } = await open(t, { ...ONE_OF_EACH, ...ON_PURPOSE });
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore 4 sessions?" });
  assert.doesNotMatch(await textOf(dialog), /cleared|compressed|undone|deleted/);
  await dialog.getByRole("button", { name: "Restore 4 sessions" }).click();
  await whenSaid(page, "h1", /^4 sessions restored$/);
  for (const name of /** @type {const} */ (["cleared.json", "compressed.json", "undone.json"])) {
    assert.equal(await directory.read(name), ON_PURPOSE[name]);
  }
  await assert.rejects(directory.read("deleted.json"));
  await page.getByRole("radio", { name: "All 11" }).check();
  await rowOf(page, "undone").getByRole("button", { name: "Restore anyway" }).waitFor();
});

test("what is as it is on purpose can be restored anyway, after a question", async (t) => {
  const { directory, page, errors } = await open(t, ON_PURPOSE);
  await whenSaid(page, "#subline", /^Checked 4 sessions\. 4 are shorter on purpose\.$/);
  const row = rowOf(page, "undone");
  await row.getByRole("button", { name: "Restore anyway undone" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore undone anyway?" });
  assert.match(await textOf(dialog), /took messages back.*brings back 1 message/);
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json"]);
  await dialog.getByRole("button", { name: "Restore anyway" }).click();
  await whenSaid(page, ".row .state", /^Restored$/);
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json.bak"]);
  await row.getByRole("button", { name: "Undo undone" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await row.getByRole("button", { name: "Restore anyway undone" }).waitFor();
  assert.equal(await textOf(row.locator(".state")), "Taken back on purpose");
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json"]);
  assertNone(errors);
});

test("a deleted session can be restored anyway, and a failure to do so is shown", async (t) => {
  const { directory, page } = await open(t, ON_PURPOSE);
  const row = rowOf(page, "deleted");
  const anyway = row.getByRole("button", { name: "Restore anyway deleted" });
  await anyway.click();
  await directory.block("deleted.json");
  const dialog = page.getByRole("dialog", { name: "Restore deleted anyway?" });
  assert.match(await textOf(dialog), /There is no live file now\. The backup does not change\./);
  await dialog.getByRole("button", { name: "Restore anyway" }).click();
  await whenSaid(page, ".row .words", /[Ii]t is a directory/);
  await directory.unblock("deleted.json", "");
  await row.getByRole("button", { name: /deleted$/ }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Restore/ })
    .click();
  await whenSaid(page, ".row .state", /^Restored$/);
  assert.equal(await directory.read("deleted.json"), chat(8));
});

test("a session of which only the backup is left is explained, and restored", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  const row = rowOf(page, "orphan");
  await row.waitFor();
  assert.equal(await textOf(row.locator(".state")), "No live file");
  const words = /A restore brings back 7 messages in a new live file\./;
  assert.match(await textOf(row.locator(".words")), words);
  await row.getByRole("button", { name: "Restore orphan" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore 7 messages" }).click();
  await whenSaid(page, ".row .state", /^Restored$/);
  assert.equal(await directory.read("orphan.json"), chat(7));
});

test("everything is checked when asked for, and nothing before", async (t) => {
  const files = { ...ONE_OF_EACH, ...ON_PURPOSE, "b.json": chat(1), "b.json.replaced.1": "x" };
  const { page, errors } = await open(t, files);
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await whenRead(page);
  const section = page.getByRole("region", { name: "Full check" });
  assert.equal(await section.count(), 0);
  await page.getByRole("button", { name: "Check everything" }).click();
  await section.waitFor();
  const said = "Checked 10 sessions: 4 to repair, 2 to look at, 4 for information.";
  assert.equal(await textOf(page.locator("#check-words")), said);
  assert.equal(await textOf(page.getByRole("status")), said);
  assert.equal(await textOf(page.locator(":focus")), "Full check");
  assert.equal(asked.filter((url) => url.endsWith("/audit")).length, 1);
  const toLookAt = section.getByRole("list", { name: "To look at" }).getByRole("listitem");
  assert.deepEqual(await toLookAt.locator("p:first-child").allTextContents(), [
    "Backup of a deleted session deleted.json.bak",
    "Unreadable live file lost.json",
  ]);
  assert.match(await textOf(toLookAt.first()), /Remove the backup, or restore it with/);
  const information = section.getByRole("list", { name: "For information" });
  assert.equal(await information.count(), 0);
  await section.locator("summary").filter({ hasText: "For information (4)" }).press("Enter");
  assert.match(
    await textOf(information),
    /Shorter on purpose cleared\.json.*Kept by a restore b\.json\.re/,
  );
  assertNone(errors);
});

test("what a check finds to repair is repaired by the same plan, and is then outdated", async (t) => {
  const files = { "a.json": chat(1), "_index.json": "[]", [LEFTOVER]: "" };
  const { directory, page } = await open(t, files);
  await page.getByRole("button", { name: "Check everything" }).click();
  await page.getByRole("button", { name: "Repair what can be repaired (2)" }).click();
  const dialog = page.getByRole("dialog", { name: "Make 2 changes?" });
  await dialog.getByRole("button", { name: "Make 2 changes" }).click();
  await whenSaid(page, "#made-words", /^2 changes made, none refused\.$/);
  await assert.rejects(directory.read(LEFTOVER));
  await whenSaid(page, "#check-words", /^Something was changed since the last check\./);
  await page.getByRole("button", { name: "Check everything" }).click();
  await whenSaid(page, "#check-words", /^Checked 1 session\. Nothing is wrong\.$/);
});

test("a check that fails says why, and can be tried again", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  const body = JSON.stringify({ error: "The call was ended after 600 seconds.", code: "other" });
  await page.route("**/audit", (route) => route.fulfill({ status: 500, body }));
  await page.getByRole("button", { name: "Check everything" }).click();
  await whenSaid(page, "#alarm", /The call was ended after 600 seconds\./);
  await page.unroute("**/audit");
  await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
  await whenSaid(page, "#check-words", /^Checked 6 sessions/);
});

test("what was found and what is planned is text, whatever it holds", async (t) => {
  const id = "<img src=x onerror=alert(1)>\u202e";
  const { page, errors } = await open(t, { [`${id}.json`]: CUT_OFF, [`${id}.json.bak`]: chat(1) });
  await page.getByRole("button", { name: "Check everything" }).click();
  await page.locator("summary").filter({ hasText: "To repair (2)" }).click();
  await whenSaid(page, "#findings", /<img src=x onerror=alert\(1\)>\\u\{202e\}\.json/);
  await whenSaid(
    page,
    ".action .salvage",
    /Salvage <img src=x onerror=alert\(1\)>\\u\{202e\}\.json:/,
  );
  await page.getByRole("button", { name: "Restore all (1)" }).click();
  await page.getByRole("button", { name: "Restore 1 session" }).click();
  await whenSaid(page, "#made li", /Copy <img src=x onerror=alert\(1\)>\\u\{202e\}\.json\.bak to/);
  assert.equal(await page.locator("img").count(), 0);
  assertNone(errors);
});

test("a restore that fails says why in its row and can be tried again", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await directory.block("wiped.json");
  await page.getByRole("button", { name: "Restore wiped" }).click();
  await page.getByRole("button", { name: "Restore 1,204 messages" }).click();
  await whenSaid(page, ".row .state", /^Not restored$/);
  const row = rowOf(page, "wiped");
  assert.match(await textOf(row.locator(".words")), /[Ii]t is a directory/);
  await directory.unblock("wiped.json", chat(0));
  await row.getByRole("button", { name: "Try again" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Restore/ })
    .click();
  await whenSaid(page, ".row .state", /^Restored$/);
});

test("sessions that cannot be judged or replaced say which", async (t) => {
  const { directory, page } = await open(t, { "dir.json.bak": chat(1), "link.json.bak": chat(1) });
  await whenRead(page);
  await directory.block("dir.json");
  await directory.link("link.json");
  await page.getByRole("button", { name: "Look again" }).click();
  await whenSaid(page, ".row .state", /^Not judged$/);
  await whenSaid(page, ".row .state", /^Cannot be replaced$/);
  assert.equal(await figure(page, "unclear"), "2");
  assert.equal(await page.getByRole("button", { name: /^Restore/ }).count(), 0);
});

test("a server that is gone is reported, and can be asked again", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await page.route("**/api/**", (route) => route.abort());
  await page.getByRole("button", { name: "Look again" }).click();
  const alarm = page.getByRole("alert");
  assert.match(await textOf(alarm), /The server does not answer/);
  await page.unroute("**/api/**");
  await alarm.getByRole("button", { name: "Try again" }).click();
  await whenSaid(page, "h1", /^4 sessions can be restored$/);
  await alarm.waitFor({ state: "hidden" });
});

test("a server's own words about a failure are shown", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  const remedy = "Check the disk.";
  const body = JSON.stringify({ error: `It cannot be listed. ${remedy}`, code: "io", remedy });
  await page.route("**/recovery", (route) => route.fulfill({ status: 500, body }));
  await page.getByRole("button", { name: "Look again" }).click();
  await whenSaid(page, "#alarm", /It cannot be listed\./);
  const lines = await page.locator("#alarm p").allTextContents();
  assert.deepEqual(lines, ["It cannot be listed.", remedy]);
});

test("an ID is text, whatever it holds", async (t) => {
  const id = "<img src=x onerror=alert(1)>";
  const { page, errors } = await open(t, { [`${id}.json`]: CUT_OFF, [`${id}.json.bak`]: chat(1) });
  await rowOf(page, id).waitFor();
  await page.getByRole("button", { name: `Restore the backup: 1 message ${id}` }).click();
  assert.equal(await textOf(page.getByRole("dialog").locator("h2")), `Restore ${id}?`);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: `Salvage ${id}.json: 5 whole messages ${id}` }).click();
  assert.equal(await textOf(page.getByRole("dialog").locator("h2")), `Salvage ${id}?`);
  assert.equal(await page.locator("img").count(), 0);
  assertNone(errors);
});

test("what hides or reorders text in an ID is shown as such", async (t) => {
  const { page } = await open(t, {
    "a\u202eb.json": chat(0),
    "a\u202eb.json.bak": chat(2),
    " .json": "{",
  });
  await whenRead(page);
  const ids = await page.locator(".row .id").allTextContents();
  assert.deepEqual(ids.sort(), ["a\\u{202e}b", "“ ”"]);
});

test("all sessions are shown if none needs attention", async (t) => {
  const { page } = await open(t, { "a.json": chat(1), "b.json": chat(1), "b.json.bak": chat(1) });
  await whenSaid(page, "h1", /^Nothing needs to be restored$/);
  await rowOf(page, "a").waitFor();
  assert.equal(await page.getByRole("radio", { name: "All 2" }).isChecked(), true);
});

test("an empty directory is shown as such", async (t) => {
  const { page, errors } = await open(t, {});
  await whenSaid(page, "h1", /^No sessions here$/);
  assertNone(errors);
});

test("5,000 sessions are read, shown and searched", { timeout: 300_000 }, async (t) => {
  const { page, errors } = await open(t, manySessions(5000, 300));
  page.setDefaultTimeout(200_000);
  await whenSaid(page, "h1", /^300 sessions can be restored$/);
  assert.equal(await figure(page, "sessions"), "5,000");
  await page.getByRole("radio", { name: "All 5,000" }).check();
  await page.locator(".row").nth(4999).waitFor({ state: "attached" });
  await page.getByRole("searchbox").fill("04999");
  assert.deepEqual(await page.locator(".row:visible .id").allTextContents(), ["session-04999"]);
  assertNone(errors);
});

test("the page follows the system into the dark", async (t) => {
  const light = await open(t, {}, { colorScheme: "light" });
  const dark = await open(t, {}, { colorScheme: "dark" });
  assert.equal(await styleOf(light.page, "html", "background-color"), "rgb(247, 246, 243)");
  assert.equal(await styleOf(dark.page, "html", "background-color"), "rgb(21, 23, 26)");
});

test("nothing moves if motion is not wanted", async (t) => {
  const { page } = await open(t, ONE_OF_EACH, { reducedMotion: "reduce" });
  await whenRead(page);
  assert.equal(await styleOf(page, ".kept", "transition-duration"), "0s");
});

test("a narrow screen needs no scrolling sideways", async (t) => {
  const files = { ...ONE_OF_EACH, ...ON_PURPOSE, [LEFTOVER]: "", "_index.json": "[]" };
  const { page } = await open(t, files, { viewport: { width: 320, height: 640 } });
  await page.getByRole("button", { name: "Check everything" }).click();
  await page.locator("#findings li:visible").first().waitFor();
  await page.getByRole("radio", { name: "All" }).check();
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  const yes = dialog.getByRole("button", { name: /^Restore/ });
  const box = await yes.boundingBox();
  assert.ok(box && box.x >= 0 && box.x + box.width <= 320, JSON.stringify(box));
  await yes.click();
  await page.locator("#made li").first().waitFor();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 320, `${width}`);
});

/**
 * Remembers what an element says from now on.
 *
 * @param {Locator} locator
 */
function watch(locator) {
  return locator.evaluateHandle((element) => {
    /** @type {(string | null)[]} */
    const said = [];
    const remember = () => said.push(element.textContent);
    new MutationObserver(remember).observe(element, { childList: true });
    return said;
  });
}

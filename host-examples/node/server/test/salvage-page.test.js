// The page on damaged files: what a restore and a salvage would bring back, side by side.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNone, figure, open, rowOf, textOf, whenRead, whenSaid } from "./browser.js";
import {
  chat,
  cutOff,
  messagesOf,
  ONE_OF_EACH,
  ONLY_SALVAGEABLE,
  SALVAGEABLE,
} from "./directory.js";

/** @import { Locator, Page } from "playwright-core" */

/** @typedef {Awaited<ReturnType<typeof open>>["directory"]} Directory */

const RESTORE = "Restore the backup: 10 messages a";
const SALVAGE = "Salvage a.json: 499 whole messages of 500 a";

/**
 * @param {Directory} directory
 * @param {string} name
 */
async function held(directory, name) {
  return JSON.parse(await directory.read(name)).messages.length;
}

/**
 * @param {Page} page
 * @param {string} name
 */
function button(page, name) {
  return page.getByRole("button", { name, exact: true });
}

/** @param {Locator} row */
function wordsOf(row) {
  return textOf(row.locator(".words"));
}

test("a damaged session shows both choices with their numbers, and what is wrong", async (t) => {
  const { page, errors } = await open(t, SALVAGEABLE);
  await whenRead(page);
  const row = rowOf(page, "a");
  assert.deepEqual(await row.getByRole("button").allTextContents(), [RESTORE, SALVAGE]);
  const words = await wordsOf(row);
  assert.match(words, /A restore brings back 10 messages and replaces the damaged live file/);
  assert.ok(
    words.includes(
      "a.json is damaged, but still holds 499 whole messages of 500. A restore leaves out 489 of them.",
    ),
  );
  assert.match(words, /What is wrong with it: cut off after message 499 of 500\./);
  const said =
    "A restore brings back 10 messages and keeps what it replaces. A salvage brings back 489 more.";
  assert.equal(await textOf(page.locator("#subline")), said);
  assert.equal(await figure(page, "messages"), "10");
  assert.equal(await figure(page, "more"), "489");
  assertNone(errors);
});

test("a session is salvaged after a question, and undo puts the damaged file back", async (t) => {
  const { directory, page, errors } = await open(t, SALVAGEABLE);
  await button(page, SALVAGE).click();
  const dialog = page.getByRole("dialog", { name: "Salvage a?" });
  const asked = await textOf(dialog);
  assert.match(
    asked,
    /A salvage brings back 499 messages\. It puts the 499 whole messages of 500 of/,
  );
  assert.match(asked, /What is wrong with a\.json: cut off after message 499 of 500\./);
  assert.match(asked, /The damaged file is kept under another name\./);
  assert.equal(await directory.read("a.json"), cutOff(500));
  await button(page, "Salvage 499 messages").click();
  await whenSaid(page, ".row .state", /^Salvaged$/);
  const row = rowOf(page, "a");
  const kept = "The damaged file is kept as a.json.replaced.1.";
  assert.equal(await wordsOf(row), `499 messages are back, from the damaged live file. ${kept}`);
  assert.equal(await textOf(row.locator(".live .count")), "499");
  assert.deepEqual(await row.getByRole("button").allTextContents(), ["Undo a"]);
  assert.match(await textOf(page.getByRole("status")), /^a: Salvaged\. 499 messages are back/);
  assert.equal(await textOf(page.locator("h1")), "1 session restored");
  assert.equal(await figure(page, "more"), "0");
  assert.equal(await held(directory, "a.json"), 499);
  assert.equal(await directory.read("a.json.replaced.1"), cutOff(500));
  await button(page, "Undo a").click();
  await button(page, "Undo").click();
  await button(page, SALVAGE).waitFor();
  assert.equal(await directory.read("a.json"), cutOff(500));
  assert.equal(await figure(page, "more"), "489");
  assertNone(errors);
});

test("after a plain restore the page says what it left, and a salvage brings that back", async (t) => {
  const { directory, page, errors } = await open(t, SALVAGEABLE);
  await button(page, RESTORE).click();
  await button(page, "Restore 10 messages").click();
  await whenSaid(page, ".row .state", /^Restored$/);
  const row = rowOf(page, "a");
  const left = "489 more messages are whole in a.json.replaced.1. “Salvage” brings them back.";
  assert.ok((await wordsOf(row)).includes(left));
  const rest = "Salvage a.json.replaced.1: 499 whole messages of 500 a";
  assert.deepEqual(await row.getByRole("button").allTextContents(), [rest, "Undo a"]);
  assert.equal(
    await textOf(page.locator("#subline")),
    "10 messages are back. A salvage brings back 489 more.",
  );
  await button(page, "Salvage all (1)").waitFor();
  await button(page, rest).click();
  await button(page, "Salvage 489 messages").click();
  await whenSaid(page, ".row .state", /^Salvaged$/);
  const said =
    "499 messages are back, from a.json.replaced.1. The old live file is kept as a.json.replaced.2.";
  assert.equal(await wordsOf(row), said);
  assert.equal(await held(directory, "a.json"), 499);
  await button(page, "Undo a").click();
  await button(page, "Undo").click();
  await whenSaid(page, ".row .state", /^489 messages to salvage$/);
  assert.equal(await directory.read("a.json"), messagesOf(10));
  assertNone(errors);
});

test("what a plain restore left is offered also after the page has looked again", async (t) => {
  const { directory, page } = await open(t, SALVAGEABLE);
  await button(page, RESTORE).click();
  await button(page, "Restore 10 messages").click();
  await whenSaid(page, ".row .state", /^Restored$/);
  await button(page, "Look again").click();
  await whenRead(page);
  await button(page, "Undo a").waitFor();
  await page.reload();
  await whenSaid(page, "h1", /^1 session can be salvaged$/);
  const row = rowOf(page, "a");
  assert.ok((await wordsOf(row)).includes("The live file lacks 489 of them."));
  await button(page, "Salvage a.json.replaced.1: 499 whole messages a").click();
  await button(page, "Salvage 489 messages").click();
  await whenSaid(page, ".row .state", /^Salvaged$/);
  assert.equal(await held(directory, "a.json"), 499);
});

test("sessions that no restore brings back come in a group of their own", async (t) => {
  const { directory, page, errors } = await open(t, ONLY_SALVAGEABLE);
  await whenRead(page);
  assert.equal(await textOf(page.locator("h1")), "2 sessions can be salvaged");
  const group = page.locator("section").filter({ hasText: "Only by a salvage" });
  assert.deepEqual(await group.locator(".row:visible .id").allTextContents(), ["c", "b"]);
  const row = rowOf(page, "c");
  assert.equal(await textOf(row.locator(".state")), "29 messages to salvage");
  await button(page, "Salvage c.json.bak: 29 whole messages of 30 c").click();
  const dialog = page.getByRole("dialog", { name: "Salvage c?" });
  assert.match(
    await textOf(dialog),
    /There is no live file now\. The damaged file does not change\./,
  );
  await button(page, "Salvage 29 messages").click();
  await whenSaid(page, ".row .state", /^Salvaged$/);
  assert.equal(await wordsOf(row), "29 messages are back, from c.json.bak.");
  assert.equal(await row.getByRole("button").count(), 0);
  assert.equal(await held(directory, "c.json"), 29);
  assert.equal(await directory.read("c.json.bak"), cutOff(30));
  assertNone(errors);
});

test("a choice, a salvage and its undo need no mouse", async (t) => {
  const { directory, page } = await open(t, SALVAGEABLE);
  await whenRead(page);
  await button(page, RESTORE).focus();
  await page.keyboard.press("Tab");
  assert.equal(await textOf(page.locator(":focus")), SALVAGE);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Salvage a?" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.equal(await directory.read("a.json"), cutOff(500));
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await whenSaid(page, ".row .state", /^Salvaged$/);
  assert.equal(await textOf(page.locator(".row:focus .id")), "a");
  await page.keyboard.press("Tab");
  assert.equal(await textOf(page.locator(":focus")), "Undo a");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await whenSaid(page, ".row .state", /^Damaged$/);
  assert.equal(await directory.read("a.json"), cutOff(500));
});

test("“Restore all” says how much more a salvage brings back, and offers both", async (t) => {
  const { directory, page, errors } = await open(t, { ...SALVAGEABLE, ...ONLY_SALVAGEABLE });
  await button(page, "Restore all (1)").click();
  const dialog = page.getByRole("dialog", { name: "Restore 1 session?" });
  assert.match(await textOf(dialog), /A salvage would bring back 567 more messages\./);
  const choices = dialog.getByRole("group", { name: "What to do" }).getByRole("radio");
  assert.equal(await choices.count(), 2);
  const [plain, both] = [
    "Restore 1 session: brings back 10 messages",
    "Salvage 3 sessions: brings back 577 messages, 567 of them only by the salvage",
  ];
  assert.equal(await page.getByLabel(plain, { exact: true }).isChecked(), true);
  assert.equal(await dialog.locator(".changes li").count(), 1);
  await page.getByLabel(both, { exact: true }).check();
  await page.getByRole("dialog", { name: "Salvage 3 sessions?" }).waitFor();
  assert.deepEqual(await dialogLines(page), [
    `Salvage a.json (${cutOff(500).length.toLocaleString("en")} bytes)`,
    `Salvage b.json (${cutOff(50).length.toLocaleString("en")} bytes)`,
    `Salvage c.json.bak to c.json (${cutOff(30).length.toLocaleString("en")} bytes)`,
  ]);
  await button(page, "Salvage 3 sessions").click();
  await whenSaid(page, "#news", /^3 changes made, none refused\.$/);
  assert.equal(await textOf(page.locator("h1")), "3 sessions restored");
  assert.match(await textOf(page.locator("#subline")), /^577 messages are back\./);
  assert.match(
    await textOf(page.locator("#made")),
    /Done\. The old live file is kept as a\.json\.replaced\.1\./,
  );
  assert.deepEqual(await page.locator(".row .state").allTextContents(), Array(3).fill("Salvaged"));
  assert.equal(await held(directory, "a.json"), 499);
  assert.equal(await held(directory, "b.json"), 49);
  assert.equal(await held(directory, "c.json"), 29);
  assertNone(errors);
});

/** @param {Page} page */
function dialogLines(page) {
  return page.locator("dialog .changes li p:first-child").allTextContents();
}

test("both of all can be chosen with the keyboard, and Enter on a choice changes nothing", async (t) => {
  const { directory, page } = await open(t, { ...SALVAGEABLE, ...ONLY_SALVAGEABLE });
  await button(page, "Restore all (1)").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Restore 1 session?" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("dialog", { name: "Salvage 3 sessions?" }).waitFor();
  await page.keyboard.press("ArrowUp");
  await page.getByRole("dialog", { name: "Restore 1 session?" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.equal(await directory.read("a.json"), cutOff(500));
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Restore 1 session?" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await textOf(page.locator(":focus")), "Salvage 3 sessions");
  await page.keyboard.press("Enter");
  await whenSaid(page, "#news", /^3 changes made, none refused\.$/);
  assert.equal(await held(directory, "b.json"), 49);
});

test("all can be restored without a salvage, which is then still offered for all", async (t) => {
  const { directory, page } = await open(t, { ...SALVAGEABLE, ...ONLY_SALVAGEABLE });
  await button(page, "Restore all (1)").click();
  await button(page, "Restore 1 session").click();
  await whenSaid(page, "#news", /^1 change made, none refused\.$/);
  assert.equal(await directory.read("a.json"), messagesOf(10));
  await button(page, "Salvage all (3)").click();
  const dialog = page.getByRole("dialog", { name: "Salvage 3 sessions?" });
  assert.match(await textOf(dialog), /This brings back 567 messages\. It replaces 2 live files/);
  assert.equal(await dialog.getByRole("radio").count(), 0);
  await button(page, "Salvage 3 sessions").click();
  await whenSaid(page, "#news", /^3 changes made, none refused\.$/);
  assert.match(await textOf(page.locator("#subline")), /^577 messages are back\./);
  assert.equal(await held(directory, "a.json"), 499);
});

test("a salvage leaves what only the backup holds, and says so before and after", async (t) => {
  const other = { role: "user", content: "only here" };
  const files = { "a.json": cutOff(50), "a.json.bak": JSON.stringify({ messages: [other] }) };
  const { page } = await open(t, files);
  await button(page, "Salvage a.json: 49 whole messages of 50 a").click();
  const alone = "1 message is only in the backup. It stays there.";
  assert.ok((await textOf(page.getByRole("dialog"))).includes(alone));
  await button(page, "Salvage 49 messages").click();
  await whenSaid(page, ".row .state", /^Salvaged$/);
  assert.ok((await wordsOf(rowOf(page, "a"))).includes(alone));
});

test("a damaged file that holds no more, but other messages, adds them to the live file", async (t) => {
  const own = [{ role: "user", content: "own" }, ...JSON.parse(messagesOf(9)).messages];
  const files = { "a.json": JSON.stringify({ messages: own }), "a.json.bak": cutOff(11) };
  const { directory, page, errors } = await open(t, files);
  await whenRead(page);
  assert.equal(await textOf(page.locator("h1")), "Nothing needs to be restored");
  await button(page, "Add 1 message of a.json.bak a").click();
  await button(page, "Salvage 1 message").click();
  await whenSaid(page, ".row .state", /^Salvaged$/);
  assert.match(await wordsOf(rowOf(page, "a")), /^1 message is back, from a\.json\.bak\./);
  assert.equal(await held(directory, "a.json"), 11);
  assertNone(errors);
});

test("a salvage that fails after a restore says why, and the session stays restored", async (t) => {
  const { directory, page } = await open(t, SALVAGEABLE);
  await button(page, RESTORE).click();
  await button(page, "Restore 10 messages").click();
  const rest = button(page, "Salvage a.json.replaced.1: 499 whole messages of 500 a");
  await rest.waitFor();
  await directory.block("a.json");
  await rest.click();
  await button(page, "Salvage 489 messages").click();
  await whenSaid(page, ".row .words", /Not salvaged: .*[Ii]t is a directory/);
  assert.equal(await textOf(rowOf(page, "a").locator(".state")), "Restored");
  await button(page, "Undo a").waitFor();
});

test("a salvage that fails says why in its row and can be tried again", async (t) => {
  const { directory, page } = await open(t, { "b.json": cutOff(50) });
  const body = JSON.stringify({ error: "The call was ended after 600 seconds.", code: "other" });
  await page.route("**/recover", (route) => route.fulfill({ status: 500, body }));
  const salvage = button(page, "Salvage b.json: 49 whole messages of 50 b");
  await salvage.click();
  await button(page, "Salvage 49 messages").click();
  await whenSaid(page, ".row .state", /^Not restored$/);
  assert.match(await wordsOf(rowOf(page, "b")), /The call was ended after 600 seconds\./);
  await page.unroute("**/recover");
  await salvage.click();
  await button(page, "Salvage 49 messages").click();
  await whenSaid(page, ".row .state", /^Salvaged$/);
  assert.equal(await held(directory, "b.json"), 49);
});

test("where no damaged file holds more, nothing is said of a salvage", async (t) => {
  const { page } = await open(t, { ...ONE_OF_EACH, "c.json": chat(1) });
  await whenRead(page);
  assert.equal(await page.locator(".salvage:visible").count(), 0);
  await button(page, "Restore all (4)").click();
  const dialog = page.getByRole("dialog", { name: "Restore 4 sessions?" });
  assert.doesNotMatch(await textOf(dialog), /[Ss]alvage/);
  assert.equal(await dialog.getByRole("radio").count(), 0);
});

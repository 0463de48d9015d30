// The page on damaged files: what a restore and a salvage would bring back, side by side.

import assert from "node:assert/strict";
import { test } from "node:test";
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
import {
  chat,
  cutOff,
  messagesOf,
  ONE_OF_EACH,
  ONLY_SALVAGEABLE,
  SALVAGEABLE,
} from "./directory.js";

/** @import { Page } from "playwright-core" */

/** @typedef {Awaited<ReturnType<typeof open>>["directory"]} Directory */

const STATE = "#panel .standing .state";
const WORDS = "#panel .standing .words";
const RESTORE = "Put a.json.bak in place: 10 messages come back, 489 of the damaged file do not";
const SALVAGE = "Put the 499 whole messages of a.json in place: 499 messages come back";

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

/** @param {Page} page */
function wordsOf(page) {
  return textOf(page.locator(WORDS));
}

/**
 * @param {Page} page
 * @param {string} name of a source
 */
function flask(page, name) {
  return page.locator(".flask").filter({ has: page.getByText(name, { exact: true }) });
}

/** @param {Page} page */
async function yes(page) {
  await page.locator("dialog [value=yes]").click();
}

test("a damaged session shows both choices with their numbers, and what is wrong", async (t) => {
  const { page, errors } = await open(t, SALVAGEABLE);
  await whenRead(page);
  await openSession(page, "a");
  await button(page, SALVAGE).waitFor();
  const words = await wordsOf(page);
  assert.match(words, /A restore of the backup brings back 10 messages and replaces the damaged/);
  assert.ok(
    words.includes(
      "a.json is damaged, but still holds 499 whole messages of 500. A restore leaves out 489 of them.",
    ),
  );
  assert.match(words, /What is wrong with it: cut off after message 499 of 500\./);
  const said =
    "A restore brings back 10 messages and keeps what it replaces. A salvage brings back 489 more.";
  assert.equal(await textOf(page.locator("#subline")), said);
  assert.equal(
    await textOf(rowOf(page, "a").locator(".effect")),
    "10 come back, 489 more by a salvage",
  );
  await picture(page, "damaged");
  await flask(page, "a.json.bak").click();
  await button(page, RESTORE).waitFor();
  const left = "489 messages of the damaged file do not come back";
  await page.getByRole("list", { name: left }).waitFor();
  assertNone(errors);
});

test("a session is salvaged after a question, and undo puts the damaged file back", async (t) => {
  const { directory, page, errors } = await open(t, SALVAGEABLE);
  await whenRead(page);
  await openSession(page, "a");
  await button(page, SALVAGE).click();
  const dialog = page.getByRole("dialog", { name: "Put a.json in place?" });
  const asked = await textOf(dialog);
  assert.match(asked, /499 messages come back\./);
  assert.match(asked, /What is wrong with a\.json: cut off after message 499 of 500\./);
  assert.match(asked, /Keep the old a\.json under another name/);
  assert.equal(await directory.read("a.json"), cutOff(500));
  await button(page, "Put it in place: 499 messages come back").click();
  await whenSaid(page, STATE, /^Salvaged$/);
  const kept = "The damaged file is kept as a.json.replaced.1.";
  assert.equal(await wordsOf(page), `499 messages are back, from the damaged live file. ${kept}`);
  await whenSaid(page, "#panel .side.live .total", /^499 messages$/);
  await whenSaid(page, "#news", /^a: Salvaged\. 499 messages are back/);
  assert.equal(await textOf(page.locator("h1")), "1 session restored");
  assert.equal(await held(directory, "a.json"), 499);
  assert.equal(await directory.read("a.json.replaced.1"), cutOff(500));
  await button(page, "Undo the last restore").click();
  await button(page, "Undo").click();
  await whenSaid(page, STATE, /^Damaged$/);
  assert.equal(await directory.read("a.json"), cutOff(500));
  assert.match(await textOf(page.locator("#subline")), /A salvage brings back 489 more\.$/);
  assertNone(errors);
});

test("after a plain restore the page says what it left, and a salvage brings that back", async (t) => {
  const { directory, page, errors } = await open(t, SALVAGEABLE);
  await whenRead(page);
  await openSession(page, "a");
  await flask(page, "a.json.bak").click();
  await button(page, RESTORE).click();
  await yes(page);
  await whenSaid(page, STATE, /^Restored$/);
  const left =
    "489 more messages are whole in a.json.replaced.1. Put it in place to bring them back.";
  assert.ok((await wordsOf(page)).includes(left));
  assert.equal(await count(page, "salvageable"), "1");
  assert.equal(
    await textOf(page.locator("#subline")),
    "10 messages are back. A salvage brings back 489 more.",
  );
  await button(page, "Salvage all (1)").waitFor();
  await flask(page, "a.json.replaced.1").click();
  const rest = "Put the 499 whole messages of a.json.replaced.1 in place: 489 messages come back";
  await button(page, rest).click();
  await yes(page);
  await whenSaid(page, STATE, /^Salvaged$/);
  const said =
    "499 messages are back, from a.json.replaced.1. The old live file is kept as a.json.replaced.2.";
  assert.equal(await wordsOf(page), said);
  assert.equal(await held(directory, "a.json"), 499);
  await button(page, "Undo the last restore").click();
  await button(page, "Undo").click();
  await whenSaid(page, STATE, /^489 messages to salvage$/);
  assert.equal(await directory.read("a.json"), messagesOf(10));
  assertNone(errors);
});

test("what a plain restore left is offered also after the page has looked again", async (t) => {
  const { directory, page } = await open(t, SALVAGEABLE);
  await whenRead(page);
  await openSession(page, "a");
  await flask(page, "a.json.bak").click();
  await button(page, RESTORE).click();
  await yes(page);
  await whenSaid(page, STATE, /^Restored$/);
  await page.reload();
  await whenSaid(page, "h1", /^1 session can be salvaged$/);
  await whenSaid(page, WORDS, /The live file lacks 489 of them\./);
  await flask(page, "a.json.replaced.1").click();
  await page.getByRole("button", { name: /^Put the 499 whole messages/ }).click();
  await yes(page);
  await whenSaid(page, STATE, /^Salvaged$/);
  assert.equal(await held(directory, "a.json"), 499);
});

test("sessions that no restore brings back are a group of their own", async (t) => {
  const { directory, page, errors } = await open(t, ONLY_SALVAGEABLE);
  await whenRead(page);
  assert.equal(await textOf(page.locator("h1")), "2 sessions can be salvaged");
  assert.equal(await count(page, "salvageable"), "2");
  assert.deepEqual(await page.locator(".row .title").allTextContents(), ["b", "c"]);
  assert.equal(await textOf(rowOf(page, "c").locator(".state")), "29 messages to salvage");
  await openSession(page, "c");
  await button(
    page,
    "Put the 29 whole messages of c.json.bak in place: 29 messages come back",
  ).click();
  const dialog = page.getByRole("dialog", { name: "Put c.json.bak in place?" });
  assert.match(await textOf(dialog), /There is no live file now\. Nothing is replaced\./);
  await yes(page);
  await whenSaid(page, STATE, /^Salvaged$/);
  assert.equal(await wordsOf(page), "29 messages are back, from c.json.bak.");
  assert.equal(await held(directory, "c.json"), 29);
  assert.equal(await directory.read("c.json.bak"), cutOff(30));
  assertNone(errors);
});

test("a choice of a source, a salvage and its undo need no mouse", async (t) => {
  const { directory, page } = await open(t, SALVAGEABLE);
  await whenRead(page);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await button(page, SALVAGE).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await textOf(page.locator(":focus")), SALVAGE);
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await button(page, RESTORE).waitFor();
  await page.keyboard.press("ArrowUp");
  await button(page, SALVAGE).waitFor();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Put a.json in place?" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.equal(await directory.read("a.json"), cutOff(500));
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await whenSaid(page, STATE, /^Salvaged$/);
  await button(page, "Undo the last restore").waitFor();
  while ((await textOf(page.locator(":focus"))) !== "Undo the last restore") {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await whenSaid(page, STATE, /^Damaged$/);
  assert.equal(await directory.read("a.json"), cutOff(500));
});

test("“Restore all” says how much more a salvage brings back, and offers both", async (t) => {
  const { directory, page, errors } = await open(t, { ...SALVAGEABLE, ...ONLY_SALVAGEABLE });
  await button(page, "Restore all (1)").click();
  const dialog = page.getByRole("dialog", { name: "Restore 1 session?" });
  assert.match(await textOf(dialog), /A salvage would bring back 567 more messages\./);
  const choices = dialog.getByRole("group", { name: "What to do" }).getByRole("radio");
  assert.equal(await choices.count(), 3);
  const [plain, both] = [
    "Restore 1 session: brings back 10 messages",
    "Salvage 3 sessions: brings back 577 messages, 567 of them only by the salvage",
  ];
  assert.equal(await page.getByLabel(plain, { exact: true }).isChecked(), true);
  assert.equal(await dialog.locator(".changes li").count(), 1);
  await page.getByLabel(both, { exact: true }).check();
  await page.getByRole("dialog", { name: "Salvage 3 sessions?" }).waitFor();
  await page.getByRole("heading", { name: "What recover-all --salvage --dry-run says" }).waitFor();
  assert.deepEqual(await dialogLines(page), [
    "Salvage a.json",
    "Salvage b.json",
    "Salvage c.json.bak to c.json",
  ]);
  await button(page, "Salvage 3 sessions").click();
  await whenSaid(page, "#news", /^3 sessions restored, none failed\.$/);
  assert.equal(await textOf(page.locator("h1")), "3 sessions restored");
  assert.match(await textOf(page.locator("#subline")), /^577 messages are back\./);
  await page.locator("#made summary").click();
  assert.match(
    await textOf(page.locator("#made")),
    /Done\. The old live file is kept as a\.json\.replaced\.1\./,
  );
  await page.getByRole("radio", { name: "Restored 3" }).check();
  assert.deepEqual(await page.locator(".row .state").allTextContents(), Array(3).fill("Salvaged"));
  assert.equal(await held(directory, "a.json"), 499);
  assert.equal(await held(directory, "b.json"), 49);
  assert.equal(await held(directory, "c.json"), 29);
  assertNone(errors);
});

/** @param {Page} page */
function dialogLines(page) {
  return page
    .locator("dialog .changes p")
    .filter({ hasText: /^Salvage / })
    .allTextContents();
}

test("the best source of each is a choice, too, and shows what it would do", async (t) => {
  const { directory, page, errors } = await open(t, { ...SALVAGEABLE, ...ONLY_SALVAGEABLE });
  await button(page, "Restore all (1)").click();
  await page.getByLabel("Each session from its best source, whatever file that is").check();
  const dialog = page.getByRole("dialog", { name: /^(Restore|Salvage) / });
  await dialog.getByRole("heading", { name: "What recover-all --best --dry-run says" }).waitFor();
  await picture(page, "best");
  await dialog.locator("[value=yes]").click();
  await whenSaid(page, "#made-words", /none failed\./);
  assert.equal(await held(directory, "a.json"), 499);
  assertNone(errors);
});

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
  await whenSaid(page, "#news", /^3 sessions restored, none failed\.$/);
  assert.equal(await held(directory, "b.json"), 49);
});

test("all can be restored without a salvage, which is then still offered for all", async (t) => {
  const { directory, page } = await open(t, { ...SALVAGEABLE, ...ONLY_SALVAGEABLE });
  await button(page, "Restore all (1)").click();
  await button(page, "Restore 1 session").click();
  await whenSaid(page, "#news", /^1 session restored, none failed\.$/);
  assert.equal(await directory.read("a.json"), messagesOf(10));
  await button(page, "Salvage all (3)").click();
  const dialog = page.getByRole("dialog", { name: "Salvage 3 sessions?" });
  assert.match(await textOf(dialog), /This brings back 567 messages\. It replaces 2 live files/);
  await button(page, "Salvage 3 sessions").click();
  await whenSaid(page, "#news", /^3 sessions restored, none failed\.$/);
  assert.match(await textOf(page.locator("#subline")), /^577 messages are back\./);
  assert.equal(await held(directory, "a.json"), 499);
});

test("a salvage leaves what only the backup holds, and says so before and after", async (t) => {
  const other = { role: "user", content: "only here" };
  const files = { "a.json": cutOff(50), "a.json.bak": JSON.stringify({ messages: [other] }) };
  const { page } = await open(t, files);
  await whenRead(page);
  await openSession(page, "a");
  await flask(page, "a.json").click();
  await page
    .getByRole("button", { name: /^Put the 49 whole messages of a\.json in place/ })
    .click();
  const alone = "1 message is only in the backup. It stays there.";
  assert.ok((await textOf(page.getByRole("dialog"))).includes(alone));
  await yes(page);
  await whenSaid(page, STATE, /^Salvaged$/);
  assert.ok((await wordsOf(page)).includes(alone));
});

test("a damaged file that holds no more, but other messages, adds them to the live file", async (t) => {
  const own = [{ role: "user", content: "own" }, ...JSON.parse(messagesOf(9)).messages];
  const files = { "a.json": JSON.stringify({ messages: own }), "a.json.bak": cutOff(11) };
  const { directory, page, errors } = await open(t, files);
  await whenRead(page);
  assert.equal(await textOf(page.locator("h1")), "Nothing needs to be restored");
  await openSession(page, "a");
  await page
    .getByRole("button", { name: /a\.json\.bak in place and add the 1 message that/ })
    .click();
  await yes(page);
  await whenSaid(page, STATE, /^Salvaged$/);
  assert.match(await wordsOf(page), /^1 message is back, from a\.json\.bak\./);
  assert.equal(await held(directory, "a.json"), 11);
  assertNone(errors);
});

test("a backup is put in place together with what is left of the damaged live file", async (t) => {
  const all = JSON.parse(messagesOf(60)).messages;
  const damaged = JSON.stringify({
    messages: [...all.slice(0, 5), { role: "user", content: "own" }],
  });
  const files = { "a.json": damaged.slice(0, -1), "a.json.bak": messagesOf(60) };
  const { directory, page, errors } = await open(t, files);
  await whenRead(page);
  await openSession(page, "a");
  await flask(page, "a.json.bak").click();
  await button(page, "Put a.json.bak in place and add 1 message of a.json").click();
  await yes(page);
  await whenSaid(page, STATE, /^(Restored|Salvaged)$/);
  assert.equal(await held(directory, "a.json"), 61);
  assertNone(errors);
});

test("a salvage that fails after a restore says why, and the session stays restored", async (t) => {
  const { directory, page } = await open(t, SALVAGEABLE);
  await whenRead(page);
  await openSession(page, "a");
  await flask(page, "a.json.bak").click();
  await button(page, RESTORE).click();
  await yes(page);
  await whenSaid(page, STATE, /^Restored$/);
  await flask(page, "a.json.replaced.1").click();
  await page.getByRole("button", { name: /^Put the 499 whole messages/ }).click();
  const answer = page.locator("dialog [value=yes]");
  await answer.waitFor();
  await directory.block("a.json");
  await answer.click();
  await whenSaid(page, WORDS, /Not (salvaged|restored): .*[Ii]t is a directory/);
  await whenSaid(page, STATE, /^Restored$/);
});

test("a salvage that fails says why and can be tried again", async (t) => {
  const { directory, page } = await open(t, { "b.json": cutOff(50) });
  const body = JSON.stringify({ error: "The call was ended after 600 seconds.", code: "other" });
  await whenRead(page);
  await openSession(page, "b");
  const salvage = button(
    page,
    "Put the 49 whole messages of b.json in place: 49 messages come back",
  );
  await salvage.click();
  await page.locator("dialog [value=yes]").waitFor();
  await page.route("**/recover", (route) => route.fulfill({ status: 500, body }));
  await yes(page);
  await whenSaid(page, STATE, /^Not restored$/);
  assert.match(await wordsOf(page), /The call was ended after 600 seconds\./);
  await page.unroute("**/recover");
  await salvage.click();
  await yes(page);
  await whenSaid(page, STATE, /^Salvaged$/);
  assert.equal(await held(directory, "b.json"), 49);
});

test("where no damaged file holds more, nothing is said of a salvage", async (t) => {
  const { page } = await open(t, { ...ONE_OF_EACH, "c.json": chat(1) });
  await whenRead(page);
  await button(page, "Restore all (4)").click();
  const dialog = page.getByRole("dialog", { name: "Restore 4 sessions?" });
  assert.doesNotMatch(await textOf(dialog), /[Ss]alvage/);
});

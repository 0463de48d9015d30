// The page in a browser: what an operator sees and does, with the mouse and without.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertNone,
  count,
  open,
  openSession,
  panelOf,
  picture,
  rowOf,
  styleOf,
  textOf,
  whenOpen,
  whenRead,
  whenSaid,
} from "./browser.js";
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

/** @import { Locator, Page } from "playwright-core" */

const STATE = "#panel .standing .state";
const WORDS = "#panel .standing .words";

/** @param {Page} page */
function deeds(page) {
  return page.locator("#panel .deeds").getByRole("button");
}

/**
 * Clicks a button of the open session, and answers yes.
 *
 * @param {Page} page
 * @param {RegExp | string} label
 */
async function act(page, label) {
  await deeds(page).filter({ hasText: label }).first().click();
  await page.locator("dialog [value=yes]").click();
}

test("the page shows at a glance what is lost and what can come back", async (t) => {
  const { directory, page, errors } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  assert.equal(await textOf(page.locator("h1")), "4 sessions can be restored");
  assert.equal(
    await textOf(page.locator("#subline")),
    "A restore brings back 1,260 messages and keeps what it replaces.",
  );
  assert.equal(await textOf(page.locator("#directory")), directory.path);
  assertNone(errors);
});

test("every count adds up to all sessions, and to those that need attention", async (t) => {
  const { page } = await open(t, { ...ONE_OF_EACH, ...ON_PURPOSE });
  await whenRead(page);
  /** @param {string[]} places */
  const sum = async (...places) => {
    const counts = await Promise.all(places.map((place) => count(page, place)));
    return counts.reduce((total, one) => total + Number(one), 0);
  };
  const urgent = ["restorable", "missing", "better", "salvageable", "unclear", "lost"];
  assert.equal(await sum(...urgent), 5);
  assert.equal(await count(page, "attention"), "5");
  assert.equal(await sum(...urgent, "guarded", "complete", "restored"), 11);
  assert.equal(await count(page, "all"), "11");
  for (const place of [...urgent, "guarded", "complete"]) {
    const option = page.locator(`#scope [data-scope=${place}]`);
    if (await option.isVisible()) {
      await option.click();
      assert.equal(String(await page.locator(".row").count()), await count(page, place));
    }
  }
});

test("sessions that need attention come first, and the others are shown on request", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  const names = page.locator(".row .title");
  assert.deepEqual(await names.allTextContents(), [
    "damaged",
    "shorter",
    "wiped",
    "orphan",
    "lost",
  ]);
  await page.getByRole("radio", { name: "All 7" }).check();
  await rowOf(page, "healthy").waitFor();
  assert.deepEqual((await names.allTextContents()).slice(5), ["alone", "healthy"]);
});

test("a row shows what is lost, and the open session both files and what a restore would do", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  const row = rowOf(page, "wiped");
  assert.equal(await textOf(row.locator(".state")), "1,204 messages lost");
  const panel = await openSession(page, "wiped");
  assert.equal(await textOf(panel.locator(".side.live .total")), "0 messages");
  assert.equal(await textOf(panel.locator(".side.chosen .total")), "1,204 messages");
  const effect =
    "A restore of the backup brings back 1,204 messages and replaces the live file (0 messages, 15 bytes).";
  assert.equal(await textOf(page.locator(WORDS)), effect);
  assert.deepEqual(await deeds(page).allTextContents(), [
    "Put wiped.json.bak in place: 1,204 messages come back",
  ]);
});

test("the bottles stand on one scale, and what comes back is hatched", async (t) => {
  const { page } = await open(t, { "a.json": chat(3), "a.json.bak": chat(12) });
  await whenRead(page);
  const panel = await openSession(page, "a");
  /** @param {string} part */
  const height = async (part) => Number(await panel.locator(part).first().getAttribute("height"));
  const full = (await height(".chosen .shared")) + (await height(".chosen .apart"));
  assert.equal(await height(".live .shared"), full / 4);
  assert.equal(await height(".live .apart"), 0);
  assert.equal(await height(".chosen .hatched"), (full * 3) / 4);
  assert.equal(await styleOf(page, ".chosen .hatched", "fill"), 'url("#hatch")');
});

test("an unreadable file comes with the reason", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  const panel = await openSession(page, "damaged");
  assert.match(await textOf(panel.locator(".side.live .total")), /^\d whole messages$/);
  const words = await textOf(page.locator(WORDS));
  assert.match(words, /brings back 40 messages and replaces the damaged live file \(100 bytes\)\./);
  assert.match(words, /The live file cannot be read: invalid JSON at byte 100, expected/);
  await openSession(page, "lost");
  assert.match(await textOf(page.locator(WORDS)), /The backup cannot be read: it is empty/);
});

test("the search narrows the list at once", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await page.keyboard.press("/");
  await page.keyboard.type("WIP");
  assert.deepEqual(await page.locator(".row .title").allTextContents(), ["wiped"]);
  await page.keyboard.type("x");
  await whenSaid(page, "#empty", /No session that needs attention matches/);
});

test("a session is restored after a question, and the page says so at once", async (t) => {
  const { directory, page, errors } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await openSession(page, "wiped");
  await deeds(page).first().click();
  const dialog = page.getByRole("dialog", { name: "Put wiped.json.bak in place?" });
  assert.match(await textOf(dialog), /1,204 messages come back/);
  const plan = dialog.getByRole("region", { name: "The plan" }).getByRole("listitem");
  assert.deepEqual(await plan.allTextContents(), [
    "Keep the old wiped.json under another name",
    "Copy wiped.json.bak to wiped.json",
  ]);
  assert.equal(await directory.read("wiped.json"), chat(0));
  await picture(page, "restore");
  await dialog.getByRole("button", { name: "Put it in place: 1,204 messages come back" }).click();
  await whenSaid(page, STATE, /^Restored$/);
  assert.match(await textOf(page.locator(WORDS)), /1,204 messages are back\. The backup is still/);
  await whenSaid(page, "#panel .side.live .total", /^1,204 messages$/);
  await whenSaid(page, "#news", /^wiped: Restored\./);
  await whenSaid(page, "#panel .deeds", /Undo the last restore/);
  assert.equal(await count(page, "attention"), "4");
  assert.equal(await count(page, "restored"), "1");
  assert.equal(await directory.read("wiped.json"), chat(1204));
  await picture(page, "restored");
  assertNone(errors);
});

test("a session is restored with the keyboard only, and Escape restores nothing", async (t) => {
  const { directory, page } = await open(t, { "a.json": chat(0), "a.json.bak": chat(2) });
  await whenRead(page);
  await page.keyboard.press("j");
  assert.equal(await textOf(page.locator(":focus")), "a");
  await page.keyboard.press("Enter");
  await whenOpen(page);
  assert.equal(await textOf(page.locator(":focus")), "a");
  await page.keyboard.press("Tab");
  assert.equal(await textOf(page.locator(":focus .close-words")), "Close");
  await page.keyboard.press("Tab");
  assert.match(await textOf(page.locator(":focus")), /^Put a\.json\.bak in place/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.equal(await directory.read("a.json"), chat(0));
  assert.match(await textOf(page.locator(":focus")), /^Put a\.json\.bak in place/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await whenSaid(page, STATE, /^Restored$/);
  assert.equal(await directory.read("a.json"), chat(2));
  assert.equal(await page.locator("#panel :focus").count(), 1);
  await page.keyboard.press("Escape");
  await panelOf(page).waitFor({ state: "hidden" });
});

test("what is only in the live file is shown, and can be added by the restore", async (t) => {
  const { directory, page, errors } = await open(t, DIVERGED);
  await whenRead(page);
  const panel = await openSession(page, "a");
  const alone =
    "2 messages are only in the live file. A restore leaves them in the old live file, which is kept.";
  assert.ok((await textOf(page.locator(WORDS))).includes(alone));
  assert.deepEqual(await deeds(page).allTextContents(), [
    "Put a.json.bak in place: 3 messages come back, 2 go out of sight",
    "Put a.json.bak in place and add the 2 messages that only the live file holds",
  ]);
  await panel.getByRole("list", { name: "3 messages come back" }).waitFor();
  await panel.getByRole("list", { name: "2 messages go out of sight" }).waitFor();
  await deeds(page).nth(1).click();
  const dialog = page.getByRole("dialog", { name: "Put a.json.bak in place?" });
  assert.match(await textOf(dialog), /2 messages are added after the source’s/);
  await dialog.getByRole("button", { name: /^Put it in place and add 2 messages/ }).click();
  await whenSaid(page, STATE, /^Restored$/);
  const said = "2 messages of the live file were added after the backup’s.";
  assert.ok((await textOf(page.locator(WORDS))).includes(said));
  await whenSaid(page, "#panel .side.live .total", /^5 messages$/);
  await whenSaid(page, "#news", /^a: Restored\. .*added after the backup’s\.$/);
  assert.equal(await directory.read("a.json"), MERGED);
  assertNone(errors);
});

test("a restore that adds nothing says what it leaves out, before and after", async (t) => {
  const { directory, page } = await open(t, DIVERGED);
  await whenRead(page);
  await openSession(page, "a");
  await deeds(page).first().click();
  const dialog = page.getByRole("dialog", { name: "Put a.json.bak in place?" });
  assert.match(await textOf(dialog), /2 go out of sight\. They stay in the kept file\./);
  await dialog.locator("[value=yes]").click();
  await whenSaid(page, WORDS, /2 messages are only in the kept file\./);
  assert.equal(await directory.read("a.json"), DIVERGED["a.json.bak"]);
});

test("all can be restored only after it is said what they leave out", async (t) => {
  const { page } = await open(t, DIVERGED);
  await page.getByRole("button", { name: "Restore all (1)" }).click();
  assert.match(await textOf(page.getByRole("dialog")), /2 messages are only in the live file/);
});

test("a restore is undone after a question, and can be done again", async (t) => {
  const { directory, page, errors } = await open(t, DIVERGED);
  await whenRead(page);
  await openSession(page, "a");
  await act(page, "and add the 2 messages");
  await deeds(page).filter({ hasText: "Undo the last restore" }).click();
  const dialog = page.getByRole("dialog", { name: "Undo the restore of a?" });
  assert.match(
    await textOf(dialog),
    /The old live file, a\.json\.replaced\.1, replaces the restored one\./,
  );
  await dialog.getByRole("button", { name: "Undo" }).click();
  await whenSaid(page, STATE, /^3 messages lost$/);
  const said =
    /Undone: a\.json\.replaced\.1 is in place again\. The file that it replaced is kept as a\.json/;
  assert.match(await textOf(page.locator(WORDS)), said);
  await whenSaid(page, "#news", /^a: 3 messages lost\. Undone: /);
  await picture(page, "undone");
  assert.equal(await count(page, "attention"), "1");
  assert.equal(await directory.read("a.json"), DIVERGED["a.json"]);
  await page.locator(".flask").filter({ hasText: "Backup" }).click();
  await act(page, /^Put a\.json\.bak in place: 3/);
  await whenSaid(page, STATE, /^Restored$/);
  assert.doesNotMatch(await textOf(page.locator(WORDS)), /Undone/);
  assertNone(errors);
});

test("an undo that fails says why, and the session stays restored", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await openSession(page, "wiped");
  await act(page, /^Put/);
  const undo = deeds(page).filter({ hasText: "Undo the last restore" });
  await undo.waitFor();
  await directory.block("wiped.json");
  await undo.click();
  await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await whenSaid(page, WORDS, /Not undone: .*[Ii]t is a directory/);
  await whenSaid(page, STATE, /^Restored$/);
  await whenSaid(page, "#news", /Not undone: /);
});

test("where a restore replaced nothing an undo removes the live file again", async (t) => {
  const { directory, page } = await open(t, { "a.json.bak": chat(2) });
  await whenRead(page);
  await openSession(page, "a");
  await act(page, /^Put/);
  await deeds(page).filter({ hasText: "Undo the last restore" }).click();
  const dialog = page.getByRole("dialog", { name: "Undo the restore of a?" });
  assert.match(await textOf(dialog), /There was no live file before\./);
  await dialog.getByRole("button", { name: "Undo" }).click();
  await whenSaid(page, WORDS, /Undone: there is no live file again\./);
  await assert.rejects(directory.read("a.json"));
});

test("an answer to one question is none to the next, however fast they come", async (t) => {
  const { page } = await open(t, { "a.json": chat(0), "a.json.bak": chat(2) });
  /** @type {string[]} */
  const sent = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && !request.postDataJSON().dry_run) {
      sent.push(request.url());
    }
  });
  await whenRead(page);
  await openSession(page, "a");
  for (const answer of ["no", "yes"]) {
    await deeds(page).first().click();
    await page.locator(`dialog [value=${answer}]`).click();
  }
  await whenSaid(page, STATE, /^Restored$/);
  assert.equal(sent.length, 1);
});

test("focus is visible", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await page.keyboard.press("Tab");
  assert.equal(await styleOf(page, ":focus", "outline-style"), "solid");
  await page.keyboard.press("j");
  assert.equal(await styleOf(page, ".row:has(:focus)", "outline-style"), "solid");
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
  const said = await progress.jsonValue();
  assert.match(said.at(-1) ?? "", /^Looked at (\d+) of \1 sessions$/);
  assert.equal(await count(page, "restored"), "44");
  await whenSaid(page, "#news", /^44 sessions restored, none failed\.$/);
  assert.equal(await directory.read("session-00039.json"), chat(3));
  assert.equal(await directory.read("orphan.json"), chat(7));
  assertNone(errors);
});

test("“Restore all” shows first what the dry run of recover-all says", async (t) => {
  const files = { ...ONE_OF_EACH, [LEFTOVER]: "half", "_index.json": "[]" };
  const { directory, page, errors } = await open(t, files);
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore 4 sessions?" });
  const title = "What recover-all --dry-run says";
  const changes = dialog.getByRole("region", { name: title }).getByRole("listitem");
  await changes.first().waitFor();
  const copied = await changes
    .locator("p")
    .filter({ hasText: /^Copy / })
    .allTextContents();
  assert.deepEqual(copied, [
    "Copy damaged.json.bak to damaged.json",
    "Copy orphan.json.bak to orphan.json",
    "Copy shorter.json.bak to shorter.json",
    "Copy wiped.json.bak to wiped.json",
  ]);
  assert.match(await textOf(changes.nth(3)), /The backup holds 1204 messages, the live file 0\./);
  const [consequence] = await dialog.locator(".sentences li").allTextContents();
  assert.equal(
    consequence,
    "This brings back 1,260 messages. It replaces 3 live files (1 damaged). It creates 1 live file.",
  );
  await picture(page, "restore-all");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  assert.equal(await textOf(page.locator(":focus")), "Restore all (4)");
  assert.equal(await directory.read("wiped.json"), chat(0));
  assert.equal(await directory.read(LEFTOVER), "half");
  assertNone(errors);
});

test("what was done is listed for each session", async (t) => {
  const files = { ...ONE_OF_EACH, "_index.json": "[]" };
  const { directory, page, errors } = await open(t, files);
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  await page.getByRole("button", { name: "Restore 4 sessions" }).click();
  await whenSaid(page, "h1", /^4 sessions restored$/);
  const made = page.getByRole("region", { name: "What was done" });
  assert.match(await textOf(made), /4 sessions restored, none failed\./);
  await made.locator("summary").click();
  const wiped = made.getByRole("listitem").filter({ hasText: "wiped.json.bak" });
  assert.match(
    await textOf(wiped),
    /Done\. The old live file is kept as wiped\.json\.replaced\.1\./,
  );
  assert.equal(await directory.read("wiped.json"), chat(1204));
  assert.equal(await directory.read("_index.json"), "[]");
  await made.getByRole("button", { name: "Dismiss" }).click();
  assert.equal(await made.isVisible(), false);
  assertNone(errors);
});

test("only the chosen sessions are restored", async (t) => {
  const { directory, page, errors } = await open(t, ONE_OF_EACH);
  /** @type {unknown[]} */
  const sent = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.postDataJSON()));
  await whenRead(page);
  await rowOf(page, "wiped").getByRole("checkbox").check();
  await rowOf(page, "orphan").getByRole("checkbox").check();
  await rowOf(page, "lost").getByRole("checkbox").check();
  await picture(page, "chosen");
  await page.getByRole("button", { name: "Restore the 3 chosen" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore 2 sessions?" });
  assert.match(await textOf(dialog), /This brings back 1,211 messages/);
  assert.match(await textOf(dialog), /1 session of the chosen stays as it is: nothing is due\./);
  await dialog.getByRole("button", { name: "Restore 2 sessions" }).click();
  await whenSaid(page, "#news", /^2 sessions restored, none failed\.$/);
  assert.deepEqual(sent.at(-1), { session_ids: ["wiped", "orphan", "lost"] });
  assert.equal(await directory.read("wiped.json"), chat(1204));
  assert.equal(await directory.read("shorter.json"), chat(3));
  assert.equal(await page.getByRole("button", { name: /chosen$/ }).count(), 0);
  assertNone(errors);
});

test("all in the list are chosen at once, and none again", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await page.getByRole("checkbox", { name: "Choose these 5" }).check();
  await page.getByRole("button", { name: "Restore the 5 chosen" }).waitFor();
  await rowOf(page, "lost").getByRole("checkbox").uncheck();
  await page.getByRole("button", { name: "Restore the 4 chosen" }).waitFor();
  await page.getByRole("button", { name: "Choose none" }).click();
  assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 0);
});

test("a session that another program changed is not restored, and the page says why", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const yes = page.getByRole("button", { name: "Restore 4 sessions" });
  await yes.waitFor();
  await directory.block("wiped.json");
  await yes.click();
  await whenSaid(page, "h1", /^1 session not restored$/);
  assert.equal(await textOf(rowOf(page, "wiped").locator(".state")), "Not restored");
  const made = page.getByRole("region", { name: "What was done" });
  const refused = made.getByRole("listitem").filter({ hasText: "Not done" });
  assert.match(await textOf(refused), /[Ii]t is a directory/);
  await whenSaid(page, "#news", /^3 sessions restored, 1 failed\.$/);
  assert.equal(await directory.read("shorter.json"), chat(12));
  await directory.unblock("wiped.json", chat(0));
  await page.getByRole("button", { name: "Restore all (1)" }).click();
  await page.getByRole("button", { name: "Restore 1 session" }).click();
  await whenSaid(page, "h1", /^4 sessions restored$/);
});

test("a live file that lacks messages of its backup says so, and is not restored", async (t) => {
  const files = { "a.json": chatOf("new", "x", "y"), "a.json.bak": chatOf("new", "old") };
  const { page } = await open(t, files);
  await whenSaid(page, "#subline", /^Checked 1 session\. 1 differs from its backup\.$/);
  assert.equal(await textOf(rowOf(page, "a").locator(".state")), "Differs from its backup");
  await openSession(page, "a");
  const [has, others] = await page.locator(`${WORDS} p`).allTextContents();
  assert.equal(has, "The backup has 1 message that the live file lacks.");
  assert.equal(others, "2 messages are only in the live file.");
  assert.equal(await page.getByRole("button", { name: "Restore all" }).count(), 0);
});

test("where nothing is left to restore the page says so instead of asking", async (t) => {
  const { directory, page } = await open(t, { "a.json": chat(0), "a.json.bak": chat(2) });
  await whenRead(page);
  await directory.write("a.json", chat(2));
  await page.getByRole("button", { name: "Restore all (1)" }).click();
  await whenSaid(page, "h1", /^Nothing needs to be restored$/);
  assert.equal(await page.getByRole("dialog").count(), 0);
});

test("what the dry run finds is shown, also if the page says other things", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await directory.write("wiped.json", chat(1204));
  await directory.write("alone.json.bak", chat(90));
  await directory.write("new.json.bak", chat(5));
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore 5 sessions?" });
  assert.match(await textOf(dialog.locator(".sentences")), /^This brings back 149 messages/);
  await dialog.getByRole("button", { name: "Restore 5 sessions" }).click();
  await whenSaid(page, "h1", /^5 sessions restored$/);
});

test("asking what would be done can be stopped", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await page.route("**/recover-all", () => {});
  await page.getByRole("button", { name: "Restore all (4)" }).press("Enter");
  await whenSaid(page, "h1", /^Making a plan…$/);
  await page.keyboard.press("Enter");
  await whenSaid(page, "h1", /^4 sessions can be restored$/);
  assert.equal(await textOf(page.locator(":focus")), "Restore all (4)");
});

test("a sweep can be stopped, and the page looks again at what was done", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await page.route("**/recover-all", (route) => {
    return route.request().postDataJSON().dry_run ? route.continue() : undefined;
  });
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  await page.getByRole("button", { name: "Restore 4 sessions" }).click();
  await whenSaid(page, "h1", /^Restoring…$/);
  await page.getByRole("button", { name: "Stop" }).click();
  await whenSaid(page, "h1", /^4 sessions can be restored$/);
});

test("what is as it is on purpose is shown with all, with the reason", async (t) => {
  const { page, errors } = await open(t, { ...ONE_OF_EACH, ...ON_PURPOSE });
  await whenRead(page);
  assert.equal(await count(page, "guarded"), "4");
  assert.equal(await page.locator(".row[data-tone=guarded]").count(), 0);
  await page.getByRole("radio", { name: "Shorter on purpose 4" }).check();
  await whenSaid(page, "#place-words", /“Restore all” skips these sessions/);
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
    await openSession(page, id);
    assert.equal(await textOf(page.locator(STATE)), state);
    assert.match(await textOf(page.locator(WORDS)), words);
  }
  assertNone(errors);
});

test("restoring all leaves alone what is as it is on purpose", async (t) => {
  const { directory, page } = await open(t, { ...ONE_OF_EACH, ...ON_PURPOSE });
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore 4 sessions?" });
  assert.match(await textOf(dialog), /4 sessions stay as they are, shorter on purpose\./);
  assert.doesNotMatch(await textOf(dialog.locator(".plan")), /cleared|compressed|undone|deleted/);
  await dialog.getByRole("button", { name: "Restore 4 sessions" }).click();
  await whenSaid(page, "h1", /^4 sessions restored$/);
  for (const name of /** @type {const} */ (["cleared.json", "compressed.json", "undone.json"])) {
    assert.equal(await directory.read(name), ON_PURPOSE[name]);
  }
  await assert.rejects(directory.read("deleted.json"));
});

test("what is as it is on purpose can be restored anyway, after a question", async (t) => {
  const { directory, page, errors } = await open(t, ON_PURPOSE);
  await whenSaid(page, "#subline", /^Checked 4 sessions\. 4 are shorter on purpose\.$/);
  await openSession(page, "undone");
  await deeds(page).first().click();
  const dialog = page.getByRole("dialog", { name: "Put undone.json.bak in place anyway?" });
  assert.match(await textOf(dialog), /took messages back.*1 message comes back/);
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json"]);
  await dialog.getByRole("button", { name: "Put it in place anyway" }).click();
  await whenSaid(page, STATE, /^Restored$/);
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json.bak"]);
  await act(page, "Undo the last restore");
  await whenSaid(page, STATE, /^Taken back on purpose$/);
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json"]);
  assertNone(errors);
});

test("a deleted session can be restored anyway, and a failure to do so is shown", async (t) => {
  const { directory, page } = await open(t, ON_PURPOSE);
  await whenRead(page);
  await openSession(page, "deleted");
  await deeds(page).first().click();
  const dialog = page.getByRole("dialog", { name: "Put deleted.json.bak in place anyway?" });
  assert.match(await textOf(dialog), /There is no live file now\. Nothing is replaced\./);
  await directory.block("deleted.json");
  await dialog.getByRole("button", { name: "Put it in place anyway" }).click();
  await whenSaid(page, WORDS, /[Ii]t is a directory/);
  await directory.unblock("deleted.json", "");
  await page.getByRole("button", { name: "Look again" }).click();
  await whenRead(page);
  await act(page, /^Put deleted/);
  await whenSaid(page, STATE, /^Restored$/);
  assert.equal(await directory.read("deleted.json"), chat(8));
});

test("a session of which only the backup is left is explained, and restored", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  const row = rowOf(page, "orphan");
  assert.equal(await textOf(row.locator(".state")), "No live file");
  const panel = await openSession(page, "orphan");
  const words = /A restore of the backup brings back 7 messages in a new live file\./;
  assert.match(await textOf(page.locator(WORDS)), words);
  assert.match(await textOf(panel.locator(".side.live")), /There is no live file\./);
  await act(page, "Put orphan.json.bak in place: 7 messages come back");
  await whenSaid(page, STATE, /^Restored$/);
  assert.equal(await directory.read("orphan.json"), chat(7));
});

test("everything is checked when asked for, and nothing before", async (t) => {
  const files = { ...ONE_OF_EACH, ...ON_PURPOSE, "b.json": chat(1), "b.json.replaced.1": "x" };
  const { page, errors } = await open(t, files);
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await whenRead(page);
  await page.getByRole("link", { name: "Check" }).click();
  const section = page.getByRole("region", { name: "Full check" });
  assert.equal(await section.count(), 0);
  await page.getByRole("button", { name: "Check everything" }).click();
  await section.waitFor();
  const said = "Checked 10 sessions: 4 to repair, 2 to look at, 4 for information.";
  assert.equal(await textOf(page.locator("#check-words")), said);
  assert.equal(await textOf(page.locator("#news")), said);
  assert.equal(await textOf(page.locator(":focus")), "Full check");
  assert.equal(asked.filter((url) => url.endsWith("/audit")).length, 1);
  const toLookAt = section.getByRole("list", { name: "To look at" }).getByRole("listitem");
  assert.deepEqual(await toLookAt.locator("p:first-child").allTextContents(), [
    "Backup of a deleted session deleted.json.bak Open",
    "Unreadable live file lost.json Open",
  ]);
  assert.match(await textOf(toLookAt.first()), /Remove the backup, or restore it with/);
  const information = section.getByRole("list", { name: "For information" });
  assert.equal(await information.count(), 0);
  await section.locator("summary").filter({ hasText: "For information (4)" }).press("Enter");
  assert.match(
    await textOf(information),
    /Shorter on purpose cleared\.json.*Kept by a restore b\.json\.re/,
  );
  await picture(page, "check");
  await toLookAt.last().getByRole("link", { name: "Open lost" }).click();
  await whenOpen(page);
  assert.equal(await textOf(page.locator("#panel-title")), "lost");
  assertNone(errors);
});

/** @param {Page} page */
async function checkEverything(page) {
  await page.getByRole("link", { name: "Check" }).click();
  await page.getByRole("button", { name: "Check everything" }).click();
  await whenSaid(page, "#check-words", /^Checked/);
}

test("a repair shows its plan before anything is done: which files, where to, why", async (t) => {
  const files = { ...ONE_OF_EACH, [LEFTOVER]: "half", "_index.json": "[]" };
  const { directory, page, errors } = await open(t, files);
  await whenRead(page);
  await checkEverything(page);
  await page.getByRole("button", { name: /^Repair what can be repaired/ }).click();
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
  assert.equal(await directory.read("wiped.json"), chat(0));
  await dialog.getByRole("button", { name: title }).click();
  await whenSaid(page, "h1", /^4 sessions restored$/);
  const made = page.getByRole("region", { name: "What was done" });
  assert.match(await textOf(made), /6 changes made, none refused\./);
  await made.locator("summary").click();
  const index = made.getByRole("listitem").filter({ hasText: "_index.json" });
  assert.match(await textOf(index), /Done\. It is kept as _index\.json\.replaced\.1\./);
  assert.equal(await directory.read("wiped.json"), chat(1204));
  assert.equal(await directory.read("_index.json.replaced.1"), "[]");
  await assert.rejects(directory.read(LEFTOVER));
  assertNone(errors);
});

test("a change whose file was altered after the plan is refused, and said so", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await checkEverything(page);
  await page.getByRole("button", { name: /^Repair what can be repaired/ }).click();
  const yes = page.getByRole("button", { name: "Restore 4 sessions" });
  await yes.waitFor();
  await directory.write("wiped.json", chat(1));
  await yes.click();
  await whenSaid(page, "h1", /^1 session not restored$/);
  const why = /has changed since the plan was made\.\s*Make a new plan\./;
  const made = page.getByRole("region", { name: "What was done" });
  const refused = made.getByRole("listitem").filter({ hasText: "Not done" });
  assert.equal(await refused.count(), 1);
  assert.match(await textOf(refused), why);
  await whenSaid(page, "#news", /^3 changes made, 1 refused\.$/);
  assert.equal(await directory.read("wiped.json"), chat(1));
  assert.equal(await directory.read("shorter.json"), chat(12));
});

test("many sessions in the hands of another program give one sentence", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await checkEverything(page);
  await page.getByRole("button", { name: /^Repair what can be repaired/ }).click();
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
  const refused = page.locator("#made li").filter({ hasText: "wiped" });
  assert.match(await textOf(refused), /Not done\.$/);
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
  await whenRead(page);
  await checkEverything(page);
  await page.getByRole("button", { name: /^Repair what can be repaired/ }).click();
  await page.getByRole("button", { name: /^Restore 120 sessions and make 2 other/ }).click();
  await whenSaid(page, "#news", /^122 changes made, none refused\.$/);
  assert.deepEqual(parts, [52, 50, 20]);
});

test("what a check finds to repair is repaired by the same plan, and is then outdated", async (t) => {
  const files = { "a.json": chat(1), "_index.json": "[]", [LEFTOVER]: "" };
  const { directory, page } = await open(t, files);
  await whenRead(page);
  await checkEverything(page);
  await page.getByRole("button", { name: "Repair what can be repaired (2)" }).click();
  const dialog = page.getByRole("dialog", { name: "Make 2 changes?" });
  await dialog.getByRole("button", { name: "Make 2 changes" }).click();
  await whenSaid(page, "#made-words", /^2 changes made, none refused\./);
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
  await page.getByRole("link", { name: "Check" }).click();
  await page.getByRole("button", { name: "Check everything" }).click();
  await whenSaid(page, "#alarm", /The call was ended after 600 seconds\./);
  await page.unroute("**/audit");
  await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
  await whenSaid(page, "#check-words", /^Checked 6 sessions/);
});

test("a restore that fails says why and can be tried again", async (t) => {
  const { directory, page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await openSession(page, "wiped");
  await deeds(page).first().click();
  const yes = page.locator("dialog [value=yes]");
  await yes.waitFor();
  await directory.block("wiped.json");
  await yes.click();
  await whenSaid(page, STATE, /^Not restored$/);
  assert.match(await textOf(page.locator(WORDS)), /[Ii]t is a directory/);
  await picture(page, "failure");
  await directory.unblock("wiped.json", chat(0));
  await page.getByRole("button", { name: "Look again" }).click();
  await whenRead(page);
  await act(page, /^Put wiped/);
  await whenSaid(page, STATE, /^Restored$/);
});

test("sessions that cannot be judged or replaced say which", async (t) => {
  const { directory, page } = await open(t, { "dir.json.bak": chat(1), "link.json.bak": chat(1) });
  await whenRead(page);
  await directory.block("dir.json");
  await directory.link("link.json");
  await page.getByRole("button", { name: "Look again" }).click();
  await whenSaid(page, ".row .state", /^Not judged$/);
  await whenSaid(page, ".row .state", /^Cannot be replaced$/);
  assert.equal(await count(page, "unclear"), "2");
  assert.equal(await page.getByRole("button", { name: /^Restore/ }).count(), 0);
});

test("a server that is gone is reported, and can be asked again", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await page.route("**/api/**", (route) => route.abort());
  await page.getByRole("button", { name: "Look again" }).click();
  const alarm = page.getByRole("alert");
  assert.match(await textOf(alarm), /The server does not answer/);
  await picture(page, "server-gone");
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

test("a session whose sources cannot be read says so, and can be tried again", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  const body = JSON.stringify({ error: "It cannot be listed.", code: "io" });
  await page.route("**/sources?*", (route) => route.fulfill({ status: 500, body }));
  await rowOf(page, "wiped").getByRole("link").click();
  await whenSaid(page, "#panel .panel-alarm", /It cannot be listed\./);
  await page.unroute("**/sources?*");
  await panelOf(page).getByRole("button", { name: "Try again" }).click();
  await whenOpen(page);
  assert.equal(await panelOf(page).getByRole("alert").count(), 0);
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
  await picture(page, "empty");
  assertNone(errors);
});

test("what was found and what is planned is text, whatever it holds", async (t) => {
  const id = "<img src=x onerror=alert(1)>\u202e";
  const { page, errors } = await open(t, { [`${id}.json`]: CUT_OFF, [`${id}.json.bak`]: chat(1) });
  await whenRead(page);
  await checkEverything(page);
  await page.locator("summary").filter({ hasText: "To repair (2)" }).click();
  await whenSaid(page, "#findings", /<img src=x onerror=alert\(1\)>\\u\{202e\}\.json/);
  await page.getByRole("button", { name: "Restore all (1)" }).click();
  await page.getByRole("button", { name: "Restore 1 session" }).click();
  await page.locator("#made summary").click();
  await whenSaid(page, "#made li", /Copy <img src=x onerror=alert\(1\)>\\u\{202e\}\.json\.bak to/);
  assert.equal(await page.locator("img").count(), 0);
  assertNone(errors);
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

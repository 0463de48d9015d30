// How the page looks and is used: by its words, by keyboard, dark, small, full, and with hostile text.

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
import { CUT_OFF, chat, LEFTOVER, manySessions, ON_PURPOSE, ONE_OF_EACH } from "./directory.js";
import { BAD_DAY, LISBON_FILES, LISBON_ID, messages, story } from "./stories.js";

/** @import { Page } from "playwright-core" */

const PHONE = { viewport: { width: 390, height: 844 } };

test("sessions are known by their titles and dates, with the ID beneath", async (t) => {
  const { page, errors } = await open(t, BAD_DAY);
  await whenRead(page);
  const row = rowOf(page, "Five days in Lisbon");
  assert.equal(await textOf(row.locator(".id")), LISBON_ID);
  assert.equal(await textOf(row.locator(".when")), "1 hour ago");
  const time = row.locator("time");
  assert.match((await time.getAttribute("title")) ?? "", /20\d\d/);
  await picture(page, "list");
  assertNone(errors);
});

test("“the one about Lisbon” is found by the words of its messages, with the words shown", async (t) => {
  const { page, errors } = await open(t, BAD_DAY);
  await whenRead(page);
  await page.getByRole("searchbox").fill("soups bread");
  await page.keyboard.press("Enter");
  await whenSaid(page, ".row .quoted", /assistant: ….*soups, eggs and a good bread/);
  const marks = rowOf(page, "Five days in Lisbon").locator("mark");
  assert.deepEqual(await marks.allTextContents(), ["soups", "bread"]);
  await whenSaid(page, "#matches", /^4 sessions match\./);
  await picture(page, "search");
  await page.getByRole("button", { name: /more in “All”$/ }).click();
  await rowOf(page, "Which coffee grinder").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("searchbox").inputValue(), "");
  assert.equal(await page.locator(".quoted").count(), 0);
  assertNone(errors);
});

test("texts are searched after a short pause, and a search that fails says so", async (t) => {
  const { page } = await open(t, BAD_DAY);
  await whenRead(page);
  const body = JSON.stringify({ error: "It cannot be listed.", code: "io" });
  await page.route("**/search?*", (route) => route.fulfill({ status: 500, body }));
  await page.getByRole("searchbox").fill("Lisbon");
  assert.deepEqual(await page.locator(".row .title").allTextContents(), ["Five days in Lisbon"]);
  await whenSaid(page, "#matches", /The texts could not be searched\. It cannot be listed\./);
});

test("the list is sorted by what is asked for", async (t) => {
  const { page } = await open(t, BAD_DAY);
  await whenRead(page);
  await page.getByRole("radio", { name: /^All/ }).check();
  const first = page.locator(".row .title").first();
  for (const [sort, title] of /** @type {const} */ ([
    ["title", "20260915_070707_dead01"],
    ["back", "Five days in Lisbon"],
    ["saved", "Five days in Lisbon"],
  ])) {
    await page.getByRole("combobox", { name: "Sort by" }).selectOption(sort);
    assert.equal(await textOf(first), title);
  }
});

test("an opened session shows its sources, the best one, and what comes back", async (t) => {
  const { directory, page, errors } = await open(t, LISBON_FILES);
  await whenRead(page);
  const panel = await openSession(page, "Five days in Lisbon");
  const best = `${LISBON_ID}.tmp.4711.139872`;
  assert.deepEqual(await panel.locator(".flask .kind").allTextContents(), [
    "Backup",
    "Kept file",
    "Temporary file",
    "Conflict copy",
    "Other copy",
  ]);
  assert.equal(await textOf(panel.locator(".flask .best").first()), "Best");
  assert.equal(await textOf(panel.locator(".side.chosen .file")), best);
  assert.match(await textOf(panel.locator(".why")), /holds every message that the others hold/);
  await panel.getByRole("list", { name: "120 messages come back" }).waitFor();
  const facts = panel.getByRole("table");
  assert.match(await textOf(facts.getByRole("row", { name: /^Messages/ })), /^Messages9129$/);
  await picture(page, "opened");
  const brought = panel.getByRole("list", { name: "120 messages come back" });
  assert.equal(await brought.locator(".message").count(), 10);
  await brought.getByRole("button", { name: "Show 50 more of 110 messages" }).click();
  await brought.getByRole("button", { name: "Show 50 more of 60 messages" }).waitFor();
  assert.equal(await brought.locator(".message").count(), 60);
  const ends = panel.getByRole("list", { name: `First and last messages of ${best}` });
  assert.equal(await ends.locator(".message").count(), 6);
  await ends.getByRole("button", { name: "Show 50 more of 123 messages" }).click();
  await ends.getByRole("button", { name: "Show 50 more of 73 messages" }).waitFor();
  assert.match(await textOf(ends.locator(".message").nth(53)), /no\. 127/);
  assert.match(await textOf(ends.locator(".message").nth(54)), /Calls search_memory/);
  await page.locator(".flask").filter({ hasText: "Backup" }).click();
  await panel.getByRole("list", { name: "3 messages go out of sight" }).waitFor();
  await panel
    .getByRole("button", { name: /^Put .*\.bak in place: 114 messages come back, 3 go/ })
    .waitFor();
  await page.locator(".flask").filter({ hasText: "Temporary file" }).click();
  await panel
    .getByRole("button", { name: /^Put .*tmp.* in place: 120 messages come back$/ })
    .click();
  await page.locator("dialog [value=yes]").click();
  await whenSaid(page, "#panel .standing .state", /^Restored$/);
  assert.equal(JSON.parse(await directory.read(`${LISBON_ID}.json`)).messages.length, 129);
  assertNone(errors);
});

test("5,000 sessions are read, searched and scrolled with few rows", {
  timeout: 300_000,
}, async (t) => {
  const { page, errors } = await open(t, manySessions(5000, 300));
  page.setDefaultTimeout(200_000);
  await whenSaid(page, "h1", /^300 sessions can be restored$/);
  await page.getByRole("radio", { name: "All 5,000" }).check();
  assert.equal(await count(page, "all"), "5,000");
  const isBounded = async () => {
    assert.ok((await page.locator(".row").count()) < 60);
    assert.ok((await page.evaluate(() => document.documentElement.scrollHeight)) <= 720);
  };
  await isBounded();
  await page.keyboard.press("j");
  await page.keyboard.press("End");
  assert.equal(await textOf(page.locator(":focus")), "session-04999");
  const last = rowOf(page, "session-04999");
  assert.equal(await last.getAttribute("aria-posinset"), "5000");
  assert.equal(await last.getAttribute("aria-setsize"), "5000");
  await isBounded();
  await picture(page, "5000");
  await page.locator("#rows-frame").evaluate((frame) => frame.scrollTo(0, frame.scrollHeight / 2));
  await rowOf(page, "session-02500").waitFor();
  assert.equal(await textOf(page.locator(":focus")), "session-04999");
  await isBounded();
  await page.getByRole("searchbox").fill("04999");
  await whenSaid(page, "#matches", /^1 session matches\./);
  assert.deepEqual(await page.locator(".row .title").allTextContents(), ["session-04999"]);
  assertNone(errors);
});

test("5,000 sessions on a phone have few rows, and the document stays short", {
  timeout: 300_000,
}, async (t) => {
  const { page } = await open(t, manySessions(5000, 10), PHONE);
  page.setDefaultTimeout(200_000);
  await whenSaid(page, "h1", /^10 sessions can be restored$/);
  await page.getByRole("radio", { name: "All 5,000" }).check();
  await page.locator("#frame").evaluate((frame) => frame.scrollTo(0, frame.scrollHeight));
  await rowOf(page, "session-04999").waitFor();
  assert.ok((await page.locator(".row").count()) < 60);
  assert.ok((await page.evaluate(() => document.documentElement.scrollHeight)) <= 844);
});

test("the list is used by keyboard: arrows, j and k, Space, Enter, Escape", async (t) => {
  const { page, errors } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  const focused = () => textOf(page.locator(":focus"));
  await page.keyboard.press("j");
  assert.equal(await focused(), "damaged");
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), "wiped");
  await page.keyboard.press("Space");
  assert.equal(await rowOf(page, "wiped").getByRole("checkbox").isChecked(), true);
  await page.keyboard.press("k");
  assert.equal(await focused(), "shorter");
  await page.keyboard.press("End");
  assert.equal(await focused(), "lost");
  await page.keyboard.press("Home");
  assert.equal(await focused(), "damaged");
  await page.keyboard.press("Enter");
  await whenOpen(page);
  assert.equal(await textOf(page.locator("#panel-title:focus")), "damaged");
  await picture(page, "keyboard");
  await page.keyboard.press("Escape");
  await panelOf(page).waitFor({ state: "hidden" });
  assert.equal(await focused(), "damaged");
  await page.getByRole("combobox", { name: "Sort by" }).selectOption("title");
  assert.equal(await page.locator(".row .open[tabindex='0']").count(), 1);
  await page.keyboard.press("/");
  await page.keyboard.type("jk");
  assert.equal(await page.getByRole("searchbox").inputValue(), "jk");
  assertNone(errors);
});

test("the browser's “back” closes a session, and its address opens it again", async (t) => {
  const { page } = await open(t, ONE_OF_EACH);
  await whenRead(page);
  await openSession(page, "wiped");
  const address = page.url();
  await page.goBack();
  await panelOf(page).waitFor({ state: "hidden" });
  await page.goto(address);
  await whenSaid(page, "#panel-title", /^wiped$/);
});

test("the page follows the system into the dark", async (t) => {
  const light = await open(t, {}, { colorScheme: "light" });
  const dark = await open(t, LISBON_FILES, { colorScheme: "dark" });
  assert.equal(await styleOf(light.page, "html", "background-color"), "rgb(247, 246, 243)");
  assert.equal(await styleOf(dark.page, "html", "background-color"), "rgb(21, 23, 26)");
  await whenRead(dark.page);
  await openSession(dark.page, "Five days in Lisbon");
  await dark.page.locator(".brought").waitFor();
  await picture(dark.page, "dark");
});

test("texts stand out from what is behind them, in the light and in the dark", async (t) => {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const { page } = await open(t, LISBON_FILES, { colorScheme });
    await whenRead(page);
    await openSession(page, "Five days in Lisbon");
    await page.locator(".brought").waitFor();
    assert.deepEqual(await page.evaluate(paleTexts), []);
  }
});

/** Texts whose contrast is less than 4.5, in the browser. */
function paleTexts() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  /** @param {string} color */
  const parsed = (color) => {
    if (!canvas) {
      throw new Error("There is no canvas.");
    }
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  /** @param {number[]} color */
  const luminance = (color) => {
    const [r = 0, g = 0, b = 0] = color.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  /** @param {Element | null} element */
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = parsed(getComputedStyle(one).backgroundColor);
      if (color[3] === 255) {
        return color;
      }
    }
    return parsed(getComputedStyle(document.documentElement).backgroundColor);
  };
  const pale = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (
      !element?.checkVisibility() ||
      !node.textContent?.trim() ||
      element.closest(".unseen, select")
    ) {
      continue;
    }
    const [a, b] = [luminance(parsed(getComputedStyle(element).color)), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) {
      pale.push(`${node.textContent}: ${contrast.toFixed(2)}`);
    }
  }
  return pale;
}

test("nothing moves if motion is not wanted", async (t) => {
  const { page } = await open(t, LISBON_FILES, { reducedMotion: "reduce" });
  await whenRead(page);
  await openSession(page, "Five days in Lisbon");
  assert.equal(await styleOf(page, ".bottle rect", "transition-duration"), "0s");
});

/** @param {Page} page */
async function assertNotWider(page) {
  const { width = 0 } = page.viewportSize() ?? {};
  const content = await page.evaluate(() =>
    Math.max(
      ...[
        document.documentElement,
        ...document.querySelectorAll("#frame, #panel, dialog[open]"),
      ].map(({ scrollWidth }) => scrollWidth),
    ),
  );
  assert.ok(content <= width, `${content}`);
}

test("on a phone a session is a view of its own, with a way back", async (t) => {
  const { page, errors } = await open(t, BAD_DAY, PHONE);
  await whenRead(page);
  await picture(page, "phone-list");
  await assertNotWider(page);
  const panel = await openSession(page, "Five days in Lisbon");
  await page.locator(".brought").waitFor();
  const box = await panel.boundingBox();
  assert.deepEqual(box, { x: 0, y: 0, width: 390, height: 844 });
  assert.equal(await page.locator(".browser[inert]").count(), 1);
  await assertNotWider(page);
  await picture(page, "phone-opened");
  await panel.getByRole("link", { name: "All sessions" }).click();
  await panel.waitFor({ state: "hidden" });
  assert.equal(await textOf(page.locator(":focus")), "Five days in Lisbon");
  await page.getByRole("link", { name: "History" }).click();
  await assertNotWider(page);
  assertNone(errors);
});

test("a narrow screen needs no scrolling sideways", async (t) => {
  const files = { ...ONE_OF_EACH, ...ON_PURPOSE, [LEFTOVER]: "", "_index.json": "[]" };
  const { page } = await open(t, files, { viewport: { width: 320, height: 640 } });
  await whenRead(page);
  await page.getByRole("link", { name: "Check" }).click();
  await page.getByRole("button", { name: "Check everything" }).click();
  await page.locator("#findings li:visible").first().waitFor();
  await assertNotWider(page);
  await page.getByRole("link", { name: "Sessions" }).click();
  await page.getByRole("button", { name: "Restore all (4)" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  const yes = dialog.getByRole("button", { name: /^Restore/ });
  const box = await yes.boundingBox();
  assert.ok(box && box.x >= 0 && box.x + box.width <= 320, JSON.stringify(box));
  await picture(page, "narrow-dialog");
  await yes.click();
  await page.locator("#made").waitFor();
  await assertNotWider(page);
});

const HOSTILE_ID = `${"x".repeat(120)}<img src=x onerror=alert(1)>${"y".repeat(80)}`;
const HOSTILE_TITLE = `<b onclick=alert(1)>\u202egnp.elif\u0007 ${"W".repeat(170)}`;
const HOSTILE = [
  { role: "<script>alert(1)</script>", content: "\u202e\u2066<img src=x>\u001b[31m\nred" },
];

for (const [name, look] of /** @type {const} */ ([
  ["wide", {}],
  ["phone", PHONE],
])) {
  test(`hostile titles, IDs and messages are text and break no layout: ${name}`, async (t) => {
    const files = {
      [`${HOSTILE_ID}.json`]: story(HOSTILE_ID, HOSTILE_TITLE, []),
      [`${HOSTILE_ID}.json.bak`]: story(HOSTILE_ID, HOSTILE_TITLE, [...HOSTILE, ...messages(4)]),
      "20261128_111111_ok.json": story("20261128_111111_ok", "A usual one", messages(2)),
    };
    const { page, errors } = await open(t, files, look);
    await whenRead(page);
    await page.getByRole("radio", { name: /^All/ }).check();
    const row = page.locator(".row").filter({ hasText: "gnp.elif" });
    assert.match(
      await textOf(row.locator(".title")),
      /^<b onclick=alert\(1\)>\\u\{202e\}gnp\.elif\\u\{7\} W+/,
    );
    assert.equal(await styleOf(page, ".row bdi", "unicode-bidi"), "isolate");
    await assertNotWider(page);
    await picture(page, `hostile-list-${name}`);
    await row.getByRole("link").click();
    await whenSaid(
      page,
      ".brought .text",
      /^\\u\{202e\}\\u\{2066\}<img src=x>\\u\{1b\}\[31m\nred$/,
    );
    assert.equal(await textOf(page.locator(".brought .role").first()), "<script>alert(1)</script>");
    await assertNotWider(page);
    await picture(page, `hostile-opened-${name}`);
    await page.locator("#panel .deeds button").first().click();
    await page.getByRole("dialog").waitFor();
    await assertNotWider(page);
    await page.locator("dialog [value=yes]").click();
    await whenSaid(page, "#panel .standing .state", /^Restored$/);
    await page.goto(`${page.url().split("#")[0]}#history`);
    await page.locator(".event").first().waitFor();
    await assertNotWider(page);
    await picture(page, `hostile-history-${name}`);
    assert.equal(await page.locator("img, b[onclick], script:not([src])").count(), 0);
    assertNone(errors);
  });
}

test("an ID that hides or reorders text is shown as such", async (t) => {
  const { page } = await open(t, {
    "a\u202eb.json": chat(0),
    "a\u202eb.json.bak": chat(2),
    " .json": CUT_OFF.slice(0, 1),
  });
  await whenRead(page);
  const ids = await page.locator(".row .title").allTextContents();
  assert.deepEqual(ids.sort(), ["a\\u{202e}b", "“ ”"]);
});

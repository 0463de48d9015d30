// A browser for the page's tests: one for all, a fresh page for each, and no error unnoticed.

import assert from "node:assert/strict";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./serving.js";

/** @import { Locator, Page } from "playwright-core" */
/** @import { TestContext } from "node:test" */

/** Where the pictures are. */
const OUTPUT = new URL("../../test-output/", import.meta.url);

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: FLAGS,
});
after(() => browser.close());

/**
 * Serves a directory and opens the page on it, without waiting for what it reads.
 *
 * @param {TestContext} t
 * @param {Record<string, string>} files
 * @param {import("playwright-core").BrowserContextOptions} [look]
 * @param {{ isSweeping?: boolean }} [how]
 */
export async function open(t, files, look = {}, how = {}) {
  const { directory, server } = await serve(t, files, how);
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  const context = await browser.newContext(look);
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.PATIENCE ?? 30_000));
  const errors = collectErrors(page);
  await page.goto(address);
  return { directory, server, page, errors };
}

/**
 * @param {Page} page
 * @returns {string[]} what the console says is wrong, as it comes
 */
function collectErrors(page) {
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      errors.push(message.text());
    }
  });
  return errors;
}

/**
 * Waits until the page has read everything.
 *
 * @param {Page} page
 */
export async function whenRead(page) {
  await page.locator("body[data-phase=idle]").waitFor();
}

/**
 * Waits until an element says this.
 *
 * @param {Page} page
 * @param {string} selector
 * @param {RegExp} pattern
 */
export async function whenSaid(page, selector, pattern) {
  await page.locator(selector).filter({ hasText: pattern }).first().waitFor();
}

/**
 * A session's row in the list.
 *
 * @param {Page} page
 * @param {string} name its title, or its ID if it has none
 */
export function rowOf(page, name) {
  const link = page.getByRole("link", { name, exact: true });
  return page.locator(".row").filter({ has: link });
}

/** @param {Page} page */
export function panelOf(page) {
  return page.locator("#panel");
}

/**
 * Opens a session, and waits until its sources and messages are there.
 *
 * @param {Page} page
 * @param {string} name its title, or its ID if it has none
 */
export async function openSession(page, name) {
  await rowOf(page, name).getByRole("link").click();
  await whenOpen(page);
  return panelOf(page);
}

/** @param {Page} page */
export async function whenOpen(page) {
  await page
    .locator("#panel[aria-busy=false] .flask, #panel[aria-busy=false] .compare")
    .first()
    .waitFor();
}

/**
 * How many sessions the page counts at a place.
 *
 * @param {Page} page
 * @param {string} place
 */
export function count(page, place) {
  return textOf(page.locator(`#scope [data-scope=${place}] b`));
}

/**
 * Keeps a picture of the page in the tests' output folder.
 *
 * @param {Page} page
 * @param {string} name
 */
export async function picture(page, name) {
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, OUTPUT)) });
}

/** @param {Locator} locator */
export async function textOf(locator) {
  return (await locator.textContent()) ?? "";
}

/**
 * @param {Page} page
 * @param {string} selector
 * @param {string} property
 */
export function styleOf(page, selector, property) {
  return page
    .locator(selector)
    .first()
    .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
}

/** @param {string[]} errors */
export function assertNone(errors) {
  assert.deepEqual(errors, []);
}

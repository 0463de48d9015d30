// A browser for the page's tests: one for all, a fresh page for each, and no error unnoticed.

import assert from "node:assert/strict";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { serve } from "./serving.js";

/** @import { Locator, Page } from "playwright-core" */
/** @import { TestContext } from "node:test" */

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
 */
export async function open(t, files, look = {}) {
  const { directory, server } = await serve(t, files);
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  const context = await browser.newContext(look);
  t.after(() => context.close());
  const page = await context.newPage();
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
 * @param {Page} page
 * @param {string} id
 */
export function rowOf(page, id) {
  const heading = page.getByRole("heading", { name: id, exact: true });
  return page.getByRole("listitem").filter({ has: heading });
}

/**
 * @param {Page} page
 * @param {string} name of a figure at the top
 */
export function figure(page, name) {
  return textOf(page.locator(`[data-figure=${name}] dd`));
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

// How words are put in lines: tables by the width that characters have on a terminal, and sections.

import stringWidth from "string-width";
import { printable } from "./printable.js";

/**
 * @param {string} what
 * @param {number} number
 */
export function many(what, number) {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}

/**
 * A heading and its lines, or nothing where there are none.
 *
 * @param {string} heading
 * @param {string[]} texts
 */
export function section(heading, texts) {
  if (texts.length === 0) return "";
  return `\n${heading}:\n${texts.map((text) => `  ${printable(text)}\n`).join("")}`;
}

/** @param {string[][]} rows */
export function table(rows) {
  const cells = rows.map((row) => row.map(printable));
  const columns = cells[0]?.map((_, column) => cells.map((row) => row[column] ?? "")) ?? [];
  const widths = columns.map((column) => Math.max(...column.map((cell) => stringWidth(cell))));
  const padded = (/** @type {string} */ cell, /** @type {number} */ column) =>
    cell + " ".repeat((widths[column] ?? 0) - stringWidth(cell));
  return cells.map((row) => `${row.map(padded).join("  ").trimEnd()}\n`).join("");
}

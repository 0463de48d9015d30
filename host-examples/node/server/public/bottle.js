// A bottle that is filled to what a file holds, on the scale of the session's fullest one.

import { find } from "./dom.js";

/** The inside of the drawing, from its neck to its bottom. */
const [TOP, BOTTOM] = [8, 136];

/**
 * What a file holds.
 *
 * @typedef {object} Content
 * @property {number} shared messages that the other file holds, too
 * @property {number} apart messages that only this file holds
 * @property {number} scale messages of a full bottle
 * @property {boolean} isDamaged
 */

/**
 * @param {Content} content
 * @returns {SVGSVGElement}
 */
export function bottle({ shared, apart, scale, isDamaged }) {
  const { content } = find(document, "#bottle", HTMLTemplateElement);
  const copy = /** @type {DocumentFragment} */ (content.cloneNode(true));
  const drawing = find(copy, "svg", SVGSVGElement);
  const per = (BOTTOM - TOP) / Math.max(scale, 1);
  const level = fill(drawing, ".shared", BOTTOM, shared * per);
  fill(drawing, ".apart", level, apart * per);
  fill(drawing, ".hatched", level, apart * per);
  drawing.classList.toggle("damaged", isDamaged);
  drawing.classList.toggle("drained", shared + apart === 0);
  return drawing;
}

/**
 * @param {SVGSVGElement} drawing
 * @param {string} selector
 * @param {number} floor
 * @param {number} height
 * @returns {number} where the next layer stands
 */
function fill(drawing, selector, floor, height) {
  const layer = find(drawing, selector, SVGRectElement);
  // Even one message of thousands is seen.
  const seen = height > 0 ? Math.max(height, 1.5) : 0;
  layer.setAttribute("y", String(floor - seen));
  layer.setAttribute("height", String(seen));
  return floor - seen;
}

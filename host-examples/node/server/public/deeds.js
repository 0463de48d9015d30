// What can be done about an opened session, as buttons that say what they do.

import { short } from "./dom.js";
import { comeBack, goOut } from "./messages.js";
import { many, number } from "./numbers.js";
import { holds, isDamaged, isUsable } from "./sources.js";
import { damagedName, isMerge, isRestored } from "./verdict.js";

/** @import { How } from "./api.js" */
/** @import { Source } from "../shapes.js" */
/** @import { Session } from "./verdict.js" */

/**
 * A restore that the operator can choose.
 *
 * @typedef {object} Deed
 * @property {string} label
 * @property {How} how
 * @property {string} source the name of the file that is put in place
 * @property {number | undefined} brings how many messages come back
 * @property {number} hides how many go out of sight
 * @property {boolean} isLost whether the live file is damaged
 * @property {number} adds how many of the live file's messages are added
 */

/**
 * @param {Session} session
 * @param {Source} source
 * @param {Source | undefined} live
 * @returns {Deed[]}
 */
export function deedsFor(session, source, live) {
  if (!isUsable(source)) {
    return [];
  }
  const counts = countsOf(source, live);
  const { hides } = counts;
  const name = short(source.name);
  const what = isDamaged(source)
    ? `Put the ${many(holds(source), "whole message")} of ${name} in place`
    : `Put ${name} in place`;
  const put = {
    label: `${what}: ${change(counts)}`,
    how: { source: source.name },
    source: source.name,
    ...counts,
    adds: 0,
  };
  const isMergeable = hides > 0 && live?.state === "readable";
  const merge = {
    ...put,
    label: `${what} and add the ${many(hides, "message")} that only the live file holds`,
    how: { source: source.name, merge: true },
    hides: 0,
    adds: hides,
  };
  return [put, ...(isMergeable ? [merge] : []), ...withRest(session, source, counts)];
}

/**
 * The backup together with what is left of the damaged live file.
 *
 * @param {Session} session
 * @param {Source} source
 * @param {Counts} counts
 * @returns {Deed[]}
 */
function withRest(session, { kind, name }, { brings, isLost }) {
  const { salvage } = session.status;
  if (kind !== "backup" || !salvage || !isMerge(session) || isRestored(session)) {
    return [];
  }
  const { gained } = salvage;
  const label = `Put ${short(name)} in place and add ${many(gained, "message")} of ${short(damagedName(session))}`;
  const how = { salvage: true, merge: true };
  const all = brings === undefined ? undefined : brings + gained;
  return [{ label, how, source: name, brings: all, hides: 0, isLost, adds: gained }];
}

/**
 * What comes back, and what the live file holds besides. Of a damaged live file, nothing is in sight:
 * all comes back that is put in place.
 *
 * @param {Source} source
 * @param {Source | undefined} live
 * @returns {Counts}
 */
export function countsOf(source, live) {
  const isGone = live === undefined || live.state === "missing";
  const isLost = live !== undefined && isDamaged(live);
  return {
    brings: isGone || isLost ? holds(source) : source.brings,
    hides: isGone ? 0 : (source.hides ?? 0),
    isLost,
  };
}

/** @typedef {Pick<Deed, "brings" | "hides" | "isLost">} Counts */

/** @param {Counts} counts */
export function change({ brings, hides, isLost }) {
  if (brings === undefined) {
    return "what comes back is not known";
  }
  if (brings === 0 && hides === 0) {
    return "the same messages";
  }
  const back = brings === 0 ? "no message comes back" : comeBack(brings);
  return hides === 0 ? back : `${back}, ${isLost ? leftIn(hides) : goOut(hides)}`;
}

/** @param {number} messages */
export function leftIn(messages) {
  return `${number(messages)} of the damaged file ${messages === 1 ? "does" : "do"} not`;
}

/** @param {number} messages */
export function stayKept(messages) {
  return `${messages === 1 ? "It stays" : "They stay"} in the kept file.`;
}

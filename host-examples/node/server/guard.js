// Keeps other sites' pages out. The server has no login, and a browser could call it for them.

import { isIPv6 } from "node:net";
import { Refusal } from "./failures.js";

/** @import { FastifyRequest } from "fastify" */

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/**
 * Refuses requests by any other name, because a foreign name can point at this machine.
 *
 * @param {string[]} names
 */
export function onlyForHosts(names) {
  const known = new Set([...LOOPBACK, ...names].map((name) => hostname(bracketed(name))));
  return async (/** @type {FastifyRequest} */ { headers, raw }) => {
    const name = isHost(headers.host) && hasOneHost(raw) ? hostname(headers.host) : undefined;
    if (name === undefined || !known.has(name)) {
      throw new Refusal(
        421,
        "wrong_host",
        "The server does not know this name.",
        "Start it with --allow-host and this name.",
      );
    }
  };
}

/** @param {string} name */
function bracketed(name) {
  return isIPv6(name) ? `[${name}]` : name;
}

/** A name or an address, with or without a port, and nothing else that a URL may have. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?$/i;

/**
 * Whether it is spelled as browsers spell it. Other clients may spell an address differently.
 *
 * @param {string | undefined} host
 */
function isHost(host = "") {
  return HOST.test(host) && hostname(host) === host.replace(/:[0-9]+$/, "").toLowerCase();
}

/**
 * Node takes the first of several hosts. A proxy may have checked another one.
 *
 * @param {FastifyRequest["raw"]} request
 */
function hasOneHost({ rawHeaders }) {
  return rawHeaders.filter((word, place) => place % 2 === 0 && /^host$/i.test(word)).length === 1;
}

/**
 * @param {string | undefined} host as in the header, with or without a port
 * @returns {string | undefined} in the one spelling that browsers use, if it is a host
 */
function hostname(host) {
  const url = `http://${host ?? ""}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/**
 * Refuses requests of pages of another origin.
 *
 * @param {FastifyRequest} request
 */
export async function onlySameOrigin({ headers }) {
  const site = headers["sec-fetch-site"] ?? "none";
  if (!["same-origin", "none"].includes(String(site)) || !isOwnOrigin(headers)) {
    throw new Refusal(403, "cross_site", "Pages of other sites may not call this server.");
  }
}

/** @param {FastifyRequest["headers"]} headers */
function isOwnOrigin({ origin, host }) {
  if (origin === undefined) {
    return true;
  }
  if (!URL.canParse(origin)) {
    return false;
  }
  const url = new URL(origin);
  return url.origin === origin && url.host === new URL(`http://${host}`).host;
}

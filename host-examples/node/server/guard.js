// Keeps foreign web pages out: the server has no login, so a browser must not lend them its reach.

import { isIPv6 } from "node:net";
import { Refusal } from "./failures.js";

/** @import { FastifyRequest } from "fastify" */

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/**
 * Refuses requests by any other name, as a foreign name can be made to point at this machine.
 *
 * @param {string[]} names
 */
export function onlyForHosts(names) {
  const known = new Set([...LOOPBACK, ...names].map((name) => hostname(bracketed(name))));
  return async (/** @type {FastifyRequest} */ { headers }) => {
    const name = hostname(headers.host);
    if (name === undefined || !known.has(name)) {
      throw new Refusal(
        421,
        "wrong_host",
        "The server is not known by this name. Remedy: --allow-host.",
      );
    }
  };
}

/** @param {string} name */
function bracketed(name) {
  return isIPv6(name) ? `[${name}]` : name;
}

/**
 * @param {string | undefined} host as in the header, so with a port or without
 * @returns {string | undefined} in the one spelling that browsers use; nothing for what is no host
 */
function hostname(host) {
  const url = `http://${host ?? ""}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/**
 * Refuses what a page of another origin sends.
 *
 * @param {FastifyRequest} request
 */
export async function onlySameOrigin({ headers }) {
  const site = headers["sec-fetch-site"] ?? "none";
  if (!["same-origin", "none"].includes(String(site)) || !isOwnOrigin(headers)) {
    throw new Refusal(403, "cross_site", "Another site's page may not call this server.");
  }
}

/** @param {FastifyRequest["headers"]} headers */
function isOwnOrigin({ origin, host }) {
  if (origin === undefined) {
    return true;
  }
  return URL.canParse(origin) && new URL(origin).host === new URL(`http://${host}`).host;
}

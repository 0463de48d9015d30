// The search in what the sessions are about: what it finds, and when it ends.

import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { chat, manySessions } from "./directory.js";
import { parseLines, serve, serveWith } from "./serving.js";

/** @import { TestContext } from "node:test" */
/** @import { FastifyInstance } from "fastify" */

const SEARCH = "/api/session/search";
const NDJSON = { accept: "application/x-ndjson" };

/**
 * @param {string} title
 * @param {unknown[]} texts
 */
function titled(title, ...texts) {
  const messages = texts.map((content) => ({ role: "user", content }));
  return JSON.stringify({ title, messages });
}

/**
 * @param {FastifyInstance} server
 * @param {string} text
 * @returns {Promise<{ done: number, total: number, found: any[], unread?: number }>}
 */
async function search(server, text) {
  return (await server.inject(`${SEARCH}?${new URLSearchParams({ text })}`)).json();
}

/**
 * @param {FastifyInstance} server
 * @param {string} text
 */
async function found(server, text) {
  const { found } = await search(server, text);
  return found.map(({ session_id, excerpt }) => [session_id, excerpt?.text]).sort();
}

test("a session is found by its title, its ID and its messages, whatever the case", async (t) => {
  const { server } = await serve(t, {
    "aaa111.json": titled("A week in Lisbon", "Where should we stay?", "In Alfama."),
    "bbb222.json": titled("Plans", "Hello", "The tram 28 in LISBON is full."),
    "ccc333.json": titled("Other", "Nothing"),
    "lost.json": chat(0),
    "lost.json.bak": titled("Gone", "The hotel in lisbon"),
  });
  assert.deepEqual(await found(server, "lisbon"), [
    ["aaa111", undefined],
    ["bbb222", "The tram 28 in LISBON is full."],
    ["lost", "The hotel in lisbon"],
  ]);
  assert.deepEqual(await found(server, "lisbon ALFAMA"), [["aaa111", "In Alfama."]]);
  assert.deepEqual(await found(server, "plans  tram"), [
    ["bbb222", "The tram 28 in LISBON is full."],
  ]);
  assert.deepEqual(await found(server, "c333"), [["ccc333", undefined]]);
  assert.deepEqual(await found(server, "stay alfama"), []);
  assert.deepEqual(await found(server, "porto"), []);
});

test("a word is found in either spelling of its letters, and in parts of a message", async (t) => {
  const parts = [{ type: "text", text: "Caf\u00e9 A Brasileira" }];
  const { server } = await serve(t, { "abc.json": titled("x", parts) });
  for (const text of ["cafe\u0301", "CAF\u00c9", "brasileira"]) {
    assert.equal((await found(server, text)).length, 1, text);
  }
});

test("the words are words, and no patterns", async (t) => {
  const { server } = await serve(t, { "abc.json": titled("<b>50% (really)</b>", "a.*b") });
  for (const [text, count] of /** @type {[string, number][]} */ ([
    [".*", 1],
    ["<b>50%", 1],
    ["(really)", 1],
    ["a.b", 0],
    ["[a-z]", 0],
    ["%", 1],
  ])) {
    assert.equal((await found(server, text)).length, count, text);
  }
});

test("only the first and the last messages are looked at", async (t) => {
  const texts = Array.from({ length: 200 }, (_, at) => `word${at}.`);
  const { server } = await serve(t, { "abc.json": titled("x", ...texts) });
  for (const [text, number] of /** @type {[string, number | undefined][]} */ ([
    ["word0.", 1],
    ["word49.", 50],
    ["word50.", undefined],
    ["word149.", undefined],
    ["word150.", 151],
    ["word199.", 200],
  ])) {
    const { found } = await search(server, text);
    assert.equal(found[0]?.excerpt.number, number, text);
  }
});

test("the search answers in lines, each with how far it is", async (t) => {
  const { server } = await serve(t, manySessions(30, 10));
  const response = await server.inject({ url: `${SEARCH}?text=session`, headers: NDJSON });
  assert.match(String(response.headers["content-type"]), /^application\/x-ndjson/);
  const lines = parseLines(response.body);
  assert.deepEqual(lines[0], { done: 0, total: 30, found: [] });
  assert.deepEqual([lines.at(-1).done, lines.at(-1).total], [30, 30]);
  assert.equal(lines.flatMap(({ found }) => found).length, 30);
});

test("a session that cannot be read is counted, and found by its ID only", async (t) => {
  const { directory, server } = await serve(t, { "abc.json": titled("x", "y") });
  await directory.link("link.json");
  const { total, found, unread } = await search(server, "link");
  assert.ok(total >= 1 && found.length <= 1);
  if (total === 2) assert.deepEqual([found, unread], [[{ session_id: "link" }], 1]);
});

test("a search and a restore take turns", async (t) => {
  const { directory, server } = await serve(t, {
    ...manySessions(300, 0),
    "wiped.json": chat(0),
    "wiped.json.bak": titled("x", "found"),
  });
  const both = await Promise.all([
    server.inject({ url: `${SEARCH}?text=found`, headers: NDJSON }),
    server.inject({
      method: "POST",
      url: "/api/session/recover",
      payload: { session_id: "wiped" },
    }),
  ]);
  const lines = parseLines(both[0].body);
  assert.deepEqual(
    lines.flatMap(({ found }) => found).map(({ session_id }) => session_id),
    ["wiped"],
  );
  assert.equal(both[1].json().action, "restored");
  assert.equal(await directory.read("wiped.json"), titled("x", "found"));
});

/** Previews without an end, which count how many were begun and ended. */
function endless() {
  const asked = { begun: 0, ended: 0 };
  async function* previewAll() {
    asked.begun += 1;
    try {
      for (;;) {
        yield { done: 0, total: 1, views: [], unread: [] };
        await setImmediate();
      }
    } finally {
      asked.ended += 1;
    }
  }
  return { asked, previewAll };
}

test("a search ends when its client goes away", async (t) => {
  const { asked, previewAll } = endless();
  const server = serveWith(t, { previewAll });
  const address = await server.listen({ port: 0 });
  const request = get(`${address}${SEARCH}?text=x`, { headers: NDJSON });
  const [response] = await once(request, "response");
  await once(response, "data");
  request.destroy();
  request.on("error", () => {});
  response.on("error", () => {});
  while (asked.ended === 0) await setImmediate();
  assert.equal(asked.ended, 1);
});

test("a search ends when the server is closed, and says so", async (t) => {
  const { asked, previewAll } = endless();
  const server = serveWith(t, { previewAll });
  const answer = server.inject({ url: `${SEARCH}?text=x`, headers: NDJSON });
  while (asked.begun === 0) await setImmediate();
  await server.close();
  assert.equal(parseLines((await answer).body).at(-1).code, "stopped");
});

/**
 * Connections that each ask for a search so many times without waiting for an answer.
 *
 * @param {TestContext} t
 * @param {FastifyInstance} server
 * @param {number} connections
 * @param {number} times
 */
async function asking(t, server, connections, times) {
  const { port } = new URL(await server.listen({ port: 0 }));
  let seen = 0;
  server.server.on("request", () => {
    seen += 1;
  });
  const sockets = Array.from({ length: connections }, () => connect(Number(port), "127.0.0.1"));
  t.after(() => sockets.map((socket) => socket.destroy()));
  const request = `GET ${SEARCH}?text=x HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  for (const socket of sockets) socket.resume().write(request.repeat(times));
  while (seen < connections * times) await setImmediate();
  return { sockets, url: `http://127.0.0.1:${port}${SEARCH}?text=x` };
}

test("a connection has one search at a time", async (t) => {
  const { asked, previewAll } = endless();
  const server = serveWith(t, { previewAll });
  const { sockets, url } = await asking(t, server, 3, 2);
  const other = get(url, { headers: NDJSON });
  other.on("error", () => {});
  await once(other, "response");
  assert.equal(asked.begun, 4);
  other.destroy();
  for (const socket of sockets) socket.destroy();
});

test("all connections together have a few searches", async (t) => {
  const { asked, previewAll } = endless();
  const server = serveWith(t, { previewAll });
  const { sockets, url } = await asking(t, server, 8, 1);
  while (asked.begun < 8) await setImmediate();
  const response = await fetch(url);
  const { code } = /** @type {any} */ (await response.json());
  assert.deepEqual([response.status, code], [409, "busy"]);
  for (const socket of sockets) socket.destroy();
  while (asked.ended < 8) await setImmediate();
  assert.deepEqual(asked, { begun: 8, ended: 8 });
});

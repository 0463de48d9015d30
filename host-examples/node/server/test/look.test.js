// The routes for looking before a choice, and for taking it back.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { SessionRecovery } from "session-recovery";
import { createServer } from "../server.js";
import { chat, makeDirectory, manySessions, ONE_OF_EACH } from "./directory.js";
import { parseLines, serve, serveWith } from "./serving.js";

/** @import { FastifyInstance } from "fastify" */

const API = "/api/session";
const RECOVER = `${API}/recover`;
const RECOVER_ALL = `${API}/recover-all`;
const UNDO_RUN = `${API}/undo-run`;
const RUN = /^server-\d{8}T\d{6}Z-[0-9a-f]{4}$/;

const MARKUP = '<img src=x onerror="alert(1)">\u001b[2J\u202e';

/**
 * @param {string} title
 * @param {string[]} texts
 */
function titled(title, ...texts) {
  const messages = texts.map((content, at) => ({ role: "user", content, timestamp: 1000 + at }));
  return JSON.stringify({ session_id: "abc", title, updated_at: 2000, messages });
}

const WITH_TEMPORARY = {
  "abc.json": titled("Now", "one"),
  "abc.json.bak": titled("Then", "one", "two"),
  "abc.tmp.1.2": titled("Lisbon", "one", "two", "the tram"),
};

/** Names that are no sources, whatever stands there. */
const NO_SOURCES = [
  "../abc.tmp.1.2",
  "./abc.json.bak",
  "/etc/hostname",
  "..",
  ".",
  "",
  "abc.json.bak\0",
  "..\\abc.tmp.1.2",
  "abc.json/../abc.json.bak",
  "nobody.json",
  MARKUP,
];

/**
 * @param {FastifyInstance} server
 * @param {string} route
 * @param {Record<string, string>} query
 */
function get(server, route, query = {}) {
  return server.inject(`${API}/${route}?${new URLSearchParams(query)}`);
}

/**
 * @param {FastifyInstance} server
 * @param {string} url
 * @param {object} payload
 * @param {Record<string, string>} [headers]
 */
function post(server, url, payload, headers = {}) {
  return server.inject({ method: "POST", url, payload, headers });
}

test("sources answers what the command prints", async (t) => {
  const { server } = await serve(t, WITH_TEMPORARY);
  const { session_id, best, why, sources } = (
    await get(server, "sources", { session_id: "abc" })
  ).json();
  assert.deepEqual([session_id, best, typeof why], ["abc", "abc.tmp.1.2", "string"]);
  assert.deepEqual(
    sources.map((/** @type {any} */ one) => [
      one.name,
      one.kind,
      one.messages,
      one.title,
      one.brings,
    ]),
    [
      ["abc.json", "live", 1, "Now", 0],
      ["abc.json.bak", "backup", 2, "Then", 1],
      ["abc.tmp.1.2", "temporary", 3, "Lisbon", 2],
    ],
  );
});

test("preview shows so many messages, and unless told otherwise a few", async (t) => {
  const texts = Array.from({ length: 30 }, (_, at) => `No. ${at}`);
  const { server } = await serve(t, { "abc.json": chat(0), "abc.json.bak": titled("x", ...texts) });
  const plain = (await get(server, "preview", { session_id: "abc" })).json();
  const { name, messages, first, last, brings, brought, hides } = plain;
  assert.deepEqual([name, messages, brings, hides], ["abc.json.bak", 30, 30, 0]);
  assert.deepEqual([first.length, last.length, brought.length], [3, 3, 10]);
  const window = { after: "10", first: "2", last: "0", changed: "1" };
  const shown = (
    await get(server, "preview", { session_id: "abc", source: "abc.json.bak", ...window })
  ).json();
  assert.deepEqual(
    shown.first.map((/** @type {any} */ { number, text }) => [number, text]),
    [
      [11, "No. 10"],
      [12, "No. 11"],
    ],
  );
  assert.deepEqual([shown.last, shown.brought.length], [[], 1]);
});

test("what is no number, or no query of the route, is refused", async (t) => {
  const { server } = await serve(t, WITH_TEMPORARY);
  for (const [route, query] of /** @type {[string, Record<string, string>][]} */ ([
    ["sources", {}],
    ["sources", { session_id: "abc", more: "x" }],
    ["preview", { source: "abc.json" }],
    ["preview", { session_id: "abc", first: "-1" }],
    ["preview", { session_id: "abc", first: "1e9" }],
    ["preview", { session_id: "abc", first: "" }],
    ["preview", { session_id: "abc", after: "9".repeat(10) }],
    ["search", {}],
    ["search", { text: "" }],
    ["search", { text: "  " }],
    ["search", { text: "x".repeat(201) }],
  ])) {
    const response = await get(server, route, query);
    assert.equal(response.statusCode, 400, JSON.stringify([route, query]));
    assert.equal(response.json().code, "bad_request");
  }
  for (const route of ["sources", "preview"]) {
    assert.equal((await get(server, route, { session_id: "nobody" })).statusCode, 404);
    for (const session_id of ["..", "a/b", "_index", "a\0"]) {
      const response = await get(server, route, { session_id });
      assert.deepEqual([response.statusCode, response.json().code], [400, "invalid_session_id"]);
    }
  }
});

test("recover with a source puts it in place, and undo takes it back", async (t) => {
  const { directory, server } = await serve(t, WITH_TEMPORARY);
  const body = { session_id: "abc", source: "abc.tmp.1.2" };
  const would = (await post(server, RECOVER, { ...body, dry_run: true })).json();
  assert.deepEqual([would.action, would.source], ["would_restore", "abc.tmp.1.2"]);
  assert.equal(await directory.read("abc.json"), WITH_TEMPORARY["abc.json"]);
  const { action, source, kept, title } = (await post(server, RECOVER, body)).json();
  assert.deepEqual(
    [action, source, kept, title],
    ["restored", "abc.tmp.1.2", "abc.json.replaced.1", "Now"],
  );
  assert.equal(await directory.read("abc.json"), WITH_TEMPORARY["abc.tmp.1.2"]);
  await post(server, `${API}/undo`, { session_id: "abc" });
  assert.equal(await directory.read("abc.json"), WITH_TEMPORARY["abc.json"]);
});

test("a name that is no source is answered with 404, and nothing leaves the directory", async (t) => {
  const outer = await makeDirectory(t, WITH_TEMPORARY);
  const path = join(outer.path, "sessions");
  await mkdir(path);
  await writeFile(join(path, "abc.json"), chat(1));
  await writeFile(join(path, "abc.json.bak"), chat(2));
  const recovery = await SessionRecovery.open(path);
  t.after(() => recovery.close());
  const server = serveWith(t, recovery);
  for (const source of NO_SOURCES) {
    const put = await post(server, RECOVER, { session_id: "abc", source });
    const shown = await get(server, "preview", { session_id: "abc", source });
    for (const response of [put, shown]) {
      assert.deepEqual(
        [response.statusCode, response.json().code],
        [404, "no_such_source"],
        source,
      );
      assert.ok(!response.body.includes(outer.path));
    }
  }
  const lone = await post(server, RECOVER, { session_id: "abc", source: "\ud800" });
  assert.deepEqual([lone.statusCode, lone.json().code], [404, "no_such_source"]);
  assert.equal(await outer.read("sessions/abc.json"), chat(1));
  await post(server, RECOVER, { session_id: "abc", source: 7 }).then(({ statusCode }) =>
    assert.equal(statusCode, 400),
  );
});

test("titles and texts are JSON as they are, and the answers are never pages", async (t) => {
  const { server } = await serve(t, { "abc.json": titled(MARKUP, MARKUP) });
  for (const [route, query] of /** @type {[string, Record<string, string>][]} */ ([
    ["sources", { session_id: "abc" }],
    ["preview", { session_id: "abc" }],
    ["recovery", {}],
    ["recovery/status", { session_id: "abc" }],
    ["search", { text: "onerror" }],
  ])) {
    const { headers, body } = await get(server, route, query);
    assert.match(String(headers["content-type"]), /^application\/json/);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.ok(body.includes(JSON.stringify(MARKUP).slice(1, -1)), route);
  }
  const { sessions } = (await get(server, "recovery")).json();
  assert.deepEqual([sessions[0].title, sessions[0].updated], [MARKUP, 2000]);
});

test("the listing of the directory has titles before any session is compared", async (t) => {
  const { server } = await serve(t, WITH_TEMPORARY);
  const headers = { accept: "application/x-ndjson" };
  const [listing, ...parts] = parseLines(
    (await server.inject({ url: `${API}/recovery`, headers })).body,
  );
  assert.deepEqual([listing.sessions[0].title, listing.sessions[0].updated], ["Now", 2000]);
  assert.equal(parts.at(-1).sessions[0].title, "Now");
});

test("the directory has a name, and nothing was restored at the start", async (t) => {
  const { directory, server } = await serve(t, {});
  assert.deepEqual((await get(server, "directory")).json(), {
    name: directory.path,
    swept: null,
    run: null,
  });
});

test("what was restored at the start has no paths but the directory's name", async (t) => {
  const { path } = await makeDirectory(t, {});
  const recovery = await SessionRecovery.open(path);
  t.after(() => recovery.close());
  /** @type {any} */
  const swept = { oddities: [{ code: "io", message: `${path}/x is not readable.` }] };
  const server = createServer({ recovery, start: { name: path, swept, run: "server-x" } });
  t.after(() => server.close());
  const { name, run, swept: told } = (await get(server, "directory")).json();
  assert.deepEqual([name, run], [path, "server-x"]);
  assert.match(told.oddities[0].message, /^session-recovery-\w+\/x is not readable\.$/);
});

test("each request is a run of its own, and one of many sessions is one", async (t) => {
  const { server } = await serve(t, ONE_OF_EACH);
  const { run } = (await post(server, RECOVER_ALL, {})).json();
  assert.match(run, RUN);
  await post(server, `${API}/undo`, { session_id: "wiped" });
  await post(server, RECOVER, { session_id: "wiped" });
  const { events } = (await get(server, "history")).json();
  const runs = events.map((/** @type {any} */ event) => event.run);
  assert.equal(new Set(runs).size, 3);
  for (const each of runs) assert.match(each, RUN);
  assert.equal(runs.filter((/** @type {string} */ each) => each === run).length, 4);
  assert.equal((await post(server, RECOVER_ALL, { dry_run: true })).json().run, undefined);
});

test("a run is undone as one, also where there was no live file", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const { run } = (await post(server, RECOVER_ALL, {})).json();
  const would = (await post(server, UNDO_RUN, { run, dry_run: true })).json();
  assert.deepEqual([would.undone, would.failed, would.sessions.length], [0, 0, 4]);
  const { sessions, undone, failed } = (await post(server, UNDO_RUN, { run })).json();
  assert.deepEqual([sessions.length, undone, failed], [4, 4, 0]);
  assert.equal(await directory.read("wiped.json"), chat(0));
  await assert.rejects(directory.read("orphan.json"));
  const again = await post(server, UNDO_RUN, { run });
  assert.deepEqual([again.statusCode, again.json().code], [404, "no_such_run"]);
});

test("a run is a short text, and one that fails for a session goes on", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  for (const run of ["", "x".repeat(65), 7, null, ["x"]]) {
    assert.equal((await post(server, UNDO_RUN, { run })).statusCode, 400);
  }
  assert.equal((await post(server, UNDO_RUN, {})).statusCode, 400);
  const { run } = (await post(server, RECOVER_ALL, {})).json();
  await directory.block("wiped.json");
  const response = await post(server, UNDO_RUN, { run });
  const { undone, sessions } = response.json();
  assert.deepEqual([response.statusCode, undone], [200, 3]);
  assert.ok(sessions.length >= 3);
  assert.equal(await directory.read("shorter.json"), chat(3));
});

test("only chosen sessions are restored, from their best sources if that is asked for", async (t) => {
  const { directory, server } = await serve(t, { ...ONE_OF_EACH, ...WITH_TEMPORARY });
  const session_ids = ["shorter", "abc", "shorter"];
  const { scanned, restored, sessions } = (
    await post(server, RECOVER_ALL, { session_ids, best: true })
  ).json();
  assert.deepEqual([scanned, restored], [2, 2]);
  assert.deepEqual(sessions.map((/** @type {any} */ one) => [one.session_id, one.source]).sort(), [
    ["abc", "abc.tmp.1.2"],
    ["shorter", "shorter.json.bak"],
  ]);
  assert.equal(await directory.read("wiped.json"), chat(0));
});

test("a choice is answered in lines, too", async (t) => {
  const { server } = await serve(t, manySessions(40, 40));
  const session_ids = Array.from(
    { length: 20 },
    (_, at) => `session-${String(at).padStart(5, "0")}`,
  );
  const headers = { accept: "application/x-ndjson" };
  const lines = parseLines((await post(server, RECOVER_ALL, { session_ids }, headers)).body);
  assert.deepEqual(
    lines.slice(0, -1).map(({ done, total }) => [done, total]),
    [
      [0, 20],
      [16, 20],
      [20, 20],
    ],
  );
  const { restored, failed, run } = lines.at(-1).summary;
  assert.deepEqual([restored, failed], [20, 0]);
  assert.match(run, RUN);
});

test("a choice of nothing, or of what is no session, is refused, and nothing done", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  for (const session_ids of [
    [],
    "wiped",
    ["wiped", "../wiped"],
    ["wiped", ""],
    ["wiped", "_index"],
    ["wiped", ".."],
    ["wiped", "a\0"],
    ["wiped", "a\\b"],
    ["wiped", "x".repeat(247)],
    ["wiped", 7],
  ]) {
    const response = await post(server, RECOVER_ALL, { session_ids });
    assert.equal(response.statusCode, 400, JSON.stringify(session_ids));
  }
  assert.equal((await post(server, RECOVER_ALL, { best: "yes" })).statusCode, 400);
  assert.equal(await directory.read("wiped.json"), chat(0));
});

test("5,000 sessions can be chosen, and no other body is that long", async (t) => {
  const { server } = await serve(t, {});
  const session_ids = Array.from({ length: 5000 }, (_, at) => `${at}-`.padEnd(240, "x"));
  const choice = await post(server, RECOVER_ALL, { session_ids, dry_run: true });
  assert.equal(choice.statusCode, 200);
  const ids = Array.from({ length: 10_000 }, (_, at) => `${at}-`.padEnd(240, "x"));
  assert.equal((await post(server, RECOVER_ALL, { session_ids: ids })).statusCode, 413);
  const long = { session_id: "x".repeat(5000) };
  assert.equal((await post(server, RECOVER, long)).statusCode, 413);
  assert.equal((await post(server, UNDO_RUN, { run: "x".repeat(5000) })).statusCode, 413);
});

test("the routes answer no other site's page", async (t) => {
  const { server } = await serve(t, WITH_TEMPORARY);
  const headers = { "sec-fetch-site": "cross-site" };
  for (const route of [
    "sources?session_id=abc",
    "preview?session_id=abc",
    "history",
    "directory",
    "search?text=x",
  ]) {
    const response = await server.inject({ url: `${API}/${route}`, headers });
    assert.equal(response.statusCode, 403, route);
  }
  assert.equal((await post(server, UNDO_RUN, { run: "x" }, headers)).statusCode, 403);
});

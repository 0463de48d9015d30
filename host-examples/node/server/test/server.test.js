// What each address answers, to whom, and with which status.

import assert from "node:assert/strict";
import { once } from "node:events";
import { rename } from "node:fs/promises";
import { get, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { SessionRecovery, SessionRecoveryError } from "session-recovery";
import { createServer } from "../server.js";
import {
  chat,
  cutOff,
  DIVERGED,
  LEFTOVER,
  MERGED,
  makeDirectory,
  manySessions,
  messagesOf,
  ON_PURPOSE,
  ONE_OF_EACH,
  ONLY_SALVAGEABLE,
  SALVAGEABLE,
} from "./directory.js";
import { parseLines, serve, serveWith } from "./serving.js";

/** @import { FastifyInstance } from "fastify" */
/** @import { AuditOptions, SweepOptions } from "../../src/types.js" */

const NDJSON = { accept: "application/x-ndjson" };
const RECOVER = "/api/session/recover";
const UNDO = "/api/session/undo";
const RECOVER_ALL = "/api/session/recover-all";
const DIRECTORY = "/api/session/recovery";
const STATUS = "/api/session/recovery/status";
const AUDIT = "/api/session/recovery/audit";
const PLAN = "/api/session/recovery/plan";
const REPAIR = "/api/session/recovery/repair";
const REPAIR_SAFE = "/api/session/recovery/repair-safe";

/**
 * @param {FastifyInstance} server
 * @param {string} url
 * @param {object} payload
 * @param {Record<string, string>} [headers]
 */
function post(server, url, payload, headers = {}) {
  return server.inject({ method: "POST", url, payload, headers });
}

test("recover restores a session and says what it found before", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const response = await post(server, RECOVER, { session_id: "wiped" });
  assert.equal(response.statusCode, 200);
  const { session_id, restored, action, live_messages, bak_messages } = response.json();
  assert.deepEqual(
    { session_id, restored, action, live_messages, bak_messages },
    {
      session_id: "wiped",
      restored: true,
      action: "restored",
      live_messages: 0,
      bak_messages: 1204,
    },
  );
  assert.equal(await directory.read("wiped.json"), chat(1204));
});

test("recover leaves a complete session as it is", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const response = await post(server, RECOVER, { session_id: "healthy" });
  assert.equal(response.statusCode, 200);
  assert.equal(response.json().action, "nothing");
  assert.equal(await directory.read("healthy.json"), chat(5));
});

test("recover puts a session back of which only the backup is left", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const response = await post(server, RECOVER, { session_id: "orphan" });
  assert.equal(response.json().restored, true);
  assert.equal(await directory.read("orphan.json"), chat(7));
});

test("recover answers 404 if there is no such session", async (t) => {
  const { server } = await serve(t, {});
  const response = await post(server, RECOVER, { session_id: "nobody" });
  assert.equal(response.statusCode, 404);
  const { error, code, remedy } = response.json();
  assert.equal(code, "no_such_session");
  assert.ok(error.endsWith(remedy), error);
});

test("recover answers 400 to what is not a session ID", async (t) => {
  const { server } = await serve(t, {});
  for (const session_id of ["", "..", "a/b", "_index", "\ud800", "x".repeat(247)]) {
    const response = await post(server, RECOVER, { session_id });
    assert.equal(response.statusCode, 400, session_id);
    assert.equal(response.json().code, "invalid_session_id");
  }
});

test("recover answers 400 to a body that is not one session ID", async (t) => {
  const { server } = await serve(t, {});
  for (const payload of [{}, { session_id: 7 }, { session_id: "a", dryRun: true }, []]) {
    const response = await post(server, RECOVER, payload);
    assert.equal(response.statusCode, 400, JSON.stringify(payload));
    assert.equal(response.json().code, "bad_request");
  }
});

test("recover answers 400 to a body that is no JSON", async (t) => {
  const { server } = await serve(t, {});
  const headers = { "content-type": "application/json" };
  const response = await server.inject({ method: "POST", url: RECOVER, payload: "{", headers });
  assert.equal(response.statusCode, 400);
  assert.equal(response.json().code, "bad_request");
});

test("recover answers 500 with the outcome and the reason if a restore failed", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  await directory.block("wiped.json");
  const response = await post(server, RECOVER, { session_id: "wiped" });
  assert.equal(response.statusCode, 500);
  const { action, restored, error, code } = response.json();
  assert.deepEqual(
    { action, restored, code },
    { action: "failed", restored: false, code: "not_a_regular_file" },
  );
  assert.match(error, /^wiped\.json cannot be replaced\. It is a directory/);
});

test("recover leaves what is only in the live file in the kept file", async (t) => {
  const { directory, server } = await serve(t, DIVERGED);
  const answer = (await post(server, RECOVER, { session_id: "a" })).json();
  const { live_only, merged, source, kept } = answer;
  assert.deepEqual(
    { live_only, merged, source, kept },
    { live_only: 2, merged: undefined, source: "a.json.bak", kept: "a.json.replaced.1" },
  );
  assert.equal(await directory.read("a.json"), DIVERGED["a.json.bak"]);
});

test("recover with merge adds what is only in the live file", async (t) => {
  const { directory, server } = await serve(t, DIVERGED);
  const response = await post(server, RECOVER, { session_id: "a", merge: true });
  assert.equal(response.statusCode, 200);
  assert.equal(response.json().merged, 2);
  assert.equal(await directory.read("a.json"), MERGED);
});

test("recover answers 500 if there is nothing that could be merged", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const before = await directory.read("damaged.json");
  const response = await post(server, RECOVER, { session_id: "damaged", merge: true });
  assert.equal(response.statusCode, 500);
  assert.equal(response.json().code, "not_mergeable");
  assert.equal(await directory.read("damaged.json"), before);
});

test("recover-all with merge adds what is only in the live files", async (t) => {
  const { directory, server } = await serve(t, DIVERGED);
  const response = await post(server, RECOVER_ALL, { merge: true });
  assert.equal(response.statusCode, 200);
  assert.equal(response.json().details[0].merged, 2);
  assert.equal(await directory.read("a.json"), MERGED);
});

test("merge is yes or no, and nothing is restored if it is neither", async (t) => {
  const { directory, server } = await serve(t, DIVERGED);
  for (const merge of ["true", 1, null]) {
    const one = await post(server, RECOVER, { session_id: "a", merge });
    const all = await post(server, RECOVER_ALL, { merge });
    assert.deepEqual([one.statusCode, all.statusCode], [400, 400], JSON.stringify(merge));
  }
  assert.equal(await directory.read("a.json"), DIVERGED["a.json"]);
});

test("recover leaves what is shorter, or deleted, on purpose, and says why", async (t) => {
  const { directory, server } = await serve(t, ON_PURPOSE);
  for (const session_id of ["cleared", "compressed", "undone", "deleted"]) {
    const response = await post(server, RECOVER, { session_id });
    assert.equal(response.statusCode, 200);
    const { action, guard, recommend } = response.json();
    assert.deepEqual([action, guard, recommend], ["nothing", session_id, "no_action"]);
  }
  assert.equal(await directory.read("cleared.json"), ON_PURPOSE["cleared.json"]);
  await assert.rejects(directory.read("deleted.json"));
});

test("recover with ignore_guards restores that, too, and undo takes it back", async (t) => {
  const { directory, server } = await serve(t, ON_PURPOSE);
  for (const session_id of ["cleared", "compressed", "undone", "deleted"]) {
    const response = await post(server, RECOVER, { session_id, ignore_guards: true });
    assert.equal(response.statusCode, 200);
    const { restored, guard } = response.json();
    assert.deepEqual([restored, guard], [true, session_id]);
  }
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json.bak"]);
  assert.equal(await directory.read("deleted.json"), chat(8));
  await post(server, UNDO, { session_id: "undone" });
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json"]);
});

test("status says what is left of a damaged file, and what a salvage would bring back", async (t) => {
  const { server } = await serve(t, SALVAGEABLE);
  const { live, bak, salvage } = (await server.inject(`${STATUS}?session_id=a`)).json();
  const damage = ["cut off after message 499 of 500"];
  assert.deepEqual(live.salvage, { messages: 499, recorded: 500, damage });
  assert.deepEqual([live.only_here, bak.only_here], [489, 0]);
  assert.deepEqual(salvage, { name: "a.json", messages: 499, gained: 489 });
});

test("recover with salvage brings back what is whole, and undo takes it back", async (t) => {
  const { directory, server } = await serve(t, SALVAGEABLE);
  const body = { session_id: "a", salvage: true };
  const would = (await post(server, RECOVER, { ...body, dry_run: true })).json();
  assert.deepEqual([would.action, would.source, would.salvaged], ["would_restore", "a.json", 499]);
  const { action, source, salvaged, kept } = (await post(server, RECOVER, body)).json();
  assert.deepEqual(
    { action, source, salvaged, kept },
    { action: "restored", source: "a.json", salvaged: 499, kept: "a.json.replaced.1" },
  );
  const { message_count, messages } = JSON.parse(await directory.read("a.json"));
  assert.deepEqual({ message_count, messages }, JSON.parse(messagesOf(499)));
  assert.equal(await directory.read("a.json.replaced.1"), cutOff(500));
  await post(server, UNDO, { session_id: "a" });
  assert.equal(await directory.read("a.json"), cutOff(500));
});

test("recover says what it leaves in a damaged file, and a salvage finds it there", async (t) => {
  const { directory, server } = await serve(t, SALVAGEABLE);
  const plain = (await post(server, RECOVER, { session_id: "a" })).json();
  assert.deepEqual([plain.source, plain.salvage.gained], ["a.json.bak", 489]);
  const { source, salvaged } = (
    await post(server, RECOVER, { session_id: "a", salvage: true })
  ).json();
  assert.deepEqual([source, salvaged], ["a.json.replaced.1", 499]);
  assert.equal(JSON.parse(await directory.read("a.json")).messages.length, 499);
});

test("recover-all salvages only if it is asked to, and then looks at all sessions", async (t) => {
  const { server } = await serve(t, { ...SALVAGEABLE, ...ONLY_SALVAGEABLE });
  const plain = (await post(server, RECOVER_ALL, {})).json();
  assert.deepEqual([plain.restored, plain.sessions.length], [1, 2]);
  const { restored, sessions } = (await post(server, RECOVER_ALL, { salvage: true })).json();
  const sources = sessions.map((/** @type {any} */ one) => [one.source, one.salvaged]);
  assert.equal(restored, 3);
  assert.deepEqual(sources, [
    ["a.json.replaced.1", 499],
    ["b.json", 49],
    ["c.json.bak", 29],
  ]);
});

test("a plan with salvage is one of its own, and repair carries it out", async (t) => {
  const { directory, server } = await serve(t, { ...SALVAGEABLE, ...ONLY_SALVAGEABLE });
  const plain = (await server.inject(PLAN)).json();
  assert.deepEqual((await server.inject(`${PLAN}?salvage=false`)).json(), plain);
  assert.match(plain.withheld.join(), /3 sessions .*only --salvage brings back/);
  const { changes } = (await server.inject(`${PLAN}?salvage=true`)).json();
  assert.deepEqual(
    changes.map((/** @type {any} */ { kind, source, target }) => [kind, source, target]),
    [
      ["salvage", "a.json", "a.json"],
      ["salvage", "b.json", "b.json"],
      ["salvage", "c.json.bak", "c.json"],
    ],
  );
  const all = [...plain.changes, ...changes];
  assert.deepEqual((await post(server, REPAIR, { changes: all, dry_run: true })).json(), {
    changes: all,
  });
  const response = await post(server, REPAIR, { changes });
  assert.deepEqual([response.statusCode, response.json().repaired], [200, 3]);
  assert.equal(JSON.parse(await directory.read("c.json")).messages.length, 29);
  assert.equal((await server.inject(`${PLAN}?salvage=yes`)).statusCode, 400);
});

test("repair-safe salvages if it is asked to", async (t) => {
  const { server } = await serve(t, ONLY_SALVAGEABLE);
  const plan = (await server.inject(`${PLAN}?salvage=true`)).json();
  const would = await post(server, REPAIR_SAFE, { salvage: true, dry_run: true });
  assert.deepEqual(would.json(), plan);
  assert.equal((await post(server, REPAIR_SAFE, {})).json().repaired, 0);
  const { repaired, after } = (await post(server, REPAIR_SAFE, { salvage: true })).json();
  assert.deepEqual([repaired, after.summary.repairable], [2, 0]);
});

test("salvage is yes or no, and nothing is restored if it is neither", async (t) => {
  const { directory, server } = await serve(t, SALVAGEABLE);
  for (const [url, body] of /** @type {[string, object][]} */ ([
    [RECOVER, { session_id: "a", salvage: "yes" }],
    [RECOVER_ALL, { salvage: 1 }],
    [REPAIR_SAFE, { salvage: null }],
    [UNDO, { session_id: "a", salvage: true }],
  ])) {
    assert.equal((await post(server, url, body)).statusCode, 400, url);
  }
  assert.equal(await directory.read("a.json"), cutOff(500));
});

test("ignore_guards is yes or no, and for one session only", async (t) => {
  const { directory, server } = await serve(t, ON_PURPOSE);
  for (const ignore_guards of ["true", 1, null]) {
    const response = await post(server, RECOVER, { session_id: "undone", ignore_guards });
    assert.equal(response.statusCode, 400, JSON.stringify(ignore_guards));
  }
  for (const url of [RECOVER_ALL, REPAIR_SAFE]) {
    assert.equal((await post(server, url, { ignore_guards: true })).statusCode, 400, url);
  }
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json"]);
});

test("undo puts back what a restore replaced, and another one takes that back", async (t) => {
  const { directory, server } = await serve(t, DIVERGED);
  await post(server, RECOVER, { session_id: "a", merge: true });
  const tried = await post(server, UNDO, { session_id: "a", dry_run: true });
  assert.equal(tried.statusCode, 200);
  assert.equal(tried.json().action, "would_restore");
  assert.equal(await directory.read("a.json"), MERGED);
  const first = await post(server, UNDO, { session_id: "a" });
  assert.equal(first.statusCode, 200);
  const { restored, action, source } = first.json();
  assert.deepEqual([restored, action, source], [true, "restored", "a.json.replaced.1"]);
  assert.equal(await directory.read("a.json"), DIVERGED["a.json"]);
  await post(server, UNDO, { session_id: "a", dry_run: false });
  assert.equal(await directory.read("a.json"), MERGED);
});

test("undo puts a file back of which neither a live file nor a backup is left", async (t) => {
  const { directory, server } = await serve(t, { "a.json.replaced.3": chat(2) });
  const response = await post(server, UNDO, { session_id: "a" });
  assert.equal(response.statusCode, 200);
  assert.equal(await directory.read("a.json"), chat(2));
});

test("undo does nothing if nothing was replaced", async (t) => {
  const { server } = await serve(t, ONE_OF_EACH);
  const response = await post(server, UNDO, { session_id: "healthy" });
  assert.equal(response.statusCode, 200);
  const { restored, action } = response.json();
  assert.deepEqual([restored, action], [false, "nothing"]);
});

test("undo answers 404 if there is no such session", async (t) => {
  const { server } = await serve(t, {});
  const response = await post(server, UNDO, { session_id: "nobody" });
  assert.equal(response.statusCode, 404);
  assert.equal(response.json().code, "no_such_session");
});

test("undo answers 400 to what is not a session ID or not understood", async (t) => {
  const { server } = await serve(t, {});
  for (const payload of [
    {},
    { session_id: 7 },
    { session_id: "a", merge: true },
    { session_id: "a", dry_run: "yes" },
    { session_id: "../a" },
  ]) {
    assert.equal((await post(server, UNDO, payload)).statusCode, 400, JSON.stringify(payload));
  }
});

test("undo answers 500 with the outcome and the reason if it failed", async (t) => {
  const { directory, server } = await serve(t, {
    "a.json": chat(3),
    "a.json.replaced.1": chat(1),
  });
  await directory.block("a.json");
  const response = await post(server, UNDO, { session_id: "a" });
  assert.equal(response.statusCode, 500);
  const { action, restored, code } = response.json();
  assert.deepEqual([action, restored, code], ["failed", false, "not_a_regular_file"]);
});

test("changes take nothing but JSON, so that no form can reach them", async (t) => {
  const { server } = await serve(t, ONE_OF_EACH);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    const headers = { "content-type": type };
    for (const url of [RECOVER, UNDO, RECOVER_ALL, REPAIR, REPAIR_SAFE]) {
      const payload = '{"session_id":"wiped"}';
      const response = await server.inject({ method: "POST", url, payload, headers });
      assert.equal(response.statusCode, 415, type);
      assert.equal(response.json().code, "unsupported_media_type");
    }
  }
});

test("recover refuses a body of more than 4 KiB", async (t) => {
  const { server } = await serve(t, {});
  const response = await post(server, RECOVER, { session_id: "x".repeat(5000) });
  assert.equal(response.statusCode, 413);
  assert.equal(response.json().code, "too_large");
});

test("status compares a session's files and changes nothing", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const response = await server.inject(`${STATUS}?session_id=shorter`);
  assert.equal(response.statusCode, 200);
  const { recommend, live_messages, bak_messages, restored } = response.json();
  assert.deepEqual(
    { recommend, live_messages, bak_messages, restored },
    { recommend: "restore", live_messages: 3, bak_messages: 12, restored: undefined },
  );
  assert.equal(await directory.read("shorter.json"), chat(3));
});

test("status finds a session whose ID is any Unicode text", async (t) => {
  const { server } = await serve(t, { "naïve & 日本 #1.json": chat(1) });
  const response = await server.inject({ url: STATUS, query: { session_id: "naïve & 日本 #1" } });
  assert.equal(response.json().live_messages, 1);
});

test("status answers 400 without one ID, and 404 if there is no such session", async (t) => {
  const { server } = await serve(t, {});
  /** @type {[string, number, string][]} */
  const expected = [
    ["", 400, "bad_request"],
    ["?session_id=a&session_id=b", 400, "bad_request"],
    ["?session_id=..", 400, "invalid_session_id"],
    ["?session_id=nobody", 404, "no_such_session"],
  ];
  for (const [query, status, code] of expected) {
    const response = await server.inject(`${STATUS}${query}`);
    assert.equal(response.statusCode, status, query);
    assert.equal(response.json().code, code);
  }
});

test("the directory is answered whole, with orphans and oddities", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  await directory.block("attachments.json");
  const response = await server.inject(DIRECTORY);
  assert.equal(response.statusCode, 200);
  const { scanned, sessions, orphans, oddities } = response.json();
  assert.equal(scanned, 7);
  const ids = sessions.map((/** @type {any} */ session) => session.session_id);
  assert.deepEqual(ids.toSorted(), [
    "alone",
    "damaged",
    "healthy",
    "lost",
    "orphan",
    "shorter",
    "wiped",
  ]);
  assert.deepEqual(orphans, ["orphan"]);
  assert.equal(oddities.length, 1);
  assert.match(oddities[0].message, /^attachments\.json was skipped/);
});

test("a live file that is a directory is a session if it has a backup", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  await directory.block("wiped.json");
  const { sessions, oddities } = (await server.inject(DIRECTORY)).json();
  const wiped = sessions.find((/** @type {any} */ one) => one.session_id === "wiped");
  assert.equal(wiped.live.problem.kind, "not_a_regular_file");
  assert.deepEqual(oddities, []);
});

test("the directory is streamed: first the listing, then every session in parts", async (t) => {
  const { server } = await serve(t, manySessions(60, 40));
  const response = await server.inject({ url: DIRECTORY, headers: NDJSON });
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers["content-type"], "application/x-ndjson");
  const [listing, ...parts] = parseLines(response.body);
  assert.equal(listing.scanned, 60);
  assert.deepEqual(listing.sessions[0], { session_id: "session-00000", live: true, bak: true });
  assert.equal(parts.flatMap((part) => part.sessions).length, 60);
  assert.deepEqual({ done: parts.at(-1).done, total: parts.at(-1).total }, { done: 60, total: 60 });
});

test("a directory that cannot be listed is a 500 that says so, streamed or not", async (t) => {
  const directory = await makeDirectory(t, { "no-directory": "" });
  const recovery = await SessionRecovery.open(join(directory.path, "no-directory"));
  t.after(() => recovery.close());
  const server = serveWith(t, recovery);
  for (const headers of [{}, NDJSON]) {
    const response = await server.inject({ url: DIRECTORY, headers });
    assert.equal(response.statusCode, 500);
    assert.match(String(response.headers["content-type"]), /^application\/json/);
    assert.equal(response.json().code, "no_directory");
  }
});

test("recover-all restores what a sweep restores, also what has only a backup", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const response = await post(server, RECOVER_ALL, {});
  assert.equal(response.statusCode, 200);
  const { scanned, restored, failed, dry_run, details, ...answer } = response.json();
  assert.deepEqual(
    { scanned, restored, failed, dry_run },
    { scanned: 6, restored: 4, failed: 0, dry_run: false },
  );
  assert.deepEqual([answer.orphaned_backups, answer.orphans], [1, ["orphan"]]);
  const ids = details.map((/** @type {any} */ session) => session.session_id);
  assert.deepEqual(ids, ["damaged", "orphan", "shorter", "wiped"]);
  assert.equal(await directory.read("damaged.json"), chat(40));
  assert.equal(await directory.read("orphan.json"), chat(7));
});

test("recover-all leaves what is shorter, or deleted, on purpose", async (t) => {
  const { directory, server } = await serve(t, ON_PURPOSE);
  const { restored, failed, orphans, sessions } = (await post(server, RECOVER_ALL, {})).json();
  assert.deepEqual([restored, failed, orphans], [0, 0, ["deleted"]]);
  const guards = sessions.map((/** @type {any} */ session) => session.guard);
  assert.deepEqual(guards, ["cleared", "compressed", "deleted", "undone"]);
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json"]);
});

test("recover-all counts and lists what failed", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  await directory.block("wiped.json");
  const response = await post(server, RECOVER_ALL, {});
  assert.equal(response.statusCode, 200);
  const { restored, failed, sessions } = response.json();
  assert.deepEqual({ restored, failed }, { restored: 3, failed: 1 });
  const wiped = sessions.find((/** @type {any} */ one) => one.session_id === "wiped");
  assert.match(wiped.error, /[Ii]t is a directory/);
});

test("recover-all refuses words that it does not know and then restores nothing", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  for (const payload of [{ dryRun: true }, { dry_run: "yes" }, { ignore_guards: true }]) {
    const response = await post(server, RECOVER_ALL, payload);
    assert.equal(response.statusCode, 400, JSON.stringify(payload));
  }
  assert.equal(await directory.read("wiped.json"), chat(0));
});

test("recover-all is streamed with the summary as its last line", async (t) => {
  const { server } = await serve(t, manySessions(60, 40));
  const response = await post(server, RECOVER_ALL, {}, NDJSON);
  assert.equal(response.statusCode, 200);
  const lines = parseLines(response.body);
  const { summary } = lines.at(-1);
  assert.equal(summary.restored, 40);
  const restored = lines.slice(0, -1).flatMap((line) => line.sessions);
  assert.equal(restored.filter((session) => session.restored).length, 40);
});

test("a second sweep is refused until the first one ends", async (t) => {
  const summary = { scanned: 0, restored: 0, left: 0, sessions: [], oddities: [], pruned: [] };
  /** @type {PromiseWithResolvers<typeof summary>} */
  const first = deferred();
  const begun = deferred();
  const server = serveWith(t, {
    recoverAll() {
      begun.resolve(undefined);
      return first.promise;
    },
  });
  const running = post(server, RECOVER_ALL, {}).then((response) => response.statusCode);
  await begun.promise;
  for (const headers of [{}, NDJSON]) {
    const refused = await post(server, RECOVER_ALL, {}, headers);
    assert.equal(refused.statusCode, 409);
    assert.equal(refused.json().code, "busy");
  }
  first.resolve(summary);
  assert.equal(await running, 200);
  assert.equal((await post(server, RECOVER_ALL, {})).statusCode, 200);
});

test("audit reports all that is wrong, and changes nothing", async (t) => {
  const { directory, server } = await serve(t, { ...ONE_OF_EACH, ...ON_PURPOSE, [LEFTOVER]: "" });
  const response = await server.inject(AUDIT);
  assert.equal(response.statusCode, 200);
  const { status, summary, items } = response.json();
  assert.equal(status, "needs_manual_review");
  assert.deepEqual(summary, { ok: 9, repairable: 5, unsafe_to_repair: 2 });
  /** @type {Map<string, any>} */
  const kinds = new Map(items.map((/** @type {any} */ item) => [item.kind, item]));
  assert.deepEqual(
    [...kinds.keys()],
    [
      "shrunken_live",
      "orphan_backup",
      "state_db_deleted_webui_tombstone",
      "unreadable_live",
      "guarded",
      "leftover",
    ],
  );
  const { session_id, category, recommendation, live_messages, bak_messages } =
    kinds.get("orphan_backup");
  assert.deepEqual(
    { session_id, category, recommendation, live_messages, bak_messages },
    {
      session_id: "orphan",
      category: "repairable",
      recommendation: "restore_from_bak",
      live_messages: -1,
      bak_messages: 7,
    },
  );
  assert.equal(await directory.read("wiped.json"), chat(0));
});

test("a plan is made without changing anything, and repair carries it out", async (t) => {
  const files = { ...ONE_OF_EACH, ...ON_PURPOSE, [LEFTOVER]: "", "_index.json": "[]" };
  const { directory, server } = await serve(t, files);
  const planned = await server.inject(PLAN);
  assert.equal(planned.statusCode, 200);
  const { changes } = planned.json();
  assert.deepEqual(
    changes.map(({ kind, source, target, bytes } = /** @type {any} */ ({})) => [
      kind,
      source,
      target,
      bytes,
    ]),
    [
      ["remove_leftover", LEFTOVER, undefined, 0],
      ["restore", "damaged.json.bak", "damaged.json", chat(40).length],
      ["restore", "shorter.json.bak", "shorter.json", chat(12).length],
      ["restore", "wiped.json.bak", "wiped.json", chat(1204).length],
      ["restore", "orphan.json.bak", "orphan.json", chat(7).length],
      ["set_index_aside", "_index.json", "_index.json.replaced.1", 2],
    ],
  );
  assert.equal(await directory.read("wiped.json"), chat(0));
  const response = await post(server, REPAIR, { changes });
  assert.equal(response.statusCode, 200);
  const { repaired, failed, items } = response.json();
  assert.deepEqual([repaired, failed], [6, 0]);
  assert.deepEqual(items[3], { ...changes[3], done: true, kept: "wiped.json.replaced.1" });
  assert.equal(await directory.read("wiped.json"), chat(1204));
  assert.equal(await directory.read("orphan.json"), chat(7));
  assert.equal(await directory.read("_index.json.replaced.1"), "[]");
  await assert.rejects(directory.read(LEFTOVER));
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json"]);
  assert.deepEqual((await server.inject(PLAN)).json(), { changes: [] });
});

test("repair makes the changes it is given, and no others", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const { changes } = (await server.inject(PLAN)).json();
  const some = changes.filter((/** @type {any} */ one) => one.session_id === "wiped");
  const response = await post(server, REPAIR, { changes: some });
  assert.equal(response.statusCode, 200);
  assert.equal(response.json().repaired, 1);
  assert.equal(await directory.read("wiped.json"), chat(1204));
  assert.equal(await directory.read("shorter.json"), chat(3));
  const none = await post(server, REPAIR, { changes: [] });
  assert.equal(none.statusCode, 200);
  assert.deepEqual(none.json(), { repaired: 0, failed: 0, items: [] });
});

test("repair refuses a change whose file was altered since, and makes the others", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const { changes } = (await server.inject(PLAN)).json();
  await directory.write("wiped.json", chat(1));
  const response = await post(server, REPAIR, { changes });
  assert.equal(response.statusCode, 409);
  const { repaired, failed, items } = response.json();
  assert.deepEqual([repaired, failed], [3, 1]);
  const [refused] = items.filter((/** @type {any} */ item) => !item.done);
  assert.equal(refused.session_id, "wiped");
  assert.equal(refused.errors[0].code, "changed");
  assert.match(refused.error, /has changed since the plan was made/);
  assert.equal(await directory.read("wiped.json"), chat(1));
  assert.equal(await directory.read("shorter.json"), chat(12));
});

test("repair refuses what no plan holds", async (t) => {
  const { directory, server } = await serve(t, { ...ONE_OF_EACH, ...ON_PURPOSE });
  const { changes } = (await server.inject(PLAN)).json();
  const [change] = changes;
  const made = { ...change, kind: "remove_leftover", source: "wiped.json" };
  const guarded = { ...change, session_id: "undone", source: "undone.json.bak" };
  const outside = { ...change, session_id: "../undone" };
  const response = await post(server, REPAIR, { changes: [made, guarded, outside] });
  assert.equal(response.statusCode, 409);
  assert.equal(response.json().failed, 3);
  for (const changes of [
    undefined,
    [{ ...change, kind: "remove" }],
    [{ ...change, bytes: -1 }],
    [{ ...change, bytes: "1" }],
    [{ ...change, done: true }],
    [{ ...change, fingerprint: undefined }],
    [{ ...change, session_id: "\ud800" }],
  ]) {
    const refused = await post(server, REPAIR, { changes });
    assert.equal(refused.statusCode, 400, JSON.stringify(changes));
  }
  assert.equal(await directory.read("damaged.json"), ONE_OF_EACH["damaged.json"]);
  assert.equal(await directory.read("undone.json"), ON_PURPOSE["undone.json"]);
});

test("repair takes a plan for many sessions, though no endless one", async (t) => {
  const { server } = await serve(t, manySessions(60, 40));
  const { changes } = (await server.inject(PLAN)).json();
  assert.ok(JSON.stringify(changes).length > 4096);
  assert.equal((await post(server, REPAIR, { changes })).json().repaired, 40);
  const endless = await post(server, REPAIR, { changes: ["x".repeat(17 * 1024 * 1024)] });
  assert.equal(endless.statusCode, 413);
});

test("repair-safe repairs what can be repaired, and is clean if nothing is left", async (t) => {
  const { directory, server } = await serve(t, { "a.json": chat(0), "a.json.bak": chat(2) });
  const response = await post(server, REPAIR_SAFE, {});
  assert.equal(response.statusCode, 200);
  const { clean, ok, repaired, items, before, after } = response.json();
  assert.deepEqual({ clean, ok, repaired }, { clean: true, ok: true, repaired: 1 });
  assert.deepEqual([items[0].source, items[0].done], ["a.json.bak", true]);
  assert.deepEqual([before.status, after.status], ["warn", "ok"]);
  assert.equal(await directory.read("a.json"), chat(2));
});

test("repair-safe answers 409 with the same keys if something is left to look at", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const response = await post(server, REPAIR_SAFE, {});
  assert.equal(response.statusCode, 409);
  const { clean, ok, repaired, failed, after } = response.json();
  assert.deepEqual(
    { clean, ok, repaired, failed },
    { clean: false, ok: false, repaired: 4, failed: 0 },
  );
  assert.deepEqual(after.summary, { ok: 7, repairable: 0, unsafe_to_repair: 1 });
  assert.equal(await directory.read("orphan.json"), chat(7));
});

test("while one changes many sessions, no other may", async (t) => {
  /** @type {PromiseWithResolvers<[]>} */
  const first = deferred();
  const begun = deferred();
  const server = serveWith(t, {
    repair() {
      begun.resolve(undefined);
      return first.promise;
    },
  });
  const running = post(server, REPAIR, { changes: [] }).then((response) => response.statusCode);
  await begun.promise;
  for (const [url, body] of /** @type {[string, object][]} */ ([
    [REPAIR, { changes: [] }],
    [REPAIR_SAFE, {}],
    [RECOVER_ALL, {}],
  ])) {
    const refused = await post(server, url, body);
    assert.equal(refused.statusCode, 409, url);
    assert.equal(refused.json().code, "busy");
  }
  first.resolve([]);
  assert.equal(await running, 200);
});

test("work stops when the one who asked for it goes away", async (t) => {
  const stopped = deferred();
  const server = serveWith(t, {
    sessions: async () => [],
    inspectAll: ({ signal } = {}) =>
      new Promise((_, reject) => {
        signal?.addEventListener("abort", () => {
          reject(signal.reason);
          stopped.resolve(undefined);
        });
      }),
  });
  const address = await server.listen({ port: 0 });
  const request = get(`${address}${DIRECTORY}`, { headers: NDJSON });
  const [response] = await once(request, "response");
  await once(response, "data");
  request.destroy();
  await stopped.promise;
});

/**
 * Audits and plans that go on until their signal comes.
 *
 * @param {() => void} begin
 * @param {() => void} end
 */
function endless(begin, end) {
  const work = (/** @type {AuditOptions} */ { signal } = {}) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        reject(signal.reason);
        end();
      });
      begin();
    });
  return { audit: work, plan: work };
}

for (const [method, url] of /** @type {const} */ ([
  ["GET", AUDIT],
  ["GET", PLAN],
  ["POST", REPAIR_SAFE],
])) {
  test(`${url} ends when the one who asked goes away`, async (t) => {
    const [begun, ended] = [deferred(), deferred()];
    const work = endless(
      () => begun.resolve(undefined),
      () => ended.resolve(undefined),
    );
    const address = await serveWith(t, work).listen({ port: 0 });
    const headers = { "content-type": "application/json" };
    const asked = request(`${address}${url}`, { method, headers }).on("error", () => {});
    asked.end(method === "POST" ? "{}" : "");
    await begun.promise;
    asked.destroy();
    await ended.promise;
  });

  test(`${url} ends when the server closes, and says so`, async (t) => {
    const begun = deferred();
    const server = serveWith(
      t,
      endless(
        () => begun.resolve(undefined),
        () => {},
      ),
    );
    const payload = method === "POST" ? { payload: {} } : {};
    const answer = server.inject({ method, url, ...payload }).then((response) => response);
    await begun.promise;
    await server.close();
    const { statusCode, body } = await answer;
    assert.deepEqual([statusCode, JSON.parse(body).code], [503, "stopped"]);
  });
}

test("closing the server stops a sweep, whose last line says so", async (t) => {
  const begun = deferred();
  const server = serveWith(t, {
    recoverAll: ({ signal, onProgress } = {}) =>
      new Promise((_, reject) => {
        onProgress?.({ done: 0, total: 1, outcomes: [] });
        signal?.addEventListener("abort", () => reject(signal.reason));
        begun.resolve(undefined);
      }),
  });
  const answer = post(server, RECOVER_ALL, {}, NDJSON).then(({ body }) => parseLines(body));
  await begun.promise;
  await server.close();
  assert.equal((await answer).at(-1).code, "stopped");
});

test("what another site's page sends is refused", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  for (const headers of [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:9999" },
    { origin: "http://localhost:80/evil" },
    { origin: "http://evil@localhost:80" },
  ]) {
    for (const url of [RECOVER, UNDO, RECOVER_ALL, REPAIR, REPAIR_SAFE]) {
      const response = await post(server, url, { session_id: "wiped" }, headers);
      assert.equal(response.statusCode, 403, JSON.stringify(headers));
      assert.equal(response.json().code, "cross_site");
    }
    for (const url of [DIRECTORY, AUDIT, PLAN]) {
      const response = await server.inject({ url, headers });
      assert.equal(response.statusCode, 403, url);
    }
  }
  assert.equal(await directory.read("wiped.json"), chat(0));
});

test("what the page itself sends is answered", async (t) => {
  const { server } = await serve(t, ONE_OF_EACH);
  const headers = {
    host: "127.0.0.1:8787",
    origin: "http://127.0.0.1:8787",
    "sec-fetch-site": "same-origin",
  };
  const response = await post(server, RECOVER, { session_id: "wiped" }, headers);
  assert.equal(response.statusCode, 200);
});

test("only requests by a name of the server's own are answered", async (t) => {
  const { server } = await serve(t, {});
  /** @param {string} host */
  const ask = async (host) => (await server.inject({ url: "/", headers: { host } })).statusCode;
  for (const host of ["localhost", "LOCALHOST:8787", "127.0.0.1:8787", "[::1]:8787"]) {
    assert.equal(await ask(host), 200, host);
  }
  for (const host of [
    "evil.example",
    "localhost.evil.example",
    "a b",
    "localhost/evil",
    "localhost\\evil",
    "localhost?evil",
    "localhost#evil",
    "evil@localhost",
    "evil:x@localhost:8787",
    "localhost:",
    "localhost:port",
    "localhost:99999",
    "localhost:1:2",
    " localhost",
    "local\thost",
    "lo%63alhost",
    "localhost.",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
    "[0:0:0:0:0:0:0:1]",
    "::1",
  ]) {
    assert.equal(await ask(host), 421, host);
  }
});

test("a request that names two hosts is refused", async (t) => {
  const { server } = await serve(t, {});
  const address = new URL(await server.listen({ port: 0 }));
  const socket = connect(Number(address.port), address.hostname).setEncoding("utf8");
  socket.write(
    "GET / HTTP/1.1\r\nhost: localhost\r\nHost: evil.example\r\nconnection: close\r\n\r\n",
  );
  assert.match(await text(socket), /^HTTP\/1.1 4(00|21) /);
});

test("further names can be allowed", async (t) => {
  const recovery = /** @type {any} */ ({ directory: "/srv/sessions" });
  const server = createServer({ recovery, allowedHosts: ["chat.example", "fe80::1"] });
  t.after(() => server.close());
  for (const host of ["chat.example", "Chat.Example:443", "[fe80::1]:8787"]) {
    const response = await server.inject({ url: "/", headers: { host } });
    assert.equal(response.statusCode, 200, host);
  }
});

test("the page and its parts are served, and may load nothing from elsewhere", async (t) => {
  const { server } = await serve(t, {});
  const response = await server.inject("/");
  assert.equal(response.statusCode, 200);
  assert.match(response.body, /<title>Session recovery<\/title>/);
  const policy = String(response.headers["content-security-policy"]);
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|https?:|upgrade-insecure-requests/);
});

test("no answer of the API may be stored", async (t) => {
  const { server } = await serve(t, ONE_OF_EACH);
  for (const url of [
    DIRECTORY,
    `${STATUS}?session_id=wiped`,
    `${STATUS}?session_id=nobody`,
    AUDIT,
    PLAN,
  ]) {
    assert.equal((await server.inject(url)).headers["cache-control"], "no-store");
  }
});

test("what is nowhere is a 404, and a wrong method a 405 that names the right one", async (t) => {
  const { server } = await serve(t, {});
  for (const url of ["/nothing", "/../server.js", "/%2e%2e/server.js", "/api/session"]) {
    const response = await server.inject(url);
    assert.equal(response.statusCode, 404, url);
    assert.equal(response.json().code, "not_found");
  }
  const response = await server.inject(RECOVER);
  assert.equal(response.statusCode, 405);
  assert.equal(response.headers.allow, "POST");
  assert.equal(response.json().code, "method_not_allowed");
});

test("an address that cannot be read is a 400", async (t) => {
  const { server } = await serve(t, {});
  const response = await server.inject("/%zz");
  assert.equal(response.statusCode, 400);
  assert.equal(response.json().code, "bad_request");
});

test("what is not a request is answered with an error and a code", async (t) => {
  const { server } = await serve(t, {});
  const address = new URL(await server.listen({ port: 0 }));
  for (const [request, status] of [
    ["NONSENSE\r\n\r\n", "400"],
    [`GET / HTTP/1.1\r\nx: ${"x".repeat(20_000)}\r\n\r\n`, "431"],
    ["GET /api/session/recovery HTTP/1.1\r\nconnection: close\r\n\r\n", "421"],
  ]) {
    const socket = connect(Number(address.port), address.hostname).setEncoding("utf8");
    socket.write(/** @type {string} */ (request));
    let answer = "";
    for await (const part of socket) {
      answer += part;
    }
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    const { error, code } = JSON.parse(/** @type {string} */ (answer.split("\r\n\r\n")[1]));
    assert.deepEqual([typeof error, typeof code], ["string", "string"]);
  }
});

test("a body that is not UTF-8 names no session", async (t) => {
  const { server } = await serve(t, { "\ufffd.json": chat(0), "\ufffd.json.bak": chat(2) });
  const payload = Buffer.concat([
    Buffer.from('{"session_id":"'),
    Buffer.from([0xff]),
    Buffer.from('"}'),
  ]);
  const headers = { "content-type": "application/json" };
  const response = await server.inject({ method: "POST", url: RECOVER, payload, headers });
  assert.equal(response.statusCode, 400);
  assert.equal(response.json().code, "bad_request");
});

test("a call that needs more memory than allowed is a 500 that says so", async (t) => {
  const directory = await makeDirectory(t, ONE_OF_EACH);
  const recovery = await SessionRecovery.open(directory.path, { maxMemory: 1 });
  t.after(() => recovery.close());
  const server = serveWith(t, recovery);
  for (const url of [RECOVER, UNDO]) {
    const response = await post(server, url, { session_id: "wiped" });
    assert.equal(response.statusCode, 500);
    const remedy = "Allow more memory (--max-memory, maxMemory).";
    assert.deepEqual(response.json(), {
      error: `The call needs more than 1 MiB of memory. ${remedy}`,
      code: "other",
      remedy,
    });
  }
});

/**
 * What is answered to every way to ask that needs the directory.
 *
 * @param {FastifyInstance} server
 */
async function answersAboutDirectory(server) {
  return [
    await server.inject(DIRECTORY),
    await server.inject({ url: DIRECTORY, headers: NDJSON }),
    await post(server, RECOVER_ALL, {}),
    await server.inject(`${STATUS}?session_id=wiped`),
    await server.inject(AUDIT),
    await server.inject(PLAN),
    await post(server, REPAIR_SAFE, {}),
  ];
}

test("a directory that is missing is a 500, and not an empty one", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const { changes } = (await server.inject(PLAN)).json();
  const away = `${directory.path}-away`;
  await rename(directory.path, away);
  for (const response of [
    ...(await answersAboutDirectory(server)),
    await post(server, REPAIR, { changes }),
  ]) {
    assert.equal(response.statusCode, 500);
    assert.equal(response.json().code, "no_directory");
  }
  await rename(away, directory.path);
});

test("a directory that cannot be reached is a 500 that says why", async (t) => {
  const directory = await makeDirectory(t, { file: "" });
  const recovery = await SessionRecovery.open(join(directory.path, "file", "sessions"));
  t.after(() => recovery.close());
  const server = serveWith(t, recovery);
  for (const response of await answersAboutDirectory(server)) {
    assert.equal(response.statusCode, 500);
    assert.equal(response.json().code, "no_directory");
    assert.match(
      response.json().error,
      /^sessions is a file, not a directory\. Check that its disk is mounted/,
    );
    assert.ok(!response.body.includes(directory.path));
  }
});

test("no answer says if the directory and the server lie", async (t) => {
  const { directory, server } = await serve(t, ONE_OF_EACH);
  const at = "file:///srv/app/src/worker.js:1:2 and '/srv/app/x.wasm'";
  const failure = new SessionRecoveryError("other", `The component failed: Error: ${at}`);
  t.mock.method(SessionRecovery.prototype, "inspect", () => Promise.reject(failure));
  const response = await server.inject(`${STATUS}?session_id=a`);
  assert.deepEqual(response.json(), {
    error: "The component failed: Error: \u2026:1:2 and '\u2026'",
    code: "other",
  });
  const away = `${directory.path}-away`;
  await rename(directory.path, away);
  for (const answer of await answersAboutDirectory(server)) {
    assert.ok(!answer.body.includes(directory.path), answer.body);
  }
  await rename(away, directory.path);
});

test("a sweep whose directory is gone by then does not say where it was", async (t) => {
  const { directory, server } = await serve(t, manySessions(3, 3));
  const away = `${directory.path}-away`;
  const { recoverAll } = SessionRecovery.prototype;
  t.mock.method(
    SessionRecovery.prototype,
    "recoverAll",
    /** @this {SessionRecovery} */ async function (/** @type {SweepOptions} */ options) {
      await rename(directory.path, away);
      return recoverAll.call(this, options);
    },
  );
  for (const headers of [{}, NDJSON]) {
    const { body } = await post(server, RECOVER_ALL, {}, headers);
    assert.match(body, /There is no directory session-recovery-/);
    assert.ok(!body.includes(directory.path), body);
    await rename(away, directory.path);
  }
});

test("with dry_run everything is reported, and nothing changed", async (t) => {
  const { directory, server } = await serve(t, { ...ONE_OF_EACH, [LEFTOVER]: "" });
  const before = await directory.names();
  const dry_run = true;
  const one = (await post(server, RECOVER, { session_id: "wiped", dry_run })).json();
  assert.deepEqual([one.action, one.restored], ["would_restore", false]);
  const all = (await post(server, RECOVER_ALL, { dry_run })).json();
  assert.deepEqual([all.dry_run, all.restored, all.failed], [true, 0, 0]);
  const due = all.sessions.filter((/** @type {any} */ { action }) => action === "would_restore");
  assert.equal(due.length, 4);
  const lines = parseLines((await post(server, RECOVER_ALL, { dry_run }, NDJSON)).body);
  assert.equal(lines.at(-1).summary.dry_run, true);
  const plan = (await server.inject(PLAN)).json();
  assert.ok(plan.changes.length > 4);
  assert.deepEqual((await post(server, REPAIR_SAFE, { dry_run })).json(), plan);
  assert.deepEqual((await post(server, REPAIR, { ...plan, dry_run })).json(), plan);
  const [first, ...others] = plan.changes;
  const changes = [{ ...first, fingerprint: "0".repeat(first.fingerprint.length) }, ...others];
  const still = (await post(server, REPAIR, { changes, dry_run })).json();
  assert.deepEqual(still, { ...plan, changes: others });
  assert.equal((await post(server, REPAIR, { changes, dry_run: "yes" })).statusCode, 400);
  assert.deepEqual(await directory.names(), before);
  assert.equal(await directory.read("wiped.json"), chat(0));
});

test("closing the server stops a repair between two sessions", async (t) => {
  const begun = deferred();
  const server = serveWith(t, {
    audit: async () => ({ scanned: 0, findings: [] }),
    plan: async () => ({ changes: [], withheld: [] }),
    repair: (_changes, { signal } = {}) =>
      new Promise((resolve) => {
        signal?.addEventListener("abort", () => resolve([]));
        begun.resolve(undefined);
      }),
  });
  const answer = post(server, REPAIR, { changes: [] });
  await begun.promise;
  await server.close();
  assert.equal((await answer).statusCode, 200);
});

test("a client that does not read is not written to without end", async (t) => {
  const MOST = 500;
  /** @type {any} */
  const status = {
    sessionId: "a",
    live: { state: "missing" },
    backup: { state: "missing" },
    verdict: "absent",
  };
  const statuses = [
    { ...status, recommendation: "no-backup", reason: "x".repeat(65_536), notes: [] },
  ];
  const ended = deferred();
  let sent = 0;
  const server = serveWith(t, {
    sessions: async () => [],
    async inspectAll({ signal, onProgress } = {}) {
      while (!signal?.aborted && sent < MOST) {
        await onProgress?.({ done: 0, total: 1, statuses });
        sent += 1;
        await setImmediate();
      }
      ended.resolve(undefined);
      return [];
    },
  });
  const url = `${await server.listen({ port: 0 })}${DIRECTORY}`;
  const [response] = await once(get(url, { headers: NDJSON }), "response");
  let before = -1;
  while (before !== sent) {
    before = sent;
    for (let turn = 0; turn < 200; turn++) await setImmediate();
  }
  assert.ok(sent < MOST, `${sent} lines`);
  response.destroy();
  await ended.promise;
});

test("an unforeseen failure is reported without its details", async (t) => {
  const server = serveWith(t, {
    inspect: () => Promise.reject(new Error("a secret at server.js:1")),
  });
  const response = await server.inject(`${STATUS}?session_id=a`);
  assert.equal(response.statusCode, 500);
  assert.deepEqual(response.json(), {
    error: "The server failed. Its log says why.",
    code: "internal",
  });
});

/**
 * @template [T=unknown]
 * @returns {PromiseWithResolvers<T>}
 */
function deferred() {
  /** @type {any} */
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

// Files of another user or group: not replaced, unless the caller accepts another owner. The program
// runs as an unprivileged user, to whom the directory belongs.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { modeWithout } from "../src/permissions.js";
import { cutOff, directoryFor, session, wiped } from "./support.js";

/** @import { TestContext } from "node:test" */

const cli = fileURLToPath(new URL("../cli.js", import.meta.url));
/** A user and a group without names, and those that the files belong to. */
const [ME, OWNER, OTHERS] = [54_321, 54_322, 54_323];

const isRoot = process.geteuid?.() === 0;
const isAble = isRoot && canRunAs(["--clear-groups"]);
const NEEDED = { skip: !isAble && "needs root, setpriv, and a program that others can read" };

/** @param {string[]} groups */
function canRunAs(groups) {
  const words = [...asMe(groups), process.execPath, cli, "--version"];
  return spawnSync("setpriv", words).status === 0;
}

/** @param {string[]} groups */
function asMe(groups) {
  return [`--reuid=${ME}`, `--regid=${ME}`, ...groups];
}

/** @param {TestContext} t */
function directoryOfMine(t) {
  const place = directoryFor(t);
  chmodSync(place, 0o755);
  const directory = join(place, "sessions");
  mkdirSync(directory);
  chownSync(directory, ME, ME);
  return directory;
}

/**
 * Makes a session that is to be restored.
 *
 * @param {string} directory
 * @param {string} id
 * @param {number} user
 * @param {number} group
 */
function put(directory, id, user, group, mode = 0o644) {
  const live = wiped(directory, id);
  for (const file of [live, `${live}.bak`]) {
    chownSync(file, user, group);
    chmodSync(file, mode);
  }
  return live;
}

/**
 * Runs the program as the directory's owner, and gives its answer.
 *
 * @param {string} directory
 * @param {string} words
 */
function run(directory, words, groups = ["--clear-groups"]) {
  const program = [process.execPath, cli, "--sessions", directory, "--json", ...words.split(" ")];
  const { stdout, stderr } = spawnSync("setpriv", [...asMe(groups), ...program], {
    encoding: "utf8",
  });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout);
}

/**
 * Requires that every way to ask refuses a session that is due but cannot be replaced.
 *
 * @param {string} directory
 * @param {string} code
 * @param {RegExp} why
 */
function requireThatAllRefuse(directory, code, why) {
  const before = readdirSync(directory);
  for (const accept of ["", " --accept-owner"]) {
    const ask = (/** @type {string} */ words) => run(directory, `${words}${accept}`);
    for (const words of ["recover a", "recover a --dry-run", "undo a", "undo a --dry-run"]) {
      const { action, errors } = ask(words);
      assert.deepEqual([action, errors[0].code], ["failed", code], words);
    }
    for (const words of ["recover-all", "recover-all --dry-run"]) {
      const [{ action, errors }] = ask(words).sessions;
      assert.deepEqual([action, errors[0].code], ["failed", code], words);
    }
    assert.equal(ask("audit").summary.repairable, 0);
    const [plan, repaired] = [ask("plan"), ask("repair")];
    assert.deepEqual([plan.changes, repaired.items], [[], []]);
    assert.equal(plan.withheld.length, 1);
    assert.match(plan.withheld[0], why);
    assert.deepEqual(repaired.withheld, plan.withheld);
  }
  assert.deepEqual(readdirSync(directory), before);
  assert.equal(readFileSync(join(directory, "a.json"), "utf8"), session(0));
}

/** @param {string} path */
function accessOf(path) {
  const { uid, gid, mode } = statSync(path);
  return [uid, gid, mode & 0o7777];
}

test("another user's session is refused with the command that would restore it", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  const live = put(directory, "a", OWNER, OWNER);
  writeFileSync(`${live}.replaced.1`, session(3));
  const before = readdirSync(directory);
  for (const words of ["recover a", "recover a --dry-run", "undo a", "undo a --dry-run"]) {
    const { action, errors } = run(directory, words);
    assert.equal(action, "failed", words);
    assert.equal(errors[0].code, "no_permission");
    assert.match(errors[0].remedy, new RegExp(`sudo -u '#${OWNER}' .*--accept-owner`));
  }
  for (const words of ["recover-all", "recover-all --dry-run"]) {
    assert.equal(run(directory, words).sessions[0].action, "failed");
  }
  assert.deepEqual(readdirSync(directory), before, "no kept file is left behind");
  assert.equal(readFileSync(live, "utf8"), session(0));
});

test("an audit calls nothing repairable that a repair refuses", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  put(directory, "a", OWNER, OWNER);
  put(directory, "b", ME, ME);
  writeFileSync(join(directory, "_index.json"), "[]");
  const found = (/** @type {string} */ words, /** @type {string} */ name) =>
    run(directory, words).items.find((/** @type {{ name: string }} */ item) => item.name === name);
  const refused = found("audit", "a.json");
  assert.equal(refused.category, "unsafe_to_repair");
  assert.match(refused.remedy, /^a\.json cannot be restored: .*sudo -u/);
  assert.equal(found("audit", "b.json").category, "repairable");
  assert.equal(found("audit --accept-owner", "a.json").category, "repairable");

  const { changes, withheld } = run(directory, "plan");
  const kinds = changes.map((/** @type {{ kind: string }} */ { kind }) => kind);
  assert.deepEqual(kinds, ["restore", "set_index_aside"]);
  assert.deepEqual(withheld, [refused.remedy]);
  const repaired = run(directory, "repair");
  assert.deepEqual([repaired.repaired, repaired.failed], [2, 0]);
  assert.deepEqual(repaired.withheld, withheld);
});

test("another user's damaged session is refused like any other restore", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  const live = join(directory, "a.json");
  writeFileSync(live, cutOff(50));
  chownSync(live, OWNER, OWNER);
  for (const words of ["recover a --salvage", "recover a --salvage --dry-run"]) {
    const outcome = run(directory, words);
    assert.deepEqual([outcome.action, outcome.errors[0].code], ["failed", "no_permission"], words);
    assert.ok(!("source" in outcome || "salvaged" in outcome), words);
  }
  assert.equal(run(directory, "recover-all --salvage").sessions[0].action, "failed");
  const found = (/** @type {string} */ words) =>
    run(directory, words).items.find(
      (/** @type {{ kind: string }} */ { kind }) => kind === "salvageable",
    );
  const refused = found("audit");
  assert.equal(refused.category, "unsafe_to_repair");
  assert.match(refused.remedy, /^a\.json cannot be restored: .*sudo -u/);
  assert.equal(found("audit --accept-owner").category, "repairable");
  assert.deepEqual(run(directory, "plan --salvage"), { changes: [], withheld: [refused.remedy] });
  assert.deepEqual(run(directory, "repair --salvage").withheld, [refused.remedy]);
  assert.deepEqual(readdirSync(directory), ["a.json"]);
  assert.equal(run(directory, "repair --salvage --accept-owner").repaired, 1);
  assert.equal(JSON.parse(readFileSync(live, "utf8")).messages.length, 49);
  assert.deepEqual(accessOf(live), [ME, ME, 0o644]);
});

test("a plan without its restores leaves the index that they would have changed", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  put(directory, "a", OWNER, OWNER);
  const row = { session_id: "a", title: "x", message_count: 0 };
  writeFileSync(join(directory, "_index.json"), JSON.stringify([row]));
  assert.equal(run(directory, "plan").changes.length, 0);
  assert.equal(run(directory, "plan --accept-owner").changes.length, 2);
});

test(
  "another user's temporary file is refused in place of nothing, with what to do",
  NEEDED,
  (t) => {
    const directory = directoryOfMine(t);
    const source = join(directory, "abc.tmp.1.2");
    writeFileSync(source, session(9));
    chownSync(source, OWNER, OWNER);
    chmodSync(source, 0o644);
    const words = "recover abc --from abc.tmp.1.2";
    for (const each of [words, `${words} --dry-run`]) {
      const { action, errors } = run(directory, each);
      assert.deepEqual([action, errors[0].code], ["failed", "no_permission"], each);
      assert.match(errors[0].remedy, new RegExp(`sudo -u '#${OWNER}' .*--accept-owner`));
    }
    assert.deepEqual(readdirSync(directory), ["abc.tmp.1.2"]);
    const { action } = run(directory, `${words} --accept-owner`);
    assert.deepEqual(
      [action, accessOf(join(directory, "abc.json"))],
      ["restored", [ME, ME, 0o644]],
    );
  },
);

test("another user's source does not make the session theirs", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  const live = put(directory, "abc", ME, ME, 0o640);
  const source = join(directory, "abc.tmp.1.2");
  writeFileSync(source, session(20));
  chownSync(source, OWNER, OWNER);
  chmodSync(source, 0o644);
  assert.equal(run(directory, "recover abc --from abc.tmp.1.2").action, "restored");
  assert.deepEqual(accessOf(live), [ME, ME, 0o640]);
});

test("another user's session then belongs to this one", NEEDED, (t) => {
  for (const words of ["recover a", "recover a --merge", "recover-all", "repair"]) {
    const directory = directoryOfMine(t);
    const live = put(directory, "a", OWNER, OWNER);
    run(directory, `${words} --accept-owner`);
    assert.equal(readFileSync(live, "utf8"), session(9), words);
    assert.deepEqual(accessOf(live), [ME, ME, 0o644], words);
    assert.equal(readFileSync(`${live}.replaced.1`, "utf8"), session(0), words);
    run(directory, "undo a --accept-owner");
    assert.equal(readFileSync(live, "utf8"), session(0), words);
    assert.deepEqual(accessOf(live), [ME, ME, 0o644], words);
  }
});

test("a group that can be kept is kept", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  const live = put(directory, "a", OWNER, OTHERS, 0o640);
  run(directory, "recover a --accept-owner", [`--groups=${OTHERS}`]);
  assert.deepEqual(accessOf(live), [ME, OTHERS, 0o640]);
});

test("a group that cannot be kept costs what only its members could read", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  const modes = { a: 0o640, b: 0o644, c: 0o604, d: 0o664 };
  for (const [id, mode] of Object.entries(modes)) put(directory, id, ME, OTHERS, mode);
  assert.match(run(directory, "recover a").errors[0].remedy, /sudo -u root /);
  run(directory, "recover-all --accept-owner");
  const after = Object.keys(modes).map((id) => accessOf(join(directory, `${id}.json`)));
  const expected = [0o600, 0o644, 0o600, 0o644].map((mode) => [ME, ME, mode]);
  assert.deepEqual(after, expected);
});

test("a directory gives its own group", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  chownSync(directory, ME, OTHERS);
  chmodSync(directory, 0o2755);
  const same = put(directory, "a", OWNER, OTHERS, 0o664);
  const other = put(directory, "b", OWNER, OWNER, 0o664);
  const mine = put(directory, "c", ME, OTHERS, 0o640);
  const { sessions } = run(directory, "recover-all");
  const actions = sessions.map((/** @type {{ action: string }} */ { action }) => action);
  assert.deepEqual(actions, ["failed", "failed", "restored"]);
  run(directory, "recover-all --accept-owner");
  assert.deepEqual(accessOf(same), [ME, OTHERS, 0o664]);
  assert.deepEqual(accessOf(other), [ME, OTHERS, 0o644]);
  assert.deepEqual(accessOf(mine), [ME, OTHERS, 0o640]);
});

test("an access list stays only with its group", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  const [kept, lost] = [
    put(directory, "a", OWNER, ME, 0o644),
    put(directory, "b", ME, OTHERS, 0o644),
  ];
  for (const live of [kept, lost]) {
    const { error, status } = spawnSync("setfacl", ["-m", "u:1:r", live]);
    if (error || status) return t.skip("needs setfacl, and a file system with access lists");
  }
  run(directory, "recover-all --accept-owner");
  const listOf = (/** @type {string} */ live) =>
    execFileSync("getfacl", ["-cnpE", live], { encoding: "utf8" }).trim().split("\n");
  assert.ok(listOf(kept).includes("user:1:r--"));
  assert.deepEqual(accessOf(kept), [ME, ME, 0o644]);
  assert.deepEqual(listOf(lost), ["user::rw-", "group::---", "other::---"]);
});

test("whoever takes a file over can read and write it", NEEDED, (t) => {
  const modes = [
    [0o044, 0o600],
    [0o004, 0o600],
    [0o604, 0o600],
    [0o444, 0o644],
  ];
  for (const words of ["recover a", "recover-all", "repair"]) {
    for (const [before, after] of modes) {
      const directory = directoryOfMine(t);
      const live = put(directory, "a", OWNER, OWNER, before);
      run(directory, `${words} --accept-owner`);
      const what = `${words}, ${before?.toString(8)}`;
      assert.equal(readFileSync(live, "utf8"), session(9), what);
      assert.deepEqual(accessOf(live), [ME, ME, after], what);
      assert.equal(run(directory, "undo a").action, "restored", what);
      assert.equal(readFileSync(live, "utf8"), session(0), what);
    }
  }
});

test("nothing is promised where only a file's owner may replace it", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  chownSync(directory, OTHERS, OTHERS);
  chmodSync(directory, 0o1777);
  const live = put(directory, "a", OWNER, OWNER);
  writeFileSync(`${live}.replaced.1`, session(3));
  requireThatAllRefuse(directory, "no_permission", /^a\.json cannot be replaced: .*sticky/);
  const { remedy } = run(directory, "recover a").errors[0];
  assert.match(remedy, new RegExp(`sudo -u '#${OWNER}' `));
  assert.doesNotMatch(remedy, /--accept-owner/);
});

test("the sticky bit does not matter where nothing is replaced, or by its owner", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  chmodSync(directory, 0o1777);
  put(directory, "mine", OWNER, OWNER);
  assert.equal(run(directory, "recover mine --accept-owner").action, "restored");
  chownSync(directory, OTHERS, OTHERS);
  rmSync(put(directory, "a", OWNER, OWNER));
  put(directory, "b", ME, ME);
  for (const id of ["a", "b"]) {
    assert.equal(run(directory, `recover ${id} --accept-owner`).action, "restored", id);
  }
});

test("an index of somebody else in a sticky directory stays", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  const live = put(directory, "a", ME, ME);
  writeFileSync(join(directory, "_index.json"), "[]");
  chownSync(directory, OTHERS, OTHERS);
  chmodSync(directory, 0o1777);
  assert.equal(run(directory, "audit").summary.repairable, 1);
  const { repaired, failed, withheld } = run(directory, "repair");
  assert.deepEqual([repaired, failed], [1, 0]);
  assert.match(withheld[0], /^_index\.json cannot be replaced: /);
  assert.equal(readFileSync(live, "utf8"), session(9));
});

test("nothing is promised where nothing can be created", NEEDED, (t) => {
  const directory = directoryOfMine(t);
  const live = put(directory, "a", ME, ME);
  put(directory, "b", ME, ME);
  writeFileSync(`${live}.replaced.1`, session(3));
  writeFileSync(join(directory, "_index.json"), "[]");
  chmodSync(directory, 0o555);
  requireThatAllRefuse(directory, "read_only", /^The session directory is read-only: /);
  const words = ["--sessions", directory, "recover-all", "--dry-run"];
  const program = [...asMe(["--clear-groups"]), process.execPath, cli, ...words];
  const { stderr } = spawnSync("setpriv", program, { encoding: "utf8" });
  assert.equal(stderr.split("read-only").length, 2, stderr);
});

test("nobody may read a file taken over who could not before", () => {
  const cases = [
    [0o644, true, false, 0o644],
    [0o640, true, false, 0o640],
    [0o640, true, true, 0o600],
    [0o664, true, true, 0o644],
    [0o604, false, true, 0o600],
    [0o440, false, true, 0o400],
    // The owner so far may be one of the others.
    [0o044, true, false, 0o600],
    [0o466, true, false, 0o644],
    [0o444, true, false, 0o644],
  ];
  for (const [before, owner, group, after] of /** @type {any[]} */ (cases)) {
    assert.equal(modeWithout(before, { owner, group }), after);
  }
});

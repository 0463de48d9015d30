// Who may read a restored file where its mode does not say all: ACLs, default ACLs, attributes.

import assert from "node:assert/strict";
import childProcess, { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename, join } from "node:path";
import { test } from "node:test";
import { loadComponent } from "../src/component.js";
import { importsFor } from "../src/sandbox.js";
import { directoryFor, orphan, session, wiped } from "./support.js";

/** @import { TestContext } from "node:test" */

const isMissing = spawnSync("setfacl", ["--version"]).error !== undefined;
const NEEDED = { skip: isMissing && "needs setfacl and getfacl: the package acl" };

const instantiate = await loadComponent("session-recovery", 64);

/** @param {string[]} words */
function setAcl(...words) {
  execFileSync("setfacl", words);
}

/** @param {string} path */
function aclOf(path) {
  const said = execFileSync("getfacl", ["-cnpE", path], { encoding: "utf8" });
  return said.trim().split("\n");
}

/** @param {string[]} words */
function attribute(...words) {
  const program =
    "import os, sys\nprint((getattr(os, sys.argv[1])(*map(os.fsencode, sys.argv[2:])) or b'').decode())";
  return execFileSync("python3", ["-c", program, ...words], { encoding: "utf8" }).trim();
}

/**
 * @param {string} live
 * @param {(imports: any) => void} [meddle]
 */
async function recovered(live, meddle = () => {}) {
  const [directory, id] = [join(live, ".."), basename(live, ".json")];
  const imports = importsFor(directory, "read-write");
  meddle(imports);
  return instantiate(imports).recovery.recover(id, {});
}

/**
 * Has programs that are run answer otherwise.
 *
 * @param {TestContext} t
 * @param {(program: string, words: string[], options: any) => any} instead
 */
function meddleWithPrograms(t, instead) {
  const original = childProcess.spawnSync;
  childProcess.spawnSync = /** @type {any} */ (instead);
  syncBuiltinESMExports();
  t.after(() => {
    childProcess.spawnSync = original;
    syncBuiltinESMExports();
  });
}

test(
  "a restored file keeps what its ACL gives to some and denies to its group",
  NEEDED,
  async (t) => {
    const live = wiped(directoryFor(t), "a", 0o640);
    setAcl("-m", "u:1:r,u:2:-,g::-", live);
    const before = aclOf(live);
    assert.equal((await recovered(live)).action, "restored");
    assert.equal(readFileSync(live, "utf8"), session(9));
    assert.deepEqual(aclOf(live), before);
    assert.ok(before.includes("user:1:r--") && before.includes("group::---"));
  },
);

test("a restored file keeps its attributes, also where nobody but its owner may read it", async (t) => {
  for (const mode of [0o600, 0o644]) {
    const live = wiped(directoryFor(t), "a", mode);
    attribute("setxattr", live, "user.note", "of 1 user");
    assert.equal((await recovered(live)).action, "restored");
    assert.equal(attribute("getxattr", live, "user.note"), "of 1 user");
    assert.equal(statSync(live).mode & 0o7777, mode);
  }
});

test(
  "whom the directory's default ACL names may never read what the live file denies",
  NEEDED,
  async (t) => {
    const directory = directoryFor(t);
    const live = wiped(directory, "a", 0o640);
    setAcl("-d", "-m", "u:1:rw,g:2:r", directory);
    /** @type {string[][]} */
    const seen = [];
    const look = () => {
      for (const name of readdirSync(directory)) {
        if (name.endsWith(".staging")) seen.push(aclOf(join(directory, name)));
      }
    };
    const { action } = await recovered(live, (imports) => watch(t, imports, look));
    assert.equal(action, "restored");
    assert.ok(seen.length > 5);
    for (const acl of seen) {
      const isPrivate = acl.includes("mask::---") && acl.includes("other::---");
      const isLikeLive = acl.join() === "user::rw-,group::r--,other::---";
      assert.ok(isPrivate || isLikeLive, acl.join());
    }
    assert.deepEqual(aclOf(live), ["user::rw-", "group::r--", "other::---"]);
  },
);

test("a live file with the ACL that its directory gives keeps it", NEEDED, async (t) => {
  const directory = directoryFor(t);
  setAcl("-d", "-m", "u:1:rw,g::-", directory);
  const live = wiped(directory, "a", 0o660);
  const before = aclOf(live);
  assert.equal((await recovered(live)).action, "restored");
  assert.deepEqual(aclOf(live), before);
  assert.ok(before.includes("user:1:rw-"));
});

test("what comes back in place of nothing has its backup's ACL", NEEDED, async (t) => {
  const live = orphan(directoryFor(t), "a");
  chmodSync(`${live}.bak`, 0o640);
  setAcl("-m", "u:1:r,g::-", `${live}.bak`);
  assert.equal((await recovered(live)).action, "restored");
  assert.deepEqual(aclOf(live), aclOf(`${live}.bak`));
});

test(
  "where a backup or its kept file has an ACL, what comes back is its owner's alone",
  NEEDED,
  async (t) => {
    for (const named of ["bak", "replaced.1"]) {
      const live = orphan(directoryFor(t), "a");
      execFileSync("cp", [`${live}.bak`, `${live}.replaced.1`]);
      chmodSync(`${live}.replaced.1`, 0o644);
      setAcl("-m", "u:1:r", `${live}.${named}`);
      assert.equal((await recovered(live)).action, "restored");
      assert.equal(statSync(live).mode & 0o777, 0o600);
    }
  },
);

test("where an ACL or an attribute would be lost, nothing is replaced", async (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "a", 0o640);
  await recovered(wiped(directory, "tools are looked for once"));
  for (const [stderr, code] of [
    ["cp: setting attribute 'user.note': Operation not permitted", "no-permission"],
    ["cp: setting attribute 'user.note': No space left on device", "no-space"],
  ]) {
    meddleWithPrograms(t, () => ({ status: 1, stdout: "", stderr }));
    const { action, errors } = await recovered(live);
    assert.deepEqual([action, errors[0].code], ["failed", code]);
    assert.equal(readFileSync(live, "utf8"), session(0));
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.startsWith(".")),
      [],
    );
  }
});

test("a program that cannot be started is an error of the system, and asked for again", async (t) => {
  const live = wiped(directoryFor(t), "a", 0o640);
  for (const code of ["EMFILE", "EAGAIN", "ENFILE"]) {
    meddleWithPrograms(t, () => ({ error: Object.assign(new Error(code), { code }) }));
    assert.equal((await recovered(live)).action, "failed", code);
    assert.equal(readFileSync(live, "utf8"), session(0));
  }
});

/**
 * @param {TestContext} t
 * @param {any} imports
 * @param {() => void} look - After each call.
 */
function watch(t, imports, look) {
  const { prototype } = imports["wasi:filesystem/types"].Descriptor;
  for (const name of ["openAt", "write", "sync", "renameAt", "linkAt"]) {
    const original = prototype[name];
    t.after(() => {
      prototype[name] = original;
    });
    prototype[name] = /** @this {any} */ function (/** @type {any[]} */ ...args) {
      const answer = original.apply(this, args);
      look();
      return answer;
    };
  }
}

// What the component can and cannot do, call by call.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { importsFor } from "../src/sandbox.js";
import { inWasiErrors } from "../src/wasi-errors.js";
import { directoryFor } from "./support.js";

/**
 * The directory as the component opens it.
 *
 * @param {string} directory
 * @param {import("../src/sandbox.js").Grant} grant
 */
function opened(directory, grant) {
  const preopens = /** @type {any} */ (importsFor(directory, grant)["wasi:filesystem/preopens"]);
  const [[preopen]] = preopens.getDirectories();
  return preopen.openAt({}, ".", { directory: true }, { read: true });
}

/** @param {() => unknown} call */
function refusal(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

const CREATE = [{ create: true, exclusive: true }, { write: true }];

test("it is given the two interfaces that it imports, and no others", (t) => {
  const imports = importsFor(directoryFor(t), "read-write");
  assert.deepEqual(Object.keys(imports), ["wasi:filesystem/types", "wasi:filesystem/preopens"]);
});

test("a read-only grant refuses every change", (t) => {
  const directory = directoryFor(t);
  writeFileSync(join(directory, "a"), "as it was");
  const granted = opened(directory, "read-only");
  const file = granted.openAt({}, "a", {}, { read: true });
  for (const change of [
    () => granted.openAt({}, "b", ...CREATE),
    () => granted.linkAt({}, "a", granted, "b"),
    () => granted.openAt({}, "a", {}, { write: true }),
    () => granted.openAt({}, "a", { truncate: true }, { read: true }),
    () => granted.renameAt("a", granted, "b"),
    () => granted.unlinkFileAt("a"),
    () => file.write(new Uint8Array(1), 0n),
  ]) {
    assert.equal(refusal(change), "not-permitted", String(change));
  }
  assert.equal(readFileSync(join(directory, "a"), "utf8"), "as it was");
});

test("no name leads out of the directory", (t) => {
  const outside = directoryFor(t);
  writeFileSync(join(outside, "secret"), "x");
  const directory = join(outside, "granted");
  mkdirSync(directory);
  symlinkSync(join(outside, "secret"), join(directory, "link"));
  symlinkSync(outside, join(directory, "parent"));
  const granted = opened(directory, "read-write");
  const names = ["..", "../secret", "parent/secret", "/etc/passwd", "..\\secret", "a\0b", ""];
  for (const name of names) {
    const read = [{}, { read: true }];
    assert.equal(
      refusal(() => granted.openAt({ symlinkFollow: true }, name, ...read)),
      "not-permitted",
      name,
    );
    assert.equal(
      refusal(() => granted.openAt({}, name, ...CREATE)),
      "not-permitted",
      name,
    );
    assert.equal(
      refusal(() => granted.renameAt("link", granted, name)),
      "not-permitted",
      name,
    );
    assert.equal(
      refusal(() => granted.renameAt(name, granted, "x")),
      "not-permitted",
      name,
    );
    assert.equal(
      refusal(() => granted.unlinkFileAt(name)),
      "not-permitted",
      name,
    );
    assert.equal(
      refusal(() => granted.metadataHashAt({}, name)),
      "not-permitted",
      name,
    );
  }
  const followed = () => granted.openAt({ symlinkFollow: true }, "link", {}, { read: true });
  assert.equal(refusal(followed), "loop");
  assert.equal(
    refusal(() => granted.openAt({}, "link", ...CREATE)),
    "exist",
  );
});

test("only a file that is new is created", (t) => {
  const directory = directoryFor(t);
  writeFileSync(join(directory, "a"), "as it was");
  const granted = opened(directory, "read-write");
  const create = () => granted.openAt({}, "a", { create: true }, { write: true });
  assert.equal(refusal(create), "unsupported");
  assert.equal(readFileSync(join(directory, "a"), "utf8"), "as it was");
});

test("only the history is opened to be written to although it is there", (t) => {
  const directory = directoryFor(t);
  const log = ".session-recovery-log.jsonl";
  for (const name of ["a", log]) writeFileSync(join(directory, name), "as it was");
  const edit = [{}, { read: true, write: true }];
  const granted = opened(directory, "read-write");
  assert.equal(
    refusal(() => granted.openAt({}, "a", ...edit)),
    "unsupported",
  );
  const file = granted.openAt({}, log, ...edit);
  assert.equal(file.write(Buffer.from("!"), 9n), 1n);
  assert.equal(Buffer.from(file.read(20n, 0n)[0]).toString(), "as it was!");

  assert.equal(
    refusal(() => opened(directory, "read-only").openAt({}, log, ...edit)),
    "not-permitted",
  );
  unlinkSync(join(directory, log));
  symlinkSync("a", join(directory, log));
  assert.equal(
    refusal(() => granted.openAt({}, log, ...edit)),
    "loop",
  );
  unlinkSync(join(directory, log));
  execFileSync("mkfifo", [join(directory, log)]);
  assert.equal(
    refusal(() => granted.openAt({}, log, ...edit)),
    "unsupported",
  );
});

test("the system's errors are WASI errors, which the component can answer", (t) => {
  const directory = directoryFor(t);
  mkdirSync(join(directory, "d"));
  writeFileSync(join(directory, "a"), "x");
  const granted = opened(directory, "read-write");
  const inner = granted.openAt({}, "d", { directory: true }, { read: true });
  const unreadable = granted.openAt({}, "new", ...CREATE);
  assert.equal(
    refusal(() => inner.read(10n, 0n)),
    "is-directory",
  );
  assert.equal(
    refusal(() => unreadable.read(10n, 0n)),
    "bad-descriptor",
  );
  assert.equal(
    refusal(() => granted.openAt({}, "x".repeat(300), {}, { read: true })),
    "name-too-long",
  );
  assert.equal(
    refusal(() => granted.openAt({}, "nobody", {}, { read: true })),
    "no-entry",
  );
  assert.equal(
    refusal(() => granted.unlinkFileAt("d")),
    "is-directory",
  );
  assert.equal(
    refusal(() => granted.renameAt("a", granted, "d")),
    "is-directory",
  );
});

test("a link is none of the directories that are opened", (t) => {
  const directory = directoryFor(t);
  symlinkSync(".", join(directory, "link"));
  writeFileSync(join(directory, "file"), "");
  const granted = opened(directory, "read-only");
  const open = (/** @type {string} */ name) =>
    refusal(() => granted.openAt({}, name, { directory: true }, { read: true }));
  assert.deepEqual(["link", "file", "nobody"].map(open), ["loop", "not-directory", "no-entry"]);
});

test("a name that is not UTF-8 is an error of its own, and a replacement character is none", (t) => {
  const directory = directoryFor(t);
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/a`), Buffer.from([0xff])]), "");
  writeFileSync(join(directory, "b\ufffd"), "");
  writeFileSync(join(directory, "\ufeffc"), "");
  const stream = opened(directory, "read-only").readDirectory();
  const names = [1, 2, 3].map(() => {
    try {
      return stream.readDirectoryEntry().name;
    } catch (error) {
      return error;
    }
  });
  assert.deepEqual(names.sort(), ["b\ufffd", "illegal-byte-sequence", "\ufeffc"]);
  assert.equal(stream.readDirectoryEntry(), undefined);
});

test("nothing but a regular file is opened to be read, and a FIFO is not waited for", (t) => {
  const directory = directoryFor(t);
  mkdirSync(join(directory, "d"));
  execFileSync("mkfifo", [join(directory, "fifo")]);
  const granted = opened(directory, "read-only");
  for (const [name, code] of [
    ["d", "is-directory"],
    ["fifo", "unsupported"],
  ]) {
    assert.equal(
      refusal(() => granted.openAt({}, name, {}, { read: true })),
      code,
      name,
    );
  }
});

test("a file is read to its end, which only a read of nothing tells", (t) => {
  const directory = directoryFor(t);
  const bytes = Buffer.alloc(1_500_000, "0123456789");
  writeFileSync(join(directory, "a"), bytes);
  const file = opened(directory, "read-only").openAt({}, "a", {}, { read: true });
  const pieces = [];
  let [length, isLast] = [0, false];
  while (!isLast) {
    const [piece, isEnd] = file.read(2n ** 64n - 1n, BigInt(length));
    pieces.push(Buffer.from(piece));
    length += piece.length;
    isLast = isEnd;
  }
  assert.ok(Buffer.concat(pieces).equals(bytes));
  assert.equal(pieces.at(-1)?.length, 0);
  assert.equal(Buffer.from(file.read(3n, 1_499_998n)[0]).toString(), "89");
});

test("a file is known by its hash, whatever its name, until it is replaced or written", (t) => {
  const directory = directoryFor(t);
  const path = join(directory, "a");
  writeFileSync(path, "x");
  const granted = opened(directory, "read-only");
  const file = granted.openAt({}, "a", {}, { read: true });
  const hash = file.metadataHash();
  assert.deepEqual(granted.metadataHashAt({}, "a"), hash);
  linkSync(path, join(directory, "b"));
  renameSync(path, join(directory, "c"));
  assert.deepEqual([granted.metadataHashAt({}, "b"), file.metadataHash()], [hash, hash]);
  writeFileSync(path, "x");
  assert.notDeepEqual(granted.metadataHashAt({}, "a"), hash);
  utimesSync(join(directory, "c"), 1000, 2000);
  assert.notDeepEqual(file.metadataHash(), hash);
});

test("a new file is its owner's alone from the first, whatever the umask", (t) => {
  const directory = directoryFor(t);
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  const file = opened(directory, "read-write").openAt({}, "new", ...CREATE);
  assert.equal(statSync(join(directory, "new")).mode & 0o777, 0o600);
  assert.equal(file.write(Buffer.from("abc"), 0n), 3n);
  assert.equal(file.write(Buffer.from("d"), 1n), 1n);
  assert.equal(readFileSync(join(directory, "new"), "utf8"), "adc");
});

for (const [how, place] of /** @type {[string, (granted: any, from: string) => void][]} */ ([
  ["renamed", (granted, from) => granted.renameAt(from, granted, "a.json")],
  ["linked", (granted, from) => granted.linkAt({}, from, granted, "a.json")],
])) {
  test(`a new file that is ${how} into place has its backup's mode, and no other is given it`, (t) => {
    const directory = directoryFor(t);
    const staging = `.session-recovery-${"0".repeat(32)}.staging`;
    const [live, victim, backup, placed] = ["a.json", "victim", "a.json.bak", staging].map((name) =>
      join(directory, name),
    );
    writeFileSync(String(backup), "", { mode: 0o640 });
    writeFileSync(String(victim), "", { mode: 0o600 });
    const granted = opened(directory, "read-write");
    linkSync(String(victim), String(placed));
    assert.equal(
      refusal(() => place(granted, staging)),
      "not-permitted",
    );
    assert.equal(statSync(String(victim)).mode & 0o777, 0o600);
    granted.unlinkFileAt(staging);
    granted.openAt({}, staging, ...CREATE);
    place(granted, staging);
    assert.equal(statSync(String(live)).mode & 0o777, 0o640);
  });
}

test("who replaces the directory while it is worked on leads the work nowhere else", {
  skip: !existsSync("/proc/self/fd") && "the system tells no paths of open directories",
}, (t) => {
  const base = directoryFor(t);
  const [directory, other, moved] = ["sessions", "other", "moved"].map((name) => join(base, name));
  for (const [path, text] of [
    [directory, "ours"],
    [other, "theirs"],
  ]) {
    mkdirSync(String(path));
    writeFileSync(join(String(path), "a"), String(text));
  }
  const granted = opened(String(directory), "read-write");
  renameSync(String(directory), String(moved));
  symlinkSync(String(other), String(directory));
  const [bytes] = granted.openAt({}, "a", {}, { read: true }).read(10n, 0n);
  assert.equal(Buffer.from(bytes).toString(), "ours");
  granted.openAt({}, "new", ...CREATE);
  granted.renameAt("new", granted, "b");
  granted.unlinkFileAt("a");
  assert.equal(readFileSync(join(String(other), "a"), "utf8"), "theirs");
  assert.ok(existsSync(join(String(moved), "b")));
  assert.equal(granted.readDirectory().readDirectoryEntry().name, "b");
});

test("too many open files are told as too little memory, and not as an unsound disk", () => {
  for (const code of ["EMFILE", "ENFILE"]) {
    const fail = () => {
      throw Object.assign(new Error(code), { code });
    };
    assert.equal(
      refusal(() => inWasiErrors(fail)),
      "insufficient-memory",
    );
  }
});

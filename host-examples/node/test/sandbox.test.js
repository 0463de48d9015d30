// What the component can and cannot do, call by call.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { importsFor } from "../src/sandbox.js";
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

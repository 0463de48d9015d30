// The package as somebody would install it: complete, typed, and without its build tools.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { directoryFor } from "./support.js";

const node = fileURLToPath(new URL("..", import.meta.url));

/** @param {string[]} args */
const npm = (...args) => execFileSync("npm", args, { cwd: node, encoding: "utf8" });

test("it works after an installation without build tools", (t) => {
  const directory = directoryFor(t);
  const [packed] = JSON.parse(npm("pack", "--json", "--pack-destination", directory));
  writeFileSync(join(directory, "package.json"), '{ "private": true }');
  const install = [
    "install",
    "--silent",
    "--no-audit",
    "--no-fund",
    join(directory, packed.filename),
  ];
  execFileSync("npm", install, { cwd: directory });
  const said = execFileSync("npx", ["session-recovery", "--sessions", ".", "--json", "list"], {
    cwd: directory,
    encoding: "utf8",
  });
  assert.equal(JSON.parse(said).sessions.length, 2);
  const installed = readFileSync(join(directory, "package-lock.json"), "utf8");
  assert.ok(!installed.includes('@bytecodealliance/jco"'));

  const script =
    'import { SessionRecovery, SessionRecoveryError, type Change } from "session-recovery";\n' +
    'import { loadReport, type Report } from "session-recovery/report";\n' +
    'const recovery = await SessionRecovery.open(".", { maxMemory: 64, maxTime: 60 });\n' +
    'const messages: number | undefined = (await recovery.inspect("a")).live.messages;\n' +
    "const { json, parse } = await loadReport();\n" +
    "const report: Report = json({ kind: 'inspect' }, await recovery.inspect('a'));\n" +
    "console.log(report.exitCode, parse([]).tag);\n" +
    "// @ts-expect-error That is no audit.\n" +
    "json({ kind: 'audit' }, await recovery.inspect('a'));\n" +
    'console.log(messages, new SessionRecoveryError("io", "x").code satisfies string);\n' +
    'const change: Change | undefined = (await recovery.plan({ known: ["a"] })).changes[0];\n' +
    "json({ kind: 'audit' }, await recovery.audit()).output satisfies string;\n" +
    "console.log(change?.fingerprint satisfies string | undefined);\n" +
    "// @ts-expect-error There is no such option.\n" +
    "await recovery.recoverAll({ force: true });\n";
  writeFileSync(join(directory, "user.mts"), script);
  const options = [
    "--strict",
    "--noEmit",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--lib",
    "es2022,dom",
    "--types",
    "",
  ];
  execFileSync(join(node, "node_modules/.bin/tsc"), [...options, "user.mts"], { cwd: directory });
});

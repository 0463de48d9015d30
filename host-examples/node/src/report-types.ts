// The shapes of the report component: those of `wit/report.wit`, which documents them.

import type {
  AuditReport,
  Entry,
  Failure,
  Outcome,
  Plan,
  Purged,
  RepairResult,
  Status,
  Summary,
} from "./types.js";

/** The answer of each kind of question. */
export interface Answers {
  inspect: Status;
  recover: Outcome;
  "recover-all": Summary;
  undo: Outcome;
  sessions: Entry[];
  audit: AuditReport;
  plan: Plan;
  /** The results of `repair`, and what the plan before it withheld. */
  repair: { results: RepairResult[]; withheld: string[] };
  purge: Purged[];
  prune: Purged[];
  /** Why a call has no answer. */
  error: Failure;
}

/** What was asked. */
export interface Question<K extends keyof Answers> {
  kind: K;
  /** Whether it was a dry run. */
  dryRun?: boolean;
  /** Whether the exit code should be 3 if something needs attention. */
  check?: boolean;
}

/** Where a text is shown. */
export interface Page {
  /** Its width in columns, if it has one. */
  width?: number | undefined;
  /** Whether to use a terminal's escape sequences. */
  escapes?: boolean;
}

/** An answer, ready to be printed. */
export interface Report {
  /** For standard output. */
  output: string;
  /** For standard error, one line each. */
  diagnostics: string[];
  /** What a program should exit with. */
  exitCode: number;
}

/** What is to be done. */
export type Task =
  | { tag: "inspect" | "recover" | "undo" | "purge"; val: string }
  | { tag: "recover-all" | "sessions" | "audit" | "plan" | "repair" | "purge-deleted" | "prune" };

/** What was asked for on a command line. */
export interface Command {
  task: Task;
  options: {
    dryRun: boolean;
    discard: boolean;
    merge: boolean;
    ignoreGuards: boolean;
    force: boolean;
    prune: boolean;
    salvage: boolean;
  };
  json: boolean;
  check: boolean;
  /** The session directory. */
  sessions: string;
  missingOk: boolean;
  acceptOwner: boolean;
  maxMemory: number;
  maxTime: number;
}

/** A command line that was understood: a command, or a text to print. */
export type Parsed = { tag: "run"; val: Command } | { tag: "print"; val: string };

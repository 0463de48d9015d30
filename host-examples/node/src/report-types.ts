// The shapes of the report component: those of `wit/report.wit`, which documents them.

import type {
  AuditReport,
  Entry,
  Event,
  Failure,
  Outcome,
  Plan,
  Purged,
  RepairResult,
  SourceList,
  Status,
  Summary,
  View,
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
  sources: SourceList;
  /** What is in a source. */
  show: View;
  /** What changes if a source is put in place. */
  diff: View;
  history: Event[];
  /** One outcome for each session of a run. */
  "undo-run": Outcome[];
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

/** A source of a session. */
export interface Chosen {
  /** How the user named the session. `resolve` gives its ID. */
  session: string;
  /** The source's name, if the user gave one. */
  source?: string | undefined;
}

/** How many messages of a source to show. */
export interface Shown {
  of: Chosen;
  window: { after: number; first: number; last: number; changed: number };
}

/** What is to be done. */
export type Task =
  | { tag: "inspect" | "undo" | "purge" | "sources"; val: string }
  | { tag: "recover"; val: Chosen }
  | { tag: "show" | "diff"; val: Shown }
  | { tag: "undo-run"; val: string }
  | {
      tag:
        | "recover-all"
        | "sessions"
        | "audit"
        | "plan"
        | "repair"
        | "purge-deleted"
        | "prune"
        | "history";
    };

/** What was asked for on a command line. */
export interface Command {
  /** What is to be done, one after the other. */
  tasks: Task[];
  options: {
    dryRun: boolean;
    discard: boolean;
    merge: boolean;
    ignoreGuards: boolean;
    force: boolean;
    prune: boolean;
    salvage: boolean;
    best: boolean;
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

/** A command line that was understood: a command, a text to print, or that it wants its input. */
export type Parsed =
  | { tag: "run"; val: Command }
  | { tag: "print"; val: string }
  | { tag: "input-wanted" };

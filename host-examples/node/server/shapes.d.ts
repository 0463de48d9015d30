// The JSON that the server sends to its page. Both are checked against it.

export interface Problem {
  kind: string;
  offset?: number;
  expected?: string;
  message: string;
}

/** What is left of a damaged file. */
export interface Salvage {
  messages: number;
  recorded?: number;
  damage: string[];
}

export interface File {
  state: "missing" | "readable" | "unreadable" | "undecided";
  bytes?: number;
  problem?: Problem;
  salvage?: Salvage;
  only_here?: number;
}

/** The damaged file that a salvage would put in place. */
export interface SalvageSource {
  name: string;
  messages: number;
  gained: number;
  forced?: boolean;
  merged?: boolean;
}

/** Why a request has no answer. `error` has `remedy` at its end. */
export interface Failure {
  error: string;
  code: string;
  remedy?: string | undefined;
}

/** What happened, and what to do next. */
export interface Remark {
  code: string;
  message: string;
  remedy?: string | undefined;
}

/** What a session's files mean, in one word. */
export type Verdict =
  | "complete"
  | "different"
  | "shrunken"
  | "damaged"
  | "missing"
  | "guarded"
  | "withheld"
  | "undecided"
  | "lost"
  | "absent";

/** Why a session is not restored although its backup holds more messages. */
export type Guard =
  | "cleared"
  | "compressed"
  | "undone"
  | "deleted"
  | "unknown"
  | "deletions_unknown";

export interface Status {
  session_id: string;
  /** The beginning of its title. Somebody's words: show it as text only. */
  title?: string;
  /** When it was saved last, in seconds since 1970. */
  updated?: number;
  live_messages: number;
  bak_messages: number;
  recommend: "no_backup" | "no_action" | "restore";
  verdict: Verdict;
  guard?: Guard;
  reason: string;
  live: File;
  bak: File;
  live_only?: number;
  backup_only?: number;
  salvage?: SalvageSource;
  error?: string;
  remedy?: string;
}

export interface Outcome extends Status {
  restored: boolean;
  action: "nothing" | "would_restore" | "restored" | "restored_unconfirmed" | "failed";
  source?: string;
  salvaged?: number;
  merged?: number;
  kept?: string;
  errors?: Remark[];
}

/** What a sweep did. `failed` and `run`, what the history calls it, are the server's own keys. */
export interface Summary {
  scanned: number;
  restored: number;
  failed: number;
  run?: string;
  sessions: Outcome[];
  orphans: string[];
  oddities: Remark[];
}

export interface Change {
  kind: "restore" | "salvage" | "remove_leftover" | "set_index_aside";
  session_id?: string;
  source: string;
  target?: string;
  bytes: number;
  why: string;
  fingerprint: string;
}

export interface Plan {
  changes: Change[];
  withheld?: string[];
}

/** What was done about a change. */
export interface Repaired extends Change {
  done: boolean;
  error?: string;
  kept?: string;
  errors?: Remark[];
}

export interface Repair {
  repaired: number;
  failed: number;
  items: Repaired[];
  withheld?: string[];
}

export interface Finding {
  session_id?: string;
  kind: string;
  category: "repairable" | "unsafe_to_repair" | "information";
  turn_id?: string;
  event?: string;
  created_at?: string;
  characters?: number;
  name?: string;
  seen: string;
  remedy: string;
}

export interface Audit {
  status: "ok" | "warn" | "needs_manual_review";
  summary: { ok: number; repairable: number; unsafe_to_repair: number };
  items: Finding[];
}

export interface Listed {
  session_id: string | null;
  live: boolean;
  bak: boolean;
  title?: string;
  updated?: number;
  oddity?: Remark | undefined;
}

export interface Listing {
  scanned: number;
  sessions: Listed[];
  orphans: string[];
  oddities: Remark[];
}

/** A file that holds messages of a session. Times are in seconds since 1970. */
export interface Source {
  name: string;
  kind: "live" | "backup" | "kept" | "temporary" | "conflict_copy" | "other_copy";
  state: File["state"];
  messages?: number;
  bytes?: number;
  problem?: Problem;
  salvage?: Salvage;
  title?: string;
  updated?: number;
  /** The time of its first message. */
  first?: number;
  /** The time of its last message. */
  last?: number;
  /** How many messages come back if it is put in place. */
  brings?: number;
  /** How many messages then go out of sight. */
  hides?: number;
  /** How many of its messages are in it again. */
  doubled?: number;
}

export interface Sources {
  session_id: string;
  /** The name of the best source, if it is certain which one that is. */
  best?: string;
  why: string;
  /** How many more files there are that were not read. */
  unread?: number;
  sources: Source[];
}

/** A message, cut. All of it is somebody's words. */
export interface Excerpt {
  number: number;
  role?: string;
  time?: number;
  text: string;
  is_cut: boolean;
  tools: string[];
}

/** What is in a source, and what changes if it is put in place. */
export interface View {
  session_id: string;
  name: string;
  title?: string;
  updated?: number;
  created?: number;
  messages: number;
  first: Excerpt[];
  last: Excerpt[];
  brings?: number;
  /** The first of those messages that come back. */
  brought: Excerpt[];
  hides?: number;
  /** The first of those messages that go out of sight. */
  hidden: Excerpt[];
}

/** Something that was done in the directory. */
export interface Event {
  deed: "restored" | "undone";
  session_id: string;
  time?: number;
  run?: string;
  source?: string;
  kept?: string;
  messages?: number;
  can_undo: boolean;
}

/** What was done in the directory, the newest first. */
export interface History {
  events: Event[];
}

/** What the undo of a run did. `undone` and `failed` are the server's own keys. */
export interface Undone {
  sessions: Outcome[];
  undone: number;
  failed: number;
}

/** The directory, and what the server restored there when it started. */
export interface Directory {
  /** Its path, as the operator gave it. */
  name: string;
  swept: Summary | null;
  run: string | null;
}

/** A session that has the words of a search, and the first message that has one of them. */
export interface Found {
  session_id: string;
  excerpt?: Excerpt | undefined;
}

/** A line of a search: how far it is, and what it found since the line before. */
export interface Searched {
  done: number;
  total: number;
  found: Found[];
  /** How many sessions could not be read until now. */
  unread?: number;
}

/** The JSON of each kind of answer. */
export interface JsonOf {
  inspect: Status;
  recover: Outcome;
  "recover-all": Omit<Summary, "failed">;
  sessions: { sessions: Listed[] };
  audit: Audit;
  plan: Plan;
  repair: Repair;
  sources: Sources;
  show: View;
  history: History;
  "undo-run": Pick<Undone, "sessions">;
  error: Failure;
}

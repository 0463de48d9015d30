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

/** What a sweep did. `failed` is the server's own key. */
export interface Summary {
  scanned: number;
  restored: number;
  failed: number;
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
  oddity?: Remark | undefined;
}

export interface Listing {
  scanned: number;
  sessions: Listed[];
  orphans: string[];
  oddities: Remark[];
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
  error: Failure;
}

// The JSON that travels between the server and its page, for both to be checked against.

export interface Problem {
  kind: string;
  offset?: number;
  expected?: string;
  message: string;
}

export interface File {
  state: "missing" | "readable" | "unreadable" | "undecided";
  bytes?: number;
  problem?: Problem;
}

export interface Failure {
  error: string;
  code: string;
}

export interface Remark {
  code: string;
  message: string;
}

/** Why a session is left alone although its backup holds more messages. */
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
  guard?: Guard;
  reason: string;
  live: File;
  bak: File;
  live_only?: number;
  backup_only?: number;
  error?: string;
}

export interface Outcome extends Status {
  restored: boolean;
  action: "nothing" | "would_restore" | "restored" | "restored_unconfirmed" | "failed";
  source?: string;
  merged?: number;
  kept?: string;
  errors?: Remark[];
}

export interface Change {
  kind: "restore" | "remove_leftover" | "set_index_aside";
  session_id?: string;
  source: string;
  target?: string;
  bytes: number;
  why: string;
  fingerprint: string;
}

/** What came of a change. */
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

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

export interface Status {
  session_id: string;
  live_messages: number;
  bak_messages: number;
  recommend: "no_backup" | "no_action" | "restore";
  reason: string;
  live: File;
  bak: File;
  live_only?: number;
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

export interface Summary {
  scanned: number;
  restored: number;
  failed: number;
  orphans: string[];
  oddities: Remark[];
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

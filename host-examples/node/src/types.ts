// The shapes of the answers: those of the WIT interface, which documents them.

/** What is in the way of an operation. */
export type ErrorCode =
  | "invalid-session-id"
  | "no-directory"
  | "several-directories"
  | "not-a-session-directory"
  | "no-such-session"
  | "read-only"
  | "no-permission"
  | "not-a-regular-file"
  | "unusable-name"
  | "changed"
  | "not-mergeable"
  | "no-space"
  | "exhausted"
  | "io"
  | "conflicting-options"
  | "no-such-source"
  | "several-sources"
  | "other";

/** Why an operation, or one session of a sweep, failed. */
export interface Failure {
  code: ErrorCode;
  /** What happened, in sentences. It may hold names found in the directory, unescaped. */
  message: string;
  /** What to do next, in sentences. */
  remedy?: string | undefined;
}

/** What is wrong with a file. */
export interface Problem {
  kind:
    | "empty"
    | "not-utf8"
    | "not-json"
    | "not-an-object"
    | "no-messages"
    | "long-integer"
    | "deep-nesting"
    | "too-deep"
    | "not-a-regular-file"
    | "link"
    | "no-permission"
    | "exhausted"
    | "io"
    | "other";
  /** Where it shows, in bytes from the file's start. */
  offset?: number;
  /** What would have been right there. */
  expected?: string;
  /** The problem in words, without the file's name. */
  message: string;
}

/** What is left of a damaged file. */
export interface Salvage {
  /** How many whole messages it holds. */
  messages: number;
  /** How many messages it says that it holds, where that is whole. */
  recorded?: number;
  /** What is wrong with it, in words for people, in the order of the file. */
  damage: string[];
}

/** A live file or a backup, as it was found. */
export interface File {
  state: "missing" | "readable" | "unreadable" | "undecided";
  /** How many messages it holds, where it is readable. */
  messages?: number;
  /** Its size in bytes, where it was read to its end. */
  bytes?: number;
  /** Why it is not, or not for every interpreter, readable. */
  problem?: Problem;
  /** What is left of it, where it is damaged. */
  salvage?: Salvage;
  /** How many of its whole messages the other file lacks, where one of the two is damaged. */
  onlyHere?: number;
}

/** Why a session is left alone although its backup holds more messages. */
export type Guard =
  | "cleared"
  | "compressed"
  | "undone"
  | "deleted"
  | "unknown"
  | "deletions-unknown";

/** Something that whoever restores a session should know. */
export interface Note {
  kind:
    | "pending-message"
    | "active-stream"
    | "other-title"
    | "other-project"
    | "other-id"
    | "temporary-file"
    | "other";
  /** The note, in sentences. It may hold titles and names from the directory, unescaped. */
  message: string;
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

/** What the option `salvage` would put in a live file's place. */
export interface SalvageSource {
  /** The name of the damaged file: the live file itself, the backup or a kept file. */
  name: string;
  /** How many whole messages it holds. */
  messages: number;
  /** How many of these are lacking without the option. */
  gained: number;
  /**
   * Whether `force` is needed too, because the live file holds as many messages or more, but lacks
   * some. Add `merge` to keep its own.
   */
  forced: boolean;
  /** Whether `merge` is needed too: with `forced`, or because the backup that is restored lacks them. */
  merged: boolean;
}

/** What a file says it is about. It is somebody's words, unescaped. */
export interface Heading {
  /** The beginning of its title. */
  title?: string;
  /** When it was saved last, in seconds since 1970. */
  updated?: number;
}

/** What was found out about one session. */
export interface Status {
  sessionId: string;
  /** What the session is about, as its live file says, or what else is left of it. */
  heading: Heading;
  /** `ID.json`. */
  live: File;
  /** `ID.json.bak`. */
  backup: File;
  recommendation: "no-backup" | "no-action" | "restore";
  /** What the files mean, in one word. */
  verdict: Verdict;
  /** What keeps the backup out of the live file's place, if anything does. */
  guard?: Guard;
  /** Why, in a sentence for people. */
  reason: string;
  /** What keeps the session from being judged or restored, if anything does. */
  obstacle?: Failure;
  /**
   * How many messages only the live file holds. A restore without `merge` leaves them out. Absent
   * if a file is not readable, if it is not known, and after a sweep if the backup does not hold more.
   */
  liveOnly?: number;
  /** How many messages only the backup holds. Absent where `liveOnly` is. */
  backupOnly?: number;
  /** What else whoever restores the session should know. */
  notes: Note[];
  /**
   * What a restore with `salvage` would put in place, if that brings back messages that are lacking
   * without it. A sweep without `salvage` does not look into kept files.
   */
  salvage?: SalvageSource;
}

/** What was done about one session, and why. */
export interface Outcome {
  /** What was found before anything was done. */
  status: Status;
  action: "nothing" | "would-restore" | "restored" | "restored-unconfirmed" | "failed";
  /** Every failure met on the way; where it ended ill, the first one says why. */
  errors: Failure[];
  /** The name of the file whose bytes were put in place, or would be. */
  source?: string;
  /** How many whole messages the source holds, where it is damaged: they are in place, or would be. */
  salvaged?: number;
  /** How many of the live file's messages were put behind those of the source, or would be. */
  merged: number;
  /** The name of the file that holds what the live file held before. */
  kept?: string;
}

/** How to go about a restore. */
export interface RestoreOptions {
  /** Judge everything, change nothing. */
  dryRun?: boolean;
  /** Do not keep what the restored files replace. */
  discard?: boolean;
  /** Append the messages that only the live file holds to the backup's. */
  merge?: boolean;
  /** Restore also what is shorter, or gone, on purpose. */
  ignoreGuards?: boolean;
  /**
   * Let a damaged file count as its whole messages. It is kept, so this does not go together with
   * `discard`. A sweep then also looks at sessions without a backup.
   */
  salvage?: boolean;
  /** What the history calls the run. */
  run?: string;
}

/** How to go about the restore of several sessions. */
export interface SweepingOptions extends RestoreOptions {
  /**
   * Take each session's best source instead of its backup. It does not go together with `discard`.
   * If it is not certain which one that is, the session stays as it is and is listed.
   */
  best?: boolean;
  /** Remove afterwards the kept files that are redundant, as `prune` does. */
  prune?: boolean;
}

/** How to go about the restore of one session. */
export interface RecoverOptions extends RestoreOptions {
  /** Restore it although its backup holds no more messages. */
  force?: boolean;
}

/** How to go about an undo. */
export interface UndoOptions {
  /** Tell which file it would put back, change nothing. */
  dryRun?: boolean;
  /** Put back also a session that the user deleted. */
  ignoreGuards?: boolean;
  /** What the history calls the run. */
  run?: string;
}

/** How to go about the undo of a run. */
export interface UndoRunOptions extends UndoOptions {
  /** Stops between two sessions. Those that are left are listed as failed. */
  signal?: AbortSignal;
}

/** How to list the sessions. */
export interface SessionsOptions {
  /** Also say what each session is about. */
  headings?: boolean;
}

/** How many messages to show. */
export interface WindowOptions {
  /** How many messages are skipped before the first ones; 0 unless given. */
  after?: number;
  /** How many of the first ones; 3 unless given. */
  first?: number;
  /** How many of the last ones, except those among the first ones; 3 unless given. */
  last?: number;
  /** How many of those that come back, and of those that go out of sight; 10 unless given. */
  changed?: number;
}

/** Which source to show, and how many of its messages. */
export interface PreviewOptions extends WindowOptions {
  /** One of the names that `sources` gives. */
  source?: string;
}

/** How far the previews of all sessions are. */
export interface PreviewProgress {
  done: number;
  total: number;
  /** The last part. */
  views: View[];
  /** The sessions of the last part that cannot be shown, and why. */
  unread: { sessionId: string; failure: Failure }[];
}

/** A file that holds messages of a session. */
export interface Source {
  name: string;
  /** Where it comes from. */
  kind: "live" | "backup" | "kept" | "temporary" | "conflict-copy" | "other-copy";
  /** What it is. `onlyHere` is absent: see `brings`. */
  file: File;
  /** What it says it is about. */
  heading: Heading;
  /** The time of its first message that has one, in seconds since 1970. */
  first?: number;
  /** The time of its last message that has one. */
  last?: number;
  /**
   * How many of its messages the live file lacks. They come back if it is put in place. Absent if
   * the two could not be compared.
   */
  brings?: number;
  /** How many of the live file's messages it lacks. They go out of sight if it is put in place. */
  hides?: number;
  /** How many of its messages are in it again. */
  doubled?: number;
}

/** The sources of a session. */
export interface SourceList {
  sessionId: string;
  /** The live file, the backup, the kept files with the newest first, and the others by name. */
  sources: Source[];
  /** The name of the best one, if it is certain which one that is. */
  best?: string;
  /** Why it is the best, or why none is, in sentences for people. */
  why: string;
  /** How many more files were not read, because there are too many. */
  unread: number;
}

/** A message, cut. All of it is somebody's words, unescaped. */
export interface Excerpt {
  /** Its place in its file, from 1. */
  number: number;
  /** Who wrote it. */
  role?: string;
  /** When, in seconds since 1970. */
  time?: number;
  /** The first 200 characters. */
  text: string;
  /** Whether there is more. */
  isCut: boolean;
  /** The names of the tools that it calls: ten at most. */
  tools: string[];
}

/** What is in a source, and what changes if it is put in place. */
export interface View {
  sessionId: string;
  /** The source's name. */
  name: string;
  /** What it says it is about. */
  heading: Heading;
  /** When the session began, in seconds since 1970. */
  created?: number;
  /** How many messages it holds; of a damaged file, whole ones. */
  messages: number;
  /** The first ones. */
  first: Excerpt[];
  /** The last ones. */
  last: Excerpt[];
  /** How many of its messages the live file lacks. Absent if the two could not be compared. */
  brings?: number;
  /** The first of these: they come back. */
  brought: Excerpt[];
  /** How many of the live file's messages it lacks. */
  hides?: number;
  /** The first of these: they go out of sight. */
  hidden: Excerpt[];
}

/** Something that was done in a directory. */
export interface Event {
  /** A source was put in place, or a restore was undone. */
  deed: "restored" | "undone";
  sessionId: string;
  /** When, in seconds since 1970. Absent if only a kept file says so. */
  time?: number;
  /** The run that did it. Absent if `time` is. */
  run?: string;
  /** The name of the file whose bytes were put in place. */
  source?: string;
  /** The name of the file that holds what was replaced. */
  kept?: string;
  /** How many messages the source held. */
  messages?: number;
  /** Whether `undo` of the session takes this back. */
  canUndo: boolean;
}

/** What a sweep did. */
export interface Summary {
  /** How many names are those of live files. */
  scanned: number;
  /** How many sessions were restored. */
  restored: number;
  /** How many sessions were not looked at, because the sweep was stopped. */
  left: number;
  /** Every session that was looked at and is not simply fine, by file name. */
  sessions: Outcome[];
  /** Everything else worth knowing. */
  oddities: Failure[];
  /** With `prune`: the redundant kept files that were removed, or would be. */
  pruned: Purged[];
}

/** One session, or one odd entry, of the directory. */
export interface Entry {
  /** Absent where the entry's name gives none. */
  sessionId?: string;
  /** Whether there is a name for a live file. */
  live: boolean;
  /** Whether there is a name for a backup. */
  backup: boolean;
  /** What the session is about, if that was asked for. */
  heading?: Heading;
  /** What is odd about the entry. */
  oddity?: Failure;
}

/** A turn that the user submitted. */
export interface Turn {
  /** Its id in the journal. */
  turnId: string;
  /** The last event that the journal has of it. */
  event: string;
  /** When that was, as the journal spells it. */
  createdAt?: string;
  /** How many characters its text has. */
  characters: number;
}

/** One thing that an audit found. */
export interface Finding {
  kind:
    | "shrunken-live"
    | "orphan-backup"
    | "malformed-orphan-backup"
    | "deleted-orphan"
    | "unknown-orphan"
    | "index-missing-file"
    | "index-missing-entry"
    | "pending-turn"
    | "unreadable-live"
    | "undecided"
    | "different-messages"
    | "guarded"
    | "leftover"
    | "kept"
    | "odd-entry"
    | "unreadable-record"
    | "temporary-file"
    | "missing-messages"
    | "recorded-count"
    | "indexed-count"
    | "richer-context"
    | "other-layout"
    | "other-id"
    | "copy"
    | "kept-of-deleted"
    | "salvageable"
    | "better-source"
    | "other";
  /** Whether nothing is to be done, a repair mends it, or somebody has to look at it. */
  category: "information" | "repairable" | "manual-review";
  /** The session's id, where it is about one. */
  sessionId?: string;
  /** The sessions' ids, where it is about the index. */
  sessionIds: string[];
  /** The name of the file or entry that it is about, if it has one. */
  name?: string;
  /**
   * How many messages that file holds: for `temporary-file` where it is readable, and for
   * `salvageable` its whole ones.
   */
  messages?: number;
  /** How many messages the live file holds, where it is readable. */
  liveMessages?: number;
  /** The same of the backup. */
  backupMessages?: number;
  /** The turn, for `pending-turn`. */
  turn?: Turn;
  /** What was seen, in a sentence for people. */
  seen: string;
  /** What would mend it, in a sentence for people. */
  remedy: string;
}

/** What an audit found. */
export interface AuditReport {
  /** How many names are those of live files. */
  scanned: number;
  /** By kind, and each kind by name. */
  findings: Finding[];
}

/** One change of a plan. */
export interface Change {
  /**
   * Put a backup in place, or the whole messages of a damaged file; remove a leftover; or give the
   * application's index another name.
   */
  kind: "restore" | "salvage" | "remove-leftover" | "set-index-aside";
  /** The session's id, for `restore` and `salvage`. */
  sessionId?: string;
  /** The name of the file that is put in place, removed or renamed. */
  source: string;
  /** The name of the file in whose place it is put, or that it gets. */
  target?: string;
  /** How many bytes the source has. */
  bytes: number;
  /** Why, in a sentence for people. */
  why: string;
  /** What the files held when the plan was made, as a digest. */
  fingerprint: string;
}

/** The changes that would mend what an audit found. */
export interface Plan {
  /** The changes, in the order in which `repair` makes them. */
  changes: Change[];
  /** Why changes are left out that would otherwise be among them. */
  withheld: string[];
}

/** How to remove kept files. */
export interface PurgeOptions {
  /** Tell which files would be removed, change nothing. */
  dryRun?: boolean;
}

/** What was done about the kept files of one session. */
export interface Purged {
  /** Absent for the kept files of the application's index. */
  sessionId?: string;
  /** The names of the files that were removed, or would be. */
  removed: string[];
  /** Why others were not. */
  errors: Failure[];
}

/** What was done about one change of a plan. */
export interface RepairResult {
  change: Change;
  done: boolean;
  /** Every failure met on the way; if it was not made, the first one says why. */
  errors: Failure[];
  /** The name of the file that holds what was replaced, or set aside. */
  kept?: string;
}

/** How far a sweep is. */
export interface SweepProgress {
  /** Of the sessions with a backup; with `salvage`, also of those with only a live file. */
  done: number;
  total: number;
  /** What the last part did: the sessions that are not simply fine. */
  outcomes: Outcome[];
}

/** How far an inspection of the whole directory is. */
export interface InspectionProgress {
  done: number;
  total: number;
  /** The last part. */
  statuses: Status[];
}

/** How to open a directory. */
export interface OpenOptions {
  /** Whether a directory that does not exist counts as an empty one. */
  missingOk?: boolean;
  /** Whether to restore files whose owner or group cannot be kept. */
  acceptOwner?: boolean;
  /**
   * What the history calls the run that all calls are: at most 64 characters of printable ASCII, and
   * a name that no other run has. Unless it is given, each call is a run of its own.
   */
  run?: string;
  /** How much memory the component may use, in MiB; 256 unless given. */
  maxMemory?: number;
  /** How long a call of the component may take, in seconds; 600 unless given. */
  maxTime?: number;
}

/** How to sweep. */
export interface SweepOptions extends SweepingOptions {
  /** Stops the sweep between two sessions. */
  signal?: AbortSignal;
  /** Is waited for before the sweep goes on. */
  onProgress?: (progress: SweepProgress) => unknown;
}

/** How to make the changes of a plan. */
export interface RepairOptions {
  /** Stops between two sessions: the changes that were not begun are not made. */
  signal?: AbortSignal;
  /** What the history calls the run. */
  run?: string;
}

/** How to look for what is wrong. */
export interface AuditOptions {
  /** The sessions that there are, if that is known: what is gone of others is to stay so. */
  known?: string[];
  /** Ends the call, which then is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** How to make a plan. */
export interface PlanOptions extends AuditOptions {
  /** Also plan to bring back the whole messages of damaged files. */
  salvage?: boolean;
}

/** How to inspect the whole directory. */
export interface InspectionOptions {
  /** Ends the inspection, which then is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Is waited for before the inspection goes on. */
  onProgress?: (progress: InspectionProgress) => unknown;
}

//! Every call of the file system fails once, at the border between wasmtime and
//! the component: the failure is told by its kind, the live file is the old one
//! unless it was replaced already, and nothing is left lying about.

use std::path::Path;
use std::time::Instant;

use session_recovery::session::Role;
use session_recovery_host::{Action, Error, ErrorCode, Outcome};

use crate::figures::report;
use crate::fixture::{Fixture, contents, fixtures, sweep_leftovers};
use crate::guest::{Answer, Call, Code, GUEST, Run, Step};

/// How the file system fails, and what the answer calls it.
const FAULTS: [(Code, &[ErrorCode]); 7] = [
    (Code::Io, &[ErrorCode::Io]),
    (Code::InsufficientSpace, &[ErrorCode::NoSpace]),
    (Code::Access, &DENIED),
    (Code::ReadOnly, &DENIED),
    (Code::Quota, &[ErrorCode::NoSpace]),
    (Code::Interrupted, &[ErrorCode::Io]),
    (Code::Busy, &[ErrorCode::Io]),
];
/// While files are read, a full disk is a failure of no kind of its own, messages
/// that cannot be compared cannot be merged, and a live file that cannot be read
/// for the last time counts as changed.
const WHILE_READING: [ErrorCode; 3] = [
    ErrorCode::Other,
    ErrorCode::NotMergeable,
    ErrorCode::Changed,
];
const DENIED: [ErrorCode; 2] = [ErrorCode::ReadOnly, ErrorCode::NoPermission];

pub fn a_failure_of_any_call_is_reported_and_leaves_the_old_or_the_new_files() {
    let started = Instant::now();
    let mut runs = 0;
    for fixture in fixtures() {
        for (number, call) in undisturbed(&fixture).iter().enumerate() {
            for (code, codes) in FAULTS {
                let at = format!("{}, {code:?} at call {number}, {call:?}", fixture.title());
                let directory = fixture.make();
                let run = fail(&fixture, directory.path(), number, code, false);
                let answer = run.answer.expect("no failure is a trap");
                check(
                    &fixture,
                    directory.path(),
                    &answer,
                    &allowed(codes, call),
                    &at,
                );
                if !is_removal(call) && !is_release(call) {
                    assert_eq!(fixture.litter(directory.path()), [""; 0], "{at}");
                }
                assert_litter_is_named(&fixture, directory.path(), &answer, &at);
                sweep_leftovers(directory.path());
                fixture.finish(directory.path(), &at);
                runs += 1;
            }
        }
    }
    report(
        "each call failed once with each of 7 codes",
        &format!("{runs} runs, 0 violations"),
        started,
    );
}

pub fn a_failure_and_no_removal_leaves_a_staging_file_that_is_named() {
    let started = Instant::now();
    let (mut runs, mut named) = (0, 0);
    for fixture in fixtures() {
        for (number, call) in undisturbed(&fixture).iter().enumerate() {
            let at = format!("{}, io at call {number}, {call:?}", fixture.title());
            let directory = fixture.make();
            let run = fail(&fixture, directory.path(), number, Code::Io, true);
            let answer = run.answer.expect("no failure is a trap");
            let codes = allowed(&[ErrorCode::Io], call);
            check(&fixture, directory.path(), &answer, &codes, &at);
            assert_litter_is_named(&fixture, directory.path(), &answer, &at);
            named += fixture.litter(directory.path()).len();
            sweep_leftovers(directory.path());
            fixture.finish(directory.path(), &at);
            runs += 1;
        }
    }
    report(
        "each call failed once, and every removal",
        &format!("{runs} runs, {named} staging files left and named, 0 violations"),
        started,
    );
}

pub fn short_reads_and_writes_change_nothing() {
    let started = Instant::now();
    let mut runs = 0;
    for fixture in fixtures() {
        for (number, call) in undisturbed(&fixture).iter().enumerate() {
            if !moves_bytes(call) {
                continue;
            }
            for most in [1, 7, 4096] {
                let directory = fixture.make();
                let director = fixture.director(move |at, _| {
                    if at == number {
                        Step::AtMost(most)
                    } else {
                        Step::Go
                    }
                });
                let run = GUEST.direct(directory.path(), fixture.operation, director);
                let at = format!("{}, {most} bytes at call {number}", fixture.title());
                let answer = run.answer.unwrap().unwrap();
                assert_eq!(answer.errors().count(), 0, "{at}: {answer:?}");
                fixture.assert_finished(directory.path(), &at);
                runs += 1;
            }
        }
        for most in [1, 3, 100] {
            let directory = fixture.make();
            let director = fixture.director(move |_, call| {
                if moves_bytes(call) {
                    Step::AtMost(most)
                } else {
                    Step::Go
                }
            });
            let run = GUEST.direct(directory.path(), fixture.operation, director);
            assert_eq!(run.answer.unwrap().unwrap().errors().count(), 0);
            let at = format!("{}, always {most} bytes", fixture.title());
            fixture.assert_finished(directory.path(), &at);
            runs += 1;
        }
    }
    report(
        "each read and write shortened",
        &format!("{runs} runs, 0 violations"),
        started,
    );
}

pub fn a_host_that_reads_or_writes_nothing_is_a_failure_and_not_a_hang() {
    for fixture in fixtures() {
        for (number, call) in undisturbed(&fixture).iter().enumerate() {
            if !moves_bytes(call) {
                continue;
            }
            let directory = fixture.make();
            let director = fixture.director(move |at, _| {
                if at == number {
                    Step::AtMost(0)
                } else {
                    Step::Go
                }
            });
            let run = GUEST.direct(directory.path(), fixture.operation, director);
            let at = format!("{}, no bytes at call {number}", fixture.title());
            let answer = run.answer.expect("no failure is a trap");
            let codes = allowed(&[ErrorCode::Io], call);
            check(&fixture, directory.path(), &answer, &codes, &at);
            assert_eq!(fixture.litter(directory.path()), [""; 0], "{at}");
            fixture.finish(directory.path(), &at);
        }
    }
}

/// The calls of a run that nothing disturbs.
fn undisturbed(fixture: &Fixture) -> Vec<Call> {
    let director = fixture.director(|_, _| Step::Go);
    GUEST
        .direct(fixture.make().path(), fixture.operation, director)
        .calls
}

fn fail(fixture: &Fixture, directory: &Path, number: usize, code: Code, keeps_all: bool) -> Run {
    let director = fixture.director(move |at, call| {
        if at == number {
            Step::Fail(code)
        } else if keeps_all && is_removal(call) {
            Step::Fail(Code::Io)
        } else {
            Step::Go
        }
    });
    GUEST.direct(directory, fixture.operation, director)
}

/// What a failure of this call may be called.
fn allowed(codes: &[ErrorCode], call: &Call) -> Vec<ErrorCode> {
    let is_read = call.is("read");
    let is_opened = call.is("open-at") && Role::of(&call.names[0]) != Role::Staging;
    let more: &[ErrorCode] = if is_read || is_opened {
        &WHILE_READING
    } else {
        &[]
    };
    [codes, more].concat()
}

/// Whether a run may look there whether a claim is its own, to remove it.
fn is_release(call: &Call) -> bool {
    let is_about_claim = Role::of(&call.names[0]) == Role::Claim;
    call.is("metadata-hash") || call.is("metadata-hash-at") && is_about_claim
}

fn is_removal(call: &Call) -> bool {
    call.is("unlink-file-at")
}

fn moves_bytes(call: &Call) -> bool {
    call.is("read") || call.is("write")
}

/// The answer must say what is on disk, and the failure's kind.
fn check(
    fixture: &Fixture,
    directory: &Path,
    answer: &Result<Answer, Error>,
    codes: &[ErrorCode],
    at: &str,
) {
    let at = format!("{at}: {answer:?}");
    fixture.assert_whole(directory, &at);
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            assert!(codes.contains(&error.code), "{at}");
            assert!(!fixture.is_any_done(directory), "{at}");
            return;
        }
    };
    for error in answer.errors() {
        assert!(codes.contains(&error.code), "{at}");
        assert!(error.remedy.is_some(), "{at}");
    }
    for outcome in &answer.outcomes {
        check_outcome(fixture, directory, outcome, &at);
    }
}

fn check_outcome(fixture: &Fixture, directory: &Path, outcome: &Outcome, at: &str) {
    let live = format!("{}.json", outcome.status.session_id);
    let is_new = contents(directory).get(&live) == fixture.after.get(&live);
    match outcome.action {
        Action::Restored => assert!(is_new, "{at}"),
        Action::RestoredUnconfirmed => assert!(is_new && !outcome.errors.is_empty(), "{at}"),
        Action::Failed => assert!(!is_new && !outcome.errors.is_empty(), "{at}"),
        Action::Nothing | Action::WouldRestore => panic!("{at}: a restore was due"),
    }
}

/// What could not be removed must be told of.
fn assert_litter_is_named(
    fixture: &Fixture,
    directory: &Path,
    answer: &Result<Answer, Error>,
    at: &str,
) {
    for name in fixture.litter(directory) {
        let is_named = answer
            .as_ref()
            .is_ok_and(|answer| answer.errors().any(|error| error.message.contains(&name)));
        assert!(is_named, "{at}: {name} is left and not named: {answer:?}");
    }
}

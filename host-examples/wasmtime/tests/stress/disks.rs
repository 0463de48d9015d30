//! A disk that is really full, and one that is really mounted for reading only:
//! each in a mount namespace of its own, where the system allows one.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::figures::report;
use crate::fixture::{Fixture, contents, fixtures};
use crate::programs::{Program, programs};

/// Tells a process of its own namespace what to do there.
const ROLE: &str = "STRESS_DISK";
const FULL: &str = "full";
const READ_ONLY: &str = "read-only";

const PAGE: usize = 4096;

pub fn a_disk_that_is_full_anywhere_is_a_typed_error_and_leaves_a_whole_directory() {
    in_a_namespace(FULL);
}

pub fn a_read_only_mount_is_a_typed_error_and_leaves_everything_as_it_is() {
    in_a_namespace(READ_ONLY);
}

/// Runs this program again where it may mount; says so where that is refused.
fn in_a_namespace(role: &str) {
    for privileges in [&["--mount"][..], &["--mount", "--map-root-user"]] {
        let mut unshare = Command::new("unshare");
        let is_allowed = unshare
            .args(privileges)
            .args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"])
            .stderr(Stdio::null())
            .status();
        if !is_allowed.is_ok_and(|status| status.success()) {
            continue;
        }
        let mut again = Command::new("unshare");
        again.args(privileges).arg(env::current_exe().unwrap());
        assert!(again.env(ROLE, role).status().unwrap().success());
        return;
    }
    println!("not run with a {role} disk: no mount namespace is to be had (`unshare --mount`)");
}

/// Does the work inside the namespace, if this process is there for it.
pub fn work() -> Option<ExitCode> {
    let role = env::var(ROLE).ok()?;
    let place = tempfile::tempdir().unwrap();
    for program in programs() {
        match role.as_str() {
            FULL => fill(&program, place.path()),
            _ => mount_read_only(&program, place.path()),
        }
    }
    Some(ExitCode::SUCCESS)
}

fn mount(options: &str, place: &Path) {
    let mut mount = Command::new("mount");
    mount
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(place);
    assert!(mount.status().unwrap().success());
}

fn unmount(place: &Path) {
    let unmounted = Command::new("umount").arg(place).status();
    assert!(unmounted.unwrap().success());
}

/// Leaves more and more room, of bytes and of names, until there is enough.
fn fill(program: &Program, place: &Path) {
    let started = Instant::now();
    let (mut full, mut enough) = (0, 0);
    for fixture in fixtures().iter().filter(|fixture| !fixture.without_links) {
        for room in 0..12 {
            for names in [false, true] {
                let options = if names {
                    format!("size=1m,nr_inodes={}", fixture.before.len() + 1 + room)
                } else {
                    "size=1m".to_owned()
                };
                mount(&options, place);
                fixture.make_in(place);
                if !names {
                    leave_pages(room, place);
                }
                let at = format!("{}, {}, room {room}", program.name, fixture.title());
                let is_restored = restore(program, fixture, place, &["no_space"], &at);
                *(if is_restored { &mut enough } else { &mut full }) += 1;
                let _ = fs::remove_file(place.join(FILLER));
                make_room(place);
                fixture.finish(place, &at);
                unmount(place);
            }
        }
    }
    assert!(full > 0 && enough > 0);
    report(
        &format!("a full disk, {}", program.name),
        &format!("{full} restores without enough room, {enough} with it, 0 violations"),
        started,
    );
}

const FILLER: &str = "filler";

fn leave_pages(pages: usize, place: &Path) {
    let filler = place.join(FILLER);
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&filler)
        .unwrap();
    while file.write_all(&[0; PAGE]).is_ok() {}
    let full = file.metadata().unwrap().len();
    let left = full.saturating_sub((pages * PAGE) as u64);
    file.set_len(left).unwrap();
}

fn make_room(place: &Path) {
    let mut mount = Command::new("mount");
    mount
        .args(["-o", "remount,size=8m,nr_inodes=1000"])
        .arg(place);
    assert!(mount.status().unwrap().success());
}

fn mount_read_only(program: &Program, place: &Path) {
    let started = Instant::now();
    let mut runs = 0;
    for fixture in fixtures().iter().filter(|fixture| !fixture.without_links) {
        mount("size=1m", place);
        fixture.make_in(place);
        let mut remount = Command::new("mount");
        remount.args(["-o", "remount,ro"]).arg(place);
        assert!(remount.status().unwrap().success());
        let at = format!("{}, {}", program.name, fixture.title());
        let is_restored = restore(program, fixture, place, &["io", "read_only"], &at);
        assert!(!is_restored, "{at}");
        assert_eq!(contents(place), fixture.before, "{at}");
        unmount(place);
        runs += 1;
    }
    report(
        &format!("a read-only mount, {}", program.name),
        &format!("{runs} restores refused with a typed error, nothing changed"),
        started,
    );
}

/// Restores; gives whether that was done. Where it was not, the errors must have
/// one of these codes, and nothing may be left lying about.
fn restore(program: &Program, fixture: &Fixture, place: &Path, codes: &[&str], at: &str) -> bool {
    let output = program
        .on(place)
        .arg("--json")
        .args(fixture.words())
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{at}: {}", String::from_utf8_lossy(&output.stderr)));
    let at = format!("{at}: {answer}");
    fixture.assert_whole(place, &at);
    let found = error_codes(&answer);
    assert!(
        found.iter().all(|code| codes.contains(&code.as_str())),
        "{at}"
    );
    let is_restored = fixture.is_done(place);
    assert_eq!(
        output.status.success(),
        is_restored && found.is_empty(),
        "{at}"
    );
    if codes == ["no_space"] {
        assert_eq!(fixture.litter(place), [""; 0], "{at}");
    }
    is_restored
}

/// Every error of an answer, except those about the history. They are no failures.
fn error_codes(answer: &Value) -> Vec<String> {
    match answer {
        Value::Object(keys) if is_about_the_history(answer) && keys.contains_key("code") => {
            Vec::new()
        }
        Value::Object(keys) => {
            let own = keys.get("code").and_then(Value::as_str).map(str::to_owned);
            let inner = keys.values().flat_map(error_codes);
            own.into_iter().chain(inner).collect()
        }
        Value::Array(items) => items.iter().flat_map(error_codes).collect(),
        _ => Vec::new(),
    }
}

fn is_about_the_history(error: &Value) -> bool {
    let message = error.get("message").and_then(Value::as_str);
    message.is_some_and(|message| message.starts_with("This was not written to the history"))
}

//! Access lists: a restored file may be read by whom the replaced one could, and by nobody
//! else, whatever the directory's default list says of new files.

#![cfg(target_os = "linux")]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use session_recovery_host::{Action, Limits, Operations, Options, Plugin};
use tempfile::TempDir;
use xattr::FileExt;

const NOTE: &str = "user.note";

/// A directory whose new files everybody may read, and whose session is due; nothing where
/// there are no access lists.
fn directory() -> Option<TempDir> {
    let directory = tempfile::tempdir().unwrap();
    put(directory.path(), "a.json", 1, "u::rw,g::-,o::-");
    put(directory.path(), "a.json.bak", 2, "u::rw,g::-,o::-");
    let default = "d:u::rwx,d:g::rwx,d:o::rwx,d:u:1234:rwx,d:m::rwx";
    set(directory.path(), default).then_some(directory)
}

fn put(directory: &Path, name: &str, messages: usize, list: &str) {
    let path = directory.join(name);
    let messages = vec!["0"; messages].join(", ");
    fs::write(&path, format!("{{\"messages\": [{messages}]}}")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    set(&path, list);
}

/// Sets an access list, if that can be done; says why not.
fn set(path: &Path, list: &str) -> bool {
    let mut command = Command::new("setfacl");
    let done = command.args(["--modify", list]).arg(path).output();
    match done {
        Ok(done) if done.status.success() => return true,
        Ok(done) => println!("skipped: {}", String::from_utf8_lossy(&done.stderr)),
        Err(error) => println!("skipped: setfacl cannot be run, {error}"),
    }
    false
}

fn list(path: &Path) -> Vec<String> {
    let mut command = Command::new("getfacl");
    command.args(["--omit-header", "--absolute-names", "--numeric"]);
    let said = command.arg(path).output().unwrap();
    assert!(said.status.success());
    let said = String::from_utf8(said.stdout).unwrap();
    said.lines().map(str::to_owned).collect()
}

fn restore(directory: &Path) {
    let plugin = Plugin::new(Limits::default()).unwrap();
    let sessions = plugin.open(directory);
    let outcome = sessions.recover("a", Options::default()).unwrap();
    assert_eq!(outcome.action, Action::Restored, "{outcome:?}");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_restored_file_has_the_list_and_the_attributes_of_what_it_replaces() {
    let Some(directory) = directory() else { return };
    let live = directory.path().join("a.json");
    set(&live, "u:1234:r,g::-,g:1235:rw,m::rw");
    let before = list(&live);
    let file = File::options().write(true).open(&live).unwrap();
    let has_attributes = file.set_xattr(NOTE, b"kept").is_ok();
    restore(directory.path());
    assert_eq!(list(&live), before);
    assert!(before.contains(&"group::---".to_owned()), "{before:?}");
    let note = xattr::get(&live, NOTE).unwrap_or_default();
    assert_eq!(note.is_some_and(|note| note == b"kept"), has_attributes);
}

#[test]
fn a_file_without_a_list_gets_none_from_its_directory() {
    let Some(directory) = directory() else { return };
    let live = directory.path().join("a.json");
    for wanted in [0o600, 0o640, 0o400] {
        put(directory.path(), "a.json", 1, "u::rw");
        fs::set_permissions(&live, Permissions::from_mode(wanted)).unwrap();
        let file = File::open(&live).unwrap();
        file.remove_xattr("system.posix_acl_access").unwrap();
        fs::set_permissions(&live, Permissions::from_mode(wanted)).unwrap();
        restore(directory.path());
        assert_eq!(mode(&live), wanted);
        let entries = list(&live).into_iter();
        let extended: Vec<_> = entries.filter(|entry| entry.contains("1234")).collect();
        assert_eq!(extended, [""; 0], "{wanted:o}");
    }
}

#[test]
fn without_a_live_file_both_lists_must_agree() {
    let granted = "u:1234:r,g::-,m::r";
    for (backup, kept, expected) in [
        (granted, None, 0o640),
        (granted, Some(granted), 0o640),
        (granted, Some("u:1236:r,g::-,m::r"), 0o600),
        (granted, Some("g::r"), 0o600),
    ] {
        let Some(directory) = directory() else { return };
        let path = directory.path();
        fs::remove_file(path.join("a.json")).unwrap();
        put(path, "a.json.bak", 2, "u::rw");
        put(path, "a.json.replaced.1", 1, "u::rw");
        for (name, list) in [("a.json.bak", Some(backup)), ("a.json.replaced.1", kept)] {
            let bare = File::open(path.join(name)).unwrap();
            let _ = bare.remove_xattr("system.posix_acl_access");
            fs::set_permissions(path.join(name), Permissions::from_mode(0o600)).unwrap();
            match list {
                Some(list) => drop(set(&path.join(name), list)),
                None => fs::remove_file(path.join(name)).unwrap(),
            }
        }
        restore(path);
        assert_eq!(mode(&path.join("a.json")), expected, "{backup}, {kept:?}");
        let reads = list(&path.join("a.json"));
        let is_granted = reads.contains(&"user:1234:r--".to_owned());
        assert_eq!(is_granted, expected == 0o640, "{reads:?}");
    }
}

//! A directory made by an enemy: whatever is in it, each operation ends with a
//! clear answer, and what lies outside is as it was, to the byte.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::mkfifo;
use session_recovery_host::{HostError, Limits, Operations, Options, Plugin};
use tempfile::TempDir;

use crate::figures::report;
use crate::fixture::{scratch, session};
use crate::programs::{Program, programs};

/// Nothing takes nearly as long, unless it waits for ever.
const HANGS: Duration = Duration::from_mins(2);

pub fn the_library_is_bounded_and_clear_and_touches_nothing_outside() {
    let started = Instant::now();
    let hostile = Hostile::new();
    let sessions = hostile.sessions.clone();
    let (sender, done) = mpsc::channel();
    thread::spawn(move || sender.send(every_operation(&sessions)).unwrap());
    let answers = done.recv_timeout(HANGS).expect("no operation hangs");
    hostile.assert_unharmed("the library");
    report(
        "a hostile directory, the Rust library",
        &format!("{answers} answers within 4 MiB, the canary as it was"),
        started,
    );
}

pub fn every_program_is_bounded_and_clear_and_touches_nothing_outside() {
    for program in programs() {
        let started = Instant::now();
        let hostile = Hostile::new();
        let ids = hostile.ids();
        let mut answers = 0;
        for words in [&["list"][..], &["recover-all", "--dry-run"]] {
            check(&program, &hostile.sessions, words);
            answers += 1;
        }
        for id in &ids {
            check(&program, &hostile.sessions, &["inspect", "--", id]);
            check(
                &program,
                &hostile.sessions,
                &["--merge", "recover", "--", id],
            );
            answers += 2;
        }
        check(&program, &hostile.sessions, &["recover-all"]);
        for id in &ids {
            check(&program, &hostile.sessions, &["undo", "--", id]);
            answers += 1;
        }
        check(&program, &hostile.sessions, &["recover-all"]);
        hostile.assert_unharmed(program.name);
        report(
            &format!("a hostile directory, {}", program.name),
            &format!("{} answers, the canary as it was", answers + 2),
            started,
        );
    }
}

/// Runs every operation, on every id; gives how many answers there were.
fn every_operation(directory: &Path) -> usize {
    let limits = Limits {
        memory: 4 << 20,
        ..Limits::default()
    };
    let plugin = Plugin::new(limits).unwrap();
    let sessions = plugin.open(directory);
    let ids: Vec<_> = sessions
        .sessions(false)
        .unwrap()
        .into_iter()
        .filter_map(|entry| entry.session_id)
        .collect();
    let [plain, merge, dry_run] =
        [(false, false), (true, false), (false, true)].map(|(merge, dry_run)| Options {
            merge,
            dry_run,
            ..Options::default()
        });
    sessions.inspect_some(&ids).unwrap();
    sessions.recover_all(dry_run).unwrap();
    let clear = |error: Option<HostError>| match error {
        None | Some(HostError::Refused(_)) => {}
        Some(error) => panic!("{error}"),
    };
    for id in &ids {
        clear(sessions.inspect(id).err());
        clear(sessions.recover(id, merge).err());
    }
    sessions.recover_all(plain).unwrap();
    for id in &ids {
        clear(sessions.undo(id, Options::default()).err());
    }
    sessions.recover_all(plain).unwrap();
    3 * ids.len() + 5
}

/// A program must end, by itself, and say what there is to say.
fn check(program: &Program, sessions: &Path, words: &[&str]) -> Output {
    let on = program.on(sessions);
    let mut command = Command::new("timeout");
    command
        .arg(HANGS.as_secs().to_string())
        .arg(on.get_program());
    let output = command.args(on.get_args()).args(words).output().unwrap();
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8(said).expect("what is printed is text");
    let at = format!("{}, {words:?}: {said}", program.name);
    assert!(matches!(output.status.code(), Some(0..=2)), "{at}");
    assert!(!said.contains("panicked"), "{at}");
    assert!(!said.contains('\u{1b}'), "{at}");
    assert!(!said.is_empty(), "{at}");
    output
}

/// The directory, and a canary beside it.
struct Hostile {
    outer: TempDir,
    sessions: PathBuf,
    canary: BTreeMap<PathBuf, State>,
}

impl Hostile {
    fn new() -> Self {
        let outer = scratch();
        let sessions = outer.path().join("sessions");
        fs::create_dir(&sessions).unwrap();
        make_canary(&outer.path().join("canary"));
        let hostile = Self {
            canary: states(&outer.path().join("canary")),
            outer,
            sessions,
        };
        hostile.put_links();
        hostile.put_what_is_no_file();
        hostile.put_names();
        hostile.put_contents();
        hostile.pair("fine", &session("fine", 1), &session("fine", 9));
        hostile
    }

    fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.sessions.join(name.as_ref())
    }

    fn write(&self, name: impl AsRef<OsStr>, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn pair(&self, id: &str, live: &[u8], backup: &[u8]) {
        self.write(format!("{id}.json"), live);
        self.write(format!("{id}.json.bak"), backup);
    }

    fn put_links(&self) {
        let victim = self.outer.path().join("canary/victim.json");
        let targets = [
            ("in", PathBuf::from("fine.json")),
            ("out", victim.clone()),
            ("out-relative", PathBuf::from("../canary/victim.json")),
            ("loop-live", PathBuf::from("loop-live.json")),
            ("dangling", PathBuf::from("../canary/new.json")),
            ("to-directory", PathBuf::from("../canary")),
        ];
        for (id, target) in &targets {
            symlink(target, self.path(format!("{id}.json"))).unwrap();
            self.write(format!("{id}.json.bak"), &session(id, 3));
            self.write(format!("{id}-backup.json"), &session(id, 1));
            symlink(target, self.path(format!("{id}-backup.json.bak"))).unwrap();
            self.pair(&format!("{id}-kept"), &session(id, 1), &session(id, 3));
            symlink(target, self.path(format!("{id}-kept.json.replaced.1"))).unwrap();
        }
        for number in 0..4 {
            symlink(&victim, self.path(staging(number))).unwrap();
        }
        fs::hard_link(&victim, self.path("hard.json.bak")).unwrap();
        self.write("hard.json", b"");
        let other = self.outer.path().join("canary/other.json");
        fs::hard_link(&other, self.path("hard-live.json")).unwrap();
        self.write("hard-live.json.bak", &session("x", 99));
        self.write("same.json", &session("same", 2));
        fs::hard_link(self.path("same.json"), self.path("same.json.bak")).unwrap();
    }

    fn put_what_is_no_file(&self) {
        for (number, end) in ["json", "json.bak", "json.replaced.1"].iter().enumerate() {
            for kind in ["fifo", "directory", "socket", "device"] {
                self.pair(
                    &format!("{kind}-{number}"),
                    &session("x", 1),
                    &session("x", 2),
                );
                let place = self.path(format!("{kind}-{number}.{end}"));
                let _ = fs::remove_file(&place);
                put(kind, &place);
            }
        }
        put("fifo", &self.path(staging(4)));
        put("directory", &self.path(staging(5)));
    }

    fn put_names(&self) {
        let longest = "x".repeat(246);
        self.pair(&longest, &session("x", 1), &session("x", 2));
        self.write(format!("{}.json", "y".repeat(250)), b"");
        self.write("z".repeat(255), b"");
        for name in [&b"\xff\xfe.json"[..], b"caf\xe9.json.bak", b"\x80"] {
            self.write(OsStr::from_bytes(name), &session("x", 1));
        }
        for id in [
            "a\\b",
            "..\\canary\\victim",
            "con",
            "NUL",
            "com1",
            "COM¹",
            "aux.x",
            "-rf",
            " ",
            "…",
            "\u{1b}]0;title\u{7}",
            "line\nbreak",
            "a.json.bak.json",
            "_index",
            "%2e%2e%2f",
        ] {
            self.pair(id, &session("x", 1), &session("x", 2));
        }
        self.write(".json", b"");
        self.write("..json", &session("x", 1));
    }

    fn put_contents(&self) {
        self.pair("brackets", &session("x", 1), &b"[".repeat(10_000_000));
        let string = format!("{{\"messages\": [\"{}\"]}}", "s".repeat(8 << 20));
        self.pair("string", b"", string.as_bytes());
        self.write("sparse.json", &session("x", 1));
        let sparse = File::create(self.path("sparse.json.bak")).unwrap();
        sparse.set_len(4 << 30).unwrap();
        self.pair(
            "digits",
            b"",
            format!("{{\"messages\": [{}]}}", "9".repeat(1 << 20)).as_bytes(),
        );
    }

    /// The ids that programs can be given.
    fn ids(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.sessions).unwrap();
        let names = entries.filter_map(|entry| entry.unwrap().file_name().into_string().ok());
        let mut ids: Vec<_> = names
            .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
            .collect();
        ids.sort();
        ids
    }

    /// The canary is as it was, and what could be restored is.
    fn assert_unharmed(&self, by: &str) {
        let canary = states(&self.outer.path().join("canary"));
        for (path, state) in &self.canary {
            assert_eq!(canary.get(path), Some(state), "{by}: {}", path.display());
        }
        assert_eq!(canary.len(), self.canary.len(), "{by}");
        let fine = |name| fs::read(self.path(name)).unwrap();
        assert_eq!(fine("fine.json"), fine("fine.json.bak"), "{by}");
    }
}

fn staging(number: u32) -> String {
    format!(".session-recovery-{number:032x}.staging")
}

fn put(kind: &str, place: &Path) {
    match kind {
        "fifo" => mkfifo(place, Mode::S_IRWXU).unwrap(),
        "directory" => fs::create_dir(place).unwrap(),
        "socket" => drop(UnixListener::bind(place).unwrap()),
        _ => {
            let zero = makedev(1, 5);
            if let Err(error) = mknod(place, SFlag::S_IFCHR, Mode::S_IRWXU, zero) {
                println!("not run with a device: making one is refused ({error})");
            }
        }
    }
}

/// What can be told of a file without changing it.
#[derive(Debug, PartialEq, Eq)]
struct State {
    bytes: Vec<u8>,
    target: Option<PathBuf>,
    mode: u32,
    owner: (u32, u32),
    modified: (i64, i64),
}

fn make_canary(canary: &Path) {
    fs::create_dir_all(canary.join("inner")).unwrap();
    for (number, name) in ["victim.json", "other.json", "inner/deep.json"]
        .iter()
        .enumerate()
    {
        let path = canary.join(name);
        fs::write(&path, session(name, 10 + number)).unwrap();
        let mode = [0o600, 0o640, 0o444][number];
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }
    symlink("victim.json", canary.join("link.json")).unwrap();
}

/// The state of a directory and of all that is in it.
fn states(directory: &Path) -> BTreeMap<PathBuf, State> {
    let mut states = BTreeMap::new();
    let metadata = fs::symlink_metadata(directory).unwrap();
    if metadata.is_dir() {
        for entry in fs::read_dir(directory).unwrap() {
            states.extend(self::states(&entry.unwrap().path()));
        }
    }
    let state = State {
        bytes: if metadata.is_file() {
            fs::read(directory).unwrap()
        } else {
            Vec::new()
        },
        target: fs::read_link(directory).ok(),
        mode: metadata.mode(),
        owner: (metadata.uid(), metadata.gid()),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    };
    states.insert(directory.to_owned(), state);
    states
}

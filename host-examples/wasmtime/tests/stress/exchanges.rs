//! The application saves while this host exchanges names, and the host is killed, or other
//! programs put away what they take for a leftover: the save is in its place, or kept.

use std::cell::Cell;
use std::env;
use std::fs::{self, File};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use nix::errno::Errno;
use session_recovery::session::{Role, SessionId, staging_file_id};

use crate::concurrent_writer::save_by_renaming;
use crate::figures::{Bound, report};
use crate::fixture::{contents, leftovers, scratch, session};
use crate::programs::{Program, programs};
use crate::protocol::{Exchange, Fault, Names, Replaced};
use crate::races::{end, start};
use crate::system::{Identity, System};
use crate::worker::{LIBRARY, Task, Worker};

/// Says before which step the application saves, before which one the process is killed,
/// and where.
const STEPS: &str = "STRESS_EXCHANGE";
/// An exchange takes fewer steps than this.
const MOST_STEPS: usize = 12;
const STAGING: &str = ".session-recovery-0123456789abcdef0123456789abcdef.staging";

fn id() -> SessionId {
    SessionId::new("a").unwrap()
}

fn saved() -> Vec<u8> {
    session("saved", 2)
}

/// What the system does, with something else before each step.
struct Stepping<'a> {
    system: System<'a>,
    directory: &'a Path,
    done: Cell<usize>,
    saves_before: usize,
    dies_before: usize,
}

impl Stepping<'_> {
    fn step(&self) {
        let number = self.done.replace(self.done.get() + 1);
        if number == self.saves_before {
            save_by_renaming(&self.directory.join("a.json"), &saved());
        }
        if number == self.dies_before {
            let own = std::process::id().to_string();
            Command::new("kill").args(["-9", &own]).status().unwrap();
        }
    }
}

type Told<T> = Result<T, Fault<Errno>>;

impl Names for Stepping<'_> {
    type Identity = Identity;
    type File = OwnedFd;
    type Error = Errno;

    fn which(&self, name: &str) -> Told<Identity> {
        self.step();
        self.system.which(name)
    }

    fn open(&self, name: &str) -> Told<OwnedFd> {
        self.step();
        self.system.open(name)
    }

    fn exchange(&self, one: &str, other: &str) -> Told<()> {
        self.step();
        self.system.exchange(one, other)
    }

    fn rename(&self, from: &str, to: &str) -> Told<()> {
        self.step();
        self.system.rename(from, to)
    }

    fn name(&self, file: &OwnedFd, name: &str) -> Told<()> {
        self.step();
        self.system.name(file, name)
    }

    fn remove(&self, name: &str) -> Told<()> {
        self.step();
        self.system.remove(name)
    }

    fn sync(&self) -> Told<()> {
        self.step();
        self.system.sync()
    }
}

/// Exchanges names, if this process is to.
pub fn work() -> Option<ExitCode> {
    let steps = env::var(STEPS).ok()?;
    let mut words = steps.splitn(3, ' ');
    let mut number = || words.next().unwrap().parse().unwrap();
    let (saves_before, dies_before) = (number(), number());
    let directory = Path::new(words.next().unwrap());
    let opened = File::open(directory).unwrap();
    // As the component does, while its host exchanges.
    let [_judged, _staging] =
        ["a.json", STAGING].map(|name| File::open(directory.join(name)).unwrap());
    let system = System(opened.as_fd());
    let judged = system.which("a.json").unwrap();
    let names = &Stepping {
        system,
        directory,
        done: Cell::new(0),
        saves_before,
        dies_before,
    };
    let file_id = staging_file_id(STAGING).unwrap();
    let exchange = Exchange {
        names,
        staging: STAGING,
        live: "a.json",
        name: &|number| id().exchange_name(file_id, number),
    };
    let replaced = exchange.replace(judged).unwrap();
    let is_saved = (1..names.done.get()).contains(&saves_before);
    let is_in_time = fs::read(directory.join("a.json")).unwrap() == saved();
    assert!(is_in_time || !is_saved || replaced == Replaced::Done);
    Some(ExitCode::SUCCESS)
}

/// A directory right before an exchange: the live file is kept, the staging file complete.
fn prepare(directory: &Path) {
    let path = |name: &str| directory.join(name);
    fs::write(path("a.json"), session("live", 1)).unwrap();
    fs::write(path("a.json.bak"), session("backup", 50)).unwrap();
    fs::hard_link(path("a.json"), path("a.json.replaced.1")).unwrap();
    fs::write(path(STAGING), session("backup", 50)).unwrap();
    fs::write(path(&id().claim_name()), "").unwrap();
}

/// Lets a process exchange and be killed; gives whether it was.
fn exchange_in(directory: &Path, saves_before: usize, dies_before: usize) -> bool {
    let steps = format!("{saves_before} {dies_before} {}", directory.display());
    let ended = Command::new(env::current_exe().unwrap())
        .env(STEPS, steps)
        .stdout(Stdio::null())
        .status();
    !ended.unwrap().success()
}

/// The process is killed before each step, and the application has saved before any step
/// until then; then each program sweeps.
pub fn a_kill_between_any_two_steps_of_an_exchange_loses_no_save() {
    let started = Instant::now();
    let (mut kills, mut hidden) = (0, 0);
    for program in programs() {
        for saves_before in 0..MOST_STEPS {
            for dies_before in saves_before..MOST_STEPS {
                let directory = scratch();
                prepare(directory.path());
                let at = format!("{}, {saves_before}, {dies_before}", program.name);
                if !exchange_in(directory.path(), saves_before, dies_before) {
                    break;
                }
                kills += 1;
                hidden += usize::from(is_hidden(directory.path()));
                sweep(&program, directory.path(), &at);
                let now = contents(directory.path());
                assert!(now.values().any(|held| *held == saved()), "{at}: {now:?}");
                let live = session("live", 1);
                assert!(now.values().any(|held| *held == live), "{at}: {now:?}");
                assert_eq!(now["a.json.bak"], session("backup", 50), "{at}");
                assert_eq!(now["a.json"], session("backup", 50), "{at}");
                assert_eq!(leftovers(directory.path()), [""; 0], "{at}");
            }
        }
    }
    assert!(hidden > 0, "no save was ever without its name");
    report(
        "killed between any two steps of an exchange, after a save",
        &format!("{kills} kills, {hidden} with the save under the exchange's name alone, 0 lost"),
        started,
    );
}

/// Whether the save has no name that the application knows.
fn is_hidden(directory: &Path) -> bool {
    let now = contents(directory);
    let mut holds = now.iter().filter(|(_, bytes)| **bytes == saved());
    holds.all(|(name, _)| Role::of(name) == Role::Exchange)
}

fn sweep(program: &Program, directory: &Path, at: &str) {
    let mut command = program.on(directory);
    let output = command.args(["--json", "recover-all"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{at}: {said}");
}

/// Four processes of this host restore one session again and again, and the application
/// saves; the other programs restore another session meanwhile, and put away whatever they
/// take for a leftover.
pub fn a_save_during_exchanges_is_never_lost_whatever_other_program_tidies_up() {
    let started = Instant::now();
    let mut workers = [LIBRARY; 2].map(Worker::start);
    let programs = programs();
    let bound = Bound::of_one_in(1, 10, 500);
    let (mut rounds, mut saves) = (0, 0);
    while bound.goes_on(rounds) {
        rounds += 1;
        let directory = scratch();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("b.json"), session("b", 1)).unwrap();
        fs::write(path("b.json.bak"), session("b", 9)).unwrap();
        fs::write(path("a.json.bak"), session("backup", 50)).unwrap();
        let others = programs.iter();
        let others: Vec<_> = others
            .map(|program| start(program, directory.path(), "b"))
            .collect();
        let mut others: Vec<_> = others.into_iter().map(Some).collect();
        while others.iter().any(Option::is_some) {
            saves += 1;
            save_during_exchanges(&mut workers, directory.path(), saves);
            for other in &mut others {
                let is_over = |child: &mut std::process::Child| child.try_wait().unwrap().is_some();
                if other.as_mut().is_some_and(is_over)
                    && let Some(child) = other.take()
                {
                    end(child);
                }
            }
        }
        assert_eq!(leftovers(directory.path()), [""; 0]);
    }
    report(
        "saves during exchanges while every program tidies up",
        &format!("{rounds} rounds, {saves} saves, 0 lost"),
        started,
    );
}

fn save_during_exchanges(workers: &mut [Worker], directory: &Path, number: usize) {
    let live = directory.join("a.json");
    save_by_renaming(&live, &session("due", 1));
    for worker in workers.iter_mut() {
        worker.order(Task::Recover, directory);
    }
    for _ in 0..number * 37 % 200 {
        fs::read(&live).unwrap();
    }
    let saved = session(&format!("saved {number}"), 3);
    save_by_renaming(&live, &saved);
    let told: Vec<_> = workers.iter_mut().map(Worker::answer).collect();
    // Another program may just be giving it another name, and a listing miss both.
    let is_held = || contents(directory).values().any(|held| *held == saved);
    assert!((0..10).any(|_| is_held()), "save {number}: {told:?}");
}

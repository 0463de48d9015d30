//! A process that restores whenever it is told to, round after round: starting
//! one takes longer than a restore, so these race where started ones do not.
//! This program is it, where the environment says so.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use session_recovery_host::{
    Action, ErrorCode, HostError, Limits, Operations, Options, Outcome, Plugin, Sessions,
};

use crate::guest::{Call, GUEST, ID, Operation, Run, Step};

/// Says which kind of worker a process is to be.
const ROLE: &str = "STRESS_ROLE";
/// The library of this crate.
pub const LIBRARY: &str = "library";
/// The guest whose calls are seen: it tells when it looked last.
pub const WATCHED: &str = "watched";
/// The guest whose memory is measured, and the process's.
pub const MEASURED: &str = "measured";

/// A worker that says nothing for so long hangs.
const HANGS: Duration = Duration::from_mins(1);

/// What is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Recover,
    Merge,
    RecoverAll,
    Undo,
    List,
}

const TASKS: [(Task, &str); 5] = [
    (Task::Recover, "recover"),
    (Task::Merge, "merge"),
    (Task::RecoverAll, "recover-all"),
    (Task::Undo, "undo"),
    (Task::List, "list"),
];

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `restored`, `nothing`, or why not.
    pub what: String,
    /// From the last look at the live file to its replacement, in nanoseconds
    /// since 1970, where a watched guest replaced it.
    pub window: Option<(u128, u128)>,
}

/// A worker, as its employer sees it. It ends with its input.
pub struct Worker {
    child: Child,
    orders: ChildStdin,
    answers: Receiver<String>,
}

impl Worker {
    pub fn start(role: &str) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            orders: child.stdin.take().unwrap(),
            answers,
            child,
        }
    }

    pub fn order(&mut self, task: Task, directory: &Path) {
        let words = TASKS.iter().find(|(known, _)| *known == task).unwrap().1;
        writeln!(self.orders, "{words} {}", directory.display()).unwrap();
    }

    pub fn answer(&mut self) -> Told {
        self.answer_soon().expect("a worker answers")
    }

    /// The answer, unless the worker hangs: then it is ended.
    pub fn answer_soon(&mut self) -> Option<Told> {
        Some(Told::parse(&self.answers.recv_timeout(HANGS).ok()?))
    }

    /// The answer, however long it takes.
    pub fn answer_whenever(&mut self) -> Told {
        Told::parse(&self.answers.recv().expect("a worker answers"))
    }
}

impl Told {
    fn parse(line: &str) -> Self {
        let mut words = line.trim_end().splitn(3, ' ');
        let mut number = || words.next().unwrap().parse().unwrap();
        let window = (number(), number());
        Self {
            what: words.next().unwrap().to_owned(),
            window: (window != (0, 0)).then_some(window),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Works as long as there are orders, if this process is a worker.
pub fn work() -> Option<ExitCode> {
    let role = env::var(ROLE).ok()?;
    let plugin = Plugin::new(Limits::default()).unwrap();
    for order in stdin().lines() {
        let order = order.unwrap();
        let (words, directory) = order.split_once(' ').unwrap();
        let task = TASKS.iter().find(|(_, known)| *known == words).unwrap().0;
        let directory = PathBuf::from(directory);
        let untimed = |what| Told { what, window: None };
        let told = match role.as_str() {
            WATCHED => watched(task, &directory),
            MEASURED => untimed(measured(task, &directory)),
            _ => untimed(by_library(task, &plugin.open(directory))),
        };
        let (from, to) = told.window.unwrap_or_default();
        println!("{from} {to} {}", told.what.replace('\n', " "));
        stdout().flush().unwrap();
    }
    Some(ExitCode::SUCCESS)
}

fn by_library(task: Task, sessions: &Sessions) -> String {
    let options = options(task);
    let outcomes = match task {
        Task::Recover | Task::Merge => sessions.recover(ID, options).map(|done| vec![done]),
        Task::Undo => sessions.undo(ID, Options::default()).map(|done| vec![done]),
        Task::RecoverAll => sessions
            .recover_all(options)
            .map(|summary| summary.sessions),
        Task::List => sessions.sessions(false).map(|_| Vec::new()),
    };
    match outcomes {
        Ok(outcomes) => outcomes.first().map_or("nothing".to_owned(), describe),
        Err(HostError::Refused(error)) => format!("refused {error}"),
        Err(error) => format!("error {error}"),
    }
}

fn options(task: Task) -> Options {
    Options {
        merge: task == Task::Merge,
        ..Options::default()
    }
}

fn describe(outcome: &Outcome) -> String {
    match (outcome.action, outcome.errors.first()) {
        (Action::Restored, None) => "restored".to_owned(),
        (Action::Nothing, None) => "nothing".to_owned(),
        (Action::Failed, Some(error)) if error.code == ErrorCode::Changed => "changed".to_owned(),
        _ => format!("{:?} {:?}", outcome.action, outcome.errors),
    }
}

fn operation(task: Task) -> Operation {
    match task {
        Task::Recover | Task::Merge => Operation::Recover(options(task)),
        Task::RecoverAll => Operation::RecoverAll(options(task)),
        Task::Undo => Operation::Undo,
        Task::List => Operation::Sessions,
    }
}

/// How many sessions were restored or listed, the guest's memory and the most
/// that this process had, in KiB.
fn measured(task: Task, directory: &Path) -> String {
    let run = GUEST.run(directory, operation(task));
    let answer = run.answer.unwrap().unwrap();
    let number = answer.restored() + answer.listed;
    // Where there is no /proc, the process is not measured.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let host = peak.map_or("0", |peak| peak.trim().trim_end_matches(" kB"));
    format!("{number} {} {host}", run.memory >> 10)
}

fn watched(task: Task, directory: &Path) -> Told {
    let operation = operation(task);
    let times = Arc::new(Mutex::new(Vec::new()));
    let clock = Arc::clone(&times);
    let director = move |_, _: &Call| {
        clock.lock().unwrap().push(now());
        Step::Go
    };
    let run = GUEST.direct(directory, operation, Box::new(director));
    let mut times = times.lock().unwrap();
    times.push(now());
    let window = window(&run, &times);
    let what = match run.answer.unwrap() {
        Ok(answer) => answer
            .outcomes
            .first()
            .map_or("nothing".to_owned(), describe),
        Err(error) => format!("refused {error}"),
    };
    Told { what, window }
}

/// From the last look at the live file's name to the call after the one that
/// replaced it.
fn window(run: &Run, times: &[u128]) -> Option<(u128, u128)> {
    let is_about_live = |call: &Call, function: &str, name: usize| {
        call.is(function) && call.names[name] == "a.json"
    };
    let mut calls = run.calls.iter();
    let replaced = calls.rposition(|call| is_about_live(call, "rename-at", 1))?;
    let mut calls = run.calls[..replaced].iter();
    let looked = calls.rposition(|call| is_about_live(call, "metadata-hash-at", 0))?;
    Some((times[looked], times[replaced + 1]))
}

/// Nanoseconds since 1970, the same for all processes.
pub fn now() -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_nanos()
}

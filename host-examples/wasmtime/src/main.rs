//! Runs the component in wasmtime as a program: `session-recovery-host --sessions DIR recover-all`.
//! It takes the same arguments and gives the same answers as the component for a terminal.

use std::cell::OnceCell;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};
use nix::sys::stat::{Mode, umask};
use session_recovery::answer::Answer;
use session_recovery::command::{Command, Host, Parsed, Program, Task, parse};
use session_recovery::report::{Page, Report, USAGE, json, text, worst};
use session_recovery_host::{Error, Limits, Plugin, Sessions, new_run_name};
use signal_hook::consts::{SIGINT, SIGXFSZ};
use signal_hook::flag;

fn main() -> ExitCode {
    // Only this user may read new files, until they get the mode of those they replace.
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
    // With a handler, a write beyond a limit is an error, after which the component cleans up.
    let _ = flag::register(SIGXFSZ, Arc::default());
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let readable = arguments.iter();
    let readable = readable.map(|argument| argument.to_string_lossy().into_owned());
    match parsed(&readable.collect::<Vec<_>>()) {
        Ok(Parsed::Run(command)) => run(&command, &arguments),
        Ok(Parsed::Print(text)) => exit_code(&io::stdout().write_all(text.as_bytes()), 0),
        Ok(Parsed::InputWanted) => ExitCode::from(USAGE),
        Err(complaint) => exit_code(&io::stderr().write_all(complaint.as_bytes()), USAGE),
    }
}

/// Reads the arguments, and standard input if they say so.
fn parsed(arguments: &[String]) -> Result<Parsed, String> {
    match parse(Program::Host, arguments, None)? {
        Parsed::InputWanted => {
            let mut input = Vec::new();
            let read = io::stdin().read_to_end(&mut input);
            read.map_err(|error| format!("error: standard input: {error}\n"))?;
            parse(
                Program::Host,
                arguments,
                Some(&String::from_utf8_lossy(&input)),
            )
        }
        parsed => Ok(parsed),
    }
}

/// Carries out a command as one run, and prints each answer as soon as it is there.
fn run(command: &Command, arguments: &[OsString]) -> ExitCode {
    let host = command.host.clone().unwrap_or_default();
    let name = new_run_name();
    let plugin = OnceCell::new();
    let mut codes = Vec::new();
    for task in &command.tasks {
        let plugin = plugin_for(&plugin, &host);
        let answer = plugin.and_then(|plugin| {
            let sessions = opened(plugin, &host, arguments);
            answer(task, &sessions.in_run(&name))
        });
        let report = report(command, task, &answer);
        if report.print().is_err() {
            return ExitCode::FAILURE;
        }
        codes.push(report.exit_code);
    }
    ExitCode::from(worst(codes))
}

fn plugin_for<'a>(plugin: &'a OnceCell<Plugin>, host: &Host) -> Result<&'a Plugin, Error> {
    if let Some(plugin) = plugin.get() {
        return Ok(plugin);
    }
    let new = Plugin::new(Limits {
        memory: (host.max_memory as usize).saturating_mul(1 << 20),
        time: Duration::from_secs(host.max_time.into()),
    })?;
    Ok(plugin.get_or_init(|| new))
}

fn report(command: &Command, task: &Task, answer: &Result<Answer, Error>) -> Report {
    let question = command.question(task);
    if command.json {
        return json(answer, question);
    }
    let is_terminal = io::stdout().is_terminal();
    let page = Page {
        width: is_terminal.then(|| Term::stdout().size().1),
        escapes: is_terminal,
    };
    text(answer, question, page)
}

fn opened<'a>(plugin: &'a Plugin, host: &Host, arguments: &[OsString]) -> Sessions<'a> {
    let mut sessions = plugin.open(given(&host.sessions, arguments));
    if host.missing_ok {
        sessions = sessions.missing_ok();
    }
    if host.accept_owner {
        sessions = sessions.accept_owner();
    }
    sessions
}

fn answer(task: &Task, sessions: &Sessions) -> Result<Answer, Error> {
    let is_watched = io::stderr().is_terminal();
    let stop = is_watched.then(stop_at_interrupt);
    let bar = progress_bar();
    let answer = task.perform(sessions, &mut |done, total| {
        if is_watched {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
        let is_stopped = |stop: &Arc<AtomicBool>| stop.load(Ordering::Relaxed);
        if stop.as_ref().is_some_and(is_stopped) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    answer
}

/// The directory as it was given: its name need not be UTF-8.
fn given(sessions: &str, arguments: &[OsString]) -> OsString {
    let is_it = |argument: &&OsString| argument.to_string_lossy() == sessions;
    arguments
        .iter()
        .find(is_it)
        .cloned()
        .unwrap_or_else(|| sessions.into())
}

/// Lets the first Ctrl-C stop a sweep between two sessions. A second one ends the program.
fn stop_at_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    // Without the handlers Ctrl-C ends the program at once, which leaves no file damaged.
    let _ = flag::register_conditional_default(SIGINT, Arc::clone(&stop));
    let _ = flag::register(SIGINT, Arc::clone(&stop));
    stop
}

/// A bar on standard error, if that is a terminal.
fn progress_bar() -> ProgressBar {
    let template = "{bar:30} {pos} of {len} sessions with a backup";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn exit_code(printed: &io::Result<()>, code: u8) -> ExitCode {
    match printed {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::FAILURE,
    }
}

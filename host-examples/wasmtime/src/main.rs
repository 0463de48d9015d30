//! Runs the component in wasmtime as a program: `session-recovery-host --sessions DIR recover-all`.
//! It takes the same arguments and gives the same answers as the component for a terminal.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};
use nix::sys::stat::{Mode, umask};
use session_recovery::answer::Answer;
use session_recovery::command::{Command, Host, Parsed, Program, parse};
use session_recovery::report::{Page, Report, USAGE, json, text};
use session_recovery_host::{Error, Limits, Plugin};
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
    match parse(Program::Host, &readable.collect::<Vec<_>>()) {
        Ok(Parsed::Run(command)) => print(&report(&command, &arguments)),
        Ok(Parsed::Print(text)) => exit_code(&io::stdout().write_all(text.as_bytes()), 0),
        Err(complaint) => exit_code(&io::stderr().write_all(complaint.as_bytes()), USAGE),
    }
}

fn report(command: &Command, arguments: &[OsString]) -> Report {
    let host = command.host.clone().unwrap_or_default();
    let answer = answer(command, &host, arguments);
    if command.json {
        return json(&answer, command.question());
    }
    let is_terminal = io::stdout().is_terminal();
    let page = Page {
        width: is_terminal.then(|| Term::stdout().size().1),
        escapes: is_terminal,
    };
    text(&answer, command.question(), page)
}

fn answer(command: &Command, host: &Host, arguments: &[OsString]) -> Result<Answer, Error> {
    let plugin = Plugin::new(Limits {
        memory: (host.max_memory as usize).saturating_mul(1 << 20),
        time: Duration::from_secs(host.max_time.into()),
    })?;
    let mut sessions = plugin.open(given(&host.sessions, arguments));
    if host.missing_ok {
        sessions = sessions.missing_ok();
    }
    if host.accept_owner {
        sessions = sessions.accept_owner();
    }
    let is_watched = io::stderr().is_terminal();
    let stop = is_watched.then(stop_at_interrupt);
    let bar = progress_bar();
    let answer = command.task.perform(&sessions, &mut |done, total| {
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

fn print(report: &Report) -> ExitCode {
    exit_code(&report.print(), report.exit_code)
}

fn exit_code(printed: &io::Result<()>, code: u8) -> ExitCode {
    match printed {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::FAILURE,
    }
}

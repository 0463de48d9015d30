//! `session-recovery-host --sessions DIR recover-all`: the component in
//! wasmtime, with the same words and answers as on its own.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use indicatif::{ProgressBar, ProgressStyle};
use nix::sys::stat::{Mode, umask};
use session_recovery::command::{
    ABOUT, AFTER_HELP, Arguments, Operations, exit_code, explain, parse,
};
use session_recovery::report::printable;
use session_recovery::sweep::Progress;
use session_recovery_host::{
    AuditReport, Change, Entry, Error, Limits, Options, Outcome, Plan, Plugin, Purged,
    RepairResult, Sessions, Status, Summary,
};
use signal_hook::consts::{SIGINT, SIGXFSZ};
use signal_hook::flag;

#[derive(Parser)]
#[command(
    version,
    about = ABOUT,
    after_help = AFTER_HELP,
    override_usage = "session-recovery-host --sessions <DIR> [OPTIONS] <COMMAND>",
    disable_help_subcommand = true
)]
struct Cli {
    /// The directory that holds the sessions; the component sees nothing else
    #[arg(long, value_name = "DIR", global = true)]
    sessions: Option<PathBuf>,
    /// How much memory the component may use
    #[arg(long, value_name = "MIB", global = true, default_value_t = Limits::default().memory >> 20)]
    max_memory: usize,
    /// How long a call of the component may compute
    #[arg(long, value_name = "SECONDS", global = true, default_value_t = Limits::default().time.as_secs())]
    max_time: u64,
    #[command(flatten)]
    arguments: Arguments,
}

fn main() -> ExitCode {
    // Files that this process makes are its user's alone, until they get the mode of those they replace.
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
    let cli = match parse(|cli: &Cli| &cli.arguments) {
        Ok(cli) => cli,
        Err(stop) => return exit_code(explain(&stop)),
    };
    let Some(directory) = cli.sessions else {
        let missing = "--sessions <DIR> is missing: the directory that holds the sessions";
        let stop = Cli::command().error(ErrorKind::MissingRequiredArgument, missing);
        return exit_code(explain(&stop));
    };
    let limits = Limits {
        memory: cli.max_memory.saturating_mul(1 << 20),
        time: Duration::from_secs(cli.max_time),
    };
    // With a handler, to write beyond a limit is an error, which cleans up.
    let _ = flag::register(SIGXFSZ, Arc::default());
    let plugin = match Plugin::new(limits) {
        Ok(plugin) => plugin,
        Err(error) => {
            say(&format!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let sessions = plugin.open(directory);
    if sessions.is_missing() {
        let directory = sessions.directory().display().to_string();
        say(&format!(
            "note: there is no directory {}",
            printable(&directory)
        ));
    }
    let bar = progress_bar();
    let mut host = Host {
        sessions,
        watched: (!bar.is_hidden()).then(stop_at_interrupt),
        left: 0,
    };
    let mut report = cli.arguments.run(&mut host, &mut |done, total| {
        show(&bar, done, total);
    });
    bar.finish_and_clear();
    if host.left > 0 {
        let left = host.left;
        report.diagnostics.push(format!(
            "error: The sweep was stopped: {left} with a backup not looked at. Remedy: run it again."
        ));
        report.is_success = false;
    }
    exit_code(report.print().is_ok() && report.is_success)
}

/// Says a line on standard error, if anybody reads that.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Whether Ctrl-C was pressed; the second time it ends the process.
fn stop_at_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    // Without these Ctrl-C ends the process, which loses nothing but the report.
    let _ = flag::register_conditional_default(SIGINT, Arc::clone(&stop));
    let _ = flag::register(SIGINT, Arc::clone(&stop));
    stop
}

/// How often somebody who watches is told how far a sweep is.
const STEPS: usize = 20;

/// The operations, through the component.
struct Host<'plugin> {
    sessions: Sessions<'plugin>,
    /// Where somebody watches: whether a sweep is to stop.
    watched: Option<Arc<AtomicBool>>,
    /// How many sessions with a backup a stopped sweep left.
    left: usize,
}

impl Operations for Host<'_> {
    fn inspect(&mut self, session_id: &str) -> Result<Status, Error> {
        Ok(self.sessions.inspect(session_id)?)
    }

    fn recover(&mut self, session_id: &str, options: Options) -> Result<Outcome, Error> {
        Ok(self.sessions.recover(session_id, options)?)
    }

    fn recover_all(&mut self, options: Options, progress: Progress) -> Result<Summary, Error> {
        // One listing is enough where nobody watches; parts find out more where that fails.
        if self.watched.is_none()
            && let Ok(summary) = self.sessions.recover_all(options)
        {
            return Ok(summary);
        }
        let Self {
            sessions,
            watched,
            left,
        } = self;
        let parts = if watched.is_some() { STEPS } else { 1 };
        let is_stopped = || {
            watched
                .as_ref()
                .is_some_and(|stop| stop.load(Ordering::Relaxed))
        };
        let mut progress = |done, total| {
            progress(done, total);
            *left = total - done;
            if is_stopped() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        Ok(sessions.recover_all_in_parts(options, parts, &mut progress)?)
    }

    fn undo(&mut self, session_id: &str, options: Options) -> Result<Outcome, Error> {
        Ok(self.sessions.undo(session_id, options)?)
    }

    fn sessions(&mut self) -> Result<Vec<Entry>, Error> {
        Ok(self.sessions.sessions()?)
    }

    fn audit(&mut self) -> Result<AuditReport, Error> {
        Ok(self.sessions.audit(None)?)
    }

    fn plan(&mut self) -> Result<Plan, Error> {
        Ok(self.sessions.plan(None)?)
    }

    fn repair(&mut self, plan: Vec<Change>) -> Result<Vec<RepairResult>, Error> {
        Ok(self.sessions.repair(plan)?)
    }

    fn purge(&mut self, session_id: &str, dry_run: bool) -> Result<Vec<Purged>, Error> {
        Ok(self.sessions.purge(&[session_id.to_owned()], dry_run)?)
    }

    fn purge_deleted(&mut self, dry_run: bool) -> Result<Vec<Purged>, Error> {
        Ok(self.sessions.purge_deleted(dry_run)?)
    }
}

/// A bar on standard error, if that is a terminal.
fn progress_bar() -> ProgressBar {
    let template = "{bar:30} {pos} of {len} sessions with a backup";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn show(bar: &ProgressBar, done: usize, total: usize) {
    bar.set_length(total as u64);
    bar.set_position(done as u64);
}

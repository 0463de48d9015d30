//! The command-line component: `wasmtime run --dir DIR::/sessions
//! session-recovery-cli.wasm recover-all`.

#[cfg(target_os = "wasi")]
mod component {
    use std::io::{self, IsTerminal, Write};
    use std::process::ExitCode;

    use clap::Parser;
    use session_recovery::answer::{
        AuditReport, Change, Entry, Error, Outcome, Plan, Purged, RepairResult, Status, Summary,
    };
    use session_recovery::command::{
        ABOUT, AFTER_HELP, Arguments, Operations, exit_code, explain, parse,
    };
    use session_recovery::operations;
    use session_recovery::recover::Options;
    use session_recovery::sweep::Progress;

    #[derive(Parser)]
    #[command(
        name = "session-recovery",
        version,
        about = ABOUT,
        after_help = AFTER_HELP,
        override_usage = "wasmtime run --dir DIR::/sessions session-recovery-cli.wasm [OPTIONS] <COMMAND>",
        disable_help_subcommand = true
    )]
    struct Cli {
        #[command(flatten)]
        arguments: Arguments,
    }

    /// The operations on the directory that the host granted.
    struct Guest;

    impl Operations for Guest {
        fn inspect(&mut self, session_id: &str) -> Result<Status, Error> {
            operations::inspect(session_id)
        }

        fn recover(&mut self, session_id: &str, options: Options) -> Result<Outcome, Error> {
            operations::recover(session_id, options)
        }

        fn recover_all(&mut self, options: Options, progress: Progress) -> Result<Summary, Error> {
            operations::recover_all(None, options, progress)
        }

        fn undo(&mut self, session_id: &str, options: Options) -> Result<Outcome, Error> {
            operations::undo(session_id, options)
        }

        fn sessions(&mut self) -> Result<Vec<Entry>, Error> {
            operations::sessions()
        }

        fn audit(&mut self) -> Result<AuditReport, Error> {
            operations::audit(None)
        }

        fn plan(&mut self) -> Result<Plan, Error> {
            operations::plan(None)
        }

        fn repair(&mut self, plan: Vec<Change>) -> Result<Vec<RepairResult>, Error> {
            operations::repair(plan)
        }

        fn purge(&mut self, session_id: &str, dry_run: bool) -> Result<Vec<Purged>, Error> {
            operations::purge(&[session_id.to_owned()], dry_run)
        }

        fn purge_deleted(&mut self, dry_run: bool) -> Result<Vec<Purged>, Error> {
            operations::purge_deleted(dry_run)
        }
    }

    pub fn run() -> ExitCode {
        let cli = match parse(|cli: &Cli| &cli.arguments) {
            Ok(cli) => cli,
            Err(stop) => return exit_code(explain(&stop)),
        };
        let report = cli.arguments.run(&mut Guest, &mut show_progress);
        exit_code(report.print().is_ok() && report.is_success)
    }

    fn show_progress(done: usize, total: usize) {
        let mut terminal = io::stderr();
        if terminal.is_terminal() {
            let end = if done == total { "\r\x1b[K" } else { "" };
            // Progress that cannot be shown is no reason to stop.
            let _ = write!(terminal, "\r{done} of {total} sessions with a backup{end}");
        }
    }
}

#[cfg(target_os = "wasi")]
fn main() -> std::process::ExitCode {
    component::run()
}

#[cfg(not(target_os = "wasi"))]
fn main() {
    eprintln!("This program is a WebAssembly component: build it with `cargo xtask build`.");
    std::process::exit(1);
}

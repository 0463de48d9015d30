//! Runs the command line as a component: `wasmtime run --dir DIR::/sessions
//! session-recovery-cli.wasm recover-all`.

#[cfg(target_family = "wasm")]
mod component {
    use std::env;
    use std::io::{self, IsTerminal, Read, Write};
    use std::ops::ControlFlow;
    use std::process::ExitCode;
    use std::time::Duration;

    use session_recovery::answer::{Answer, Error};
    use session_recovery::command::{Command, Parsed, Program, Task, new_run, parse};
    use session_recovery::directory::wasi::Granted;
    use session_recovery::history::Run;
    use session_recovery::operations::Sessions;
    use session_recovery::report::{Page, Report, USAGE, json, text, worst};
    use wasi::clocks::wall_clock;

    pub fn run() -> ExitCode {
        let arguments = env::args_os().skip(1);
        let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
        let arguments: Vec<_> = arguments.collect();
        match parsed(&arguments) {
            Ok(Parsed::Run(command)) => run_command(&command),
            Ok(Parsed::Print(text)) => exit_code(&io::stdout().write_all(text.as_bytes()), 0),
            Ok(Parsed::InputWanted) => ExitCode::from(USAGE),
            Err(complaint) => exit_code(&io::stderr().write_all(complaint.as_bytes()), USAGE),
        }
    }

    fn parsed(arguments: &[String]) -> Result<Parsed, String> {
        match parse(Program::Component, arguments, None)? {
            Parsed::InputWanted => {
                let mut input = Vec::new();
                let read = io::stdin().read_to_end(&mut input);
                read.map_err(|error| format!("error: standard input: {error}\n"))?;
                parse(
                    Program::Component,
                    arguments,
                    Some(&String::from_utf8_lossy(&input)),
                )
            }
            parsed => Ok(parsed),
        }
    }

    /// Carries out a command as one run, and prints each answer as soon as it is there.
    fn run_command(command: &Command) -> ExitCode {
        let run = new_run("wasm", now(), 0);
        let mut codes = Vec::new();
        for task in &command.tasks {
            let report = report(command, task, &run);
            if report.print().is_err() {
                return ExitCode::FAILURE;
            }
            codes.push(report.exit_code);
        }
        ExitCode::from(worst(codes))
    }

    /// The time since 1970. The standard library would import a further clock for it.
    fn now() -> Duration {
        let now = wall_clock::now();
        Duration::new(now.seconds, now.nanoseconds)
    }

    fn report(command: &Command, task: &Task, run: &Run) -> Report {
        let answer = answer(task, run);
        let question = command.question(task);
        if command.json {
            return json(&answer, question);
        }
        let page = Page {
            width: None,
            escapes: io::stdout().is_terminal(),
        };
        text(&answer, question, page)
    }

    fn answer(task: &Task, run: &Run) -> Result<Answer, Error> {
        let sessions = Sessions {
            directory: Granted::open()?,
            run: Some(run.clone()),
        };
        task.perform(&sessions, &mut show_progress)
    }

    fn show_progress(done: usize, total: usize) -> ControlFlow<()> {
        let mut terminal = io::stderr();
        if terminal.is_terminal() {
            let end = if done == total { "\r\x1b[K" } else { "" };
            // Progress that cannot be shown is no reason to stop.
            let _ = write!(terminal, "\r{done} of {total} sessions with a backup{end}");
        }
        ControlFlow::Continue(())
    }

    fn exit_code(printed: &io::Result<()>, code: u8) -> ExitCode {
        if printed.is_ok() {
            ExitCode::from(code)
        } else {
            ExitCode::FAILURE
        }
    }
}

#[cfg(target_family = "wasm")]
fn main() -> std::process::ExitCode {
    component::run()
}

#[cfg(not(target_family = "wasm"))]
fn main() {
    eprintln!("This program is a WebAssembly component: build it with `cargo xtask build`.");
    std::process::exit(1);
}

//! Runs the command line as a component: `wasmtime run --dir DIR::/sessions
//! session-recovery-cli.wasm recover-all`.

#[cfg(target_family = "wasm")]
mod component {
    use std::env;
    use std::io::{self, IsTerminal, Write};
    use std::ops::ControlFlow;
    use std::process::ExitCode;

    use session_recovery::answer::{Answer, Error};
    use session_recovery::command::{Command, Parsed, Program, parse};
    use session_recovery::directory::wasi::Granted;
    use session_recovery::operations::Sessions;
    use session_recovery::report::{Page, Report, USAGE, json, text};

    pub fn run() -> ExitCode {
        let arguments = env::args_os().skip(1);
        let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
        match parse(Program::Component, &arguments.collect::<Vec<_>>()) {
            Ok(Parsed::Run(command)) => print(&report(&command)),
            Ok(Parsed::Print(text)) => exit_code(&io::stdout().write_all(text.as_bytes()), 0),
            Err(complaint) => exit_code(&io::stderr().write_all(complaint.as_bytes()), USAGE),
        }
    }

    fn report(command: &Command) -> Report {
        let answer = answer(command);
        if command.json {
            return json(&answer, command.question());
        }
        let page = Page {
            width: None,
            escapes: io::stdout().is_terminal(),
        };
        text(&answer, command.question(), page)
    }

    fn answer(command: &Command) -> Result<Answer, Error> {
        let sessions = Sessions(Granted::open()?);
        command.task.perform(&sessions, &mut show_progress)
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

    fn print(report: &Report) -> ExitCode {
        exit_code(&report.print(), report.exit_code)
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

//! Exports the WIT world `reporter`, with which hosts read their arguments and print their answers.
//! It translates, and decides nothing.

#![cfg(target_family = "wasm")]

use serde_json::from_str;
use session_recovery::answer::{Answer, Error, Window};
use session_recovery::command::{self, Program};
use session_recovery::recover::Options;
use session_recovery::report::{self, Page, Question};

use bindings::exports::session_recovery::api::command_line as line;
use bindings::exports::session_recovery::api::report as wit;

#[allow(missing_docs, unsafe_code, clippy::pedantic, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({ world: "reporter", path: "../../../wit" });

    use super::Reporter;
    export!(Reporter);
}

struct Reporter;

impl wit::Guest for Reporter {
    fn json(question: wit::Question, answer: String) -> Result<wit::Report, String> {
        let answer = read(question.kind, &answer)?;
        Ok(report::json(&answer, question.into()).into())
    }

    fn text(
        question: wit::Question,
        answer: String,
        page: wit::Page,
    ) -> Result<wit::Report, String> {
        let answer = read(question.kind, &answer)?;
        let page = Page {
            width: page.width,
            escapes: page.escapes,
        };
        Ok(report::text(&answer, question.into(), page).into())
    }

    fn printable(text: String) -> String {
        report::printable(&text)
    }
}

fn read(kind: wit::Kind, answer: &str) -> Result<Result<Answer, Error>, String> {
    let in_words = |error: serde_json::Error| error.to_string();
    let read = match kind {
        wit::Kind::Inspect => from_str(answer).map(Answer::Inspect),
        wit::Kind::Recover => from_str(answer).map(Answer::Recover),
        wit::Kind::RecoverAll => from_str(answer).map(Answer::RecoverAll),
        wit::Kind::Undo => from_str(answer).map(Answer::Undo),
        wit::Kind::Sessions => from_str(answer).map(Answer::Sessions),
        wit::Kind::Audit => from_str(answer).map(Answer::Audit),
        wit::Kind::Plan => from_str(answer).map(Answer::Plan),
        wit::Kind::Repair => from_str(answer).map(Answer::Repair),
        wit::Kind::Purge => from_str(answer).map(Answer::Purge),
        wit::Kind::Prune => from_str(answer).map(Answer::Prune),
        wit::Kind::Sources => from_str(answer).map(Answer::Sources),
        wit::Kind::Show => from_str(answer).map(Answer::Show),
        wit::Kind::Diff => from_str(answer).map(Answer::Diff),
        wit::Kind::History => from_str(answer).map(Answer::History),
        wit::Kind::UndoRun => from_str(answer).map(Answer::UndoRun),
        wit::Kind::Error => return from_str(answer).map(Err).map_err(in_words),
    };
    read.map(Ok).map_err(in_words)
}

impl From<wit::Question> for Question {
    fn from(question: wit::Question) -> Self {
        Self {
            dry_run: question.dry_run,
            check: question.check,
        }
    }
}

impl From<report::Report> for wit::Report {
    fn from(report: report::Report) -> Self {
        Self {
            output: report.output,
            diagnostics: report.diagnostics,
            exit_code: report.exit_code,
        }
    }
}

impl line::Guest for Reporter {
    fn parse(arguments: Vec<String>, input: Option<String>) -> Result<line::Parsed, String> {
        Ok(
            match command::parse(Program::Host, &arguments, input.as_deref())? {
                command::Parsed::InputWanted => line::Parsed::InputWanted,
                command::Parsed::Print(text) => line::Parsed::Print(text),
                command::Parsed::Run(command) => line::Parsed::Run(command.into()),
            },
        )
    }
}

impl From<command::Command> for line::Command {
    fn from(command: command::Command) -> Self {
        let host = command.host.unwrap_or_default();
        let mut options = Options::default();
        let tasks = command.tasks.into_iter().map(|task| {
            // All tasks of a command have the same options.
            let (task, its) = parts(task);
            options = its;
            task
        });
        Self {
            tasks: tasks.collect(),
            options: flags(options),
            json: command.json,
            check: command.check,
            sessions: host.sessions,
            missing_ok: host.missing_ok,
            accept_owner: host.accept_owner,
            max_memory: host.max_memory,
            max_time: host.max_time,
        }
    }
}

fn parts(task: command::Task) -> (line::Task, Options) {
    use command::Task;
    let without = |task| (task, Options::default());
    match task {
        Task::Inspect(id) => without(line::Task::Inspect(id)),
        Task::Recover(session, source, options) => (
            line::Task::Recover(line::Chosen { session, source }),
            options,
        ),
        Task::RecoverAll(options) => (line::Task::RecoverAll, options),
        Task::Undo(id, options) => (line::Task::Undo(id), options),
        Task::Sessions => without(line::Task::Sessions),
        Task::Audit => without(line::Task::Audit),
        Task::Plan(options) => (line::Task::Plan, options),
        Task::Repair(options) => (line::Task::Repair, options),
        Task::Purge(id, options) => (line::Task::Purge(id), options),
        Task::PurgeDeleted(options) => (line::Task::PurgeDeleted, options),
        Task::Prune(options) => (line::Task::Prune, options),
        Task::Sources(id) => without(line::Task::Sources(id)),
        Task::Show(session, source, window) => {
            without(line::Task::Show(shown(session, source, window)))
        }
        Task::Diff(session, source, window) => {
            without(line::Task::Diff(shown(session, source, window)))
        }
        Task::History => without(line::Task::History),
        Task::UndoRun(run, options) => (line::Task::UndoRun(run), options),
    }
}

fn shown(session: String, source: Option<String>, window: Window) -> line::Shown {
    let Window {
        after,
        first,
        last,
        changed,
    } = window;
    line::Shown {
        of: line::Chosen { session, source },
        window: line::Window {
            after,
            first,
            last,
            changed,
        },
    }
}

fn flags(options: Options) -> line::Options {
    let chosen = [
        (options.dry_run, line::Options::DRY_RUN),
        (options.discard, line::Options::DISCARD),
        (options.merge, line::Options::MERGE),
        (options.ignore_guards, line::Options::IGNORE_GUARDS),
        (options.force, line::Options::FORCE),
        (options.prune, line::Options::PRUNE),
        (options.salvage, line::Options::SALVAGE),
        (options.best, line::Options::BEST),
    ];
    let chosen = chosen.into_iter().filter(|(is_chosen, _)| *is_chosen);
    chosen.fold(line::Options::empty(), |all, (_, option)| all | option)
}

//! Exports the WIT world `plugin`, the component that a host embeds. It translates, and decides
//! nothing.

#![cfg(target_family = "wasm")]

use std::cell::RefCell;

use session_recovery::answer;
use session_recovery::directory::wasi::Granted;
use session_recovery::history::Run;
use session_recovery::operations::{Operations, Sessions};
use session_recovery::recover::Options;
use session_recovery::session::SessionId;
use session_recovery::sweep;

use bindings::exports::session_recovery::api::recovery as wit;
use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

#[allow(missing_docs, unsafe_code, clippy::pedantic, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({
        world: "plugin",
        path: "../../../wit",
        with: {
            "wasi:filesystem/types@0.2.12": wasi::filesystem::types,
            "wasi:filesystem/preopens@0.2.12": wasi::filesystem::preopens,
            "wasi:io/error@0.2.12": wasi::io::error,
            "wasi:io/poll@0.2.12": wasi::io::poll,
            "wasi:io/streams@0.2.12": wasi::io::streams,
            "wasi:clocks/wall-clock@0.2.12": wasi::clocks::wall_clock,
        },
    });

    use super::Plugin;
    export!(Plugin);
}

#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();

struct Plugin;

thread_local! {
    /// The run to which all that this instance does belongs.
    static RUN: RefCell<Option<Run>> = const { RefCell::new(None) };
}

/// The sessions of the granted directory.
fn granted() -> Result<Sessions<Granted>, answer::Error> {
    let run = RUN.with_borrow(Clone::clone);
    Granted::open().map(|directory| Sessions { directory, run })
}

fn all<T, W: From<T>>(answers: Vec<T>) -> Vec<W> {
    answers.into_iter().map(Into::into).collect()
}

impl wit::Guest for Plugin {
    type Sweep = Sweep;

    fn inspect(session_id: String) -> Result<wit::Status, wit::Error> {
        Ok(granted()?.inspect(&session_id)?.into())
    }

    fn inspect_some(session_ids: Vec<String>) -> Result<Vec<wit::Status>, wit::Error> {
        Ok(all(granted()?.inspect_some(&session_ids)?))
    }

    fn recover(session_id: String, options: wit::Options) -> Result<wit::Outcome, wit::Error> {
        Ok(granted()?.recover(&session_id, options.into())?.into())
    }

    fn recover_all(options: wit::Options) -> Result<wit::Summary, wit::Error> {
        Ok(granted()?.recover_all(options.into())?.into())
    }

    fn recover_known(
        known: Vec<String>,
        options: wit::Options,
    ) -> Result<wit::Summary, wit::Error> {
        Ok(granted()?.recover_known(known, options.into())?.into())
    }

    fn recover_some(
        session_ids: Vec<String>,
        options: wit::Options,
    ) -> Result<wit::Summary, wit::Error> {
        Ok(granted()?
            .recover_some(&session_ids, options.into())?
            .into())
    }

    fn undo(session_id: String, options: wit::Options) -> Result<wit::Outcome, wit::Error> {
        Ok(granted()?.undo(&session_id, options.into())?.into())
    }

    fn sessions(headings: bool) -> Result<Vec<wit::Entry>, wit::Error> {
        Ok(all(granted()?.sessions(headings)?))
    }

    fn audit(known: Option<Vec<String>>) -> Result<wit::AuditReport, wit::Error> {
        Ok(granted()?.audit(known)?.into())
    }

    fn plan(known: Option<Vec<String>>, salvage: bool) -> Result<wit::RepairPlan, wit::Error> {
        Ok(granted()?.plan(known, salvage)?.into())
    }

    fn repair(changes: Vec<wit::Change>) -> Result<Vec<wit::RepairResult>, wit::Error> {
        Ok(all(granted()?.repair(all(changes))?))
    }

    fn begin_run(run: String, time: u64) {
        RUN.set(Some(Run::new(&run, time)));
    }

    fn history() -> Result<Vec<wit::Event>, wit::Error> {
        Ok(all(granted()?.history()?))
    }

    fn resolve(name: String) -> Result<String, wit::Error> {
        Ok(granted()?.resolve(&name)?)
    }

    fn sources(session_id: String) -> Result<wit::SourceList, wit::Error> {
        Ok(granted()?.sources(&session_id)?.into())
    }

    fn preview(
        session_id: String,
        source: Option<String>,
        window: wit::Window,
    ) -> Result<wit::View, wit::Error> {
        let preview = granted()?.preview(&session_id, source.as_deref(), window.into())?;
        Ok(preview.into())
    }

    fn recover_from(
        session_id: String,
        source: String,
        options: wit::Options,
    ) -> Result<wit::Outcome, wit::Error> {
        Ok(granted()?
            .recover_from(&session_id, &source, options.into())?
            .into())
    }

    fn purge(session_ids: Vec<String>, dry_run: bool) -> Result<Vec<wit::Purged>, wit::Error> {
        Ok(all(granted()?.purge(&session_ids, dry_run)?))
    }

    fn purge_deleted(dry_run: bool) -> Result<Vec<wit::Purged>, wit::Error> {
        Ok(all(granted()?.purge_deleted(dry_run)?))
    }

    fn prune(dry_run: bool) -> Result<Vec<wit::Purged>, wit::Error> {
        Ok(all(granted()?.prune(dry_run)?))
    }
}

/// A sweep, and the directory that it sweeps.
struct Sweep {
    directory: Granted,
    state: RefCell<sweep::Sweep>,
}

impl wit::GuestSweep for Sweep {
    fn start(
        known: Option<Vec<String>>,
        after: Option<String>,
        options: wit::Options,
    ) -> Result<wit::Sweep, wit::Error> {
        let after = after.map(|id| SessionId::parse(&id)).transpose()?;
        let directory = Granted::open()?;
        let state = sweep::Sweep::start(&directory, known, after.as_ref(), options.into())?
            .noted_by(RUN.with_borrow(Clone::clone));
        Ok(wit::Sweep::new(Self {
            directory,
            state: RefCell::new(state),
        }))
    }

    fn total(&self) -> u32 {
        number(self.state.borrow().total())
    }

    fn done(&self) -> u32 {
        number(self.state.borrow().done())
    }

    fn upcoming(&self, most: u32) -> Vec<String> {
        self.state.borrow().upcoming(most as usize)
    }

    fn withhold(&self, session_id: String, why: wit::Error) {
        self.state.borrow_mut().withhold(&session_id, why.into());
    }

    fn next(&self, most: u32) -> Vec<wit::Outcome> {
        let outcomes = self.state.borrow_mut().next(&self.directory, most as usize);
        all(outcomes)
    }

    fn finish(sweep: wit::Sweep) -> wit::Summary {
        let sweep: Self = sweep.into_inner();
        sweep.state.into_inner().finish(&sweep.directory).into()
    }
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl From<wit::Options> for Options {
    fn from(options: wit::Options) -> Self {
        Self {
            dry_run: options.contains(wit::Options::DRY_RUN),
            discard: options.contains(wit::Options::DISCARD),
            merge: options.contains(wit::Options::MERGE),
            ignore_guards: options.contains(wit::Options::IGNORE_GUARDS),
            force: options.contains(wit::Options::FORCE),
            prune: options.contains(wit::Options::PRUNE),
            salvage: options.contains(wit::Options::SALVAGE),
            best: options.contains(wit::Options::BEST),
        }
    }
}

impl From<wit::Window> for answer::Window {
    fn from(window: wit::Window) -> Self {
        Self {
            after: window.after,
            first: window.first,
            last: window.last,
            changed: window.changed,
        }
    }
}

session_recovery::translate!(answer => wit);
session_recovery::translate!(records wit => answer {
    Change { [kind] session_id, source, target, bytes, why, fingerprint }
    Error { [code] message, remedy }
});
session_recovery::translate!(enums wit => answer {
    ChangeKind { Restore, RemoveLeftover, SetIndexAside, Salvage }
});
session_recovery::translate!(codes wit => answer);
session_recovery::translate!(enums answer => wit {
    Verdict {
        Complete, Different, Shrunken, Damaged, Missing, Guarded, Withheld, Undecided, Lost,
        Absent,
    }
});

impl From<answer::Plan> for wit::RepairPlan {
    fn from(plan: answer::Plan) -> Self {
        Self {
            changes: all(plan.changes),
            withheld: plan.withheld,
        }
    }
}

session_recovery::translate!(status answer => wit { verdict });

impl From<answer::File> for wit::File {
    fn from(file: answer::File) -> Self {
        use answer::FileState;
        let messages = file.messages();
        let (state, problem) = match file.state {
            FileState::Missing => (wit::FileState::Missing, None),
            FileState::Readable { caveat, .. } => (wit::FileState::Readable, caveat),
            FileState::Unreadable(problem) => (wit::FileState::Unreadable, Some(problem)),
            FileState::Undecided(problem) => (wit::FileState::Undecided, Some(problem)),
        };
        Self {
            state,
            messages,
            bytes: file.bytes,
            problem: problem.map(Into::into),
            salvage: file.salvage.map(Into::into),
            only_here: file.only_here,
        }
    }
}

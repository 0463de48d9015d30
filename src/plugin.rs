//! The exports of the WIT world `plugin`. They translate, and decide nothing.

use crate::recover::Options;
use crate::{answer, operations};
use bindings::exports::session_recovery::api::recovery as wit;
use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

#[allow(missing_docs, unsafe_code, clippy::pedantic, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({
        world: "plugin",
        path: "wit",
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

impl wit::Guest for Plugin {
    fn inspect(session_id: String) -> Result<wit::Status, wit::Error> {
        Ok(operations::inspect(&session_id)?.into())
    }

    fn inspect_some(session_ids: Vec<String>) -> Result<Vec<wit::Status>, wit::Error> {
        let statuses = operations::inspect_some(&session_ids)?;
        Ok(statuses.into_iter().map(Into::into).collect())
    }

    fn recover(session_id: String, options: wit::Options) -> Result<wit::Outcome, wit::Error> {
        Ok(operations::recover(&session_id, options.into())?.into())
    }

    fn recover_all(options: wit::Options) -> Result<wit::Summary, wit::Error> {
        Ok(operations::recover_all(None, options.into(), &mut |_, _| {})?.into())
    }

    fn recover_known(
        known: Vec<String>,
        options: wit::Options,
    ) -> Result<wit::Summary, wit::Error> {
        Ok(operations::recover_all(Some(known), options.into(), &mut |_, _| {})?.into())
    }

    fn recover_some(
        session_ids: Vec<String>,
        options: wit::Options,
    ) -> Result<wit::Summary, wit::Error> {
        Ok(operations::recover_some(&session_ids, options.into())?.into())
    }

    fn undo(session_id: String, options: wit::Options) -> Result<wit::Outcome, wit::Error> {
        Ok(operations::undo(&session_id, options.into())?.into())
    }

    fn sessions() -> Result<Vec<wit::Entry>, wit::Error> {
        Ok(operations::sessions()?
            .into_iter()
            .map(Into::into)
            .collect())
    }

    fn audit(known: Option<Vec<String>>) -> Result<wit::AuditReport, wit::Error> {
        Ok(operations::audit(known)?.into())
    }

    fn plan(known: Option<Vec<String>>) -> Result<wit::RepairPlan, wit::Error> {
        Ok(operations::plan(known)?.into())
    }

    fn purge(session_ids: Vec<String>, dry_run: bool) -> Result<Vec<wit::Purged>, wit::Error> {
        let purged = operations::purge(&session_ids, dry_run)?;
        Ok(purged.into_iter().map(Into::into).collect())
    }

    fn purge_deleted(dry_run: bool) -> Result<Vec<wit::Purged>, wit::Error> {
        let purged = operations::purge_deleted(dry_run)?;
        Ok(purged.into_iter().map(Into::into).collect())
    }

    fn repair(changes: Vec<wit::Change>) -> Result<Vec<wit::RepairResult>, wit::Error> {
        let changes = changes.into_iter().map(Into::into).collect();
        let results = operations::repair(changes)?;
        Ok(results.into_iter().map(Into::into).collect())
    }
}

impl From<wit::Options> for Options {
    fn from(options: wit::Options) -> Self {
        Self {
            dry_run: options.contains(wit::Options::DRY_RUN),
            discard: options.contains(wit::Options::DISCARD),
            merge: options.contains(wit::Options::MERGE),
            ignore_guards: options.contains(wit::Options::IGNORE_GUARDS),
            force: options.contains(wit::Options::FORCE),
        }
    }
}

crate::translate!(answer => wit);
crate::translate!(records wit => answer {
    Change { [kind] session_id, source, target, bytes, why, seal }
});
crate::translate!(enums wit => answer {
    ChangeKind { Restore, RemoveLeftover, SetIndexAside }
});

impl From<answer::Plan> for wit::RepairPlan {
    fn from(plan: answer::Plan) -> Self {
        Self {
            changes: plan.changes.into_iter().map(Into::into).collect(),
            withheld: plan.withheld,
        }
    }
}

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
        }
    }
}

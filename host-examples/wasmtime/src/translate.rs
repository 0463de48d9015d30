//! Translates the component's answers to the types of the `session-recovery` crate, and that
//! crate's options to the component's.

use session_recovery::answer;
use session_recovery::recover::Options;

use crate::bindings as wit;

session_recovery::translate!(wit => answer);
session_recovery::translate!(records answer => wit {
    Change { [kind] session_id, source, target, bytes, why, fingerprint }
});
session_recovery::translate!(enums wit => answer {
    FileState as RecordState { Missing, Readable, Unreadable, Undecided }
});
session_recovery::translate!(enums answer => wit {
    ChangeKind { Restore, RemoveLeftover, SetIndexAside, Salvage }
});

impl From<wit::File> for answer::File {
    fn from(file: wit::File) -> Self {
        answer::FileRecord {
            state: file.state.into(),
            messages: file.messages,
            bytes: file.bytes,
            problem: file.problem.map(Into::into),
            salvage: file.salvage.map(Into::into),
            only_here: file.only_here,
        }
        .into()
    }
}

session_recovery::translate!(status wit => answer {});

impl From<wit::RepairPlan> for answer::Plan {
    fn from(plan: wit::RepairPlan) -> Self {
        Self {
            changes: plan.changes.into_iter().map(Into::into).collect(),
            withheld: plan.withheld,
        }
    }
}

impl From<answer::Window> for wit::Window {
    fn from(window: answer::Window) -> Self {
        Self {
            after: window.after,
            first: window.first,
            last: window.last,
            changed: window.changed,
        }
    }
}

impl From<Options> for wit::Options {
    fn from(options: Options) -> Self {
        let chosen = [
            (options.dry_run, Self::DRY_RUN),
            (options.discard, Self::DISCARD),
            (options.merge, Self::MERGE),
            (options.ignore_guards, Self::IGNORE_GUARDS),
            (options.force, Self::FORCE),
            (options.prune, Self::PRUNE),
            (options.salvage, Self::SALVAGE),
            (options.best, Self::BEST),
        ];
        let chosen = chosen.into_iter().filter(|(is_chosen, _)| *is_chosen);
        chosen.fold(Self::empty(), |all, (_, option)| all | option)
    }
}

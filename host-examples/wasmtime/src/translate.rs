//! The component's answers as the types of the `session-recovery` crate, and its
//! options from them.

use session_recovery::answer;
use session_recovery::recover::Options;

use crate::bindings as wit;

session_recovery::translate!(wit => answer);
session_recovery::translate!(records answer => wit {
    Change { [kind] session_id, source, target, bytes, why, fingerprint }
});
session_recovery::translate!(enums answer => wit {
    ChangeKind { Restore, RemoveLeftover, SetIndexAside }
});

impl From<wit::File> for answer::File {
    fn from(file: wit::File) -> Self {
        let problem = file.problem.map(answer::Problem::from);
        // An answer that lacks what it should have decides nothing.
        let unexplained = || answer::Problem::unexplained("the component does not say why");
        Self {
            state: match (file.state, file.messages) {
                (wit::FileState::Missing, _) => answer::FileState::Missing,
                (wit::FileState::Readable, Some(messages)) => answer::FileState::Readable {
                    messages,
                    caveat: problem,
                },
                (wit::FileState::Unreadable, _) => {
                    answer::FileState::Unreadable(problem.unwrap_or_else(unexplained))
                }
                (wit::FileState::Undecided | wit::FileState::Readable, _) => {
                    answer::FileState::Undecided(problem.unwrap_or_else(unexplained))
                }
            },
            bytes: file.bytes,
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
        ];
        let chosen = chosen.into_iter().filter(|(is_chosen, _)| *is_chosen);
        chosen.fold(Self::empty(), |all, (_, option)| all | option)
    }
}

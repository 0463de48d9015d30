//! The component's answers as the types of the `session-recovery` crate.

use session_recovery::answer;

use crate::bindings as wit;

session_recovery::translate!(wit => answer);

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

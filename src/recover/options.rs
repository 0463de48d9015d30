//! Says how to go about a restore, and whether a session is due with these options.

use crate::answer::{Error, ErrorCode, FileState, Recommendation, Status};
use crate::verdict::mend::Depth;

/// How to go about a restore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option by itself")]
pub struct Options {
    /// Say what would be done, and change nothing.
    pub dry_run: bool,
    /// Do not keep what is replaced.
    pub discard: bool,
    /// Add the messages that only the live file holds to the backup's.
    pub merge: bool,
    /// Also restore what is shorter or gone on purpose.
    pub ignore_guards: bool,
    /// Restore one session even if its backup does not hold more messages. Sweeps ignore this.
    pub force: bool,
    /// Remove the kept files that are redundant after a sweep. Only sweeps use this.
    pub prune: bool,
    /// Let a damaged file count as its whole messages.
    pub salvage: bool,
    /// Take each session's best source. Only sweeps use this.
    pub best: bool,
}

impl Options {
    /// None of them.
    pub const NONE: Self = Self {
        dry_run: false,
        discard: false,
        merge: false,
        ignore_guards: false,
        force: false,
        prune: false,
        salvage: false,
        best: false,
    };

    /// The options, if they go together.
    ///
    /// # Errors
    ///
    /// `conflicting-options`.
    pub fn checked(self) -> Result<Self, Error> {
        let other = match self {
            Self { discard: false, .. } => return Ok(self),
            Self { salvage: true, .. } => "salvage",
            Self { best: true, .. } => "best",
            _ => return Ok(self),
        };
        let message = format!(
            "The options discard and {other} do not go together: what such a restore replaces is kept."
        );
        Err(Error::new(ErrorCode::ConflictingOptions, message)
            .remedied_by("Leave one of them out."))
    }

    /// How far a sweep looks into damaged files. `kept` are the session's kept files.
    #[must_use]
    pub const fn depth(self, kept: &[u32]) -> Depth<'_> {
        if self.salvage {
            Depth::to_salvage(kept).carefully()
        } else {
            Depth::to_tell(&[])
        }
    }

    /// Whether a session is to be restored from its backup as it is.
    #[must_use]
    pub const fn is_due(self, status: &Status) -> bool {
        matches!(status.recommendation, Recommendation::Restore)
            || (self.ignore_guards && status.guard.is_some())
            || (self.force && status.guard.is_none() && is_usable(status))
    }
}

/// Whether the backup could take the live file's place if its count did not matter.
const fn is_usable(status: &Status) -> bool {
    matches!(
        (&status.live.state, &status.backup.state),
        (
            FileState::Readable { .. },
            FileState::Readable { caveat: None, .. }
        )
    )
}

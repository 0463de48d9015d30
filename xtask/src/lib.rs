//! What the project's own commands share: building the components, and setting up
//! the hosts and the tools.

#![allow(
    clippy::missing_errors_doc,
    reason = "each says itself what it could not do"
)]

pub mod artifacts;
pub mod hosts;
mod metadata;
pub mod tools;

use std::path::Path;

/// The repository's root.
#[must_use]
pub fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

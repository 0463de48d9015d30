//! Generates the component's interface as Rust types, from the WIT files.

#[allow(missing_docs, clippy::pedantic, reason = "generated")]
mod generated {
    // Only the exports: the component's imports are wasmtime-wasi's matter.
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package session-recovery:host;
            world embedder {
                export session-recovery:api/recovery@0.3.0;
            }
        ",
    });
}

pub use generated::exports::session_recovery::api::recovery::*;
pub use generated::{Embedder as World, EmbedderPre as WorldPre};

//! Any bytes as choices, which write a document that is a session or nearly one.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| session_recovery_fuzz::json(data));

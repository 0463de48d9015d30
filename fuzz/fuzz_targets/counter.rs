//! Any bytes as a session file.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| session_recovery_fuzz::counter(data));

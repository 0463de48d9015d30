//! Any text as an id and as the name of a directory's entry.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| session_recovery_fuzz::names(data));

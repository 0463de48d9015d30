//! Any bytes as choices, which write a live file and its backup.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| session_recovery_fuzz::merge(data));

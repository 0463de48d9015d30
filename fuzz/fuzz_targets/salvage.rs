//! Any bytes as choices, which write a session and damage it.

#![no_main]

#[path = "../src/salvage.rs"]
mod properties;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| properties::salvage(data));

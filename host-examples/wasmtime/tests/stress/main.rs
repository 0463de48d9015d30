//! Whatever can happen to a restore, in the real wasmtime: guests stopped and
//! hosts killed anywhere, every call of the file system failing, full disks,
//! races, and directories made by an enemy.
//!
//! `cargo test` runs a bounded form of it, `cargo xtask stress` the long one.

#[path = "../../src/bindings.rs"]
mod bindings;
mod concurrent_writer;
mod disks;
mod exchanges;
mod faults;
mod figures;
mod fixture;
mod guest;
mod hostile;
mod kills;
mod large;
mod limits;
mod name_swaps;
mod programs;
#[path = "../../src/exchange/protocol.rs"]
mod protocol;
mod races;
#[path = "../../src/exchange/system.rs"]
mod system;
#[path = "../../src/translate.rs"]
mod translate;
mod worker;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// Makes a test of each function.
macro_rules! trials {
    ($($module:ident: $($name:ident)+;)+) => {
        vec![$($(Trial::test(
            concat!(stringify!($module), ": ", stringify!($name)),
            || Ok($module::$name()),
        ),)+)+]
    };
}

fn main() -> ExitCode {
    if let Some(code) = worker::work().or_else(disks::work).or_else(exchanges::work) {
        return code;
    }
    let trials = trials! {
        kills:
            a_guest_stopped_anywhere_leaves_the_old_or_the_new_files
            a_guest_stopped_before_or_after_any_call_leaves_the_old_or_the_new_files
            a_host_killed_anywhere_leaves_the_old_or_the_new_files;
        exchanges:
            a_kill_between_any_two_steps_of_an_exchange_loses_no_save
            a_save_during_exchanges_is_never_lost_whatever_other_program_tidies_up;
        faults:
            a_failure_of_any_call_is_reported_and_leaves_the_old_or_the_new_files
            a_failure_and_no_removal_leaves_a_staging_file_that_is_named
            short_reads_and_writes_change_nothing
            a_host_that_reads_or_writes_nothing_is_a_failure_and_not_a_hang;
        disks:
            a_disk_that_is_full_anywhere_is_a_typed_error_and_leaves_a_whole_directory
            a_read_only_mount_is_a_typed_error_and_leaves_everything_as_it_is;
        concurrent_writer:
            a_save_by_renaming_is_lost_only_after_the_last_look
            a_save_into_the_file_is_lost_only_after_the_last_look_and_with_a_copy
            a_restore_within_a_restore_ends_as_one_and_loses_nothing;
        races:
            of_two_recoveries_at_once_one_restores_and_nothing_is_lost
            of_four_recoveries_at_once_one_restores_and_nothing_is_lost
            of_four_operations_at_once_nothing_is_lost
            of_the_programs_at_once_one_restores_and_nothing_is_lost
            of_the_programs_that_sweep_at_once_none_fails
            a_save_into_the_file_during_four_recoveries_is_never_lost
            a_save_by_renaming_during_four_recoveries_of_the_library_is_never_lost
            a_save_by_renaming_during_four_recoveries_is_lost_only_after_the_last_look;
        name_swaps:
            swapped_links_and_fifos_are_never_followed_nor_waited_for
            swapped_links_are_never_followed_by_any_program
            a_hard_link_in_the_staging_files_place_gives_nothing_away;
        hostile:
            the_library_is_bounded_and_clear_and_touches_nothing_outside
            every_program_is_bounded_and_clear_and_touches_nothing_outside;
        large:
            a_file_of_any_size_is_judged_and_restored_in_the_same_memory
            a_string_of_any_length_is_judged_and_restored_in_the_same_memory
            ten_million_brackets_are_judged_in_the_same_memory
            a_hole_of_4_gibibytes_is_judged_in_the_same_memory
            a_directory_of_any_number_of_sessions_is_swept_in_the_same_memory
            a_directory_of_any_number_of_backups_is_answered_for;
        limits:
            a_call_that_runs_out_of_memory_anywhere_leaves_a_whole_directory
            a_call_that_runs_out_of_time_anywhere_leaves_a_whole_directory;
    };
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

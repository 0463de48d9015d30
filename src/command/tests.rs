use super::help::{ABOUT, AFTER_HELP};
use super::*;

fn parsed(program: Program, words: &[&str], input: Option<&str>) -> Result<Parsed, String> {
    let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
    parse(program, &words, input)
}

fn understood(words: &[&str]) -> Command {
    understood_with(words, None)
}

fn understood_with(words: &[&str], input: Option<&str>) -> Command {
    match parsed(Program::Component, words, input) {
        Ok(Parsed::Run(command)) => command,
        other => panic!("{words:?} is understood: {other:?}"),
    }
}

fn refused(words: &[&str]) -> String {
    let words = [&["--sessions", "x"], words].concat();
    parsed(Program::Host, &words, None).expect_err("it is refused")
}

fn help(program: Program, words: &[&str]) -> String {
    match parsed(program, words, None) {
        Ok(Parsed::Print(help)) => help,
        other => panic!("help is printed: {other:?}"),
    }
}

#[test]
fn help_begins_with_what_the_program_is_for() {
    for (program, usage) in [
        (Program::Host, "Usage: session-recovery --sessions <DIR> "),
        (
            Program::Component,
            "Usage: wasmtime run --dir DIR::/sessions ",
        ),
    ] {
        let help = help(program, &["--help"]);
        assert!(help.starts_with(ABOUT), "{help}");
        assert!(help.contains(usage), "{help}");
        let has_codes = help.contains("3  With --check");
        assert_eq!(has_codes, program == Program::Host, "{help}");
    }
}

#[test]
fn help_says_to_look_before_it_says_to_restore() {
    let help = help(Program::Host, &["--help"]);
    let place = |words: &str| {
        help.find(words)
            .unwrap_or_else(|| panic!("{words}: {help}"))
    };
    let look = place("Start by looking.");
    assert!(look < place("Then restore."));
    assert!(place("\n  list ") < place("\n  recover "), "{help}");
    assert!(help.contains("--from <NAME>"), "{help}");
    assert!(
        help.contains("recover, show, diff: use this file"),
        "{help}"
    );
    assert!(AFTER_HELP.lines().all(|line| line.len() <= 92), "{help}");
}

#[test]
fn the_help_of_a_command_shows_its_own_options_and_an_example() {
    for verb in [
        "list",
        "sources",
        "show",
        "diff",
        "recover",
        "recover-all",
        "history",
        "undo",
        "inspect",
        "audit",
        "plan",
        "repair",
        "purge",
        "prune",
    ] {
        let help = help(Program::Host, &[verb, "--help"]);
        let example = format!("    session-recovery --sessions DIR {verb}");
        assert!(help.contains(&example), "{help}");
        assert!(help.contains("--dry-run"), "{help}");
        assert_eq!(
            help.contains("--from <NAME>"),
            ["recover", "show", "diff"].contains(&verb),
            "{help}"
        );
        assert_eq!(
            help.contains("--merge  "),
            ["recover", "recover-all"].contains(&verb),
            "{help}"
        );
    }
}

#[test]
fn options_may_stand_anywhere_and_an_id_may_begin_with_a_dash() {
    let words = [
        "recover",
        "--json",
        "--sessions",
        "d",
        "--merge",
        "--",
        "-a",
    ];
    let Ok(Parsed::Run(command)) = parsed(Program::Host, &words, None) else {
        panic!("it is understood");
    };
    let options = Options {
        merge: true,
        ..Options::default()
    };
    let recover = Task::Recover("-a".to_owned(), None, options);
    assert_eq!(command.tasks, [recover]);
    assert!(command.json && !command.check);
    let host = command.host.expect("a host has a directory");
    assert_eq!(
        (&*host.sessions, host.max_memory, host.max_time),
        ("d", 256, 600)
    );
}

#[test]
fn several_sessions_are_done_one_after_the_other_and_each_once() {
    let task = |id: &str| Task::Undo(id.to_owned(), Options::default());
    assert_eq!(
        understood(&["undo", "a", "b", "a"]).tasks,
        [task("a"), task("b")]
    );
    let sources = ["a", "b"].map(|id| Task::Sources(id.to_owned()));
    assert_eq!(understood(&["sources", "a", "b"]).tasks, sources);
    let purges = ["a", "b"].map(|id| Task::Purge(id.to_owned(), Options::default()));
    assert_eq!(understood(&["purge", "a", "b"]).tasks, purges);
}

#[test]
fn a_dash_stands_for_the_sessions_on_standard_input() {
    let words = ["inspect", "a", "-", "z"];
    let wanted = parsed(Program::Component, &words, None);
    assert_eq!(wanted, Ok(Parsed::InputWanted));
    let command = understood_with(&words, Some("b c\r\n\n \nd\na\n"));
    let tasks = ["a", "b c", "d", "z"].map(|id| Task::Inspect(id.to_owned()));
    assert_eq!(command.tasks, tasks);
    let refused = |input| parsed(Program::Component, &["undo", "-"], Some(input)).unwrap_err();
    assert!(refused(" \n").contains("standard input names no session"));
    assert!(refused("a\nb\u{fffd}\n").contains("the ID b\u{fffd} is not UTF-8"));
    // What is not asked for is not read.
    assert_eq!(
        understood_with(&["list"], Some("a\n")).tasks,
        [Task::Sessions]
    );
}

#[test]
fn a_file_of_a_session_can_be_chosen() {
    let (id, name) = ("a".to_owned(), Some("a.json~".to_owned()));
    let recover = Task::Recover(id.clone(), name.clone(), Options::default());
    let words = ["recover", "--from", "a.json~", "a"];
    assert_eq!(understood(&words).tasks, [recover]);
    let window = Window {
        after: 7,
        first: 3,
        last: 3,
        changed: 0,
    };
    let words = ["show", "a", "--from=a.json~", "--after", "7"];
    let show = Task::Show(id.clone(), name.clone(), window);
    assert_eq!(understood(&words).tasks, [show]);
    let all = Window {
        first: 10_000,
        last: 0,
        ..Window::default()
    };
    let show = Task::Show(id.clone(), None, all);
    assert_eq!(understood(&["show", "a", "--all"]).tasks, [show]);
    for (words, changed) in [(&["diff", "a"][..], 20), (&["diff", "a", "--all"], 10_000)] {
        let window = Window {
            changed,
            ..Window::default()
        };
        let diff = Task::Diff(id.clone(), None, window);
        assert_eq!(understood(words).tasks, [diff]);
    }
    let chosen = understood_with(&["diff", "-", "--from", "a.json~"], Some("a\n"));
    assert!(matches!(&chosen.tasks[..], [Task::Diff(_, from, _)] if *from == name));
}

#[test]
fn a_run_is_undone_as_a_whole() {
    let undo = Task::UndoRun("node-1".to_owned(), Options::default());
    assert_eq!(understood(&["undo", "--run", "node-1"]).tasks, [undo]);
    assert_eq!(understood(&["history"]).tasks, [Task::History]);
    let best = Options {
        best: true,
        ..Options::default()
    };
    let sweep = understood(&["recover-all", "--best"]);
    assert_eq!(sweep.tasks, [Task::RecoverAll(best)]);
}

#[test]
fn an_option_is_refused_if_the_task_does_not_use_it() {
    for (words, complaint) in [
        (
            &["repair", "--merge"][..],
            "--merge applies only to recover and recover-all\n",
        ),
        (
            &["undo", "a", "--discard"],
            "--discard applies only to recover and recover-all\n",
        ),
        (
            &["recover-all", "--force"],
            "--force applies only to recover\n",
        ),
        (
            &["list", "--ignore-guards"],
            "--ignore-guards applies only to recover, recover-all and undo\n",
        ),
        (
            &["purge", "a", "--accept-owner"],
            "--accept-owner applies only to recover, recover-all, undo, audit, plan and repair\n",
        ),
        (
            &["undo", "a", "--salvage"],
            "--salvage applies only to recover, recover-all, plan and repair\n",
        ),
        (
            &["undo", "a", "--from", "b"],
            "--from applies only to recover, show and diff\n",
        ),
        (
            &["recover", "a", "--all"],
            "--all applies only to show and diff\n",
        ),
        (
            &["diff", "a", "--after", "1"],
            "--after applies only to show\n",
        ),
        (
            &["recover", "a", "--best"],
            "--best applies only to recover-all\n",
        ),
        (
            &["recover", "a", "--salvage", "--discard"],
            "--discard cannot be used with --salvage",
        ),
        (
            &["recover-all", "--best", "--discard"],
            "--discard cannot be used with --best",
        ),
        (
            &["recover", "a", "b", "--from", "a.json~"],
            "--from names a file of one session, and 2 sessions are given",
        ),
    ] {
        let said = refused(words);
        assert!(said.contains(complaint), "{said}");
        assert!(
            said.contains("For more information, try '--help'"),
            "{said}"
        );
    }
}

#[test]
fn wrong_arguments_say_what_is_wrong_and_are_escaped() {
    for (words, complaint) in [
        (&["recover"][..], "<ID>"),
        (&["show"], "tip: `list` shows the IDs of all sessions"),
        (&["undo"], "tip: `list` shows the IDs of all sessions"),
        (&["purge"], "<ID>"),
        (
            &["--chek", "list"],
            "Usage: session-recovery --sessions <DIR> [OPTIONS] <COMMAND>",
        ),
        (&["purge", "a", "--deleted"], "cannot be used with"),
        (&["undo", "a", "--run", "b"], "cannot be used with"),
        (&["recovr", "a"], "'recover'"),
        (&["list", "\u{202e}x"], "\\u{202e}x"),
        (
            &["list", "--json", "--json"],
            "cannot be used multiple times",
        ),
        (&["list", "--max-memory", "0"], "1..=4096"),
        (&["inspect", "a\u{fffd}"], "not UTF-8"),
        (&["diff", "a", "--from", "a\u{fffd}"], "not UTF-8"),
        (&["inspect", "-", "-"], "- can be given only once"),
    ] {
        let said = refused(words);
        assert!(said.contains(complaint), "{words:?}: {said}");
    }
    let said = parsed(Program::Host, &["list"], None).expect_err("the directory is missing");
    assert!(said.contains("--sessions <DIR> is missing"), "{said}");
}

#[test]
fn a_dry_repair_is_a_plan() {
    let command = understood(&["repair", "--dry-run"]);
    let options = Options {
        dry_run: true,
        ..Options::default()
    };
    assert_eq!(command.tasks, [Task::Plan(options)]);
    assert_eq!(command.host, None);
}

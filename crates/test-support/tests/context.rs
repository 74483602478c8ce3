//! What a context promises to tests.

use insta::assert_snapshot;
use test_support::{ShimBehaviour, TestContext};

#[test]
fn commands_see_nothing_of_the_machine() {
    let context = TestContext::new();
    context.link_tool("env");
    let snapshot = context.snapshot(&mut context.command("env"));
    let mut lines: Vec<_> = snapshot.lines().collect();
    lines[2..6].sort_unstable();
    assert_snapshot!(lines.join("\n"), @r"
    exit: 0
    --- stdout
    HOME=[TEMP]/home
    LANG=C.UTF-8
    PATH=[TEMP]/bin
    PYXIDE_CACHE_DIR=[TEMP]/cache
    --- stderr
    ");
}

#[test]
fn commands_run_in_the_project() {
    let context = TestContext::new();
    context.link_tool("cat");
    context.write("deep/down/hello.txt", "hello from 1.25s ago");
    assert_snapshot!(context.snapshot(context.command("cat").args(["deep/down/hello.txt", "missing"])), @r"
    exit: 1
    --- stdout
    hello from [TIME] ago[no line end]
    --- stderr
    cat: missing: No such file or directory
    ");
}

#[test]
fn only_linked_tools_are_found() {
    let context = TestContext::new();
    let error = context.command("cat").output().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn more_folders_can_be_searched() {
    let mut context = TestContext::new();
    let other = context.root().join("other");
    std::os::unix::fs::symlink(context.bin(), &other).unwrap();
    context.add_path(&other);
    context.link_tool("env");
    assert!(context.snapshot(&mut context.command("env")).contains("PATH=[TEMP]/bin:[TEMP]/other\n"));
}

#[test]
fn a_signal_is_named() {
    let context = TestContext::new();
    context.link_tool("sh");
    assert!(
        context
            .snapshot(context.command("sh").args(["-c", "kill -KILL $$"]))
            .starts_with("exit: signal: 9 (SIGKILL)\n")
    );
}

#[test]
fn a_shim_notes_its_calls() {
    let context = TestContext::new();
    context.shim("cc", &ShimBehaviour::answers("cc 1.0\n"));
    assert!(context.calls("cc").is_empty());
    assert_snapshot!(context.snapshot(context.command("cc").arg("--version")), @r"
    exit: 0
    --- stdout
    cc 1.0
    --- stderr
    ");
    context.shim("cc", &ShimBehaviour::fails(4, "cc: cannot\n"));
    assert_snapshot!(context.snapshot(context.command(context.bin().join("cc")).args(["a b", "\"\n"])), @r"
    exit: 4
    --- stdout
    --- stderr
    cc: cannot
    ");
    assert_eq!(context.calls("cc"), [vec!["--version"], vec!["a b", "\"\n"]]);
}

#[test]
fn a_shim_can_be_the_real_tool() {
    let context = TestContext::new();
    context.shim("say", &ShimBehaviour::passes_through("echo"));
    assert_snapshot!(context.snapshot(context.command("say").args(["one", "two"])), @r"
    exit: 0
    --- stdout
    one two
    --- stderr
    ");
    assert_eq!(context.calls("say"), [["one", "two"]]);
}

#[test]
fn shims_that_run_together_note_every_call() {
    let context = TestContext::new();
    context.shim("cc", &ShimBehaviour::answers(""));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(context.command("cc").arg("x".repeat(4000)).status().unwrap().success()));
        }
    });
    assert_eq!(context.calls("cc").len(), 8);
}

#[test]
fn a_shim_without_behaviour_says_so() {
    let context = TestContext::new();
    context.shim("cc", &ShimBehaviour::answers(""));
    fs_err::remove_file(context.bin().join("cc.shim.json")).unwrap();
    let snapshot = context.snapshot(&mut context.command("cc"));
    assert!(snapshot.starts_with("exit: 125\n") && snapshot.contains("[TEMP]/bin/cc.shim.json"), "{snapshot}");
}

#[test]
fn contexts_are_removed() {
    let context = TestContext::new();
    let root = context.root().to_path_buf();
    assert!(context.home().is_dir() && context.cache().is_dir());
    drop(context);
    assert!(!root.exists());
}

//! What is shown when a test fails: this runs a failing test as a child.

use std::process::Command;

use test_support::{ShimBehaviour, TestContext};

/// Set for the child alone.
const CHILD: &str = "TEST_SUPPORT_FAILS";

#[test]
fn fails_as_a_child() {
    if std::env::var_os(CHILD).is_some() {
        let context = TestContext::new();
        context.shim("cc", &ShimBehaviour::answers("took 1.25s\n"));
        assert_eq!(context.snapshot(&mut context.command("cc")), "something else");
    }
}

#[test]
fn the_unfiltered_output_is_shown() {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).args(["--exact", "fails_as_a_child"]).env(CHILD, "1").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success());
    assert!(text.contains("---------- unfiltered ----------\n$ "), "{text}");
    assert!(text.contains("took 1.25s\n"), "{text}");
}

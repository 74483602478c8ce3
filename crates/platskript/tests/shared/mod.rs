//! A real Python, asked about many programs at once.

#![allow(dead_code, reason = "each test uses its part")]

use std::{
    env,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde::{Deserialize, Serialize};

/// What Python is asked.
#[derive(Debug, Serialize)]
pub(crate) struct Question<'a> {
    /// The program.
    pub(crate) python: &'a str,
    /// Another one to compare its syntax tree with.
    pub(crate) other: Option<&'a str>,
    /// Whether to run it.
    pub(crate) run: bool,
}

/// What Python answers.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// Why it does not compile.
    pub(crate) refused: Option<String>,
    /// Whether both syntax trees are the same.
    pub(crate) same: Option<bool>,
    /// What it printed.
    pub(crate) stdout: Option<String>,
    /// The class of what it raised.
    pub(crate) raised: Option<String>,
}

/// Asks the interpreter of this run: `PYXIDE_TEST_PYTHON`, or else the first `python3` on `PATH`.
pub(crate) fn ask(questions: &[Question<'_>]) -> Vec<Answer> {
    let python = env::var_os("PYXIDE_TEST_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let mut child = Command::new(python)
        .args(["-I", "-c", include_str!("asked.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tests need a Python");
    let input = serde_json::to_vec(questions).unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the Python of the tests ended with {}", output.status);
    let answers: Vec<Answer> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), questions.len());
    answers
}

/// Why Python refuses each of these programs, if it does.
pub(crate) fn refusals(programs: &[&str]) -> Vec<Option<String>> {
    let questions: Vec<_> = programs.iter().map(|python| Question { python, other: None, run: false }).collect();
    ask(&questions).into_iter().map(|answer| answer.refused).collect()
}

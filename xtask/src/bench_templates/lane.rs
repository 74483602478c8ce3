//! Processes that do one job after another, so that Cython and what else takes long is imported once and not for each.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::house::{REPORT, ended};
use crate::measuring::stopwatch::Order;

/// Does one job at a time. What ends the process is told so, and the next one gets a new process.
struct Lane {
    order: Order,
    /// Where the process writes its errors.
    errors: PathBuf,
    process: Option<Process>,
}

struct Process {
    child: Child,
    answers: BufReader<ChildStdout>,
}

/// Gives all jobs to so many such processes, and what each is answered, in the order of the jobs. `done` is told who is done.
pub(super) fn answers(
    order: &Order,
    count: usize,
    jobs: &[Value],
    done: impl Fn(&str) + Sync,
) -> Vec<anyhow::Result<Value>> {
    let next = AtomicUsize::new(0);
    let found: Vec<_> = jobs.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for number in 0..count.min(jobs.len()) {
            let (next, found, done) = (&next, &found, &done);
            scope.spawn(move || {
                let errors = order.folder.join(format!("said/lane-{number}"));
                let mut lane = Lane { order: order.clone(), errors, process: None };
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(index) else { break };
                    let answer = lane.answer(job);
                    *found[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                    done(job["name"].as_str().unwrap_or_default());
                }
            });
        }
    });
    let taken = found.into_iter().map(|it| it.into_inner().unwrap_or_else(PoisonError::into_inner));
    taken.map(|it| it.context("nobody answered")?).collect()
}

impl Lane {
    fn answer(&mut self, job: &Value) -> anyhow::Result<Value> {
        let mut process = match self.process.take() {
            Some(process) => process,
            None => self.start()?,
        };
        // A process that is gone says so below.
        let _ = process.child.stdin.as_mut().map(|jobs| writeln!(jobs, "{job}"));
        let mut line = Vec::new();
        loop {
            line.clear();
            if process.answers.read_until(b'\n', &mut line).unwrap_or_default() == 0 {
                break;
            }
            // Templates may print, too, and not only text.
            if let Some(report) = line.strip_prefix(REPORT.as_bytes()) {
                let report: Value = serde_json::from_slice(report)?;
                self.process = Some(process);
                return match report["failure"].as_str() {
                    Some(failure) => bail!("{failure}"),
                    None => Ok(report),
                };
            }
        }
        // This closes its input, so that it ends in any case.
        let status = process.child.wait()?;
        let words = fs_err::read(&self.errors).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        let code = status.code().unwrap_or_else(|| -status.signal().unwrap_or_default());
        Err(ended(code, words.trim()))
    }

    fn start(&self) -> anyhow::Result<Process> {
        if let Some(folder) = self.errors.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let (program, arguments) = self.order.arguments.split_first().context("there is no command")?;
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(&self.order.environment).current_dir(&self.order.folder);
        command.stderr(fs_err::File::create(&self.errors)?.into_file());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start Python")?;
        let answers = child.stdout.take().context("Python has no output")?;
        Ok(Process { child, answers: BufReader::new(answers) })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Between two jobs it has nothing to lose; its worker ends itself when it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

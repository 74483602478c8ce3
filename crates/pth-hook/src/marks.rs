//! What to look at twice in code that runs at each start.
//!
//! A mark is no verdict: honest hooks use `exec` to get around the single line, too. The worst case so far, in a wheel of litellm in 2026, had all of them: a line of 34 KiB
//! that started another interpreter, which decoded and ran the rest, which sent away what it found.

use std::fmt;

/// Something that a hook has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Mark {
    /// It runs text as code.
    Exec,
    /// It decodes something.
    Encoded,
    /// It knows the network.
    Network,
    /// It starts processes.
    Process,
    /// It loads native code by itself.
    Native,
    /// It spells names so that a search does not find them.
    Disguised,
    /// It has a line that is longer than anybody reads.
    LongLine,
    /// It looks into the variables of `site`, which differ between versions.
    Frame,
    /// It is no text: compiled, in another encoding than UTF-8, or very large.
    Opaque,
}

/// The words of each mark. They count where no letter, digit, underscore or dot stands before them and none of the first three behind them.
const WORDS: [(Mark, &[&str]); 7] = [
    (
        Mark::Exec,
        &["exec", "eval", "compile", "builtins.exec", "builtins.eval", "runpy", "code.InteractiveInterpreter"],
    ),
    (
        Mark::Encoded,
        &[
            "base64",
            "binascii",
            "zlib",
            "lzma",
            "bz2",
            "marshal",
            "b64decode",
            "b85decode",
            "unhexlify",
            "fromhex",
            "rot13",
            "rot_13",
            "pickle",
        ],
    ),
    (
        Mark::Network,
        &[
            "socket", "urllib", "http", "ftplib", "smtplib", "ssl", "requests", "httpx", "aiohttp", "urlopen", "curl",
            "wget",
        ],
    ),
    (
        Mark::Process,
        &[
            "subprocess",
            "Popen",
            "os.system",
            "os.popen",
            "os.fork",
            "os.execv",
            "os.execve",
            "os.execvp",
            "os.spawnv",
            "os.posix_spawn",
            "pty",
            "multiprocessing",
        ],
    ),
    (Mark::Native, &["ctypes", "cffi", "ExtensionFileLoader", "load_dynamic"]),
    (Mark::Disguised, &["chr", "__builtins__", "globals()[", "getattr(__import__", "__subclasses__"]),
    (Mark::Frame, &["_getframe", "f_locals", "currentframe"]),
];

impl Mark {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exec => "exec",
            Self::Encoded => "encoded",
            Self::Network => "network",
            Self::Process => "process",
            Self::Native => "native",
            Self::Disguised => "disguised",
            Self::LongLine => "long-line",
            Self::Frame => "frame",
            Self::Opaque => "opaque",
        }
    }

    /// What it says of code.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Exec => "runs text as code",
            Self::Encoded => "decodes something",
            Self::Network => "knows the network",
            Self::Process => "starts processes",
            Self::Native => "loads native code by itself",
            Self::Disguised => "spells names so that a search does not find them",
            Self::LongLine => "has a line that is longer than anybody reads",
            Self::Opaque => "cannot be read: compiled, not UTF-8, or very large",
            Self::Frame => "looks into the variables of `site`, which differ between versions",
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The marks of a text, of which no line should be longer than this.
pub(crate) fn marks(text: &str, longest: usize) -> Vec<Mark> {
    let mut found: Vec<Mark> = WORDS
        .iter()
        .filter(|(_, words)| words.iter().any(|word| has_word(text, word)))
        .map(|(mark, _)| *mark)
        .collect();
    if text.matches("\\x").count() > 8 {
        found.push(Mark::Disguised);
    }
    if text.lines().any(|line| line.len() > longest) {
        found.push(Mark::LongLine);
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(place, _)| {
        // `os.exec…` is no `exec`, and `http.client` is `http`; of modules, what stands before a dot matters little: `urllib.socket`.
        let before = text[..place].chars().next_back();
        let after = text[place + word.len()..].chars().next();
        !before.is_some_and(|letter| is_part(letter) || letter == '.' && word.len() < 8) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[Mark]) {
        assert_eq!(marks(text, 512), expected, "{text}");
    }

    #[test]
    fn marks_are_found() {
        check("import m; m.f()", &[]);
        check(
            "import codecs; codecs.register(lambda n: __import__('p.codec', fromlist=['s']).s(n) if n == 'p' else None)",
            &[],
        );
        check("import os; exec(os.environ['X'])", &[Mark::Exec]);
        check("import execute; execute.execution()", &[]);
        check("import re; re.compile('x')", &[]);
        check("import sys, types, os;p = sys._getframe(1).f_locals['sitedir']", &[Mark::Frame]);
        check(
            "import os, subprocess, sys; subprocess.Popen([sys.executable, '-c', \"import base64; exec(base64.b64decode('aGk='))\"])",
            &[Mark::Exec, Mark::Encoded, Mark::Process],
        );
        check("import urllib.request as u; u.urlopen('x')", &[Mark::Network]);
        check(&format!("import m; m.f('{}')", "x".repeat(600)), &[Mark::LongLine]);
        check(&format!("import m; m.f('{}')", "x".repeat(512 - 17)), &[]);
        for (letters, expected) in [(8, &[][..]), (9, &[Mark::Disguised])] {
            check(&format!("import m; m.f('{}')", r"\x41".repeat(letters)), expected);
        }
        // A mark that words and letters have is one; in the order of their kinds.
        check(
            &format!("import m, ctypes; m.f('{}', chr(1), '{}', m._getframe())", r"\x41".repeat(9), "x".repeat(512)),
            &[Mark::Native, Mark::Disguised, Mark::LongLine, Mark::Frame],
        );
        check("import m; m._exec(); m.chr_(); my_exec()", &[]);
        check("import os; os.system('true'); xos.system('true')", &[Mark::Process]);
        check("import m; m.requests.get()", &[Mark::Network]);
        check("import m; m.x_getframe(); m.unhexlify()", &[Mark::Encoded]);
        check("import sys; getattr(__import__('o'+'s'), 'sys'+'tem')(chr(108))", &[Mark::Disguised]);
    }
}

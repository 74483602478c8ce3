//! The memory of answers.
//!
//! An answer is a file named by the question. It lists every file and folder the answer rests on, with its stamp or its
//! absence; when one differs, the question is asked anew. A folder's stamp moves when a name in it comes or goes, so
//! `pip install` is seen by the stamp of `site-packages`. An answer that rests on something touched in the last two
//! seconds is not remembered, because a second change would not show.

use std::{
    io::Write as _,
    os::unix::{ffi::OsStrExt as _, fs::DirBuilderExt as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Compiler, CompilerQuery, Error, FileStamp, InterpreterQuery, Python, SearchPath, Witnesses, compiler, interpreter,
    talk::Listener,
};

/// Raised when an answer's meaning changes, so that old ones are asked again.
const FORMAT: u32 = 5;

/// Asks interpreters and compilers, and remembers what they answered in a folder.
#[derive(Debug, Clone)]
pub struct Probes {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Remembered<T> {
    format: u32,
    rests_on: Witnesses,
    answer: T,
}

impl Probes {
    /// Probes that remember in `folder`, which need not exist yet and may be unwritable: then nothing is remembered.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Who is this interpreter, and which Cython and NumPy does it find?
    ///
    /// # Errors
    /// [`Error::Refused`] when modules cannot be built for it, [`Error::NoAnswer`] when it is no interpreter,
    /// [`Error::Silent`] when it does not answer, and [`Error::Cancelled`] when `cancelled` says so before it does.
    pub fn interpreter(&self, query: &InterpreterQuery, cancelled: &dyn Fn() -> bool) -> Result<Python, Error> {
        let mut question = Question::new("interpreter");
        question.part(query.executable.as_os_str().as_bytes());
        match &query.search_path {
            SearchPath::Given(folders) => {
                for folder in folders {
                    question.part(folder.as_os_str().as_bytes());
                }
            }
            SearchPath::Own(variables) => {
                question.part(b"own");
                for (name, value) in variables {
                    question.part(name.as_bytes());
                    question.part(value.as_bytes());
                }
            }
        }
        self.remembered(&question, || interpreter::ask(query, &Listener::to_interpreter(cancelled)))
    }

    /// Which compiler does this query mean, and which programs does it run?
    ///
    /// # Errors
    /// [`Error::NoCompiler`] or [`Error::ProgramNotFound`] when there is none, [`Error::UnknownCompiler`] when it is of another kind,
    /// [`Error::Silent`] when it does not answer, and [`Error::Cancelled`] when `cancelled` says so before it does.
    pub fn compiler(&self, query: &CompilerQuery, cancelled: &dyn Fn() -> bool) -> Result<Compiler, Error> {
        let located = compiler::locate(query)?;
        let mut question = Question::new(query.language.name());
        question.part(located.program.as_os_str().as_bytes());
        for argument in &located.arguments {
            question.part(argument.as_bytes());
        }
        let compiler = self.remembered(&question, || {
            compiler::ask(&located, self.scratch()?.path(), &Listener::to_compiler(cancelled))
        })?;
        Ok(Compiler { launcher: located.launcher, ..compiler })
    }

    /// A folder for temporary files beside the answers; where nothing can be written, the system's.
    fn scratch(&self) -> Result<tempfile::TempDir, Error> {
        let beside = self.make_folder().and_then(|()| tempfile::tempdir_in(&self.folder));
        beside
            .or_else(|_| tempfile::tempdir())
            .map_err(|source| Error::Io { action: "make a folder for temporary files", source })
    }

    fn remembered<T: Serialize + DeserializeOwned>(
        &self,
        question: &Question,
        ask: impl FnOnce() -> Result<(T, Vec<PathBuf>), Error>,
    ) -> Result<T, Error> {
        let file = self.folder.join(question.file_name());
        if let Some(answer) = recall(&file) {
            return Ok(answer);
        }
        let asked = SystemTime::now();
        let (answer, witnesses) = ask()?;
        let rests_on: Option<Witnesses> = witnesses
            .into_iter()
            .map(|path| match FileStamp::of(&path) {
                Ok(stamp) if stamp.is_none_or(|stamp| stamp.is_settled(asked)) => Some((path, stamp)),
                _ => None,
            })
            .collect();
        let Some(rests_on) = rests_on else { return Ok(answer) };
        let remembered = Remembered { format: FORMAT, rests_on, answer };
        // Forgetting costs a process at the next question, so a read-only cache is no reason to fail.
        let _ = self.remember(&file, &remembered);
        Ok(remembered.answer)
    }

    /// For its owner alone: what is remembered says which programs are run.
    fn make_folder(&self) -> std::io::Result<()> {
        // `fs_err` has no builder with a mode.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)
    }

    fn remember<T: Serialize>(&self, file: &Path, remembered: &Remembered<T>) -> std::io::Result<()> {
        self.make_folder()?;
        let mut new = tempfile::NamedTempFile::new_in(&self.folder)?;
        new.write_all(&serde_json::to_vec(remembered)?)?;
        new.persist(file)?;
        Ok(())
    }
}

/// The remembered answer, if everything it rests on is as it was.
fn recall<T: DeserializeOwned>(file: &Path) -> Option<T> {
    // Opening a pipe would wait for somebody to write.
    if !fs_err::symlink_metadata(file).ok()?.is_file() {
        return None;
    }
    let text = fs_err::read(file).ok()?;
    let remembered: Remembered<T> =
        serde_json::from_slice(&text).ok().filter(|found: &Remembered<T>| found.format == FORMAT)?;
    remembered.rests_on.hold().then_some(remembered.answer)
}

/// What names an answer: each part length-framed, so that two questions never share a file.
struct Question(blake3::Hasher);

impl Question {
    fn new(kind: &str) -> Self {
        let mut question = Self(blake3::Hasher::new());
        question.part(kind.as_bytes());
        question
    }

    fn part(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    fn file_name(&self) -> String {
        format!("{}.json", &self.0.finalize().to_hex()[..32])
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, time::Duration};

    use super::*;

    /// Asks about `witness` and says how often the real question was asked.
    fn ask(probes: &Probes, witness: &Path, asked: &Cell<u32>) -> u32 {
        probes
            .remembered(&Question::new("test"), || {
                asked.set(asked.get() + 1);
                Ok((asked.get(), vec![witness.to_owned()]))
            })
            .unwrap()
    }

    fn set_back(file: &Path, by: Duration) {
        let file = fs_err::OpenOptions::new().write(true).open(file).unwrap();
        file.file().set_modified(SystemTime::now() - by).unwrap();
    }

    #[test]
    fn a_settled_answer_is_remembered_until_its_witness_moves() {
        let folder = tempfile::tempdir().unwrap();
        let probes = Probes::new(folder.path().join("probes"));
        let asked = Cell::new(0);
        // A system program: its stamp has been settled for long.
        let witness = Path::new("/bin/sh");
        assert_eq!(ask(&probes, witness, &asked), 1);
        assert_eq!(ask(&probes, witness, &asked), 1, "the second time it is remembered");

        let absent = folder.path().join("pyvenv.cfg");
        let asked = Cell::new(10);
        let probes = Probes::new(folder.path().join("other"));
        assert_eq!(ask(&probes, &absent, &asked), 11);
        assert_eq!(ask(&probes, &absent, &asked), 11, "absence is remembered, too");
        fs_err::write(&absent, "home = /usr").unwrap();
        assert_eq!(ask(&probes, &absent, &asked), 12, "and noticed when it ends");
    }

    #[test]
    fn a_young_witness_is_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let probes = Probes::new(folder.path().join("probes"));
        let witness = folder.path().join("cc1");
        fs_err::write(&witness, "compiler").unwrap();
        set_back(&witness, Duration::from_hours(1));
        let asked = Cell::new(0);
        ask(&probes, &witness, &asked);
        ask(&probes, &witness, &asked);
        assert_eq!(asked.get(), 2, "its change time is now, whatever its modification time says");
    }

    #[test]
    fn a_broken_or_foreign_memory_is_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let probes = Probes::new(folder.path());
        let asked = Cell::new(0);
        let witness = Path::new("/bin/sh");
        ask(&probes, witness, &asked);
        let file = folder.path().join(Question::new("test").file_name());
        for text in ["", "{", r#"{"format":6,"rests_on":[],"answer":7}"#, r#"{"format":5,"rests_on":[],"answer":"x"}"#]
        {
            fs_err::write(&file, text).unwrap();
            let before = asked.get();
            ask(&probes, witness, &asked);
            assert_eq!(asked.get(), before + 1, "{text}");
        }
    }

    #[test]
    fn an_unwritable_memory_is_no_error() {
        let asked = Cell::new(0);
        let probes = Probes::new("/dev/null/probes");
        assert_eq!(ask(&probes, Path::new("/bin/sh"), &asked), 1);
        assert_eq!(ask(&probes, Path::new("/bin/sh"), &asked), 2);
    }

    #[test]
    fn the_compiler_of_this_machine() {
        let folder = tempfile::tempdir().unwrap();
        let query = CompilerQuery {
            language: crate::Language::C,
            command: None,
            path: "/usr/local/bin:/usr/bin:/bin".into(),
            launcher_environment: std::collections::BTreeMap::new(),
        };
        let compiler = Probes::new(folder.path()).compiler(&query, &|| false).unwrap();
        assert!(compiler.programs.contains_key("driver") && compiler.programs.contains_key("ld"), "{compiler:?}");
        assert!(compiler.target.contains(std::env::consts::ARCH), "{compiler:?}");
        assert!(compiler.install.as_ref().is_some_and(|folder| folder.is_dir()), "{compiler:?}");
        assert_eq!(Probes::new(folder.path()).compiler(&query, &|| false).unwrap(), compiler);
    }
}

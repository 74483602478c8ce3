//! Cython's own code for memoryviews, compiled once rather than in each module that has some.
//!
//! It is two thirds of the C of a small numerical module, and three quarters of what a compiler does for it. Since version 3.2
//! Cython can leave it to a module that others import (`--shared`). That module is compiled here to an object file, which
//! is linked into each artifact: so an artifact still needs nothing but itself, wherever it is carried.
//!
//! | step | what is added |
//! |---|---|
//! | the code for memoryviews is generated | a function that has Python load it as a module, once in a process (`utility.c`) |
//! | a module is generated | Cython imports that module by its name |
//! | the module is created | a call of that function before ([`traceback`](crate::traceback) changes the line) |
//!
//! Modules whose build could change what that code is compiled to have it themselves, as have those whose C is kept.

use fingerprint::Cython;

use crate::{
    Error, Job, Patience, Tools, Worker, Workspace,
    plan::{self, Command},
};

/// What the object file is called where it is linked.
pub(crate) const OBJECT: &str = "utility.o";

/// What Cython writes, and what follows it.
const GENERATED: &str = "utility.c";
const FUNCTION: &str = include_str!("utility.c");

/// What stands for the module's name there.
const NAME: &str = "PYXIDE_UTILITY";

/// The first Cython that this is known to work with.
const OLDEST: (u32, u32) = (3, 3);

/// Nothing in it takes long, so that more than this gains nothing. It takes a third less time than `-O2`.
const ARGUMENTS: [&str; 6] =
    ["-O1", "-g0", "-fPIC", "-fvisibility=hidden", "-DCYTHON_NO_PYINIT_EXPORT", "-Wno-unused-function"];

/// How macros begin that Cython's and Python's headers ask for.
const OF_HEADERS: [&str; 4] = ["CYTHON_", "Py_", "PY_", "__PYX_"];

/// How arguments begin that change what code can be linked with, and those among them that only choose instructions.
const OF_INTERFACES: [&str; 7] = ["-m", "-include", "-imacros", "-fsanitize", "-flto", "-fshort-", "-fpack-struct"];
const OF_INSTRUCTIONS: [&str; 5] = ["-march=", "-mtune=", "-msse", "-mavx", "-mfma"];

/// Where the object file comes from.
pub trait Utility: Sync {
    /// The one that is there.
    fn find(&self) -> Option<Vec<u8>>;

    /// A new one, or the one that somebody else has made meanwhile. `None` when there can be none: then modules have that
    /// code themselves. `cancelled` is asked every few milliseconds.
    ///
    /// # Errors
    /// [`Error::Cancelled`] and [`Error::TimedOut`].
    fn make(&self, cancelled: &(dyn Fn() -> bool + Sync)) -> Result<Option<Vec<u8>>, Error>;
}

/// The name of the module that Cython's code for memoryviews is in.
pub(crate) fn name(cython: &Cython) -> String {
    let version = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    format!("_pyxide_cython_{}", cython.version.chars().map(version).collect::<String>())
}

/// Whether a module may be linked with it.
pub(crate) fn serves(job: &Job, tools: &Tools<'_>) -> bool {
    let Tools { python, cython, .. } = tools;
    let mut numbers = cython.version.split('.').map_while(|number| number.parse::<u32>().ok());
    let is_new = numbers.next().zip(numbers.next()).is_some_and(|version| version >= OLDEST);
    let is_of_headers = |name: &str| OF_HEADERS.iter().any(|start| name.starts_with(start));
    let is_of_interface = |argument: &String| {
        let begins = |starts: &[&str]| starts.iter().any(|start| argument.starts_with(start));
        // A macro's name may be the next argument.
        let names = ["-D", "-U"].iter().find_map(|option| argument.strip_prefix(option));
        names.is_some_and(|name| name.is_empty() || is_of_headers(name))
            || (begins(&OF_INTERFACES) && !begins(&OF_INSTRUCTIONS))
    };
    is_new
        && !job.self_contained
        && job.limited_api.is_none()
        && !python.interpreter.free_threaded
        && !job.define_macros.iter().any(|(name, _)| is_of_headers(name))
        && !job.extra_compile_args.iter().any(is_of_interface)
}

/// Makes the object file in an empty workspace, and gives its content.
///
/// # Errors
/// [`Error::Utility`] when Cython or the compiler cannot; [`Error::Cancelled`], [`Error::TimedOut`], [`Error::Io`].
pub fn build_utility(
    worker: &Worker,
    tools: &Tools<'_>,
    workspace: &Workspace,
    patience: &Patience<'_>,
) -> Result<Vec<u8>, Error> {
    let io = |source| Error::Io { action: "build Cython's code for memoryviews", source };
    let (name, work) = (name(tools.cython), workspace.work());
    fs_err::create_dir(&work).and_then(|()| fs_err::create_dir(workspace.temporary())).map_err(io)?;
    let ended = worker.generate_utility(&name, GENERATED, &work, patience)?;
    if !ended.report.is_some_and(|report| report.ok) {
        return Err(Error::Utility { output: ended.output });
    }
    let generated = fs_err::read_to_string(work.join(GENERATED)).map_err(io)?;
    fs_err::write(work.join(GENERATED), generated + &FUNCTION.replace(NAME, &name)).map_err(io)?;
    let command = compile(tools, workspace)?;
    let ended = worker.execute(&command, &work, patience)?;
    if ended.code != 0 {
        return Err(Error::Utility { output: ended.output });
    }
    fs_err::read(work.join(OBJECT)).map_err(io)
}

/// What the compiler has to do.
fn compile(tools: &Tools<'_>, workspace: &Workspace) -> Result<Command, Error> {
    let python = &tools.python.interpreter;
    let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).into();
    arguments.extend(python.abi_flags.iter().cloned());
    arguments.push(format!("-ffile-prefix-map={}=.", plan::text(&workspace.work())?));
    for folder in &python.include {
        arguments.push(format!("-I{}", plan::text(folder)?));
    }
    // The driver for C++ would take it for that.
    arguments.extend(["-x", "c", "-c", GENERATED, "-o", OBJECT].map(str::to_owned));
    plan::through_launcher(tools.compiler, plan::command(tools.compiler, arguments, workspace)?)
}

#[cfg(test)]
mod tests {
    use fingerprint::Language;

    use super::*;
    use crate::job::ExampleTools;

    #[test]
    fn what_could_change_that_code_has_it_itself() {
        let job = |change: &dyn Fn(&mut Job)| {
            let mut job = Job::example("");
            change(&mut job);
            job
        };
        let example = ExampleTools::new(Language::C);
        let check = |change: &dyn Fn(&mut Job), expected: bool| {
            assert_eq!(serves(&job(change), &example.tools()), expected);
        };
        check(&|_| {}, true);
        check(&|job| job.self_contained = true, false);
        check(&|job| job.limited_api = Some((3, 10)), false);
        let arguments = |words: &'static [&str]| {
            move |job: &mut Job| job.extra_compile_args = words.iter().map(|&word| word.to_owned()).collect()
        };
        for words in [&["-O3", "-march=native", "-ffast-math", "-fopenmp", "-DN=3", "-UN", "-mavx2"][..], &["-Wall"]] {
            check(&arguments(words), true);
        }
        for words in [
            &["-DCYTHON_REFNANNY=1"][..],
            &["-D", "CYTHON_REFNANNY"],
            &["-UPy_DEBUG"],
            &["-m32"],
            &["-fsanitize=address"],
            &["-flto"],
            &["-include", "a.h"],
        ] {
            check(&arguments(words), false);
        }
        let defines = |name: &'static str| move |job: &mut Job| job.define_macros = vec![(name.to_owned(), None)];
        check(&defines("NPY_NO_DEPRECATED_API"), true);
        check(&defines("CYTHON_TRACE"), false);
        check(&defines("Py_LIMITED_API"), false);

        let with = |version: &str| {
            let mut example = ExampleTools::new(Language::C);
            example.cython.version = version.to_owned();
            serves(&Job::example(""), &example.tools())
        };
        assert!(with("3.3.0a1") && with("3.10.2") && with("4.0") && !with("3.2.9") && !with("next"));
        let mut free = ExampleTools::new(Language::C);
        free.python.interpreter.free_threaded = true;
        assert!(!serves(&Job::example(""), &free.tools()));
    }

    #[test]
    fn it_is_compiled_alike_for_both_languages() {
        let command = |language| {
            let example = ExampleTools::new(language);
            compile(&example.tools(), &Workspace::new("/stage")).unwrap().arguments.join(" ")
        };
        insta::assert_snapshot!(command(Language::C), @"-m64 -O1 -g0 -fPIC -fvisibility=hidden -DCYTHON_NO_PYINIT_EXPORT -Wno-unused-function -DNDEBUG -fwrapv -ffile-prefix-map=/stage/work=. -I/usr/include/python3.11 -x c -c utility.c -o utility.o");
        assert_eq!(command(Language::C), command(Language::Cxx));
    }

    #[test]
    fn a_module_has_a_name() {
        let cython = Cython { folder: "/site/Cython".into(), version: "3.3.0a1+local".into() };
        assert_eq!(name(&cython), "_pyxide_cython_3_3_0a1_local");
        assert!(FUNCTION.contains(&format!("PyInit_{NAME}()")) && FUNCTION.contains(&format!("\"{NAME}\"")));
    }
}

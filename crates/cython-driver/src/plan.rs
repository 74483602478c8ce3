//! What a build runs, as data.
//!
//! Every tool runs in the folder `work` of the build's stage and sees relative names only. What the source may read from
//! elsewhere is reached through symbolic links in that folder:
//!
//! | name in `work` | leads to |
//! |---|---|
//! | `<module>.pyx`, support files | written there |
//! | `project-root` | the top folder of the source's project |
//! | `include-1`, ... | an include folder outside the project |
//! | `sources-1`, ... | the folder of an extra source outside the project |
//! | `package-root` | what the modules of a package may read from each other, written there |
//!
//! So generated C, debug information, dependency lists and messages are the same wherever the project, the cache and the
//! stage lie, and a relative name is all that has to be understood to find the user's file again.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use cache_key::ModuleName;
use fingerprint::{Compiler, Family, Language, NumPy, tool_path};
use serde::Serialize;

use crate::{
    Error, Header,
    job::{Job, Place, Tools},
    utility::OBJECT,
};

/// Raised when equal jobs are built in another way, because that may change bytes.
pub const RECIPE: u32 = 6;

/// How the first line of a notebook's cell begins. It goes on with the other cells that are cimported: `vec=pyxide.jit.vec_5f5f`.
const CELL: &str = "# pyxide: cell";

/// The link to the project.
pub(crate) const PROJECT: &str = "project-root";

/// The folder with the package that the module is a part of.
pub(crate) const PACKAGE: &str = "package-root";

/// A build's folder: `work`, where tools run, and `tmp` for their temporary files.
#[derive(Debug, Clone)]
pub struct Workspace {
    folder: PathBuf,
}

/// A program to run in `work`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its whole environment.
    pub environment: BTreeMap<String, String>,
}

/// A translation for the Cython worker to make in `work`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Transpile {
    pub(crate) source: String,
    pub(crate) output: String,
    pub(crate) module: String,
    pub(crate) include: Vec<String>,
    /// They win over those in the source's header.
    pub(crate) directives: BTreeMap<String, String>,
    /// The names of the directives in the source's header.
    pub(crate) header: Vec<String>,
    pub(crate) cplus: bool,
    pub(crate) annotate: bool,
    pub(crate) line_directives: bool,
    /// For a notebook's cell, which exports and cimports without `.pxd` files: what others are called in it, and their modules.
    pub(crate) cells: Option<BTreeMap<String, String>>,
    pub(crate) memoryviews: Memoryviews,
}

/// Where Cython's code for memoryviews is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Memoryviews {
    /// In the module.
    Own,
    /// Nobody knows yet whether there are any: the translation ends when it finds one.
    Ask,
    /// In a module with this name.
    In(String),
}

/// The names in `work`, and what they stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    /// The source, such as `square.pyx`.
    pub(crate) source: String,
    /// What Cython writes, such as `square.c`.
    pub(crate) generated: String,
    /// The page that Cython writes when it is asked to, such as `square.html`.
    pub(crate) annotation: String,
    /// What the compiler writes, such as `square.cpython-311-x86_64-linux-gnu.so`.
    pub(crate) artifact: String,
    /// Links and the folders they lead to.
    pub(crate) links: BTreeMap<String, PathBuf>,
    /// The folder of the source.
    pub(crate) source_folder: Option<String>,
    /// The root of the package that the module is a part of, and the module's folder in it.
    pub(crate) package: Option<[String; 2]>,
    /// The include folders.
    pub(crate) include: Vec<String>,
    /// The extra sources.
    pub(crate) extra_sources: Vec<String>,
}

impl Workspace {
    /// The workspace in this existing, empty, absolute folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where tools run.
    pub fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// The source, written when the build begins.
    pub fn source(&self, job: &Job) -> PathBuf {
        self.work().join(job.source_name())
    }

    /// Where tools have their temporary files.
    pub fn temporary(&self) -> PathBuf {
        self.folder.join("tmp")
    }
}

impl Names {
    pub(crate) fn new(job: &Job) -> Result<Self, Error> {
        let mut links = BTreeMap::new();
        if let Some(place) = &job.place {
            links.insert(PROJECT.to_owned(), place.project.clone());
        }
        // The name of a folder in `work`, by way of the project if it is inside, else by a link of its own.
        let mut name = |folder: &Path, kind: &str, number: usize| -> Result<String, Error> {
            if let Some(inside) = job.place.as_ref().and_then(|place| folder.strip_prefix(&place.project).ok()) {
                return below(PROJECT, inside);
            }
            let link = format!("{kind}-{number}");
            links.insert(link.clone(), folder.to_owned());
            Ok(link)
        };
        let source_folder = job.place.as_ref().map(|place| name(&place.folder, "source", 0)).transpose()?;
        let include = job
            .include_dirs
            .iter()
            .enumerate()
            .map(|(index, folder)| name(folder, "include", index + 1))
            .collect::<Result<_, _>>()?;
        let extra_sources = job
            .extra_sources
            .iter()
            .enumerate()
            .map(|(index, file)| {
                let folder = name(file.parent().unwrap_or(Path::new("/")), "sources", index + 1)?;
                below(&folder, Path::new(file.file_name().unwrap_or_default()))
            })
            .collect::<Result<_, _>>()?;
        let stem = job.module.last();
        let names = Self {
            source: job.source_name(),
            generated: match job.language {
                Language::C => format!("{stem}.c"),
                Language::Cxx => format!("{stem}.cpp"),
            },
            artifact: format!("{stem}{}", job.artifact_suffix),
            annotation: format!("{stem}.html"),
            links,
            source_folder,
            package: (!job.package_files.is_empty()).then(|| [PACKAGE.to_owned(), package_folder(&job.module)]),
            include,
            extra_sources,
        };
        for file in job.support_files.keys() {
            let taken = [&names.source, &names.generated, &names.annotation, &names.artifact].contains(&file)
                || [PACKAGE, OBJECT].contains(&file.as_str())
                || names.links.contains_key(file);
            let plain = file.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
            if taken || !plain || file.is_empty() || file.len() > 200 || file.starts_with(['.', '-']) {
                return Err(Error::SupportFile { name: file.clone(), taken });
            }
        }
        Ok(names)
    }
}

/// The links of a build that the names of Cython sources may begin with, and the folders they lead to.
pub fn source_links<'a>(
    place: Option<&'a Place>,
    include_dirs: &'a [PathBuf],
) -> impl Iterator<Item = (String, &'a Path)> {
    let project = place.map(|place| place.project.as_path());
    let outside = include_dirs.iter().enumerate().filter(move |(_, folder)| {
        // Those inside are reached through the project.
        project.is_none_or(|project| !folder.starts_with(project))
    });
    let include = outside.map(|(index, folder)| (format!("include-{}", index + 1), folder.as_path()));
    project.map(|project| (PROJECT.to_owned(), project)).into_iter().chain(include)
}

/// What Cython has to do.
pub(crate) fn transpile(job: &Job, names: &Names, memoryviews: Memoryviews) -> Transpile {
    Transpile {
        source: names.source.clone(),
        output: names.generated.clone(),
        module: job.module.to_string(),
        include: names.package.iter().flatten().chain(&names.source_folder).chain(&names.include).cloned().collect(),
        directives: job.directives.clone(),
        header: Header::read(job.source.text()).directives.into_keys().collect(),
        cplus: job.language == Language::Cxx,
        annotate: job.annotate,
        line_directives: job.line_directives,
        cells: cells(job.source.text()),
        memoryviews,
    }
}

/// The other cells that a cell cimports. `None` for what is no cell.
fn cells(source: &str) -> Option<BTreeMap<String, String>> {
    let rest = source.lines().next()?.strip_prefix(CELL)?;
    let pairs = rest.split_whitespace().filter_map(|word| word.split_once('='));
    Some(pairs.map(|(name, module)| (name.to_owned(), module.to_owned())).collect())
}

/// Where the linker says what it read, when it can.
pub(crate) const LINK_DEPFILE: &str = "link.d";

/// Asks GCC and Clang for OpenMP, when they compile and when they link.
const OPENMP: &str = "-fopenmp";

/// Arguments of the compiler that the link command must have as well.
const FOR_BOTH: [&str; 5] = ["-fopenmp", "-fsanitize", "-pthread", "-m32", "-m64"];

/// Arguments that a driver that also links would take as a wish to change how the whole process calculates.
const FAST_MATH: [&str; 3] = ["-ffast-math", "-Ofast", "-funsafe-math-optimizations"];

/// A command of the compiler.
pub(crate) fn command(compiler: &Compiler, arguments: Vec<String>, workspace: &Workspace) -> Result<Command, Error> {
    Ok(Command {
        program: text(&compiler.program)?,
        arguments: compiler.arguments.iter().cloned().chain(arguments).collect(),
        environment: environment(&compiler.program, workspace)?,
    })
}

/// A command that only compiles, as the launcher before the compiler gets it.
pub(crate) fn through_launcher(compiler: &Compiler, command: Command) -> Result<Command, Error> {
    let Some(launcher) = &compiler.launcher else { return Ok(command) };
    let mut words = launcher.programs.iter().map(|program| text(program)).collect::<Result<Vec<_>, _>>()?;
    let program = words.remove(0);
    words.push(command.program);
    words.extend(command.arguments);
    let mut environment = launcher.environment.clone();
    environment.extend(command.environment);
    Ok(Command { program, arguments: words, environment })
}

/// What a module is linked with beside what is compiled for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkedWith {
    /// Nothing.
    Nothing,
    /// Cython's code for memoryviews, which is there.
    Utility,
    /// The same, which comes while the module is compiled.
    ComingUtility,
}

/// What the compiler has to do, and the dependency files that it writes. `numpy` is given when the module uses it.
pub(crate) fn compile(
    job: &Job,
    names: &Names,
    tools: &Tools<'_>,
    numpy: Option<&NumPy>,
    linked_with: LinkedWith,
    workspace: &Workspace,
) -> Result<(Vec<Command>, Vec<String>), Error> {
    let compiler = tools.compiler;
    let command = |arguments: Vec<String>| command(compiler, arguments, workspace);
    let utility = (linked_with != LinkedWith::Nothing).then(|| OBJECT.to_owned());
    let compiling = compile_arguments(job, names, tools, numpy, workspace)?;
    let linking = link_arguments(job, names, tools)?;
    let changes_the_process = job.extra_compile_args.iter().any(|argument| FAST_MATH.contains(&argument.as_str()));
    // One command for the common case: the driver passes the object on without a second start. A launcher understands
    // commands that only compile.
    if names.extra_sources.is_empty()
        && !changes_the_process
        && compiler.launcher.is_none()
        && linked_with != LinkedWith::ComingUtility
    {
        let depfile = format!("{}.d", names.generated);
        let listing = dependency_arguments(&depfile, 0, compiler.family);
        let inputs = std::iter::once(names.generated.clone()).chain(utility).collect();
        let arguments = [compiling, listing, inputs, linking].concat();
        return Ok((vec![command(arguments)?], vec![depfile]));
    }
    let mut commands = Vec::new();
    let mut depfiles = Vec::new();
    let mut objects = Vec::new();
    for (index, source) in std::iter::once(&names.generated).chain(&names.extra_sources).enumerate() {
        let (object, depfile) = (object(index), format!("object-{index}.d"));
        let output = vec!["-c".into(), source.clone(), "-o".into(), object.clone()];
        let listing = dependency_arguments(&depfile, index, compiler.family);
        commands.push(through_launcher(compiler, command([compiling.clone(), listing, output].concat())?)?);
        depfiles.push(depfile);
        objects.push(object);
    }
    let for_both =
        job.extra_compile_args.iter().filter(|argument| FOR_BOTH.iter().any(|name| argument.starts_with(name)));
    objects.extend(utility);
    commands.push(command([objects, for_both.cloned().collect(), linking].concat())?);
    Ok((commands, depfiles))
}

fn compile_arguments(
    job: &Job,
    names: &Names,
    tools: &Tools<'_>,
    numpy: Option<&NumPy>,
    workspace: &Workspace,
) -> Result<Vec<String>, Error> {
    let mut arguments: Vec<String> = job.code_generation.iter().cloned().chain(["-fPIC".to_owned()]).collect();
    if job.language == Language::C {
        // Otherwise a misspelt function is found only when the module is loaded.
        arguments.push("-Werror=implicit-function-declaration".into());
    }
    if tools.compiler.family == Family::Clang {
        // It would stop after twenty; the user wants to see them all.
        arguments.push("-ferror-limit=0".into());
    }
    arguments.extend(tools.python.interpreter.abi_flags.iter().cloned());
    if let Some((major, minor)) = job.limited_api {
        arguments.push(format!("-DPy_LIMITED_API={:#010x}", u32::from(major) << 24 | u32::from(minor) << 16));
    }
    if job.openmp {
        arguments.push(OPENMP.to_owned());
    }
    arguments.push(format!("-ffile-prefix-map={}=.", text(&workspace.work())?));
    // `cdef extern from "k.h"` finds a header beside the source, and `#include <time.h>` does not.
    for folder in names.package.iter().map(|[_, folder]| folder).chain(&names.source_folder) {
        arguments.extend(["-iquote".to_owned(), folder.clone()]);
    }
    arguments.extend(names.package.iter().map(|[root, _]| format!("-I{root}")));
    arguments.extend(names.include.iter().map(|folder| format!("-I{folder}")));
    if let Some(numpy) = numpy {
        arguments.push(format!("-I{}", text(&numpy.include)?));
        if !job.define_macros.iter().any(|(name, _)| name == "NPY_NO_DEPRECATED_API") {
            arguments.push("-DNPY_NO_DEPRECATED_API=NPY_1_7_API_VERSION".into());
        }
    }
    for folder in &tools.python.interpreter.include {
        arguments.push(format!("-I{}", text(folder)?));
    }
    for (name, value) in &job.define_macros {
        arguments.push(match value {
            Some(value) => format!("-D{name}={value}"),
            None => format!("-D{name}"),
        });
    }
    arguments.extend(without_dependency_options(&job.extra_compile_args));
    Ok(arguments)
}

/// The arguments without those that say what to write about dependencies, which is ours to know.
fn without_dependency_options(arguments: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "-MF" | "-MT" | "-MQ" => drop(rest.next()),
            other if other.starts_with("-M") => {}
            other => kept.push(other.to_owned()),
        }
    }
    kept
}

/// Has the `index`th compilation write down what it read: the compiler, and GNU's assembler.
fn dependency_arguments(file: &str, index: usize, family: Family) -> Vec<String> {
    let mut arguments: Vec<String> = ["-MD", "-MF", file].map(str::to_owned).into();
    if family == Family::Gcc {
        arguments.push(format!("-Wa,--MD,{}", assembler_depfile(index)));
    }
    arguments
}

/// What the `index`th source is compiled to; the first is the generated one.
pub(crate) fn object(index: usize) -> String {
    format!("object-{index}.o")
}

/// Where the assembler of the `index`th compilation writes down what it read, such as what `.incbin` names.
pub(crate) fn assembler_depfile(index: usize) -> String {
    format!("assembler-{index}.d")
}

fn link_arguments(job: &Job, names: &Names, tools: &Tools<'_>) -> Result<Vec<String>, Error> {
    let mut arguments = vec!["-shared".to_owned(), "-o".to_owned(), names.artifact.clone()];
    // GNU's two linkers come together, and LLVM's and mold have always known the option.
    if tools.compiler.linker_lists_inputs {
        arguments.push(format!("-Wl,--dependency-file={LINK_DEPFILE}"));
    }
    for object in &job.extra_objects {
        arguments.push(text(object)?);
    }
    for folder in &job.library_dirs {
        arguments.push(format!("-L{}", text(folder)?));
    }
    arguments.extend(job.libraries.iter().map(|library| format!("-l{library}")));
    if job.openmp {
        arguments.push(OPENMP.to_owned());
    }
    arguments.extend(job.extra_link_args.iter().cloned());
    Ok(arguments)
}

/// All that a compiler gets to see of the outside.
fn environment(program: &Path, workspace: &Workspace) -> Result<BTreeMap<String, String>, Error> {
    Ok(BTreeMap::from([
        ("LC_ALL".to_owned(), "C".to_owned()),
        ("PATH".to_owned(), text(Path::new(&tool_path(program)))?),
        ("SOURCE_DATE_EPOCH".to_owned(), "0".to_owned()),
        ("TMPDIR".to_owned(), text(&workspace.temporary())?),
    ]))
}

/// The folder of a package's module, below the package's root.
fn package_folder(module: &ModuleName) -> String {
    let folders = module.as_str().rsplit_once('.').map_or("", |(package, _)| package);
    format!("{PACKAGE}/{}", folders.replace('.', "/"))
}

fn below(folder: &str, inside: &Path) -> Result<String, Error> {
    let inside = text(inside)?;
    Ok(if inside.is_empty() { folder.to_owned() } else { format!("{folder}/{inside}") })
}

/// A path as text. Commands and messages travel as JSON, which has no other bytes.
pub(crate) fn text(path: &Path) -> Result<String, Error> {
    path.to_str().map(str::to_owned).ok_or_else(|| Error::PathNotUtf8 { path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::job::ExampleTools;

    fn job(source: &str) -> Job {
        Job::example(source)
    }

    fn shown(job: &Job, uses_numpy: bool) -> String {
        let example = ExampleTools::new(job.language);
        let tools = example.tools();
        let numpy = example.python.numpy.as_ref().filter(|_| uses_numpy);
        let names = Names::new(job).unwrap();
        let (commands, _) =
            compile(job, &names, &tools, numpy, LinkedWith::Nothing, &Workspace::new("/stage")).unwrap();
        let links = names.links.iter().map(|(name, folder)| format!("{name} -> {}\n", folder.display()));
        let cython = transpile(job, &names, Memoryviews::Own);
        let cython = format!("cython {} -> {} include {:?}\n", cython.source, cython.output, cython.include);
        let commands = commands.iter().map(|command| format!("{} {}\n", command.program, command.arguments.join(" ")));
        links.chain([cython]).chain(commands).collect()
    }

    #[test]
    fn a_cell_says_which_others_it_knows() {
        let check = |source: &str, expected: Option<&[(&str, &str)]>| {
            let expected = expected.map(|pairs| pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect());
            assert_eq!(cells(source), expected, "{source}");
        };
        check("", None);
        check("x = 1\n# pyxide: cell\n", None);
        check("# pyxide: cell\nx = 1 # a=b\n", Some(&[]));
        check("# pyxide: cell a=pyxide.jit.a_1 b=c\n", Some(&[("a", "pyxide.jit.a_1"), ("b", "c")]));
    }

    #[test]
    fn a_plain_module() {
        assert_snapshot!(shown(&job("def f(): pass"), false), @r#"
        project-root -> /project
        cython square.pyx -> square.c include ["project-root/src"]
        /usr/bin/gcc -m64 -O2 -g0 -fPIC -Werror=implicit-function-declaration -DNDEBUG -fwrapv -ffile-prefix-map=/stage/work=. -iquote project-root/src -I/usr/include/python3.11 -MD -MF square.c.d -Wa,--MD,assembler-0.d square.c -shared -o square.cpython-311-x86_64-linux-gnu.so -Wl,--dependency-file=link.d
        "#);
    }

    #[test]
    fn everything_at_once() {
        let mut job = job("");
        job.language = Language::Cxx;
        job.include_dirs = vec!["/project/include".into(), "/opt/eigen".into()];
        job.library_dirs = vec!["/opt/lib".into()];
        job.libraries = vec!["z".into()];
        job.define_macros = vec![("N".into(), Some("3".into())), ("FAST".into(), None)];
        job.extra_compile_args = ["-O3", "-MMD", "-MF", "elsewhere", "-MP"].map(str::to_owned).into();
        job.extra_link_args = vec!["-s".into()];
        job.extra_sources = vec!["/project/src/helper.cpp".into(), "/opt/more/extra.cpp".into()];
        assert_snapshot!(shown(&job, true), @r#"
        include-2 -> /opt/eigen
        project-root -> /project
        sources-2 -> /opt/more
        cython square.pyx -> square.cpp include ["project-root/src", "project-root/include", "include-2"]
        /usr/bin/gcc -m64 -O2 -g0 -fPIC -DNDEBUG -fwrapv -ffile-prefix-map=/stage/work=. -iquote project-root/src -Iproject-root/include -Iinclude-2 -I/site/numpy/include -DNPY_NO_DEPRECATED_API=NPY_1_7_API_VERSION -I/usr/include/python3.11 -DN=3 -DFAST -O3 -MD -MF object-0.d -Wa,--MD,assembler-0.d -c square.cpp -o object-0.o
        /usr/bin/gcc -m64 -O2 -g0 -fPIC -DNDEBUG -fwrapv -ffile-prefix-map=/stage/work=. -iquote project-root/src -Iproject-root/include -Iinclude-2 -I/site/numpy/include -DNPY_NO_DEPRECATED_API=NPY_1_7_API_VERSION -I/usr/include/python3.11 -DN=3 -DFAST -O3 -MD -MF object-1.d -Wa,--MD,assembler-1.d -c project-root/src/helper.cpp -o object-1.o
        /usr/bin/gcc -m64 -O2 -g0 -fPIC -DNDEBUG -fwrapv -ffile-prefix-map=/stage/work=. -iquote project-root/src -Iproject-root/include -Iinclude-2 -I/site/numpy/include -DNPY_NO_DEPRECATED_API=NPY_1_7_API_VERSION -I/usr/include/python3.11 -DN=3 -DFAST -O3 -MD -MF object-2.d -Wa,--MD,assembler-2.d -c sources-2/extra.cpp -o object-2.o
        /usr/bin/gcc -m64 object-0.o object-1.o object-2.o -shared -o square.cpython-311-x86_64-linux-gnu.so -Wl,--dependency-file=link.d -L/opt/lib -lz -s
        "#);
    }

    #[test]
    fn a_module_of_a_package_finds_it_first() {
        let mut job = job("");
        job.module = "mypkg.sub.square".parse().unwrap();
        let mut files = crate::PackageFiles::default();
        files.insert("mypkg/sub/core.pxd", vec![], None);
        job.package_files = files.into();
        let names = Names::new(&job).unwrap();
        assert_eq!(
            transpile(&job, &names, Memoryviews::Own).include,
            ["package-root", "package-root/mypkg/sub", "project-root/src"].map(str::to_owned)
        );
        let arguments = |job: &Job| {
            let example = ExampleTools::new(Language::C);
            let (commands, _) =
                compile(job, &names, &example.tools(), None, LinkedWith::Nothing, &Workspace::new("/stage")).unwrap();
            commands[0].arguments.join(" ")
        };
        let folders = "-iquote package-root/mypkg/sub -iquote project-root/src -Ipackage-root ";
        assert!(arguments(&job).contains(folders), "{}", arguments(&job));
        job.support_files.insert(PACKAGE.into(), vec![]);
        assert!(matches!(Names::new(&job), Err(Error::SupportFile { taken: true, .. })));
    }

    #[test]
    fn what_comes_later_is_waited_for_by_the_linker_alone() {
        let (job, example) = (job(""), ExampleTools::new(Language::C));
        let names = Names::new(&job).unwrap();
        let commands = |linked_with| {
            let compiled = compile(&job, &names, &example.tools(), None, linked_with, &Workspace::new("/stage"));
            compiled.unwrap().0.iter().map(|command| command.arguments.join(" ")).collect::<Vec<_>>()
        };
        let [one] = &commands(LinkedWith::Utility)[..] else { panic!("one command") };
        assert!(one.contains(" square.c utility.o -shared -o square."), "{one}");
        let [compile, link] = &commands(LinkedWith::ComingUtility)[..] else { panic!("two commands") };
        assert!(
            compile.ends_with(" -c square.c -o object-0.o") && link.starts_with("-m64 object-0.o utility.o -shared")
        );
        let [one] = &commands(LinkedWith::Nothing)[..] else { panic!("one command") };
        assert!(!one.contains("utility.o"));
    }

    #[test]
    fn a_launcher_is_told_to_compile_and_not_to_link() {
        let mut example = ExampleTools::new(Language::C);
        example.compiler.launcher = Some(fingerprint::Launcher {
            programs: vec!["/usr/bin/ccache".into(), "/usr/bin/distcc".into()],
            environment: BTreeMap::from([("CCACHE_DIR".into(), "/cc".into())]),
        });
        let job = job("");
        let names = Names::new(&job).unwrap();
        let (commands, _) =
            compile(&job, &names, &example.tools(), None, LinkedWith::Nothing, &Workspace::new("/stage")).unwrap();
        let [compile, link] = &commands[..] else { panic!("{commands:?}") };
        assert_eq!(compile.program, "/usr/bin/ccache");
        assert_eq!(compile.arguments[..3], ["/usr/bin/distcc", "/usr/bin/gcc", "-m64"]);
        assert!(compile.arguments.ends_with(&["-c", "square.c", "-o", "object-0.o"].map(str::to_owned)));
        assert_eq!(compile.environment["CCACHE_DIR"], "/cc");
        assert_eq!((link.program.as_str(), link.environment.get("CCACHE_DIR")), ("/usr/bin/gcc", None));
    }

    #[test]
    fn what_is_asked_of_the_code_is_asked_of_the_compiler() {
        let mut job = job("");
        job.code_generation = vec!["-O0".into(), "-g3".into()];
        job.openmp = true;
        job.limited_api = Some((3, 11));
        job.artifact_suffix = ".abi3.so".into();
        assert_snapshot!(shown(&job, false), @r#"
        project-root -> /project
        cython square.pyx -> square.c include ["project-root/src"]
        /usr/bin/gcc -m64 -O0 -g3 -fPIC -Werror=implicit-function-declaration -DNDEBUG -fwrapv -DPy_LIMITED_API=0x030b0000 -fopenmp -ffile-prefix-map=/stage/work=. -iquote project-root/src -I/usr/include/python3.11 -MD -MF square.c.d -Wa,--MD,assembler-0.d square.c -shared -o square.abi3.so -Wl,--dependency-file=link.d -fopenmp
        "#);
    }

    #[test]
    fn the_links_to_sources_are_those_that_a_build_makes() {
        let mut job = job("");
        job.include_dirs = ["/project/include", "/opt/one", "/opt/two"].map(Into::into).into();
        let links = |job: &Job| Names::new(job).unwrap().links;
        let told = |job: &Job| -> BTreeMap<String, PathBuf> {
            let links = source_links(job.place.as_ref(), &job.include_dirs);
            links.map(|(name, folder)| (name, folder.to_owned())).collect()
        };
        assert_eq!(told(&job), links(&job));
        assert_eq!(told(&job).into_keys().collect::<Vec<_>>(), ["include-2", "include-3", "project-root"]);
        job.place = None;
        assert_eq!(told(&job), links(&job));
    }

    #[test]
    fn a_source_without_a_file_sees_no_folder() {
        let mut job = job("");
        job.place = None;
        assert_snapshot!(shown(&job, false), @"
        cython square.pyx -> square.c include []
        /usr/bin/gcc -m64 -O2 -g0 -fPIC -Werror=implicit-function-declaration -DNDEBUG -fwrapv -ffile-prefix-map=/stage/work=. -I/usr/include/python3.11 -MD -MF square.c.d -Wa,--MD,assembler-0.d square.c -shared -o square.cpython-311-x86_64-linux-gnu.so -Wl,--dependency-file=link.d
        ");
    }

    #[test]
    fn support_files_are_plain_names_that_are_free() {
        let check = |name: &str, message: &str| {
            let mut job = job("");
            job.support_files.insert(name.into(), vec![]);
            assert_eq!(Names::new(&job).map(|_| ()).map_err(|error| error.to_string()), Err(message.to_owned()));
        };
        let mut good = job("");
        good.support_files.insert("helper-1.h".into(), vec![]);
        good.support_files.insert("h".repeat(200), vec![]);
        assert!(Names::new(&good).is_ok());
        check("square.c", "the support file `square.c` has a name that the build itself uses");
        check("project-root", "the support file `project-root` has a name that the build itself uses");
        for name in ["../evil.h", "a/b.h", "", "-o", ".hidden", "a b", "a\0b", &"h".repeat(201)] {
            check(name, &format!("`{}` is not a plain file name", name.escape_debug()));
        }
    }
}

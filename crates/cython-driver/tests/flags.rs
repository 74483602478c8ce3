//! The policy for arguments: what it says about those in `arguments.txt`, and what a real compiler does with the accepted.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    process::Command,
};

use cython_driver::{Refusal, Stage, check_arguments, uses_native_cpu};

const ARGUMENTS: &str = include_str!("arguments.txt");
const STAGES: [Stage; 2] = [Stage::Compile, Stage::Link];

/// The lines below each heading. A heading can come again.
fn sections() -> BTreeMap<&'static str, Vec<Vec<String>>> {
    let mut sections = BTreeMap::<_, Vec<_>>::new();
    let mut heading = "";
    for line in ARGUMENTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => heading = name,
            None => sections.entry(heading).or_default().push(words(line)),
        }
    }
    sections
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn reason(heading: &str) -> Refusal {
    match heading.split_once(": ").unwrap().1 {
        "loads code" => Refusal::LoadsCode,
        "runs programs" => Refusal::RunsPrograms,
        "writes files" => Refusal::WritesFiles,
        "reads files" => Refusal::ReadsFiles,
        "hands on" => Refusal::HandsOn,
        "changes the task" => Refusal::ChangesTask,
        "changes the process" => Refusal::ChangesProcess,
        "no option" => Refusal::NoOption,
        "no value" => Refusal::NoValue,
        "bad value" => Refusal::BadValue,
        "unknown" => Refusal::Unknown,
        other => panic!("no such reason: {other}"),
    }
}

#[test]
fn each_line_is_accepted_or_refused_as_its_heading_says() {
    let (mut accepted, mut refused) = (0, 0);
    let mut wrong = Vec::new();
    for (heading, lines) in sections() {
        let (stages, expected) = match heading {
            "accepted for compiling" => (&STAGES[..1], Ok(())),
            "accepted for linking" => (&STAGES[..], Ok(())),
            "refused for linking: changes the process" => (&STAGES[1..], Err(reason(heading))),
            _ => (&STAGES[..], Err(reason(heading))),
        };
        for (line, stage) in lines.iter().flat_map(|line| stages.iter().map(move |stage| (line, *stage))) {
            let said = check_arguments(line, stage);
            if said.as_ref().map_err(|refused| refused.reason) != expected.as_ref().map(|()| &()).map_err(|it| *it) {
                wrong.push(format!("{stage:?} {}: {said:?}, not {expected:?}", line.join(" ")));
            }
        }
        *(if expected.is_ok() { &mut accepted } else { &mut refused }) += lines.len();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(accepted >= 60 && refused >= 150, "{accepted} accepted, {refused} refused");
}

#[test]
fn good_lines_stay_good_together_and_one_bad_word_spoils_them() {
    let sections = sections();
    let good: Vec<String> = sections["accepted for linking"].concat();
    assert_eq!(check_arguments(&good, Stage::Link), Ok(()));
    for (heading, lines) in sections.iter().filter(|(heading, _)| heading.starts_with("refused: ")) {
        for line in lines {
            // A value that is missing at the end is there when more follows.
            let lists = [[good.as_slice(), line].concat(), [line.as_slice(), &good].concat()];
            let refused = lists.map(|list| check_arguments(&list, Stage::Link).is_err());
            assert!(refused[0] && (refused[1] || *heading == "refused: no value"), "{line:?}");
        }
    }
}

#[test]
fn values_may_hold_blanks_and_no_control_characters() {
    let check = |argument: &str| check_arguments(&[argument.to_owned()], Stage::Compile).map_err(|it| it.reason);
    assert_eq!(check("-DX=\"a b\""), Ok(()));
    assert_eq!(check("-I/opt/with blank/ünïcode"), Ok(()));
    assert_eq!(check("-ffile-prefix-map=/a b=/c d"), Ok(()));
    for argument in ["-DX=a\0b", "-DX=a\nb", "-I/opt/\r", "\u{1b}[31m", "-DX=\u{85}"] {
        assert_eq!(check(argument), Err(Refusal::ControlCharacter));
    }
    assert_eq!(check(""), Err(Refusal::NoOption));
    assert_eq!(check(" -O2"), Err(Refusal::NoOption));
    assert_eq!(check("-O2 -fplugin=x"), Err(Refusal::Unknown));
    assert_eq!(check("-fwrapv -fplugin=x"), Err(Refusal::Unknown));
    assert_eq!(check("-ｆplugin"), Err(Refusal::Unknown));
}

#[test]
fn there_are_limits() {
    let check = |arguments: Vec<String>| check_arguments(&arguments, Stage::Compile).map_err(|it| it.reason);
    let long = |length: usize| format!("-DX={}", "1".repeat(length - "-DX=".len()));
    assert_eq!(check(vec![long(4096)]), Ok(()));
    assert_eq!(check(vec![long(4097)]), Err(Refusal::TooLong));
    assert_eq!(check(vec!["-O2".into(); 1024]), Ok(()));
    assert_eq!(check(vec!["-O2".into(); 1025]), Err(Refusal::TooMany));
    assert_eq!(check(vec![long(1023); 128]), Ok(()));
    assert_eq!(check(vec![long(1023); 129]), Err(Refusal::TooMany));
}

#[test]
fn the_message_names_the_argument_and_the_reason() {
    let message = |argument: &str| check_arguments(&[argument.to_owned()], Stage::Link).unwrap_err().to_string();
    assert_eq!(
        message("-fplugin=x.so"),
        "the argument `-fplugin=x.so` is refused: it loads code into the compiler or the linker"
    );
    assert_eq!(message("-DX=\n"), "the argument `-DX=\\n` is refused: it holds a control character");
    assert!(message(&"x".repeat(5000)).ends_with("xxx...` is refused: it is longer than 4 KiB"));
    // The word that is wrong is named, not the one before it.
    let refused = check_arguments(&words("-Wl,-rpath -Wl,lib"), Stage::Link).unwrap_err();
    assert_eq!((refused.argument.as_str(), refused.reason), ("-Wl,lib", Refusal::BadValue));
}

#[test]
fn native_is_told_from_named_processors() {
    for line in ["-march=native", "-O2 -mtune=native", "-mcpu=native", "-mcpu=native+crypto"] {
        assert!(uses_native_cpu(&words(line)), "{line}");
    }
    for line in ["", "-march=x86-64-v3", "-DX=-march=native", "-mfpu=native", "-march=nativelike", "native"] {
        assert!(!uses_native_cpu(&words(line)), "{line}");
    }
}

/// A folder where compilers run, with one beside it for their temporary files.
struct Place {
    folder: tempfile::TempDir,
}

/// What a compiler left when it ran.
struct Ran {
    failed: Option<String>,
    /// Files that should not be there.
    extra: BTreeSet<String>,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["work", "work/include", "temporary"] {
            fs_err::create_dir(place.folder.path().join(folder)).unwrap();
        }
        let source = "static int g(int x) { return x * x; }\nint f(int x) { return g(x) + 1; }\n";
        fs_err::write(place.folder.path().join("work/m.c"), source).unwrap();
        place
    }

    /// Runs the compiler with these arguments and those that name input and output.
    fn run(&self, compiler: &str, arguments: &[String], files: &[&str]) -> Ran {
        let before = self.files();
        let output = Command::new(compiler)
            .args(["-O2", "-g0", "-fPIC"])
            .args(arguments)
            .args(files)
            .current_dir(self.folder.path().join("work"))
            .env("TMPDIR", self.folder.path().join("temporary"))
            .env("LC_ALL", "C")
            .output()
            .unwrap();
        let expected = [format!("work/{}", files.last().unwrap()), "work/m.d".into()];
        let extra = self.files().difference(&before).filter(|file| !expected.contains(file)).cloned().collect();
        let failed = (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned());
        Ran { failed, extra }
    }

    fn files(&self) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        for folder in ["", "work/", "work/include/", "temporary/"] {
            for entry in fs_err::read_dir(self.folder.path().join(folder)).unwrap() {
                files.insert(format!("{folder}{}", entry.unwrap().file_name().to_str().unwrap()));
            }
        }
        files
    }
}

const COMPILING: &[&str] = &["-MD", "-MF", "m.d", "-c", "m.c", "-o", "m.o"];
const LINKING: &[&str] = &["m.o", "-shared", "-o", "m.so"];

/// Runs the compiler with each line, and tells which lines it does not take.
fn complaints(compiler: &str, lines: &[Vec<String>], files: &[&str]) -> Vec<String> {
    let place = Place::new();
    assert!(place.run(compiler, &[], COMPILING).failed.is_none());
    let mut complaints = Vec::new();
    for line in lines {
        let ran = place.run(compiler, line, files);
        assert!(ran.extra.is_empty(), "{compiler} {line:?} wrote {:?}", ran.extra);
        if let Some(output) = ran.failed {
            complaints.push(format!("{}: {}", line.join(" "), output.lines().next().unwrap_or_default()));
        }
    }
    complaints
}

#[test]
fn accepted_arguments_write_nothing_but_the_module() {
    for compiler in ["cc", "clang"] {
        if Command::new(compiler).arg("--version").output().is_err() {
            // A check that did not run says so.
            std::io::stderr().write_all(format!("not run: no `{compiler}`\n").as_bytes()).unwrap();
            continue;
        }
        // The check can fail: these write something.
        let place = Place::new();
        assert!(place.run(compiler, &[], COMPILING).extra.is_empty());
        for (line, files) in [("-save-temps", COMPILING), ("-fstack-usage", COMPILING), ("-Wl,-Map,x", LINKING)] {
            assert!(!place.run(compiler, &words(line), files).extra.is_empty(), "{compiler} {line}");
        }

        let sections = sections();
        let (compile, link) = (&sections["accepted for compiling"], &sections["accepted for linking"]);
        let unknown: Vec<String> = std::thread::scope(|scope| {
            let (first, second) = compile.split_at(compile.len() / 2);
            let lists = [(first, COMPILING), (second, COMPILING), (link.as_slice(), LINKING)];
            let threads = lists.map(|(lines, files)| scope.spawn(move || complaints(compiler, lines, files)));
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        // Other machines' processors, another compiler's options, linkers that are not installed.
        let most = (compile.len() + link.len()) / 5;
        assert!(unknown.len() < most, "{compiler} does not take:\n{}", unknown.join("\n"));
    }
}

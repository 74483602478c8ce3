//! A real interpreter inside this test program, with a module that is compiled here and made of Python.
//!
//! All tests share the one interpreter that a process can have.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{LazyLock, PoisonError, RwLock},
};

use cache_key::{Abi, BuildKey, Digest, RequestKey};
use ext_loader::{Error, Host, HostError, HostedModule, verify};
use fingerprint::{Interpreter, InterpreterQuery, Probes, SearchPath, find_program, resolve_script};
use registry::{Meta, Publication, Registry};
use serde_json::{Value, json};

/// The interface that a module is for.
fn abi_of(meta: &mut Meta) -> &mut Abi {
    &mut meta.request.as_mut().unwrap().portable.abi
}

/// What the module is made of. The C around it runs this.
const SOURCE: &str = r#"
import sys

class Odd: pass
class Small(int): pass

LIMIT = 3
ODD = Odd()

def echo(value): return value
def both(a, *, b): return [a, b]
def divide(a, b): return a / b
def nested(): return {"a": [1, (2, Odd())]}
def key(): return [{3: 4}]
def inf(): return [float("-inf")]
def large(): return 2 ** 64
def largest(): return [2 ** 64 - 1, -2 ** 63]
def surrogate(): return {"a": "\ud800"}
def endless():
    items = []
    items.append(items)
    return items
def variety(): return [(1, 2), Small(7), True, None, 1.0, "\u00e9\0\U0001f40d"]
def leave(): sys.exit(7)
def chained():
    try:
        divide(1, 0)
    except ZeroDivisionError as error:
        raise Odd.__class__.__mro__ and ValueError("no \udce9 good") from error
def speak(): sys.stdout.write("half a line")
def interrupts():
    import signal
    return callable(signal.getsignal(signal.SIGINT))
def where(): return [sys.executable, sys.prefix, sys.base_prefix, list(sys.path)]
def total(n): return sum(range(n))
def same(): return sys.modules["sample"].__dict__ is globals()
def lone():
    class Awkward(Exception):
        def __str__(self): raise RuntimeError
    raise Awkward
def missing(): raise AttributeError("inner")
"#;

const AROUND: &str = r#"
#include <Python.h>
static const char source[] = {SOURCE, 0};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sample", 0, -1, 0};
PyMODINIT_FUNC PyInit_sample(void) {
    PyObject *module = PyModule_Create(&definition);
    PyObject *names = PyModule_GetDict(module);
    PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins());
    PyObject *result = PyRun_String(source, Py_file_input, names, names);
    if (!result) { Py_DECREF(module); return NULL; }
    Py_DECREF(result);
    return module;
}
"#;

/// A cache with modules for the interpreter that runs here.
struct Bench {
    folder: tempfile::TempDir,
    registry: Registry,
    interpreter: Interpreter,
}

/// Who measures memory wants to be alone, and who looks which module of a name was imported last.
static QUIET: RwLock<()> = RwLock::new(());

static BENCH: LazyLock<Option<Bench>> = LazyLock::new(Bench::new);

/// The bench, unless there is nothing to test with on this machine.
fn bench() -> Option<&'static Bench> {
    assert!(BENCH.is_some() || std::env::var_os("CI").is_none(), "python3 has no shared library or no headers");
    BENCH.as_ref()
}

impl Bench {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = std::env::var_os("PATH").unwrap();
        let executable = resolve_script(&find_program("python3".as_ref(), &path).ok()?, &|| false).ok()?;
        // It is to see what this process sees.
        let seen = ["HOME", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONNOUSERSITE"];
        let variables = seen.iter().filter_map(|name| Some(((*name).into(), std::env::var_os(name)?))).collect();
        let query = InterpreterQuery { executable, search_path: SearchPath::Own(variables) };
        let probes = Probes::new(folder.path().join("probes"));
        let interpreter = probes.interpreter(&query, &|| false).ok()?.interpreter;
        let registry = Registry::new(folder.path().join("cache"));
        registry.prepare().unwrap();
        (interpreter.libpython.is_some() && interpreter.has_headers).then_some(Self { folder, registry, interpreter })
    }

    fn host(&self) -> Host {
        Host::start(&self.interpreter).unwrap()
    }

    /// Publishes a module and returns its key.
    fn publish(&self, source: &str, change: impl FnOnce(&mut Meta)) -> BuildKey {
        let artifact = self.compile(source);
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/meta-samples/1-module.json");
        let mut meta: Meta = serde_json::from_slice(&fs_err::read(sample).unwrap()).unwrap();
        let request = RequestKey::from_parts(Digest::of(source.as_bytes()), Digest::of(b"toolchain"));
        meta.request_key = Some(request);
        meta.module_name = "sample".parse().unwrap();
        meta.artifact = "sample.so".into();
        meta.needed = vec!["libc.so.6".into()];
        abi_of(&mut meta).clone_from(&(&self.interpreter).into());
        change(&mut meta);
        meta.key = BuildKey::new(&request, &[]);
        let key = meta.key;
        let held = lock_dir::try_lock(&self.registry.layout().request_lock(&request), "test").unwrap().unwrap();
        let stage = self.registry.stage(&held, &request).unwrap();
        let staged = stage.complete(("sample.pyx", "\n"), &artifact, &[], meta).unwrap();
        assert!(matches!(self.registry.publish(&held, staged).unwrap(), Publication::Published(_)));
        key
    }

    fn load(&self, key: &BuildKey) -> Result<HostedModule, HostError> {
        let entry = self.registry.entry(key).unwrap().unwrap();
        let verified = verify(&entry, entry.abi()).unwrap();
        verified.load(&mut self.host()).map_err(|error| match error {
            Error::Import { source, .. } => source,
            other => panic!("{other}"),
        })
    }

    fn compile(&self, source: &str) -> PathBuf {
        let folder = tempfile::tempdir_in(&self.folder).unwrap().keep();
        let (file, artifact) = (folder.join("m.c"), folder.join("m.so"));
        let bytes: Vec<_> = source.bytes().map(|byte| byte.to_string()).collect();
        fs_err::write(&file, AROUND.replace("SOURCE", &bytes.join(","))).unwrap();
        let mut gcc = Command::new("gcc");
        gcc.args(["-shared", "-fPIC", "-Wl,--no-as-needed", "-o"]).arg(&artifact).arg(&file);
        gcc.args(self.interpreter.include.iter().map(|folder| format!("-I{}", folder.display())));
        assert!(gcc.status().expect("these tests need gcc").success());
        artifact
    }
}

/// The module of most tests.
static SAMPLE: LazyLock<Option<HostedModule>> = LazyLock::new(|| {
    let bench = bench()?;
    Some(bench.load(&bench.publish(SOURCE, |_| {})).unwrap())
});

/// Runs a test with the module, beside others.
fn with_sample(test: impl FnOnce(&HostedModule)) {
    let _quiet = QUIET.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = &*SAMPLE {
        test(module);
    }
}

#[test]
fn values_come_back_as_they_went() {
    with_sample(|module| {
        let values = json!([
            null, true, false, 0, -1, i64::MIN, i64::MAX, u64::MAX, 0.5, -0.0, 1.0, 1e308, "", "é\0🐍",
            [], {}, [[1], {"a": {"b": [null]}}], {"": 1, "z": 2, "a": 3}
        ]);
        assert_eq!(module.call("echo", std::slice::from_ref(&values)).unwrap(), values);
        assert_eq!(module.get("LIMIT").unwrap(), json!(3));
        let keywords = json!({"b": [2]}).as_object().unwrap().clone();
        assert_eq!(module.call_with("both", &[json!(1)], &keywords).unwrap(), json!([1, [2]]));
        let variety = json!([[1, 2], 7, true, null, 1.0, "é\0🐍"]);
        assert_eq!(module.call("variety", &[]).unwrap(), variety);
        assert_eq!(module.call("largest", &[]).unwrap(), json!([u64::MAX, i64::MIN]));
        let deep = (0..128).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(module.call("echo", std::slice::from_ref(&deep)).unwrap(), deep);
    });
}

#[test]
fn what_json_cannot_hold_is_named_with_its_place() {
    with_sample(|module| {
        let check = |function: &str, expected: &str| {
            let error = module.call(function, &[]).unwrap_err();
            assert!(error.hint().is_some());
            assert_eq!(error.to_string(), format!("the result of `sample.{function}` cannot be converted: {expected}"));
        };
        check("nested", r#"`["a"][1][1]` is of the type `sample.Odd`"#);
        check("key", "`[0]` has a key of the type `int`");
        check("inf", "`[0]` is the float `-inf`");
        check("large", "it is an integer of more than 64 bits");
        check("surrogate", r#"`["a"]` is a string with half of a surrogate pair"#);
        check("endless", &format!("`{}` is nested deeper than 128 levels", "[0]".repeat(128)));
        assert_eq!(
            module.get("ODD").unwrap_err().to_string(),
            "`sample.ODD` cannot be converted: it is of the type `sample.Odd`"
        );
        let deep = (0..129).fold(json!(1), |inner, _| json!({"a": inner}));
        let error = module.call("both", &[json!(1), deep]).unwrap_err().to_string();
        assert!(error.starts_with("argument 2 of `sample.both` cannot be converted: `[\"a\"]["), "{error}");
    });
}

#[test]
fn exceptions_are_errors_with_a_traceback() {
    with_sample(|module| {
        let error = module.call("divide", &[json!(1), json!(0)]).unwrap_err();
        assert_eq!(error.to_string(), "`sample.divide` raised ZeroDivisionError: division by zero");
        let exception = error.exception().unwrap();
        assert_eq!(
            (exception.type_name.as_str(), exception.message.as_str()),
            ("ZeroDivisionError", "division by zero")
        );
        let lines: Vec<_> = exception.traceback.lines().collect();
        assert_eq!(lines.first(), Some(&"Traceback (most recent call last):"));
        assert!(lines.iter().any(|line| line.contains("in divide")), "{lines:?}");
        assert_eq!(lines.last(), Some(&"ZeroDivisionError: division by zero"));

        let error = module.call("chained", &[]).unwrap_err();
        let exception = error.exception().unwrap();
        assert!(exception.traceback.contains("direct cause"), "{exception:?}");
        assert!(exception.message.starts_with("no ") && exception.message.ends_with(" good"), "{exception:?}");

        assert_eq!(module.call("leave", &[]).unwrap_err().to_string(), "`sample.leave` raised SystemExit: 7");
        assert_eq!(
            module.call("lone", &[]).unwrap_err().to_string(),
            "`sample.lone` raised sample.lone.<locals>.Awkward"
        );
        let error = module.call("divide", &[json!(1)]).unwrap_err().to_string();
        assert!(error.starts_with("`sample.divide` raised TypeError: "), "{error}");
        let error = module.call("LIMIT", &[]).unwrap_err().to_string();
        assert_eq!(error, "`sample.LIMIT` raised TypeError: 'int' object is not callable");
        for name in ["absent", "é\0", ""] {
            let error = module.call(name, &[]).unwrap_err();
            assert_eq!(error.to_string(), format!("the module `sample` has no `{name}`"));
        }
        let error = module.call("missing", &[]).unwrap_err().to_string();
        assert_eq!(error, "`sample.missing` raised AttributeError: inner", "not the module's own attribute");
    });
}

#[test]
fn the_interpreter_is_the_one_that_was_asked() {
    with_sample(|module| {
        let where_it_is = module.call("where", &[]).unwrap();
        let interpreter = &bench().unwrap().interpreter;
        assert_eq!(where_it_is[0], json!(interpreter.executable));
        assert_eq!(where_it_is[2], json!(interpreter.prefix));
        let path: Vec<PathBuf> = serde_json::from_value(where_it_is[3].clone()).unwrap();
        assert_eq!(path, interpreter.search_path, "and it finds the same modules");
        assert_eq!(module.call("interrupts", &[]).unwrap(), json!(false), "Ctrl-C is the program's");
        let status = fs_err::read_to_string("/proc/self/status").unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        assert_eq!(u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << 1), 0, "{caught}");
    });
}

#[test]
fn a_process_has_one_interpreter() {
    with_sample(|module| {
        let bench = bench().unwrap();
        assert_eq!(format!("{:?}", Host::start(&bench.interpreter).unwrap()), format!("{:?}", bench.host()));
        let mut other = bench.interpreter.clone();
        other.executable = "/elsewhere/python".into();
        let error = Host::start(&other).unwrap_err();
        let running = bench.interpreter.executable.display();
        assert_eq!(
            error.to_string(),
            format!("this process already runs `{running}`, and can have no second interpreter")
        );
        assert_eq!(module.call("total", &[json!(4)]).unwrap(), json!(6));
    });
}

#[test]
fn any_thread_may_call() {
    with_sample(|module| {
        std::thread::scope(|scope| {
            for thread in 0..8_u64 {
                scope.spawn(move || {
                    for n in 0..200 {
                        let n = n + thread;
                        assert_eq!(module.call("total", &[json!(n)]).unwrap(), json!(n * n.saturating_sub(1) / 2));
                        assert!(module.call("divide", &[json!(n), json!(0)]).is_err());
                    }
                });
            }
        });
    });
}

#[test]
fn a_module_is_imported_once_and_two_builds_of_one_name_coexist() {
    with_sample(|_| {
        let bench = bench().unwrap();
        let (first, second) = ("x = 1\ndef get(): return x\n", "x = 2\ndef get(): return x\n");
        let publish = |source: &str| bench.publish(source, |meta| meta.module_name = "sample".parse().unwrap());
        let (one, two) = (bench.load(&publish(first)).unwrap(), bench.load(&publish(second)).unwrap());
        assert_eq!((one.get("x").unwrap(), two.get("x").unwrap()), (json!(1), json!(2)));
        assert_eq!((one.call("get", &[]).unwrap(), two.call("get", &[]).unwrap()), (json!(1), json!(2)));
        assert_eq!(two.name().as_str(), "sample");

        let key = publish("import sys\nimports = sys.imports = getattr(sys, 'imports', 0) + 1\n");
        let imports = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| bench.load(&key).unwrap().get("imports"))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(imports, vec![json!(1); 4], "by the first thread, for all");
    });
}

#[test]
fn a_failed_import_leaves_no_trace() {
    let Some(module) = &*SAMPLE else { return };
    let _quiet = QUIET.write().unwrap_or_else(PoisonError::into_inner);
    let bench = bench().unwrap();
    let source = "import sys\nsys.modules['sample'] = 7\nraise ValueError('not today')\n";
    let error = bench.load(&bench.publish(source, |_| {})).unwrap_err();
    assert_eq!(error.to_string(), "the import raised ValueError: not today");
    let traceback = &error.exception().unwrap().traceback;
    assert!(!traceback.contains("importlib"), "{traceback}");
    let marked = module.get("__pyxide_key__").unwrap();
    let still = bench.load(&bench.publish(&format!("{SOURCE}\n# still\n"), |_| {})).unwrap();
    assert_ne!(still.get("__pyxide_key__").unwrap(), marked);
    assert_eq!(still.call("same", &[]).unwrap(), json!(true));
}

#[test]
fn modules_for_other_interpreters_are_refused() {
    with_sample(|_| {
        let bench = bench().unwrap();
        let key = bench.publish("other = 1\n", |meta| abi_of(meta).version.1 += 1);
        let error = bench.load(&key).unwrap_err();
        assert!(error.to_string().starts_with("`sample` was built for CPython 3."), "{error}");
        assert!(matches!(error, HostError::OtherInterpreter { .. }));
    });
}

#[test]
fn what_is_printed_is_written_out() {
    // In a process of its own, whose output nobody else uses.
    const CHILD: &str = "PYXIDE_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        with_sample(|module| assert_eq!(module.call("speak", &[]).unwrap(), Value::Null));
        std::process::abort();
    }
    if bench().is_some() {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "what_is_printed_is_written_out", "--nocapture"]).env(CHILD, "1");
        child.env_remove("PYTHONUNBUFFERED");
        let output = child.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.ends_with("half a line"), "{text}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("Traceback"));
    }
}

#[test]
fn calls_leave_no_memory_behind() {
    let Some(module) = &*SAMPLE else { return };
    let _quiet = QUIET.write().unwrap_or_else(PoisonError::into_inner);
    let value = json!({"numbers": [1, 2.5, u64::MAX], "text": "x".repeat(100), "none": null});
    let values = std::slice::from_ref(&value);
    let keywords = json!({"b": [2]}).as_object().unwrap().clone();
    let rounds = |count: usize| {
        for _ in 0..count {
            module.call("echo", values).unwrap();
            module.call_with("both", values, &keywords).unwrap();
            module.call("nested", &[]).unwrap_err();
            module.get("LIMIT").unwrap();
        }
        for _ in 0..count / 25 {
            module.call("divide", &[json!(1), json!(0)]).unwrap_err();
            module.call("absent", &[]).unwrap_err();
        }
    };
    rounds(2_500);
    let before = resident();
    rounds(25_000);
    let grown = resident().saturating_sub(before);
    // A single object forgotten in each round would be 600 KiB at the least, a dictionary 5 MiB.
    assert!(grown < 2 << 20, "{} KiB more", grown >> 10);
}

/// How much memory this process has.
fn resident() -> usize {
    let pages = fs_err::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

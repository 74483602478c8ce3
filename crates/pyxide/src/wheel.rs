//! Wheels of what is in the cache, which install and import without it.
//!
//! The tags are those of the interface that the modules were built for. Of the platform no more is said than the system's
//! name, such as `linux_x86_64`: that the modules run on other distributions is for who knows with what they are linked.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    str::FromStr as _,
};

use cache_key::{Abi, BuildKey, Dependency, ModuleName};
use ext_loader::verify;
use registry::{Entry, PackageFile, Registry};
use serde::Serialize;
use wheel_patch::{Addition, Content, CreateOptions, Durability, NewWheel, Target};

use crate::{Error, as_text};

/// How to make a wheel.
#[derive(Debug, Clone, Default)]
pub struct WheelOptions {
    /// The distribution's name; made from that of the module or package without one.
    pub name: Option<String>,
    /// Its version; made from the key without one.
    pub version: Option<String>,
    /// Whether to replace a wheel of the same name.
    pub overwrite: bool,
    /// The time of all members, in seconds since 1970; 1980 without it.
    pub epoch: Option<u64>,
}

/// A wheel that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedWheel {
    /// Where it is.
    #[serde(serialize_with = "as_text::path")]
    pub path: PathBuf,
    /// The distribution's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// For which interpreters and platform it is.
    pub tag: String,
    /// The modules in it.
    pub modules: Vec<ModuleName>,
}

/// Makes a wheel of a cached module, or of a package with its modules and files. Equal entries give equal wheels.
///
/// # Errors
/// [`Error::NoEntry`]; [`Error::Registry`] when something is damaged or missing; [`Error::NoWheel`] when it cannot become a
/// wheel, or not one of this name or version; [`Error::Wheel`] when the wheel cannot be written.
pub fn export_wheel(
    registry: &Registry,
    key: &BuildKey,
    folder: &Path,
    options: &WheelOptions,
) -> Result<ExportedWheel, Error> {
    let Parts { name, entries, mut files } = Parts::of(registry, key)?;
    let refuse = |reason: String, hint| Error::NoWheel { name: name.clone(), reason, hint };
    if name.as_str() == "pyxide" || name.as_str().starts_with("pyxide.") {
        let reason = "it has no name of its own, and would be installed into the package `pyxide`".to_owned();
        return Err(refuse(reason, "build it under another module_name"));
    }
    for entry in &entries {
        verify(entry, entry.abi())?;
        let meta = entry.meta();
        let folders = meta.module_name.as_str().rsplit_once('.').map(|(package, _)| package.replace('.', "/") + "/");
        files.push((folders.unwrap_or_default() + &meta.artifact, entry.read_artifact()?.bytes));
    }
    let distribution = options.name.clone().unwrap_or_else(|| distribution(&name));
    if !is_distribution(&distribution) {
        let reason = format!("`{}` is not the name of a distribution", distribution.escape_debug());
        return Err(refuse(reason, "give another name: ASCII letters and digits, with `-`, `_` or `.` between them"));
    }
    let version = options.version.clone().unwrap_or_else(|| format!("0+k{}", &key.short()[..12]));
    let Ok(version) = pep440_rs::Version::from_str(&version) else {
        let reason = format!("`{}` is not a version", version.escape_debug());
        return Err(refuse(reason, "give a version such as 1.0"));
    };
    let interfaces: Vec<&Abi> = entries.iter().map(Entry::abi).collect();
    let Some(tags) = Tags::of(&interfaces) else {
        let reason = "its modules are not for one interpreter".to_owned();
        return Err(refuse(reason, "build them for the same interpreter"));
    };
    let file = |(path, bytes): (String, Vec<u8>)| Addition {
        target: Target::Root,
        path,
        content: Content::Bytes(bytes),
        executable: false,
        replace: false,
    };
    let wheel = NewWheel {
        name: distribution,
        version: version.to_string(),
        tag: tags.tag,
        is_purelib: false,
        generator: concat!("pyxide ", env!("CARGO_PKG_VERSION")).to_owned(),
        metadata: format!("Requires-Python: {}\n{}", tags.requires, requirement(numpy(&entries).as_deref())),
        files: files.into_iter().map(file).collect(),
    };
    let durability = match registry.options().durability {
        registry::Durability::Full => Durability::Full,
        registry::Durability::None => Durability::None,
    };
    let CreateOptions { limits, .. } = CreateOptions::default();
    let create = CreateOptions { limits, epoch: options.epoch, durability, overwrite: options.overwrite };
    let path = wheel_patch::create(&wheel, folder, &create).map_err(Error::Wheel)?;
    let modules = entries.iter().map(|entry| entry.meta().module_name.clone()).collect();
    let NewWheel { name, version, tag, .. } = wheel;
    Ok(ExportedWheel { path, name, version, tag, modules })
}

/// What becomes a wheel.
struct Parts {
    name: ModuleName,
    entries: Vec<Entry>,
    files: Vec<(String, Vec<u8>)>,
}

impl Parts {
    fn of(registry: &Registry, key: &BuildKey) -> Result<Self, Error> {
        if let Some(entry) = registry.entry(key)? {
            return Ok(Self { name: entry.meta().module_name.clone(), entries: vec![entry], files: vec![] });
        }
        let package = registry.package(key)?.ok_or(Error::NoEntry { key: *key })?;
        let meta = package.meta();
        let file = |file: &PackageFile| Ok::<_, Error>((file.path.to_string(), package.read_file(file)?));
        let files = meta.files.iter().map(file).collect::<Result<_, _>>()?;
        Ok(Self { name: meta.package_name.clone(), entries: registry.modules_of(meta)?, files })
    }
}

/// For whom a wheel is.
struct Tags {
    tag: String,
    requires: String,
}

impl Tags {
    /// The tags of modules together. None when no interpreter loads all of them.
    fn of(interfaces: &[&Abi]) -> Option<Self> {
        let first = interfaces.first()?;
        let exact: BTreeSet<&str> = interfaces.iter().filter(|abi| !abi.is_limited()).map(|abi| &*abi.soabi).collect();
        let newest = interfaces.iter().map(|abi| abi.version).max()?;
        let platforms: BTreeSet<&str> = interfaces.iter().map(|abi| &*abi.platform).collect();
        if exact.len() > 1 || platforms.len() > 1 || interfaces.iter().any(|abi| abi.implementation != "cpython") {
            return None;
        }
        let platform = first.platform.replace(['-', '.'], "_");
        let Some(soabi) = exact.first() else {
            let (major, minor) = newest;
            let tag = format!("cp{major}{minor}-abi3-{platform}");
            return Some(Self { tag, requires: format!(">={major}.{minor}") });
        };
        let exact = interfaces.iter().find(|abi| abi.soabi == **soabi)?;
        let (major, minor) = exact.version;
        if !interfaces.iter().all(|abi| exact.loads(abi)) {
            return None;
        }
        // `cpython-313t-x86_64-linux-gnu`: version and flags are one word.
        let flags = soabi.split('-').nth(1)?.strip_prefix(&format!("{major}{minor}"))?;
        let tag = format!("cp{major}{minor}-cp{major}{minor}{flags}-{platform}");
        Some(Self { tag, requires: format!("=={major}.{minor}.*") })
    }
}

/// The version of NumPy with whose headers modules were compiled.
fn numpy(entries: &[Entry]) -> Option<String> {
    entries.iter().flat_map(|entry| entry.meta().dependencies.list()).find_map(|dependency| match dependency {
        Dependency::Package { name, version } if name == "numpy" => Some(version),
        _ => None,
    })
}

/// The line of METADATA for modules that were compiled with the headers of this NumPy.
fn requirement(numpy: Option<&str>) -> String {
    match numpy {
        None => String::new(),
        // What is compiled with 2 runs with older ones too, and what is compiled with 1 does not run with 2.
        Some(version) if version.starts_with("1.") => format!("Requires-Dist: numpy>={version},<2\n"),
        Some(_) => "Requires-Dist: numpy\n".to_owned(),
    }
}

/// The name of a distribution for a module: `my-package-fast` for `my_package.fast`.
fn distribution(name: &ModuleName) -> String {
    let parts: Vec<&str> = name.as_str().split(['.', '_']).filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// Whether this is the name of a distribution, as the specification of names has it.
fn is_distribution(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric();
    name.starts_with(is_plain)
        && name.ends_with(is_plain)
        && name.chars().all(|letter| is_plain(letter) || "-_.".contains(letter))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, process::Command};

    use registry::{External, NewPackage, Origin, PackageModule, PackagePath};

    use super::*;

    fn abi(minor: u16, flags: &str) -> Abi {
        Abi {
            implementation: "cpython".into(),
            version: (3, minor),
            soabi: format!("cpython-3{minor}{flags}-x86_64-linux-gnu"),
            extension_suffix: format!(".cpython-3{minor}{flags}-x86_64-linux-gnu.so"),
            debug: flags.contains('d'),
            free_threaded: flags.contains('t'),
            platform: "linux-x86_64".into(),
            libc: "glibc 2.36".into(),
            abi_flags: vec![],
        }
    }

    #[test]
    fn tags_are_those_of_the_interpreters_that_load_all_modules() {
        let check = |interfaces: &[Abi], expected: Option<(&str, &str)>| {
            let tags = Tags::of(&interfaces.iter().collect::<Vec<_>>());
            let found = tags.as_ref().map(|tags| (tags.tag.as_str(), tags.requires.as_str()));
            assert_eq!(found, expected, "{interfaces:?}");
        };
        let (plain, limited) = (abi(11, ""), abi(11, "").limited((3, 10)));
        check(std::slice::from_ref(&plain), Some(("cp311-cp311-linux_x86_64", "==3.11.*")));
        check(&[abi(13, "t")], Some(("cp313-cp313t-linux_x86_64", "==3.13.*")));
        check(&[abi(12, "d")], Some(("cp312-cp312d-linux_x86_64", "==3.12.*")));
        check(std::slice::from_ref(&limited), Some(("cp310-abi3-linux_x86_64", ">=3.10")));
        let newer = abi(12, "").limited((3, 12));
        check(&[limited.clone(), newer.clone()], Some(("cp312-abi3-linux_x86_64", ">=3.12")));
        check(&[limited, plain.clone()], Some(("cp311-cp311-linux_x86_64", "==3.11.*")));
        check(&[newer, plain.clone()], None);
        check(&[plain.clone(), abi(12, "")], None);
        check(&[Abi { implementation: "pypy".into(), ..plain }], None);
        check(&[], None);
    }

    #[test]
    fn modules_with_numpy_require_one_that_they_run_with() {
        assert_eq!(requirement(None), "");
        assert_eq!(requirement(Some("2.4.6")), "Requires-Dist: numpy\n");
        assert_eq!(requirement(Some("1.26.4")), "Requires-Dist: numpy>=1.26.4,<2\n");
    }

    #[test]
    fn a_package_becomes_a_wheel_with_its_modules_and_files() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::new(folder.path().join("cache"));
        let module = |name: &str, abi: &Abi| {
            let name: ModuleName = name.parse().unwrap();
            let (source, output) = (folder.path().join("m.c"), folder.path().join("m.so"));
            fs_err::write(&source, format!("int {}(void) {{ return 0; }}", name.init_symbol())).unwrap();
            let flags = ["-shared", "-fPIC", "-nostdlib", "-o"];
            assert!(Command::new("cc").args(flags).args([&output, &source]).status().unwrap().success());
            let bytes = fs_err::read(output).unwrap();
            let origin = Origin::Imported { from: "m.so".into() };
            let (needed, fingerprint) = (vec![], BTreeMap::new());
            let external = External { module_name: &name, abi, bytes: &bytes, needed, fingerprint, origin };
            let key = *registry.publish_external(&external).unwrap().key();
            PackageModule { name, key }
        };
        let file = |path: &str| (path.parse::<PackagePath>().unwrap(), b"VERSION = 1\n".to_vec());
        let files = BTreeMap::from([file("my_pkg/__init__.py"), file("my_pkg/sub/__init__.py")]);
        let package = |modules: &[PackageModule]| {
            let name = "my_pkg".parse().unwrap();
            let (fingerprint, origin) = (BTreeMap::new(), Origin::Built);
            let package = NewPackage { name: &name, modules, files: &files, fingerprint, origin };
            *registry.publish_package(&package).unwrap().key()
        };
        let plain = abi(11, "");
        let modules = [module("my_pkg.core", &plain), module("my_pkg.sub.algo", &plain.limited((3, 10)))];
        let wheel = export_wheel(&registry, &package(&modules), folder.path(), &WheelOptions::default()).unwrap();
        assert_eq!((wheel.name.as_str(), wheel.tag.as_str()), ("my-pkg", "cp311-cp311-linux_x86_64"));
        assert_eq!(wheel.modules, modules.each_ref().map(|module| module.name.clone()));
        let limits = wheel_patch::Limits::default();
        assert_eq!(wheel_patch::verify(&wheel.path, wheel_patch::Check::Content, &limits).unwrap(), []);
        let members = wheel_patch::inspect(&wheel.path, &limits).unwrap().members;
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(
            names[..4],
            [
                "my_pkg/__init__.py",
                "my_pkg/core.cpython-311-x86_64-linux-gnu.so",
                "my_pkg/sub/__init__.py",
                "my_pkg/sub/algo.abi3.so"
            ]
        );

        let mixed = [modules[0].clone(), module("my_pkg.other", &abi(12, ""))];
        let error = export_wheel(&registry, &package(&mixed), folder.path(), &WheelOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), "no wheel can be made of `my_pkg`: its modules are not for one interpreter");
        let missing = package(&modules[..1]);
        fs_err::remove_dir_all(registry.layout().entry(&modules[0].key)).unwrap();
        let error = export_wheel(&registry, &missing, folder.path(), &WheelOptions::default()).unwrap_err();
        assert!(error.to_string().contains("lacks `my_pkg.core`"), "{error}");
    }

    #[test]
    fn names_of_distributions() {
        let name = |text: &str| distribution(&text.parse().unwrap());
        assert_eq!([name("square"), name("my_package._fast")], ["square", "my-package-fast"]);
        for good in ["a", "A.b_c-1", "7z"] {
            assert!(is_distribution(good), "{good}");
        }
        for bad in ["", "-a", "a-", "größe", "a b", "a/b", "a\nb"] {
            assert!(!is_distribution(bad), "{bad}");
        }
    }
}

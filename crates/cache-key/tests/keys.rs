//! Golden vectors, and one change per field.

use std::path::{Path, PathBuf};

use cache_key::{Abi, BuildKey, Dependency, Digest, KEY_VERSION, ModuleName, Portable, RequestKey, Toolchain};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize)]
struct Vector {
    portable: Portable,
    toolchain: Toolchain,
    dependencies: Vec<Dependency>,
    expected: Expected,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Expected {
    portable: String,
    toolchain: String,
    request_key: String,
    build_key: String,
}

/// A key that no request leads to, and what it is made of.
#[derive(Serialize, Deserialize)]
struct KindVector {
    #[serde(flatten)]
    of: Of,
    key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Of {
    External { module_name: ModuleName, artifact: Digest, abi: Abi },
    Package { name: ModuleName, modules: Vec<(ModuleName, BuildKey)>, files: Vec<(String, Digest)> },
}

impl Of {
    fn key(&self) -> BuildKey {
        match self {
            Self::External { module_name, artifact, abi } => BuildKey::external(module_name, *artifact, abi),
            Self::Package { name, modules, files } => BuildKey::package(
                name,
                modules.iter().map(|(name, key)| (name, key)),
                files.iter().map(|(path, digest)| (path.as_str(), *digest)),
            ),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/key-vectors").join(format!("v{KEY_VERSION}"))
}

fn vectors() -> Vec<(String, Vector)> {
    let mut vectors: Vec<_> = fs_err::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let text = fs_err::read_to_string(&path).unwrap();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), serde_json::from_str(&text).unwrap())
        })
        .collect();
    vectors.sort_by(|one, two| one.0.cmp(&two.0));
    vectors
}

fn keys(vector: &Vector) -> Expected {
    let request = RequestKey::new(&vector.portable, &vector.toolchain);
    Expected {
        portable: vector.portable.digest().to_string(),
        toolchain: vector.toolchain.digest().to_string(),
        request_key: request.to_string(),
        build_key: BuildKey::new(&request, &vector.dependencies).to_string(),
    }
}

#[test]
fn golden_vectors_hold() {
    let vectors = vectors();
    assert!(vectors.len() >= 2, "there are vectors");
    for (name, mut vector) in vectors {
        if std::env::var_os("UPDATE_KEY_VECTORS").is_some() {
            vector.expected = keys(&vector);
            fs_err::write(folder().join(format!("{name}.json")), serde_json::to_string_pretty(&vector).unwrap() + "\n")
                .unwrap();
        }
        assert_eq!(
            keys(&vector),
            vector.expected,
            "{name}: keys changed, so every cache in the world becomes a miss. If that is meant, raise KEY_VERSION, copy the vectors to its folder and run this with UPDATE_KEY_VECTORS=1"
        );
    }
}

#[test]
fn golden_vectors_of_the_other_kinds_hold_and_every_field_changes_their_keys() {
    for name in ["external", "package"] {
        let path = folder().join("kinds").join(format!("{name}.json"));
        let mut vector: KindVector = serde_json::from_str(&fs_err::read_to_string(&path).unwrap()).unwrap();
        if std::env::var_os("UPDATE_KEY_VECTORS").is_some() {
            vector.key = vector.of.key().to_string();
            fs_err::write(&path, serde_json::to_string_pretty(&vector).unwrap() + "\n").unwrap();
        }
        assert_eq!(vector.of.key().to_string(), vector.key, "{name}: see `golden_vectors_hold`");
        let mut seen = vec![vector.of.key()];
        let mut plain = serde_json::to_value(&vector.of).unwrap();
        let kind = plain.as_object_mut().unwrap().remove("kind").unwrap();
        for (place, mut changed) in changes(&plain, name) {
            changed["kind"] = kind.clone();
            let key = serde_json::from_value::<Of>(changed).unwrap_or_else(|error| panic!("{place}: {error}")).key();
            assert!(!seen.contains(&key), "{place} is not in the key");
            seen.push(key);
        }
        assert!(seen.len() > 8, "only {} changes were tried", seen.len());
    }
}

#[test]
fn the_order_in_a_package_does_not_matter_and_which_module_has_which_key_does() {
    let name = |text: &str| text.parse::<ModuleName>().unwrap();
    let key = |digit: &str| digit.repeat(64).parse::<BuildKey>().unwrap();
    let (package, a, b, one, two) = (name("p"), name("p.a"), name("p.b"), key("1"), key("2"));
    let of = |modules: &[(&ModuleName, &BuildKey)]| BuildKey::package(&package, modules.iter().copied(), []);
    assert_eq!(of(&[(&a, &one), (&b, &two)]), of(&[(&b, &two), (&a, &one)]));
    assert_ne!(of(&[(&a, &one), (&b, &two)]), of(&[(&a, &two), (&b, &one)]));
    assert_ne!(of(&[(&a, &one)]), BuildKey::package(&package, [], [("p.a", Digest::of(b""))]));
}

/// Every leaf of the JSON form of `value`, changed one at a time, and a name for each change.
fn changes(value: &Value, place: &str) -> Vec<(String, Value)> {
    match value {
        Value::Null => vec![(place.to_owned(), json!("added"))],
        Value::Bool(yes) => vec![(place.to_owned(), json!(!yes))],
        Value::Number(number) => vec![(place.to_owned(), json!(number.as_u64().unwrap() + 1))],
        Value::String(text) => vec![(place.to_owned(), json!(other(text)))],
        Value::Array(items) => {
            let mut all: Vec<_> = items
                .iter()
                .enumerate()
                .flat_map(|(index, item)| {
                    changes(item, &format!("{place}[{index}]")).into_iter().map(move |(name, item)| {
                        let mut items = items.clone();
                        items[index] = item;
                        (name, Value::Array(items))
                    })
                })
                .collect();
            if !place.contains('[') && items.len() > 1 && items[0] != items[1] && items.iter().all(Value::is_string) {
                all.push((format!("{place} reversed"), items.iter().rev().cloned().collect()));
            }
            all
        }
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| {
                changes(member, &format!("{place}.{name}")).into_iter().map(|(place, member)| {
                    let mut members = members.clone();
                    members[name] = member;
                    (place, Value::Object(members))
                })
            })
            .collect(),
    }
}

/// Another text that is still what the field wants: a digest, a language, or anything.
fn other(text: &str) -> String {
    match text {
        "c" => "c++".to_owned(),
        "c++" => "c".to_owned(),
        "py" => "pyx".to_owned(),
        "pyx" => "py".to_owned(),
        _ if text.len() == 64 => format!("{}{}", if text.starts_with('0') { "1" } else { "0" }, &text[1..]),
        _ => format!("{text}x"),
    }
}

#[test]
fn every_field_changes_the_key() {
    let (_, full) = vectors().into_iter().find(|(name, _)| name == "full").unwrap();
    let before = RequestKey::new(&full.portable, &full.toolchain);
    let mut seen = vec![before];
    let mut tried = 0;
    for (place, changed) in changes(&serde_json::to_value(&full.portable).unwrap(), "portable") {
        let portable: Portable = serde_json::from_value(changed).unwrap_or_else(|error| panic!("{place}: {error}"));
        let key = RequestKey::new(&portable, &full.toolchain);
        assert!(!seen.contains(&key), "{place} is not in the key");
        seen.push(key);
        tried += 1;
    }
    for (place, changed) in changes(&serde_json::to_value(&full.toolchain).unwrap(), "toolchain") {
        let toolchain: Toolchain = serde_json::from_value(changed).unwrap_or_else(|error| panic!("{place}: {error}"));
        let key = RequestKey::new(&full.portable, &toolchain);
        assert!(!seen.contains(&key), "{place} is not in the key");
        seen.push(key);
        tried += 1;
    }
    assert!(tried >= 42, "only {tried} changes were tried");
}

#[test]
fn the_limited_api_serves_later_versions_and_nothing_else() {
    let (_, least) = vectors().into_iter().find(|(name, _)| name == "least").unwrap();
    let abi = least.portable.abi;
    let version = abi.version;
    let limited = abi.limited(version);
    assert!(abi.loads(&abi) && abi.loads(&limited) && limited.loads(&limited));
    assert!(abi.loads(&abi.limited((version.0, version.1 - 1))), "an earlier floor");
    assert!(!abi.loads(&abi.limited((version.0, version.1 + 1))), "a floor that it does not reach");
    assert!(!limited.loads(&abi), "a build for one version is not for all");
    let others: [fn(&mut Abi); 3] = [
        |abi| abi.free_threaded = true,
        |abi| abi.platform = "linux-riscv64".into(),
        |abi| abi.libc = "musl 1.2".into(),
    ];
    for change in others {
        let mut other = abi.clone();
        change(&mut other);
        assert!(!other.loads(&limited), "{other:?}");
    }
}

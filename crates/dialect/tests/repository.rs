//! The packs of this repository, and the schemas beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use dialect::{Options, Packs, validate};
use serde_json::Value;

/// The packs of regions; all others but the identity and the base are those of towns and parts of a region.
const REGIONS: [&str; 17] = [
    "antwerps",
    "brabants",
    "brugge",
    "brussels",
    "denderstreek",
    "genk",
    "gent",
    "hasselt",
    "kempen",
    "kortrijk",
    "leuven",
    "limburgs",
    "meetjesland",
    "oost-vlaams",
    "pajottenland",
    "waasland",
    "west-vlaams",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../dialects")
}

fn json(name: &str) -> Value {
    serde_json::from_str(&fs_err::read_to_string(folder().join(name)).unwrap()).unwrap()
}

#[test]
fn nothing_is_wrong_with_the_packs() {
    let findings = validate(&folder()).unwrap();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// The ids are those of the origin's packs.
#[test]
fn all_packs_are_there() {
    let facts: Value = serde_json::from_str(include_str!("data/dialect_index.json")).unwrap();
    let expected: BTreeSet<&str> =
        facts["packs"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    let packs = Packs::open(&folder()).unwrap();
    let ids: BTreeSet<&str> = packs.entries().iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, expected);
    assert_eq!(ids.len(), 84);
}

#[test]
fn each_pack_that_acts_has_rules_of_its_own() {
    let mut acting = 0;
    let mut sayings: BTreeMap<String, String> = BTreeMap::new();
    for entry in Packs::open(&folder()).unwrap().entries() {
        let pack = json(&format!("packs/{}", entry.file));
        let rules = pack["rules"].as_array().unwrap().len();
        if entry.id == "nl/standard" {
            assert_eq!(rules, 0, "the identity changes nothing");
            continue;
        }
        acting += 1;
        let name = entry.id.strip_prefix("vlaams/").unwrap();
        let least = if name == "basis" || REGIONS.contains(&name) { 12 } else { 3 };
        assert!(rules >= least, "{} has {rules} rules", entry.id);
        assert!(!pack["notes"].as_str().unwrap_or_default().trim().is_empty(), "{} names no source", entry.id);
        // No two packs are one.
        let other = sayings.insert(pack["rules"].to_string(), entry.id.clone());
        assert_eq!(other, None, "{} has the same rules", entry.id);
    }
    assert_eq!(acting, 83);
}

/// What was put through once is left alone, term for term and sentence for sentence.
#[test]
fn a_corpus_comes_to_rest_in_each_dialect() {
    let corpus = fs_err::read_to_string(folder().join("corpus.txt")).unwrap();
    let packs = Packs::open(&folder()).unwrap();
    let strict = Options { strict_idempotency: true, ..Options::default() };
    for entry in packs.entries() {
        let dialect = packs.dialect(&entry.id).unwrap();
        let once = dialect.transform(&corpus, &strict).unwrap();
        assert_eq!(dialect.transform(&once, &strict).unwrap(), once, "{}", entry.id);
        assert_eq!(once == corpus, entry.id == "nl/standard", "{}", entry.id);
        assert!(!once.contains(|it| matches!(it, '\u{e000}'..='\u{f8ff}')), "{}", entry.id);
    }
}

/// Particles of the shipped packs are drawn for some sentences, once in each.
#[test]
fn particles_are_drawn_now_and_then() {
    let sentence = "Dat is goed. Kom maar mee naar huis! ";
    let text = sentence.repeat(500);
    let packs = Packs::open(&folder()).unwrap();
    let options = Options { enable_particles: true, ..Options::default() };
    let plain = packs.dialect("vlaams/basis").unwrap().transform(&text, &Options::default()).unwrap();
    let with = packs.dialect("vlaams/basis").unwrap().transform(&text, &options).unwrap();
    let commas = with.matches(',').count() - plain.matches(',').count();
    assert!((10..500).contains(&commas), "{commas}");
}

/// The schemas know the keys that the engine knows; what else they say, they say by themselves.
#[test]
fn the_schemas_know_the_keys_of_the_engine() {
    let keys = |schema: &Value| -> BTreeSet<String> {
        assert_eq!(schema["additionalProperties"], Value::Bool(false));
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let set = |keys: &[&str]| keys.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
    let index = json("index.schema.json");
    assert_eq!(keys(&index["items"]), set(&["id", "label", "inherits", "file"]));
    let pack = json("pack.schema.json");
    assert_eq!(keys(&pack), set(&["$schema", "id", "label", "inherits", "notes", "protected_terms", "rules"]));
    let rules = &pack["$defs"];
    let word = ["type", "notes", "from", "to", "case_sensitive", "preserve_case", "only_in_questions"];
    assert_eq!(keys(&rules["replace_word"]), set(&word));
    assert_eq!(keys(&rules["replace_regex"]), set(&["type", "notes", "pattern", "to", "flags", "preserve_case"]));
    assert_eq!(keys(&rules["append_particle"]), set(&["type", "notes", "particle", "probability", "positions"]));
    for schema in [&index, &pack] {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
}

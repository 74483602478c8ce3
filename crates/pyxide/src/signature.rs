//! What a request is called, and why the cache does not have it: questions that build nothing.

use cache_key::{BuildKey, Dependency, Digest, Fields, RequestKey, Value};
use fingerprint::Python;
use registry::{Entry, KnownSet, Layer, Manifest, Record};
use serde::Serialize;

use crate::{BuildRequest, Error, Session, chain, prepared::Prepared};

/// The identity of a request, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// The key of the request; `None` while Cython or the compiler is missing.
    pub request_key: Option<RequestKey>,
    /// The key of the build; `None` while nobody knows what the source reads, because it was never built as it is now.
    pub key: Option<BuildKey>,
    /// Everything that is in the request's key, in its order.
    pub fields: Vec<SignatureField>,
}

/// One of the values in a request's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureField {
    /// `portable` or `toolchain`.
    pub part: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its value, for people.
    pub value: String,
}

/// Why the cache has a request or does not have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What was asked about: a file, or `<string>`.
    pub label: String,
    /// The answer in short.
    pub outcome: Outcome,
    /// The same as a sentence.
    pub text: String,
    /// The build that would be used, or that the cache had.
    pub key: Option<BuildKey>,
    /// The earlier build that was compared with.
    pub compared_with: Option<BuildKey>,
    /// What is other than in that build; the first one is what counted.
    pub differences: Vec<Difference>,
}

/// Whether the cache has a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It does.
    Hit,
    /// Nothing like it was ever built, or nothing of it is left.
    NeverBuilt,
    /// It was built from other inputs.
    Changed,
    /// It was built from these inputs, and its entry is no longer there.
    Gone,
    /// It was built from these inputs, and its entry is damaged.
    Damaged,
}

/// Something that two builds do not have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// A field of the key, a file or a package.
    pub name: String,
    /// What is other, as the end of a sentence that begins with the name.
    pub how: String,
}

/// The parts of a request's key.
struct Parts {
    portable: Fields,
    toolchain: Option<Fields>,
}

impl Session {
    /// What `request` is called. Builds nothing and locks nothing.
    ///
    /// # Errors
    /// Those of a request that cannot be read; missing tools are no error.
    pub fn signature(&self, request: &BuildRequest) -> Result<Signature, Error> {
        let python = self.python()?;
        let prepared = Prepared::new(request, &self.settings, &python.interpreter)?;
        let question = Question::new(self, &python, &prepared);
        Ok(Signature {
            request_key: question.request_key(),
            key: question.unchanged().map(|set| set.build_key),
            fields: question.parts.all(),
        })
    }

    /// Why the cache has `request` or does not have it. Builds nothing, locks nothing, moves nothing to quarantine.
    ///
    /// # Errors
    /// Those of a request that cannot be read, and [`Error::Registry`] when the cache cannot be listed, or
    /// has it in the format of a newer version.
    pub fn explain(&self, request: &BuildRequest) -> Result<Explanation, Error> {
        let python = self.python()?;
        let prepared = Prepared::new(request, &self.settings, &python.interpreter)?;
        Question::new(self, &python, &prepared).explain()
    }
}

/// A request, and what the cache knows of it.
struct Question<'a> {
    session: &'a Session,
    python: &'a Python,
    prepared: &'a Prepared,
    parts: Parts,
    /// Those of this toolchain, or of all when tools are missing; the newest first.
    manifests: Vec<Manifest>,
}

impl<'a> Question<'a> {
    fn new(session: &'a Session, python: &'a Python, prepared: &'a Prepared) -> Self {
        let toolchain = session.tools(python, prepared.portable.language).toolchain();
        // A layer that cannot be read is one that a build does without.
        let of_layer = |layer: &Layer| match &toolchain {
            Some(toolchain) => {
                layer.manifest(&prepared.digest, &toolchain.digest()).map(|manifest| manifest.into_iter().collect())
            }
            None => layer.manifests(&prepared.digest),
        };
        let mut manifests: Vec<Manifest> =
            session.layers.iter().filter_map(|layer| of_layer(layer).ok()).flatten().collect();
        match &toolchain {
            Some(toolchain) => manifests.extend(session.registry.manifest(&prepared.digest, &toolchain.digest())),
            None => manifests.extend(session.registry.manifests(&prepared.digest)),
        }
        let parts =
            Parts { portable: prepared.portable.fields(), toolchain: toolchain.map(|toolchain| toolchain.fields()) };
        Self { session, python, prepared, parts, manifests }
    }

    fn request_key(&self) -> Option<RequestKey> {
        let toolchain: Digest = self.parts.toolchain.as_ref()?.digest(cache_key::KEY_VERSION);
        Some(RequestKey::from_parts(self.prepared.digest, toolchain))
    }

    /// The newest set whose dependencies are what they were.
    fn unchanged(&self) -> Option<KnownSet> {
        let packages = crate::tools::packages(self.python);
        let places = self.prepared.places(self.python, &packages);
        self.manifests.iter().find_map(|manifest| Some(manifest.unchanged(&places).next()?.0))
    }

    fn explain(&self) -> Result<Explanation, Error> {
        if let Some(set) = self.unchanged() {
            let (outcome, text) = match self.session.check(&set.build_key) {
                Ok(None) => (Outcome::Hit, "is in the cache".to_owned()),
                Ok(Some(layer)) => (Outcome::Hit, format!("is in the cache layer `{}`", layer.root().display())),
                Err(Error::NoEntry { .. }) => {
                    (Outcome::Gone, "was built as it is now, and was removed since".to_owned())
                }
                // Nothing is wrong with it, and a build would not replace it.
                Err(error @ Error::Registry(registry::Error::TooNew { .. })) => return Err(error),
                Err(error) => (Outcome::Damaged, format!("is in the cache, but {}", chain(&error))),
            };
            let before = self.manifests.iter().flat_map(|manifest| manifest.sets().rev()).find(|known| *known != set);
            let (compared_with, differences) = if let Some(before) = before {
                (Some(before.build_key), dependency_differences(&before, &set))
            } else {
                let (compared_with, differences) = self.nearest(Some(&set.build_key))?.unzip();
                (compared_with, differences.unwrap_or_default())
            };
            return Ok(self.explanation(outcome, &text, Some(set.build_key), compared_with, differences));
        }
        if let Some(set) = self.manifests.iter().find_map(|manifest| manifest.sets().next_back()) {
            let packages = crate::tools::packages(self.python);
            let changes = set.changes(&self.prepared.places(self.python, &packages));
            let differences = changes
                .into_iter()
                .map(|changed| Difference { name: changed.name, how: changed.how.to_owned() })
                .collect();
            let text = "was built from other files";
            return Ok(self.explanation(Outcome::Changed, text, None, Some(set.build_key), differences));
        }
        Ok(match self.nearest(None)? {
            Some((key, differences)) => {
                let text = "was built from another request";
                self.explanation(Outcome::Changed, text, None, Some(key), differences)
            }
            None => self.explanation(Outcome::NeverBuilt, "was never built here", None, None, vec![]),
        })
    }

    fn explanation(
        &self,
        outcome: Outcome,
        text: &str,
        key: Option<BuildKey>,
        compared_with: Option<BuildKey>,
        differences: Vec<Difference>,
    ) -> Explanation {
        let label = self.prepared.label.clone();
        let mut text = format!("`{label}` {text}");
        if let (Some(first), Some(before)) = (differences.first(), compared_with) {
            let since = format!("since build {}, {} {}", before.short(), first.name, first.how);
            text = format!("{text}; {since}");
        }
        Explanation { label, outcome, text, key, compared_with, differences }
    }

    /// The entry of the same module with the fewest other fields, the newest of several.
    fn nearest(&self, except: Option<&BuildKey>) -> Result<Option<(BuildKey, Vec<Difference>)>, Error> {
        let mut nearest: Option<(usize, String, BuildKey, Vec<Difference>)> = None;
        for key in self.session.registry.keys()? {
            // A broken entry, one that was collected meanwhile, and one that was not built here have nothing to say.
            let Ok(Some(entry)) = self.session.registry.entry(&key) else { continue };
            let Some(Record { portable, .. }) = &entry.meta().request else { continue };
            if portable.module_name != self.prepared.portable.module_name || except == Some(&key) {
                continue;
            }
            let differences = self.parts.differences(&entry, self.prepared.text());
            let (count, created) = (differences.len(), entry.meta().created_utc.clone());
            let is_nearer = nearest
                .as_ref()
                .is_none_or(|(fewest, newest, ..)| count < *fewest || (count == *fewest && created > *newest));
            if count > 0 && is_nearer {
                nearest = Some((count, created, key, differences));
            }
        }
        Ok(nearest.map(|(.., key, differences)| (key, differences)))
    }
}

impl Parts {
    fn all(&self) -> Vec<SignatureField> {
        let of = |part: &'static str, fields: &Fields| -> Vec<SignatureField> {
            fields.iter().map(|(name, value)| SignatureField { part, name, value: value.to_string() }).collect()
        };
        let mut all = of("portable", &self.portable);
        all.extend(self.toolchain.iter().flat_map(|toolchain| of("toolchain", toolchain)));
        all
    }

    /// What is other than in an entry, in the order of the key's fields.
    fn differences(&self, entry: &Entry, source: &str) -> Vec<Difference> {
        let Some(record) = &entry.meta().request else { return vec![] };
        let mut differences = differing(&record.portable.fields(), &self.portable);
        if let Some(difference) = differences.iter_mut().find(|difference| difference.name == "source")
            && let Ok(Some(before)) = entry.read_source()
        {
            difference.how = first_line(&before, source);
        }
        if let Some(toolchain) = &self.toolchain {
            differences.extend(differing(&record.toolchain.fields(), toolchain));
        }
        differences
    }
}

/// The fields that differ, in the order of the key's fields.
pub(crate) fn differing(before: &Fields, now: &Fields) -> Vec<Difference> {
    let pairs = before.iter().zip(now.iter()).filter(|((_, before), (_, now))| before != now);
    pairs.map(|((name, before), (_, now))| Difference { name: name.to_owned(), how: how(before, now) }).collect()
}

/// In which way a value is other, as the end of a sentence.
fn how(before: &Value, now: &Value) -> String {
    let (Value::List(before), Value::List(now)) = (before, now) else {
        return format!("was `{before}`, is `{now}`");
    };
    let without = |some: &[Value], others: &[Value]| -> Value {
        Value::List(some.iter().filter(|value| !others.contains(value)).cloned().collect())
    };
    let (gone, new) = (without(before, now), without(now, before));
    match (gone == Value::List(vec![]), new == Value::List(vec![])) {
        (true, true) => "is in another order".to_owned(),
        (true, false) => format!("has now also `{new}`"),
        (false, true) => format!("no longer has `{gone}`"),
        (false, false) => format!("had `{gone}`, has `{new}`"),
    }
}

/// Where two sources part.
fn first_line(before: &str, now: &str) -> String {
    let (mut before, mut now, mut number) = (before.lines(), now.lines(), 0);
    loop {
        number += 1;
        return match (before.next(), now.next()) {
            (Some(before), Some(now)) if before == now => continue,
            (Some(before), Some(now)) => {
                format!("is other from line {number} on: was `{}`, is `{}`", before.trim(), now.trim())
            }
            (Some(before), None) => format!("ends before line {number}, which was `{}`", before.trim()),
            (None, Some(now)) => format!("goes on after its end with line {number}, `{}`", now.trim()),
            (None, None) => "is other".to_owned(),
        };
    }
}

/// What was read in one build and not, or not so, in the other.
fn dependency_differences(before: &KnownSet, now: &KnownSet) -> Vec<Difference> {
    let place = |dependency: &Dependency| match dependency {
        Dependency::File { path, .. } | Dependency::Exists { path } | Dependency::Absent { path } => path.to_string(),
        Dependency::Package { name, .. } => name.clone(),
    };
    let mut differences = Vec::new();
    for one in &now.dependencies {
        let (one, name) = (&one.dependency, place(&one.dependency));
        let same_place = |other: &&Dependency| place(other) == name;
        let other = before.dependencies.iter().map(|known| &known.dependency).find(same_place);
        let how = match (one, other) {
            (one, Some(other)) if one == other => continue,
            (Dependency::File { .. }, Some(Dependency::File { .. })) => "has other content".to_owned(),
            (Dependency::Package { version, .. }, Some(Dependency::Package { version: was, .. })) => {
                format!("was `{was}`, is `{version}`")
            }
            (Dependency::File { .. } | Dependency::Exists { .. }, Some(Dependency::Absent { .. })) => {
                "is new".to_owned()
            }
            (Dependency::Absent { .. }, Some(_)) => "is gone".to_owned(),
            (Dependency::Absent { .. } | Dependency::Exists { .. }, _) => continue,
            (_, _) => "is read now".to_owned(),
        };
        differences.push(Difference { name, how });
    }
    for other in &before.dependencies {
        let name = place(&other.dependency);
        let is_file = matches!(other.dependency, Dependency::File { .. } | Dependency::Package { .. });
        if is_file && !now.dependencies.iter().any(|one| place(&one.dependency) == name) {
            differences.push(Difference { name, how: "is no longer read".to_owned() });
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_in_words() {
        let list = |items: &[&str]| items.iter().copied().collect::<Value>();
        let check = |before: Value, now: Value, expected: &str| assert_eq!(how(&before, &now), expected);
        check("C".into(), "C++".into(), "was `C`, is `C++`");
        check(Value::Absent, "x".into(), "was `nothing`, is `x`");
        check(list(&["-O2"]), list(&["-O2", "-g"]), "has now also `-g`");
        check(list(&["-O2", "-g"]), list(&["-O2"]), "no longer has `-g`");
        check(list(&["-O2"]), list(&["-O3"]), "had `-O2`, has `-O3`");
        check(list(&["a", "b"]), list(&["b", "a"]), "is in another order");
        let pairs = |value: &str| Value::List(vec![("boundscheck", value).into()]);
        check(pairs("False"), pairs("True"), "had `boundscheck=False`, has `boundscheck=True`");
    }

    #[test]
    fn sources_are_compared_by_lines() {
        let check = |before: &str, now: &str, expected: &str| assert_eq!(first_line(before, now), expected);
        check("a\nb\n", "a\nc\n", "is other from line 2 on: was `b`, is `c`");
        check("a\nb\n", "a\n", "ends before line 2, which was `b`");
        check("a\n", "a\n  b\n", "goes on after its end with line 2, `b`");
    }
}

//! meta.json: what an entry is.
//!
//! | kind | is | has | lies in |
//! |---|---|---|---|
//! | `module` | a module that was built from a source | source, artifact, the request, what was read | `entries` |
//! | `external` | a module that was not built from a source that we know | artifact, the interface it is for, where it came from | `entries` |
//! | `package` | modules that belong together ([`PackageMeta`](crate::PackageMeta)) | the keys of its modules' entries, its Python files | `packages` |
//!
//! The names of the fields that the format's origin has are kept (`artifact_filename` beside `artifact`, `support_paths`).
//! Readers ignore fields that they do not know and accept every older format; `data/meta-samples/` has one of each.
//!
//! From format 2 on the last member, `meta_blake3`, is the digest of all the bytes before its comma, so that a bit that a
//! disk has turned over is damage and not another meaning. It says nothing about who wrote the file.

use std::{collections::BTreeMap, fmt, ops::Range, sync::Arc};

use cache_key::{Abi, BuildKey, Dependency, Digest, Language, ModuleName, Portable, RequestKey, Toolchain};
use memchr::memmem;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, ser::Error as _};
use serde_json::value::RawValue;

/// The newest format, and the one that is written.
pub const META_FORMAT: u32 = 3;

/// What stands between the sealed bytes and their digest, and after it.
const SEAL: (&[u8], &[u8]) = (b",\"meta_blake3\":\"", b"\"}\n");

/// The first format that is sealed.
const FIRST_SEALED: u32 = 2;

/// What an entry is and how it came about.
///
/// What a list shows comes first, so that a list reads no more than the beginning of each file ([`Overview`](crate::Overview)).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The format of this file.
    pub format: u32,
    /// What kind of entry it is.
    pub kind: Kind,
    /// The entry's key.
    pub key: BuildKey,
    /// The name that it was compiled for, and that it must be imported by.
    pub module_name: ModuleName,
    /// The artifact's file name in the entry.
    pub artifact: String,
    /// The same again, for readers of the older name.
    pub artifact_filename: String,
    /// The artifact's digest.
    pub artifact_blake3: Digest,
    /// The artifact's size in bytes.
    pub artifact_size: u64,
    /// The libraries that are loaded with it.
    #[serde(default)]
    pub needed: Vec<String>,
    /// When it was published: UTC, to the second.
    pub created_utc: String,
    /// Who built it: versions of Python, Cython, NumPy, compiler, platform.
    pub fingerprint: BTreeMap<String, String>,
    /// How it got here.
    pub origin: Origin,
    /// The key of the request that it was built for. A module has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_key: Option<RequestKey>,
    /// The interface that it can be loaded with, where no request says it. An external module has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<Abi>,
    /// The digest of the normalised source. A module has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_blake3: Option<Digest>,
    /// Support files given as text, and their digests.
    #[serde(default)]
    pub support_files: Vec<(String, Digest)>,
    /// Support files given as paths, by file name, and their digests.
    #[serde(default)]
    pub support_paths: Vec<(String, Digest)>,
    /// Extra C or C++ sources and their digests.
    #[serde(default)]
    pub extra_sources: Vec<(String, Digest)>,
    /// Cython's directives.
    #[serde(default)]
    pub directives: BTreeMap<String, String>,
    /// The profile that was asked for. What it stands for is in the options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The file name of the page that shows what each line costs, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotation: Option<String>,
    /// The file name of the generated code, when it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<String>,
    /// Include folders, as they are in the key.
    #[serde(default)]
    pub include_dirs: Vec<String>,
    /// The language that Cython translated to. A module has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// All options that entered the request key. A module has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Record>,
    /// How long the steps took.
    #[serde(default)]
    pub timings: Timings,
    /// What the tools remarked.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// What was read. It comes last, so that who needs it not need not read over it.
    #[serde(default)]
    pub dependencies: Dependencies,
}

/// A list of dependencies that is read when somebody wants it: it is most of the file, and a hit does not need it.
#[derive(Clone)]
pub struct Dependencies {
    /// The text that it is a part of.
    text: Arc<Vec<u8>>,
    place: Range<usize>,
}

impl Dependencies {
    /// The list in this order.
    ///
    /// # Panics
    /// Never: a dependency can always be written.
    pub fn new(list: &[Dependency]) -> Self {
        Self::from(serde_json::to_vec(list).expect("names, digests and versions can be written as JSON"))
    }

    /// The list. Empty where it cannot be understood, which only a file that nobody sealed can bring about.
    pub fn list(&self) -> Vec<Dependency> {
        serde_json::from_slice(self.text()).unwrap_or_default()
    }

    fn text(&self) -> &[u8] {
        &self.text[self.place.clone()]
    }
}

impl From<Vec<u8>> for Dependencies {
    fn from(text: Vec<u8>) -> Self {
        Self { place: 0..text.len(), text: Arc::new(text) }
    }
}

impl PartialEq for Dependencies {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Default for Dependencies {
    fn default() -> Self {
        Self::from(b"[]".to_vec())
    }
}

impl fmt::Debug for Dependencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.text()))
    }
}

impl Serialize for Dependencies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_slice::<&RawValue>(self.text()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Dependencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer)
            .map(|list| Self::from(String::from(Box::<str>::from(list)).into_bytes()))
    }
}

impl Meta {
    /// The content of meta.json.
    pub(crate) fn to_file(&self) -> serde_json::Result<Vec<u8>> {
        seal(self)
    }

    /// Whether it has what its kind of entry has.
    pub(crate) fn is_complete(&self) -> bool {
        let Self { request_key, source_blake3, language, request, interface, .. } = self;
        match self.kind {
            Kind::Module => request_key.is_some() && source_blake3.is_some() && language.is_some() && request.is_some(),
            Kind::External => interface.is_some(),
            Kind::Package => false,
        }
    }

    /// Whether an artifact may have this name: it lies in the entry itself.
    pub(crate) fn may_name(artifact: &str) -> bool {
        !artifact.is_empty() && !artifact.contains('/') && !artifact.starts_with('.')
    }

    /// The interface that it can be loaded with. Only a file that nobody sealed has none.
    pub fn abi(&self) -> Option<&Abi> {
        self.request.as_ref().map(|request| &request.portable.abi).or(self.interface.as_ref())
    }

    /// The file name of the normalised source, if it was built from one.
    pub fn source_name(&self) -> Option<String> {
        let request = self.request.as_ref()?;
        Some(format!("{}.{}", self.module_name.last(), request.portable.syntax.suffix()))
    }
}

/// The content of a file that says what an entry is.
pub(crate) fn seal(meta: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(meta)?;
    // The brace that ends the object comes after the seal.
    text.pop();
    let digest = Digest::of(&text).to_string();
    text.extend([SEAL.0, digest.as_bytes(), SEAL.1].concat());
    Ok(text)
}

/// What is in a file that says what an entry is, or why it says nothing.
pub(crate) fn unseal<T: DeserializeOwned>(text: &[u8]) -> Result<T, Unreadable> {
    check(text)?;
    serde_json::from_slice(text).map_err(unclear)
}

/// The same for a module, of which only so much is taken apart as a hit needs.
pub(crate) fn unseal_module(text: Vec<u8>) -> Result<Meta, Unreadable> {
    let content = check(&text)?;
    match content.and_then(without_dependencies) {
        Some((meta, place)) => Ok(Meta { dependencies: Dependencies { text: Arc::new(text), place }, ..meta }),
        None => serde_json::from_slice(&text).map_err(unclear),
    }
}

/// What a seal says about is what was written, so it need not be read to know that it can be. `None` where the
/// dependencies are not what comes last, as in older files.
fn without_dependencies(content: &[u8]) -> Option<(Meta, Range<usize>)> {
    const NAME: &[u8] = b",\"dependencies\":";
    let (head, list) = content.split_at_checked(memmem::find(content, NAME)?)?;
    let list = &list[NAME.len()..];
    // In a name, this would be found, too; that costs time and nothing else.
    let is_last = list.starts_with(b"[") && list.ends_with(b"]") && memmem::find(list, b"],").is_none();
    is_last.then_some(())?;
    let meta: Meta = serde_json::from_slice(&[head, b"}"].concat()).ok()?;
    // What is sealed is at the beginning of the file.
    Some((meta, content.len() - list.len()..content.len()))
}

/// Whether a file can be understood, as far as its format and its seal say so, and what it seals.
fn check(text: &[u8]) -> Result<Option<&[u8]>, Unreadable> {
    let sealed = sealed(text);
    if sealed == Some(false) {
        return Err(Unreadable::Broken("does not have the content that its digest says".into()));
    }
    // What is sealed is whole, so its beginning says it.
    let format = match sealed.and_then(|_| format_of(text)) {
        Some(format) => format,
        None => serde_json::from_slice::<Format>(text).map_err(unclear)?.format,
    };
    if format > META_FORMAT {
        return Err(Unreadable::TooNew(format));
    }
    if format >= FIRST_SEALED && sealed.is_none() {
        return Err(Unreadable::Broken("has no digest of its content".into()));
    }
    Ok(split(text).map(|(content, _)| content))
}

/// The format, where it is what comes first.
fn format_of(text: &[u8]) -> Option<u32> {
    let text = text.strip_prefix(b"{\"format\":")?;
    let end = text.iter().take(10).position(|byte| *byte == b',')?;
    str::from_utf8(&text[..end]).ok()?.parse().ok()
}

#[expect(clippy::needless_pass_by_value, reason = "it is what errors are mapped with")]
fn unclear(error: serde_json::Error) -> Unreadable {
    Unreadable::Broken(format!("cannot be understood: {error}"))
}

/// What kind of entry it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// One extension module that was built from a source.
    Module,
    /// One extension module that was not built from a source that we know.
    External,
    /// Modules that belong together, and Python files.
    Package,
}

impl Kind {
    /// As it is written everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::External => "external",
            Self::Package => "package",
        }
    }
}

/// How an entry got here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Origin {
    /// It was built here.
    Built,
    /// It came as a file.
    Imported {
        /// The file, or whatever else its user knows it by.
        from: String,
    },
    /// It came from another cache.
    Remote {
        /// That cache.
        from: String,
    },
}

/// Everything that entered the request key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The portable part.
    pub portable: Portable,
    /// The toolchain part.
    pub toolchain: Toolchain,
}

/// How long the steps of a build took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Cython.
    pub cython_s: f64,
    /// The compiler and the linker.
    pub compiler_s: f64,
    /// How much of that was the linker, where it was a command of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linker_s: Option<f64>,
}

/// Why a meta.json was not read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It was written by a newer version.
    TooNew(u32),
    /// What is wrong with it, as the end of a sentence.
    Broken(String),
}

/// What must be understood before anything else is.
#[derive(Deserialize)]
pub(crate) struct Format {
    pub(crate) format: u32,
}

/// Whether a text has the content that its seal says. `None` where there is no seal.
pub(crate) fn sealed(text: &[u8]) -> Option<bool> {
    let (content, digest) = split(text)?;
    Some(Digest::of(content).to_string().as_bytes() == digest)
}

/// What is sealed, and the digest in the seal.
fn split(text: &[u8]) -> Option<(&[u8], &[u8; 64])> {
    let (text, digest) = text.strip_suffix(SEAL.1)?.split_last_chunk()?;
    Some((text.strip_suffix(SEAL.0)?, digest))
}

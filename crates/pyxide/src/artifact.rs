//! Extension modules that come as files, without a source that we know.
//!
//! Native code is run when it is imported, so a file is looked at before: whether it is a whole module for this machine and
//! interpreter, and which. A meta.json beside it that speaks of it, as in an exported entry, is believed as far as its
//! digests hold.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use cache_key::{Abi, Digest, ModuleName};
use ext_loader::{Facts, Machine, Refusal, Verified, Wanted, describe, init_symbol, inspect, verify_file};
use fingerprint::FileStamp;
use fs_err::os::unix::fs::OpenOptionsExt as _;
use registry::{CarriedMeta, External, Meta, Origin};
use serde::Deserialize;
use tempfile::TempDir;

use crate::{Built, Error, Session};

/// The file that says what lies beside it.
const META: &str = "meta.json";

/// What is larger is no artifact, and no meta.json.
const LIMITS: (u64, u64) = (512 << 20, 16 << 20);

/// An extension module that was brought here and can be imported. Nothing of it has been run.
#[derive(Debug)]
pub struct Artifact {
    /// What it came as: a path, or the name that was given to bytes.
    from: String,
    bytes: Vec<u8>,
    module: ModuleName,
    abi: Abi,
    needed: Vec<String>,
    fingerprint: BTreeMap<String, String>,
}

/// An [`Artifact`] in a file that can be imported from where it lies.
#[derive(Debug)]
pub struct ArtifactFile {
    artifact: Artifact,
    verified: Verified,
    staged: Option<TempDir>,
}

/// Why a file is not a module that can be imported, as the end of a sentence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// The loader would refuse it, or worse.
    #[error("{0}")]
    Refused(Refusal),
    /// No module has such a name.
    #[error("a module's file has a plain name that ends in `.so`")]
    FileName,
    /// By its name it is for another interpreter.
    #[error("it ends in `{found}`, and this interpreter loads `{wanted}`, `.abi3.so` and `.so`")]
    OtherSuffix {
        /// How its name ends.
        found: String,
        /// How the names of this interpreter's modules end.
        wanted: String,
    },
    /// By its meta.json it is for another interpreter.
    #[error("it was built for {built_for}, and this is {this}")]
    OtherInterpreter {
        /// For which.
        built_for: String,
        /// This one.
        this: String,
    },
    /// There is no telling what it is to be imported as.
    #[error("its function `{symbol}` does not tell the module's name")]
    Nameless {
        /// The function that starts it.
        symbol: String,
    },
    /// It is not what is described beside it.
    #[error("the meta.json beside it was written for other content")]
    OtherContent,
    /// What is described beside it cannot be understood.
    #[error("{0}")]
    Meta(String),
    /// No module is so large.
    #[error("it has {0} bytes")]
    TooLarge(u64),
}

impl Unfit {
    /// What to do next.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Refused(Refusal::OtherMachine { .. }) => "get the one for this machine",
            Self::Refused(Refusal::NoInit { .. } | Refusal::SeveralInits { .. }) | Self::Nameless { .. } => {
                "give the name that it was compiled for: module_name"
            }
            Self::Refused(_) | Self::TooLarge(_) => "get it again, or build it again",
            Self::FileName => "give the file, or the name, of an extension module",
            Self::OtherSuffix { .. } | Self::OtherInterpreter { .. } => "get the one for this interpreter",
            Self::OtherContent | Self::Meta(_) => "export it again, or remove the meta.json",
        }
    }
}

impl ArtifactFile {
    /// Reads a file and looks at it. Without a name, the meta.json beside it says how to import it, or its one `PyInit_*`.
    ///
    /// # Errors
    /// [`Error::Artifact`] says why it is not one for this interpreter; [`Error::NoFile`], [`Error::NotAFile`], [`Error::Io`].
    pub fn open(path: &Path, name: Option<&ModuleName>, this: &Abi) -> Result<Self, Error> {
        let io = |source| Error::Io { action: "read the extension module", source };
        let path = std::path::absolute(path).map_err(io)?;
        let label = path.display().to_string();
        let (bytes, stamp) = match read_file(&path, LIMITS.0) {
            Ok(read) => read,
            Err(Unread::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Err(Error::NoFile { path }),
            Err(Unread::Io(error)) => return Err(io(error)),
            Err(Unread::NotAFile) => return Err(Error::NotAFile { path }),
            Err(Unread::TooLarge(size)) => return Err(Error::Artifact { label, unfit: Unfit::TooLarge(size) }),
        };
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let read = || -> Result<_, Unfit> {
            let beside = described(&path.with_file_name(META), &file_name, &bytes)?;
            let artifact = Artifact::examine(label.clone(), &file_name, bytes, name, beside, this)?;
            let Artifact { module, abi, .. } = &artifact;
            let verified = verify_file(&path, &artifact.bytes, stamp, module, abi).map_err(Unfit::Refused)?;
            Ok(Self { artifact, verified, staged: None })
        };
        read().map_err(|unfit| Error::Artifact { label, unfit })
    }

    /// Writes bytes into a folder that only this user can enter, below `folder`, and looks at what is there then.
    ///
    /// # Errors
    /// As for [`ArtifactFile::open`].
    pub fn stage(
        bytes: &[u8],
        file_name: &str,
        folder: &Path,
        name: Option<&ModuleName>,
        this: &Abi,
    ) -> Result<Self, Error> {
        let label = file_name.escape_debug().to_string();
        if !is_plain(file_name) {
            return Err(Error::Artifact { label, unfit: Unfit::FileName });
        }
        let io = |source| Error::Io { action: "write the extension module", source };
        let private = std::fs::Permissions::from_mode(0o700);
        let staged = tempfile::Builder::new().prefix("pyxide-").permissions(private).tempdir_in(folder).map_err(io)?;
        let path = staged.path().join(file_name);
        let mut options = fs_err::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(bytes)).map_err(io)?;
        let mut opened = Self::open(&path, name, this).map_err(|error| match error {
            Error::Artifact { unfit, .. } => Error::Artifact { label, unfit },
            other => other,
        })?;
        opened.staged = Some(staged);
        Ok(opened)
    }

    /// The module where it lies, to be imported.
    pub fn verified(&self) -> &Verified {
        &self.verified
    }

    /// What it is.
    pub fn artifact(&self) -> &Artifact {
        &self.artifact
    }

    /// Lets the folder stay that it was staged in, if it was, and tells which. Otherwise that goes with this.
    pub fn keep(self) -> Option<PathBuf> {
        self.staged.map(TempDir::keep)
    }
}

impl Artifact {
    /// Looks at bytes that lie nowhere. The name of the file says for which interpreter they are.
    ///
    /// # Errors
    /// [`Error::Artifact`] says why they are not a module for this interpreter.
    pub fn from_bytes(bytes: Vec<u8>, file_name: &str, name: Option<&ModuleName>, this: &Abi) -> Result<Self, Error> {
        let label = file_name.escape_debug().to_string();
        let found = if is_plain(file_name) {
            Self::examine(label.clone(), file_name, bytes, name, None, this)
        } else {
            Err(Unfit::FileName)
        };
        found.map_err(|unfit| Error::Artifact { label, unfit })
    }

    fn examine(
        from: String,
        file_name: &str,
        bytes: Vec<u8>,
        name: Option<&ModuleName>,
        beside: Option<Box<Meta>>,
        this: &Abi,
    ) -> Result<Self, Unfit> {
        let abi = match beside.as_ref().and_then(|meta| meta.abi()) {
            Some(abi) if this.loads(abi) => abi.clone(),
            Some(abi) => return Err(Unfit::OtherInterpreter { built_for: describe(abi), this: describe(this) }),
            None => abi_by_name(file_name, this)?,
        };
        let module = match (name, &beside) {
            (Some(name), _) => name.clone(),
            (None, Some(meta)) => meta.module_name.clone(),
            (None, None) => name_by_symbol(&bytes, file_name)?,
        };
        let wanted = Wanted { init_symbol: &module.init_symbol(), machine: Machine::host() };
        let Facts { needed, .. } = inspect(&bytes, &wanted).map_err(Unfit::Refused)?;
        let fingerprint = beside.map(|meta| meta.fingerprint).unwrap_or_default();
        Ok(Self { from, bytes, module, abi, needed, fingerprint })
    }
}

impl Session {
    /// Puts a module that was brought here into the cache, from which it can be imported by its key. One that is there stays.
    ///
    /// # Errors
    /// [`Error::Registry`] when the cache refuses it.
    pub fn register(&self, artifact: &Artifact) -> Result<Built, Error> {
        let external = External {
            module_name: &artifact.module,
            abi: &artifact.abi,
            bytes: &artifact.bytes,
            needed: artifact.needed.clone(),
            fingerprint: artifact.fingerprint.clone(),
            origin: Origin::Imported { from: artifact.from.clone() },
        };
        let entry = self.registry.publish_external(&external)?;
        self.cached(entry.key())
    }
}

/// Whether this is the name of a file in a folder, and nothing else.
fn is_plain(file_name: &str) -> bool {
    !file_name.contains('/') && !file_name.starts_with('.') && !file_name.chars().any(char::is_control)
}

enum Unread {
    Io(io::Error),
    NotAFile,
    TooLarge(u64),
}

/// A regular file's content, and its stamp before it was read.
fn read_file(path: &Path, limit: u64) -> Result<(Vec<u8>, FileStamp), Unread> {
    // Opening a pipe would wait for somebody to write.
    if !fs_err::metadata(path).map_err(Unread::Io)?.is_file() {
        return Err(Unread::NotAFile);
    }
    let file = fs_err::File::open(path).map_err(Unread::Io)?;
    let metadata = file.metadata().map_err(Unread::Io)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(Unread::Io)?;
    if bytes.len() as u64 > limit {
        return Err(Unread::TooLarge(metadata.len()));
    }
    Ok((bytes, FileStamp::from_metadata(&metadata)))
}

/// What must be known of a meta.json to know whether it is ours.
#[derive(Deserialize)]
struct SpeaksOf {
    #[expect(dead_code, reason = "others' files have none")]
    format: u32,
    artifact: String,
}

/// What a meta.json says of the file beside it, if there is one that does.
fn described(meta: &Path, file_name: &str, bytes: &[u8]) -> Result<Option<Box<Meta>>, Unfit> {
    let Ok((text, _)) = read_file(meta, LIMITS.1) else { return Ok(None) };
    match serde_json::from_slice::<SpeaksOf>(&text) {
        Ok(known) if known.artifact == file_name => {}
        _ => return Ok(None),
    }
    let CarriedMeta::Module(meta) = CarriedMeta::read(&text).map_err(Unfit::Meta)? else { return Ok(None) };
    if Digest::of(bytes) != meta.artifact_blake3 {
        return Err(Unfit::OtherContent);
    }
    Ok(Some(meta))
}

/// The interface that a file is for by its name, as importers go by it.
fn abi_by_name(file_name: &str, this: &Abi) -> Result<Abi, Unfit> {
    let limited = this.limited(this.version);
    let stem = file_name.strip_suffix(".so").ok_or(Unfit::FileName)?;
    let other =
        |found: &str| Err(Unfit::OtherSuffix { found: found.to_owned(), wanted: this.extension_suffix.clone() });
    match stem.split_once('.') {
        _ if file_name.ends_with(&this.extension_suffix) => Ok(this.clone()),
        Some((_, "abi3")) if this.loads(&limited) => Ok(limited),
        None => Ok(this.clone()),
        Some((name, _)) => other(&file_name[name.len()..]),
    }
}

/// What a module is to be imported as by the function that starts it.
fn name_by_symbol(bytes: &[u8], file_name: &str) -> Result<ModuleName, Unfit> {
    let symbol = init_symbol(bytes, Machine::host()).map_err(Unfit::Refused)?;
    let stem = file_name.split('.').next().unwrap_or_default();
    let candidates = [Some(stem), symbol.strip_prefix("PyInit_")];
    let names = candidates.into_iter().flatten().filter_map(|text| text.parse::<ModuleName>().ok());
    let found = { names }.find(|name| name.init_symbol() == symbol);
    found.ok_or(Unfit::Nameless { symbol })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn this() -> Abi {
        Abi {
            implementation: "cpython".into(),
            version: (3, 11),
            soabi: "cpython-311-x86_64-linux-gnu".into(),
            extension_suffix: ".cpython-311-x86_64-linux-gnu.so".into(),
            debug: false,
            free_threaded: false,
            platform: "linux-x86_64".into(),
            libc: "glibc 2.36".into(),
            abi_flags: vec![],
        }
    }

    #[test]
    fn names_of_files_tell_for_whom_they_are() {
        let check = |name: &str, expected: Result<&str, &str>| {
            let found = abi_by_name(name, &this());
            let found = found.as_ref().map(|abi| abi.soabi.as_str()).map_err(ToString::to_string);
            assert_eq!(found, expected.map_err(str::to_owned), "{name}");
        };
        check("a.so", Ok("cpython-311-x86_64-linux-gnu"));
        check("a.cpython-311-x86_64-linux-gnu.so", Ok("cpython-311-x86_64-linux-gnu"));
        check("a.abi3.so", Ok("abi3"));
        let loads = "and this interpreter loads `.cpython-311-x86_64-linux-gnu.so`, `.abi3.so` and `.so`";
        for suffix in
            [".cpython-312-x86_64-linux-gnu.so", ".cpython-311-aarch64-linux-gnu.so", ".pypy311-pp73-x86_64.so"]
        {
            check(&format!("a{suffix}"), Err(&format!("it ends in `{suffix}`, {loads}")));
        }
        for name in ["a", "a.pyd", "a.so.1", ""] {
            check(name, Err("a module's file has a plain name that ends in `.so`"));
        }
        let free = Abi { free_threaded: true, ..this() };
        assert!(abi_by_name("a.abi3.so", &free).is_err());
    }
}

//! Entries in one file, to be carried to another machine.
//!
//! A bundle is a plain tar file, so that everybody can look into it, and every byte of it follows from its index, the
//! first member:
//!
//! | member | content |
//! |---|---|
//! | `index.json` | the keys of the entries, the names, sizes and digests of their files, pins; and the digest of all that |
//! | `<key>/meta.json` | what the entry is |
//! | `<key>/<name>` | its other files, by name |
//! | | 1024 zeros |
//!
//! So reading one is no interpreting of headers: each is written anew from the index and compared. Links, other kinds of
//! members, times, names that lead elsewhere, sizes that lie, a second member of a name, bytes behind the end: there is no
//! place for them, since the file would have other bytes. Equal entries give equal bundles. Nothing is compressed, since a
//! bundle is compressed better as a whole, by whoever carries it; and no list is read from a file's end, as in a zip
//! archive, which has everything twice and so can contradict itself.
//!
//! What is in a bundle is compared with what it says before any of it is shown: each digest, each key with what it is
//! made from, each package with its modules. That finds every damage. It does not say who made the bundle: what is in it
//! is run when it is imported, so it is believed like its sender. What the modules themselves are is for the caller to
//! look at, before [`Registry::receive`](crate::Registry::receive).
//!
//! No manifest travels. What one says follows from the request and the dependencies in an entry's meta.json, without the
//! stamps of files, which mean nothing elsewhere.

mod index;
mod pack;
mod receive;
mod tar;

use std::{
    collections::BTreeMap,
    io::{self, BufReader, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use cache_key::{BuildKey, Digest, RequestKey};
use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::fs::OFlags;
use serde::Deserialize;

pub use self::{pack::Packed, receive::Received};

use self::index::{INDEX, Index, Listed, ListedFile};
use crate::{
    Alias, Error, Kind, Meta, PackageMeta,
    layout::{META, package_member},
    meta::{Unreadable, unseal},
};

/// A bundle in which everything is as it says. Its file is held open.
#[derive(Debug)]
pub struct Bundle {
    file: fs_err::File,
    path: PathBuf,
    entries: BTreeMap<BuildKey, Carried>,
    pins: Vec<(Alias, BuildKey)>,
}

/// An entry in a bundle.
#[derive(Debug)]
pub struct Carried {
    what: CarriedMeta,
    files: BTreeMap<String, Place>,
}

/// What an entry in a bundle is.
#[derive(Debug, Clone, PartialEq)]
pub enum CarriedMeta {
    /// One extension module.
    Module(Box<Meta>),
    /// Modules that belong together.
    Package(PackageMeta),
}

/// Where a file's content is in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    at: u64,
    size: u64,
    blake3: Digest,
}

/// Why a file is no bundle.
enum Refusal {
    Io(io::Error),
    /// The end of a sentence.
    Wrong(String),
}

/// What must be known of a meta.json before the rest can be read.
#[derive(Deserialize)]
struct WhatKind {
    kind: Kind,
}

impl Bundle {
    /// Opens a bundle and compares all that is in it with what it says.
    ///
    /// # Errors
    /// [`Error::Bundle`] says what is wrong with it; [`Error::Io`] when it cannot be read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let io = |source| Error::Io { action: "read the bundle", source };
        let mut options = fs_err::OpenOptions::new();
        // Opening a pipe would wait for somebody to write.
        let file = options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        let refused = |reason: String| Error::Bundle { path: path.to_owned(), reason };
        if !metadata.is_file() {
            return Err(refused("is not a regular file".into()));
        }
        let walked = Walk { reader: BufReader::new(&file), at: 0 }.bundle(metadata.len());
        let (entries, pins) = walked.map_err(|refusal| match refusal {
            Refusal::Io(error) => io(error),
            Refusal::Wrong(reason) => refused(reason),
        })?;
        let path = std::path::absolute(path).map_err(io)?;
        Ok(Self { file, path, entries, pins })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its entries, by key.
    pub fn entries(&self) -> impl Iterator<Item = (&BuildKey, &Carried)> {
        self.entries.iter()
    }

    /// The aliases that its entries had, if these were to come along.
    pub fn pins(&self) -> &[(Alias, BuildKey)] {
        &self.pins
    }

    /// The content of a module's artifact. `None` where the entry is no module.
    ///
    /// # Errors
    /// [`Error::Bundle`] when the file was changed since it was opened; [`Error::Io`] when it cannot be read.
    pub fn artifact(&self, carried: &Carried) -> Result<Option<Vec<u8>>, Error> {
        let CarriedMeta::Module(meta) = &carried.what else { return Ok(None) };
        carried.files.get(&meta.artifact).map(|place| self.content(*place)).transpose()
    }

    /// What stands in a place, which is still what it was.
    fn content(&self, place: Place) -> Result<Vec<u8>, Error> {
        let io = |source| Error::Io { action: "read the bundle", source };
        let mut bytes = Vec::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(place.at)).map_err(io)?;
        file.take(place.size).read_to_end(&mut bytes).map_err(io)?;
        if Digest::of(&bytes) != place.blake3 {
            let reason = "was changed while it was read".to_owned();
            return Err(Error::Bundle { path: self.path.clone(), reason });
        }
        Ok(bytes)
    }
}

impl Carried {
    /// What it is.
    pub fn what(&self) -> &CarriedMeta {
        &self.what
    }
}

/// A bundle as far as it was read.
struct Walk<'a> {
    reader: BufReader<&'a fs_err::File>,
    at: u64,
}

type Entries = BTreeMap<BuildKey, Carried>;

impl Walk<'_> {
    /// Reads all of a file with so many bytes.
    fn bundle(mut self, size: u64) -> Result<(Entries, Vec<(Alias, BuildKey)>), Refusal> {
        let index = self.index(size)?;
        let end = self.at + index.length();
        if size < end {
            return Err(wrong(format!("is cut short: it has {size} of {end} bytes")));
        }
        if size > end {
            return Err(wrong(format!("has {} bytes behind its end", size - end)));
        }
        let mut entries = Entries::new();
        for listed in &index.entries {
            let carried = self.entry(listed)?;
            entries.insert(listed.key, carried);
        }
        self.expect(&tar::END)?;
        for (key, carried) in &entries {
            carried.check_modules(&entries).map_err(|what| about(key, &what))?;
        }
        Ok((entries, index.pins))
    }

    fn index(&mut self, size: u64) -> Result<Index, Refusal> {
        let none = || wrong("does not begin as a bundle does".to_owned());
        let mut header = [0; 512];
        self.read(&mut header).map_err(|refusal| match refusal {
            Refusal::Wrong(_) => none(),
            other @ Refusal::Io(_) => other,
        })?;
        let length = tar::size(&header).ok_or_else(none)?;
        if header[..] != tar::headers("", INDEX, length) {
            return Err(none());
        }
        if length > index::LIMIT {
            return Err(wrong(format!("has an index of {length} bytes, and one may have {}", index::LIMIT)));
        }
        if length > size {
            return Err(wrong("is cut short in its index".to_owned()));
        }
        let mut text = vec![0; usize::try_from(length).unwrap_or(0)];
        self.read(&mut text)?;
        self.padding(length)?;
        Index::read(&text).map_err(wrong)
    }

    /// Compares an entry with the index, and what it says of itself with what it is.
    fn entry(&mut self, listed: &Listed) -> Result<Carried, Refusal> {
        let (mut meta, mut files) = (Vec::new(), BTreeMap::new());
        for ListedFile { name, size, blake3 } in &listed.files {
            self.expect(&tar::headers(&listed.key.to_string(), name, *size))?;
            let place = Place { at: self.at, size: *size, blake3: *blake3 };
            let mut content = (&mut self.reader).take(*size);
            let found = if name == META {
                content.read_to_end(&mut meta).map(|_| Digest::of(&meta))
            } else {
                Digest::of_reader(content)
            };
            if found.map_err(Refusal::Io)? != *blake3 {
                return Err(about(&listed.key, &format!("its file `{name}` does not have the recorded content")));
            }
            self.at += size;
            self.padding(*size)?;
            if name != META {
                files.insert(name.clone(), place);
            }
        }
        let what = CarriedMeta::read(&meta).map_err(|what| about(&listed.key, &what))?;
        let carried = Carried { what, files };
        carried.check(&listed.key).map_err(|what| about(&listed.key, &what))?;
        Ok(carried)
    }

    fn padding(&mut self, size: u64) -> Result<(), Refusal> {
        self.expect(&vec![0; tar::padding(size)])
    }

    /// The next bytes are these.
    fn expect(&mut self, wanted: &[u8]) -> Result<(), Refusal> {
        let start = self.at;
        let mut found = vec![0; wanted.len()];
        self.read(&mut found)?;
        match found.iter().zip(wanted).position(|(found, wanted)| found != wanted) {
            None => Ok(()),
            Some(offset) => Err(wrong(format!("has another byte at {} than its index says", start + offset as u64))),
        }
    }

    fn read(&mut self, into: &mut [u8]) -> Result<(), Refusal> {
        self.reader.read_exact(into).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => wrong("is cut short".to_owned()),
            _ => Refusal::Io(error),
        })?;
        self.at += into.len() as u64;
        Ok(())
    }
}

impl CarriedMeta {
    /// Reads a meta.json that lies elsewhere than in a cache, or says why it is none, as a sentence about an entry.
    ///
    /// # Errors
    /// That sentence.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let reason = |unreadable| match unreadable {
            Unreadable::TooNew(found) => {
                format!("its meta.json has format {found}, and this version reads up to {}", crate::META_FORMAT)
            }
            Unreadable::Broken(what) => format!("its meta.json {what}"),
        };
        Ok(match unseal::<WhatKind>(text).map_err(reason)?.kind {
            Kind::Package => Self::Package(unseal(text).map_err(reason)?),
            Kind::Module | Kind::External => {
                let meta: Meta = unseal(text).map_err(reason)?;
                if !meta.is_complete() {
                    return Err("its meta.json lacks what its kind of entry has".to_owned());
                }
                Self::Module(Box::new(meta))
            }
        })
    }

    /// The key that it has in its meta.json.
    pub fn key(&self) -> &BuildKey {
        match self {
            Self::Module(meta) => &meta.key,
            Self::Package(meta) => &meta.key,
        }
    }

    /// The name of the module or package.
    pub fn name(&self) -> &cache_key::ModuleName {
        match self {
            Self::Module(meta) => &meta.module_name,
            Self::Package(meta) => &meta.package_name,
        }
    }

    /// The key that follows from what it says. `None` where it lacks what that is made from.
    fn computed_key(&self) -> Option<BuildKey> {
        match self {
            Self::Package(meta) => Some(meta.computed_key()),
            Self::Module(meta) if meta.kind == Kind::External => {
                Some(BuildKey::external(&meta.module_name, meta.artifact_blake3, meta.interface.as_ref()?))
            }
            Self::Module(meta) => {
                let request = meta.request.as_ref()?;
                let key = RequestKey::new(&request.portable, &request.toolchain);
                let is_same = meta.request_key == Some(key) && meta.source_blake3 == Some(request.portable.source);
                is_same.then(|| BuildKey::new(&key, &meta.dependencies.list()))
            }
        }
    }
}

impl Carried {
    /// Whether an entry is what it says. What is wrong is a sentence about it.
    fn check(&self, key: &BuildKey) -> Result<(), String> {
        if self.what.key() != key {
            return Err(format!("its meta.json belongs to `{}`", self.what.key()));
        }
        if self.what.computed_key() != Some(*key) {
            return Err("its key is not the one that follows from what its meta.json says".to_owned());
        }
        match &self.what {
            CarriedMeta::Module(meta) => self.check_module(meta),
            CarriedMeta::Package(meta) => self.check_package(meta),
        }
    }

    fn check_module(&self, meta: &Meta) -> Result<(), String> {
        let known = index::names(meta);
        if let Some(name) = self.files.keys().find(|name| !known.contains(name)) {
            return Err(format!("its meta.json knows nothing of its file `{name}`"));
        }
        match self.files.get(&meta.artifact) {
            Some(place) if (place.size, place.blake3) == (meta.artifact_size, meta.artifact_blake3) => {}
            Some(_) => return Err(format!("its artifact `{}` does not have the recorded content", meta.artifact)),
            None => return Err(format!("its artifact `{}` is missing", meta.artifact)),
        }
        let source = meta.source_name().and_then(|name| self.files.get(&name));
        if source.is_some_and(|place| Some(place.blake3) != meta.source_blake3) {
            return Err("its source is not the one that it was built from".to_owned());
        }
        Ok(())
    }

    fn check_package(&self, meta: &PackageMeta) -> Result<(), String> {
        let mut unknown: Vec<&String> = self.files.keys().collect();
        for file in &meta.files {
            let name = package_member(&file.path);
            match self.files.get(&name) {
                Some(place) if (place.size, place.blake3) == (file.size, file.blake3) => {}
                Some(_) => return Err(format!("its file `{}` does not have the recorded content", file.path)),
                None => return Err(format!("its file `{}` is missing", file.path)),
            }
            unknown.retain(|known| **known != name);
        }
        match unknown.first() {
            Some(name) => Err(format!("its meta.json knows nothing of its file `{name}`")),
            None => Ok(()),
        }
    }

    /// Whether the modules of a package came along.
    fn check_modules(&self, entries: &Entries) -> Result<(), String> {
        let CarriedMeta::Package(package) = &self.what else { return Ok(()) };
        for module in &package.modules {
            match entries.get(&module.key).map(Self::what) {
                Some(CarriedMeta::Module(meta)) if meta.module_name == module.name => {}
                _ => return Err(format!("its module `{}` is not in the bundle", module.name)),
            }
        }
        Ok(())
    }
}

fn wrong(reason: String) -> Refusal {
    Refusal::Wrong(reason)
}

fn about(key: &BuildKey, what: &str) -> Refusal {
    Refusal::Wrong(format!("has a damaged entry `{}`: {what}", key.short()))
}

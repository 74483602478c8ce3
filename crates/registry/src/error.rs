//! What can be wrong with a registry, and with one entry.

use std::{
    io,
    path::{Path, PathBuf},
};

use cache_key::{BuildKey, ModuleName};

use crate::{Alias, Distrust, META_FORMAT};

/// Why the registry could not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The root cannot be written.
    #[error("the cache folder `{}` cannot be written", root.display())]
    Unwritable {
        /// The root.
        root: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others could have put something into the cache.
    #[error("the cache folder `{}` {reason}, so others could put code into it", path.display())]
    Untrusted {
        /// The root or a folder below it.
        path: PathBuf,
        /// Why.
        reason: Distrust,
    },
    /// Others could have put something into a layer.
    #[error("the cache layer `{}` {reason}, so others could put code into it", path.display())]
    UntrustedLayer {
        /// The layer or a folder or file in it.
        path: PathBuf,
        /// Why.
        reason: Distrust,
    },
    /// Something was written by a newer version.
    #[error("`{}` has format {found}, this version reads up to {META_FORMAT}", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// An entry does not hold what it should.
    #[error("the cache entry `{key}` is damaged: {damage}")]
    Damaged {
        /// Its key.
        key: BuildKey,
        /// What is wrong with it.
        damage: Damage,
    },
    /// An entry is being moved or published by another process.
    #[error("the cache entry `{key}` is busy")]
    Busy {
        /// Its key.
        key: BuildKey,
    },
    /// Locks exclude nobody here, so nobody knows what is in use.
    #[error("the file system of `{}` has no locks that could be relied on, so what is in use cannot be told", lock.display())]
    NotExclusive {
        /// The lock.
        lock: PathBuf,
    },
    /// There is no entry with this key.
    #[error("there is no cache entry `{key}`")]
    NoEntry {
        /// The key.
        key: BuildKey,
    },
    /// A package was asked for what modules alone have: a file.
    #[error("`{key}` is the package `{name}`, of several files, and is no module")]
    IsPackage {
        /// The package's key.
        key: BuildKey,
        /// Its name.
        name: ModuleName,
    },
    /// A package refers to modules that are not there.
    #[error("the package `{name}` (`{key}`) lacks {}", list(missing))]
    IncompletePackage {
        /// The package's key.
        key: BuildKey,
        /// Its name.
        name: ModuleName,
        /// The modules.
        missing: Vec<ModuleName>,
    },
    /// A file is no bundle, or one that was damaged.
    #[error("`{}` is not restored: it {reason}", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, as the end of a sentence.
        reason: String,
    },
    /// An entry with a key that does not follow from what it says, since keys were made otherwise then.
    #[error("the key of the cache entry `{key}` is not one that this version would give it")]
    Foreign {
        /// The key.
        key: BuildKey,
    },
    /// Not the path of a file of a package.
    #[error("`{text}` is not the path of a file in a package")]
    NotAPackagePath {
        /// The text.
        text: String,
    },
    /// Not an alias.
    #[error("`{text}` is not an alias")]
    NotAnAlias {
        /// The text.
        text: String,
    },
    /// Another entry is pinned under this alias.
    #[error("`{alias}` is already the alias of the cache entry `{key}`")]
    AliasTaken {
        /// The alias.
        alias: Alias,
        /// The key of the other entry.
        key: BuildKey,
    },
    /// A pin cannot be read, so nobody knows which entry it protects.
    #[error("the pin `{}` is broken: it {reason}", path.display())]
    BrokenPin {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, as the end of a sentence.
        reason: String,
    },
    /// An export would replace something.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// The destination.
        path: PathBuf,
        /// Whether [`Overwrite::Yes`](crate::Overwrite::Yes) would replace it.
        can_replace: bool,
    },
    /// A lock could not be taken.
    #[error(transparent)]
    Lock(#[from] lock_dir::Error),
    /// The file system refused. The source names the file.
    #[error("cannot {action}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

/// What is wrong with an entry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// meta.json is not what it should be.
    #[error("its meta.json {0}")]
    Meta(String),
    /// The artifact is not there.
    #[error("its artifact `{0}` is missing")]
    Missing(String),
    /// The artifact is a link, a folder, a pipe, or has a second name.
    #[error("its artifact is {0}")]
    NotAFile(&'static str),
    /// The artifact has another size.
    #[error("its artifact has {found} bytes instead of {expected}")]
    Size {
        /// As meta.json says.
        expected: u64,
        /// As found.
        found: u64,
    },
    /// The artifact has the right size and other content.
    #[error("its artifact does not have the recorded content")]
    Content,
    /// Others could have changed the entry's folder or a file in it.
    #[error("its {what} {reason}, so others could have changed it")]
    Untrusted {
        /// `folder` or the name of a file in it.
        what: String,
        /// Why.
        reason: Distrust,
    },
    /// A file of a package is not there.
    #[error("its file `{0}` is missing")]
    MissingFile(String),
    /// A file of a package has other content.
    #[error("its file `{0}` does not have the recorded content")]
    OtherContent(String),
    /// The folder has something in it that no build puts there.
    #[error("`{name}` in it is {what}")]
    Stray {
        /// The name.
        name: String,
        /// What it is.
        what: &'static str,
    },
    /// The artifact is what was published, but is not one to load.
    #[error("its artifact is not loadable: {0}")]
    Unloadable(String),
}

impl Error {
    /// One sentence that tells the user what to do next, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unwritable { .. } => "make it writable, or choose another with PYXIDE_CACHE_DIR",
            Self::Untrusted { path, reason } => return Some(trust(path, *reason)),
            Self::UntrustedLayer { path, reason } => return Some(layer_trust(path, *reason)),
            Self::TooNew { .. } => "upgrade pyxide, or point PYXIDE_CACHE_DIR at another folder",
            Self::Damaged { .. } => "build it again: the damaged entry is then moved to quarantine",
            Self::Busy { .. } => "try again in a moment",
            Self::NotExclusive { .. } => "when nobody uses the cache, remove its whole folder",
            Self::NoEntry { .. } => "`pyxide cache list` shows the entries there are",
            Self::IsPackage { .. } => {
                "make a wheel of it (`pyxide export --wheel`, export_wheel) or a bundle (`pyxide cache bundle`, bundle_cached)"
            }
            Self::IncompletePackage { .. } => "build the package again: only the modules that are missing are built",
            Self::Bundle { .. } => "nothing of it was restored: make the bundle again, or carry it again",
            Self::Foreign { .. } => "build it again, and carry that",
            Self::NotAPackagePath { .. } => {
                "a path in a package has names joined by `/`, is relative, and has no `.` or `..` among its names"
            }
            Self::NotAnAlias { .. } => {
                "an alias has up to 64 lowercase letters, digits, `.`, `_` and `-`, begins with a letter or digit, and has no `..` in it"
            }
            Self::AliasTaken { .. } => "choose another alias, or say that this one is to be overwritten",
            Self::BrokenPin { .. } => "nothing is collected until it is unpinned, or pinned again with overwriting",
            Self::Exists { can_replace: true, .. } => "choose another destination, or `--overwrite`",
            Self::Exists { can_replace: false, .. } => "choose another destination, or remove it",
            Self::Lock(error) => return error.hint().map(str::to_owned),
            Self::Io { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

fn list(modules: &[ModuleName]) -> String {
    let names: Vec<String> = modules.iter().map(|module| format!("`{module}`")).collect();
    names.join(", ")
}

fn trust(path: &Path, reason: Distrust) -> String {
    let path = path.display();
    match reason {
        Distrust::Group | Distrust::Everybody => format!(
            "make it yours alone: `chmod go-w '{path}'`, or set PYXIDE_TRUST_CACHE=1 if you trust everybody who may write there"
        ),
        Distrust::Owner(user) => format!(
            "choose a folder of yours with PYXIDE_CACHE_DIR, or set PYXIDE_TRUST_CACHE=1 if you trust user {user}"
        ),
        Distrust::Link => "put a folder in its place, or point PYXIDE_CACHE_DIR at another".to_owned(),
    }
}

fn layer_trust(path: &Path, reason: Distrust) -> String {
    let path = path.display();
    match reason {
        Distrust::Group | Distrust::Everybody => {
            format!(
                "only its owner may be able to write it: `chmod -R go-w '{path}'`, or take it off PYXIDE_CACHE_LAYERS"
            )
        }
        Distrust::Owner(user) => format!(
            "if you trust user {user}, name them in PYXIDE_CACHE_LAYER_USERS; else take the layer off PYXIDE_CACHE_LAYERS"
        ),
        Distrust::Link => "name the folder that it leads to in PYXIDE_CACHE_LAYERS, or take it off there".to_owned(),
    }
}

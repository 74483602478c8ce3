//! The two keys.

use std::{fmt, str::FromStr};

use fingerprint::Digest;
use serde::{Deserialize, Serialize};

use crate::{Abi, Dependency, Error, Fields, ModuleName, Portable, Toolchain, Value, framing::Frame};

/// Raised when the fields or their framing change. Keys of other versions are never equal to ours.
pub const KEY_VERSION: u32 = 3;

/// So many bytes a dependency with a digest and a path of some length has in a key.
const LONG_DEPENDENCY: usize = 256;

/// The identity of one request: what is known before anything is read or built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestKey(Digest);

/// The identity of one build: equal keys mean interchangeable artifacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BuildKey(Digest);

impl RequestKey {
    /// The key of a request that these tools would serve.
    pub fn new(portable: &Portable, toolchain: &Toolchain) -> Self {
        Self::from_parts(portable.digest(), toolchain.digest())
    }

    /// The key of a request whose parts are already digested.
    pub fn from_parts(portable: Digest, toolchain: Digest) -> Self {
        Self(Fields::new("request").with("portable", portable).with("toolchain", toolchain).digest(KEY_VERSION))
    }

    /// The key of Cython's own code for memoryviews, compiled for this interpreter, of this full version, by these tools.
    pub fn utility(abi: &Abi, version: &str, toolchain: Digest) -> Self {
        let fields = Fields::new("utility").with("version", version).with("toolchain", toolchain);
        Self(abi.add_to(fields).digest(KEY_VERSION))
    }
}

impl BuildKey {
    /// The key of what a request gives when it reads exactly these dependencies. Their order does not matter.
    pub fn new<'a>(request: &RequestKey, dependencies: impl IntoIterator<Item = &'a Dependency>) -> Self {
        let mut sorted: Vec<_> = dependencies.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        // The fields "request" and "dependencies", framed without a copy of each: every hit computes this.
        let mut frame = Frame::new("build", KEY_VERSION, 2);
        frame.make_room(sorted.len() * LONG_DEPENDENCY);
        frame.name("request");
        frame.value_digest(&request.0);
        frame.name("dependencies");
        frame.value_list(sorted.len());
        for dependency in sorted {
            dependency.frame(&mut frame);
        }
        Self(frame.finish())
    }

    /// The key of an extension module that was not built here: what it is called, its bytes, and who can load it.
    ///
    /// Where it came from is no part of it: the same file is the same entry, whoever brings it.
    pub fn external(module: &ModuleName, artifact: Digest, abi: &Abi) -> Self {
        let fields = Fields::new("external").with("module name", module.as_str()).with("artifact", artifact);
        Self(abi.add_to(fields).digest(KEY_VERSION))
    }

    /// The key of a package: what it is called, its modules by their full names with the keys of their entries, and its
    /// other files by their paths with the digests of their content. The order of neither matters.
    pub fn package<'a>(
        name: &ModuleName,
        modules: impl IntoIterator<Item = (&'a ModuleName, &'a Self)>,
        files: impl IntoIterator<Item = (&'a str, Digest)>,
    ) -> Self {
        let mut modules: Vec<_> = modules.into_iter().map(|(name, key)| (name.as_str(), key.0)).collect();
        modules.sort_unstable();
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_unstable();
        let fields = Fields::new("package")
            .with("name", name.as_str())
            .with("modules", modules.into_iter().collect::<Value>())
            .with("files", files.into_iter().collect::<Value>());
        Self(fields.digest(KEY_VERSION))
    }
}

macro_rules! spelled_as_hexadecimal_digits {
    ($key:ty) => {
        impl $key {
            /// The first two digits: the name of the folder that the key's folder is in.
            pub fn shard(&self) -> String {
                self.to_string()[..2].to_owned()
            }

            /// The first sixteen digits: enough to tell one from all others in practice.
            pub fn short(&self) -> String {
                self.to_string()[..16].to_owned()
            }
        }

        impl fmt::Display for $key {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $key {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                text.parse().map(Self).map_err(|_| Error::Key(text.to_owned()))
            }
        }

        impl TryFrom<String> for $key {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                text.parse()
            }
        }

        impl From<$key> for String {
            fn from(key: $key) -> Self {
                key.to_string()
            }
        }
    };
}

spelled_as_hexadecimal_digits!(RequestKey);
spelled_as_hexadecimal_digits!(BuildKey);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DependencyPath;

    #[test]
    fn the_order_of_dependencies_does_not_matter_and_all_else_does() {
        let request = RequestKey::from_parts(Digest::of(b"p"), Digest::of(b"t"));
        let path = || DependencyPath::in_source_folder("a.pxd");
        let a = Dependency::File { path: path(), digest: Digest::of(b"1") };
        let b = Dependency::Absent { path: DependencyPath::in_source_folder("b.pxd") };
        let key = |dependencies: &[Dependency]| BuildKey::new(&request, dependencies);
        assert_eq!(key(&[a.clone(), b.clone()]), key(&[b.clone(), a.clone(), b.clone()]));
        let different = [
            key(&[]),
            key(std::slice::from_ref(&a)),
            key(std::slice::from_ref(&b)),
            key(&[Dependency::Exists { path: path() }]),
            key(&[Dependency::Absent { path: path() }]),
            key(&[Dependency::File { path: path(), digest: Digest::of(b"2") }]),
            key(&[Dependency::Absent { path: DependencyPath { base: crate::Base::Root, path: "a.pxd".into() } }]),
            key(&[Dependency::Absent { path: DependencyPath { base: crate::Base::Package, path: "a.pxd".into() } }]),
            key(&[Dependency::Package { name: "numpy".into(), version: "2.4.6".into() }]),
            key(&[Dependency::Package { name: "numpy".into(), version: "2.4.7".into() }]),
            BuildKey::new(&RequestKey::from_parts(Digest::of(b"t"), Digest::of(b"p")), &[a, b]),
        ];
        for (index, key) in different.iter().enumerate() {
            assert!(!different[..index].contains(key), "{index}");
        }
    }

    #[test]
    fn keys_have_one_spelling() {
        let text = "5f".repeat(32);
        let key: BuildKey = text.parse().unwrap();
        assert_eq!((key.to_string(), key.shard(), key.short()), (text, "5f".to_owned(), "5f".repeat(8)));
        for wrong in ["", "5f", &"5F".repeat(32), &"../".repeat(22)[..64]] {
            assert_eq!(wrong.parse::<BuildKey>(), Err(Error::Key(wrong.to_owned())));
        }
    }
}

//! How much there is.

use std::{path::PathBuf, time::SystemTime};

use cache_key::BuildKey;

use crate::{
    Alias, Error, Registry,
    walk::{bytes_in, bytes_of, modified},
};

/// What is in a cache, in numbers. No meta.json is read for them, so that damaged entries count as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// How many modules.
    pub modules: usize,
    /// How many packages.
    pub packages: usize,
    /// The bytes in the files of all modules and packages.
    pub bytes: u64,
    /// All pins that can be read.
    pub pins: Vec<(Alias, BuildKey)>,
    /// How many pins cannot be read. As long as there is one, nothing is collected.
    pub broken_pins: usize,
    /// When the entry was used that was used last.
    pub newest_use: Option<SystemTime>,
    /// When the entry was used that was not used for the longest time.
    pub oldest_use: Option<SystemTime>,
    /// How many entries are in quarantine.
    pub quarantined: usize,
}

/// A part of a cache, and the bytes in its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartSize {
    /// What is in it.
    pub part: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// The bytes in its files.
    pub bytes: u64,
}

impl Registry {
    /// Counts and weighs all entries. A cache that is missing has none.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Untrusted`] when a folder cannot be read.
    pub fn stats(&self) -> Result<Stats, Error> {
        let weigh = |folder| {
            self.look_at_all(
                folder,
                || (),
                |(), place| {
                    let name = place.key.to_string();
                    // One that cannot be looked at is one that is gone.
                    let stat = place.shard.stat(name.as_ref()).ok().flatten();
                    Ok(stat.map(|stat| (modified(&stat), bytes_in(place.shard, name.as_ref()))))
                },
            )
        };
        let (modules, packages) = (weigh(&self.layout().entries())?, weigh(&self.layout().packages())?);
        let all = || modules.iter().chain(&packages).map(|(_, found)| *found);
        let (pins, broken): (Vec<_>, Vec<_>) =
            self.pins()?.into_iter().map(|listed| listed.pin).partition(Result::is_ok);
        Ok(Stats {
            modules: modules.len(),
            packages: packages.len(),
            bytes: all().map(|(_, bytes)| bytes).sum(),
            pins: pins.into_iter().flatten().map(|pin| (pin.alias, pin.key)).collect(),
            broken_pins: broken.len(),
            newest_use: all().map(|(used, _)| used).max(),
            oldest_use: all().map(|(used, _)| used).min(),
            quarantined: self.quarantined()?.len(),
        })
    }

    /// What takes how much room, part by part: the sum is the cache's size.
    ///
    /// # Errors
    /// [`Error::Untrusted`] when others could have put something there.
    pub fn sizes(&self) -> Result<Vec<PartSize>, Error> {
        let root = self.layout().root();
        self.folder(root)?;
        let mut sizes: Vec<PartSize> = self
            .layout()
            .parts()
            .into_iter()
            .map(|(part, path)| PartSize { part, bytes: bytes_of(&path), path })
            .collect();
        let known: u64 = sizes.iter().map(|size| size.bytes).sum();
        let others = bytes_of(root).saturating_sub(known);
        sizes.push(PartSize { part: "other", path: root.to_owned(), bytes: others });
        Ok(sizes)
    }

    /// The bytes in the files of one entry or package. One that is not there has none.
    pub fn size_of(&self, key: &BuildKey) -> u64 {
        self.place(key).map_or(0, |place| bytes_of(&place))
    }
}

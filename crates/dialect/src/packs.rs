//! A folder of packs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::dialect::Dialect;
use crate::error::{Error, Place, nearest};
use crate::index::{self, Entry, INDEX};
use crate::pack::{self, Pack};
use crate::reader::{Need, Reader};

/// The packs of one folder. What was read once is kept.
#[derive(Debug)]
pub struct Packs {
    folder: PathBuf,
    entries: Vec<Entry>,
    /// The key of each entry in the index.
    keys: Vec<String>,
    places: HashMap<String, usize>,
    read: Mutex<HashMap<String, Arc<Pack>>>,
    resolved: Mutex<HashMap<String, Arc<Dialect>>>,
}

impl Packs {
    /// Reads a folder's index. The packs themselves are read when they are asked for.
    ///
    /// # Errors
    ///
    /// Fails if there is no index, or if something in it cannot be used; the error names the key.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let mut reader = Reader::new(INDEX);
        let bytes = read(&folder.join(INDEX))?;
        let entries = reader.parse(&bytes).map(|json| index::read(&mut reader, &json, Need::Optional));
        Ok(Self::new(folder, reader.finish(entries)?))
    }

    pub(crate) fn new(folder: &Path, entries: Vec<(Entry, String)>) -> Self {
        let (entries, keys): (Vec<Entry>, Vec<String>) = entries.into_iter().unzip();
        let places = entries.iter().enumerate().map(|(place, entry)| (entry.id.clone(), place)).collect();
        let (read, resolved) = (Mutex::default(), Mutex::default());
        Self { folder: folder.to_owned(), entries, keys, places, read, resolved }
    }

    /// All packs, in the order of the index.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// One pack, with all that it inherits.
    ///
    /// # Errors
    ///
    /// Fails for an id that is not in the index, and if that pack or one that it inherits cannot be used; the error names file and key.
    pub fn dialect(&self, id: &str) -> Result<Arc<Dialect>, Error> {
        if id.is_empty() {
            return Err(Error::EmptyId);
        }
        // A thread that failed while it held one of these left whole entries.
        let known = self.resolved.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let dialect = Arc::new(Dialect::new(id, self.resolve(id)?));
        self.resolved.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), Arc::clone(&dialect));
        Ok(dialect)
    }

    /// The pack and all that it inherits, each once, parents first and in the order of the list.
    fn resolve(&self, id: &str) -> Result<Vec<Arc<Pack>>, Error> {
        let first =
            self.pack(id)?.ok_or_else(|| Error::UnknownDialect { id: id.to_owned(), nearest: self.nearest(id) })?;
        // A stack of our own: a chain of packs can be longer than the one that functions have.
        let mut open: Vec<(Arc<Pack>, usize)> = vec![(first, 0)];
        let mut resolved: Vec<Arc<Pack>> = Vec::new();
        let mut done: HashMap<String, bool> = HashMap::from([(id.to_owned(), false)]);
        while let Some((pack, next)) = open.last_mut() {
            let Some(parent) = pack.inherits.get(*next).cloned() else {
                done.insert(pack.id.clone(), true);
                resolved.extend(open.pop().map(|(pack, _)| pack));
                continue;
            };
            *next += 1;
            let (child, index) = (Arc::clone(pack), *next - 1);
            let place = || Place { file: self.path(&child.id), key: format!("inherits[{index}]") };
            match done.get(&parent) {
                Some(true) => {}
                Some(false) => {
                    let chain = open.iter().map(|(pack, _)| pack.id.clone()).skip_while(|id| *id != parent);
                    return Err(Error::Circle { place: place(), chain: chain.chain([parent.clone()]).collect() });
                }
                None => {
                    let Some(pack) = self.pack(&parent)? else {
                        let nearest = self.nearest(&parent);
                        return Err(Error::UnknownParent { place: place(), parent, nearest });
                    };
                    done.insert(parent, false);
                    open.push((pack, 0));
                }
            }
        }
        Ok(resolved)
    }

    /// A pack by itself, if the index has it.
    fn pack(&self, id: &str) -> Result<Option<Arc<Pack>>, Error> {
        let Some(place) = self.places.get(id) else { return Ok(None) };
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let (reader, pack) = self.read_pack(*place, Need::Optional)?;
        let pack = Arc::new(reader.finish(pack)?);
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), Arc::clone(&pack));
        Ok(Some(pack))
    }

    /// Reads the pack of an entry, with all that is wrong with it.
    pub(crate) fn read_pack(&self, place: usize, need: Need) -> Result<(Reader, Option<Pack>), Error> {
        let entry = &self.entries[place];
        let file = entry.path();
        let mut reader = Reader::new(&file);
        let bytes = match read(&self.folder.join(&file)) {
            Ok(bytes) => bytes,
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                let place = Place { file: INDEX.to_owned(), key: format!("{}.file", self.keys[place]) };
                return Err(Error::NoFile { place, file, source });
            }
            Err(error) => return Err(error),
        };
        let json = reader.parse(&bytes);
        let pack = json.and_then(|json| pack::read(&mut reader, &json, &entry.id, need));
        Ok((reader, pack))
    }

    /// The key of an entry in the index.
    pub(crate) fn key(&self, place: usize) -> &str {
        &self.keys[place]
    }

    /// The file of a pack that is in the index.
    pub(crate) fn path(&self, id: &str) -> String {
        self.places.get(id).map_or_else(String::new, |place| self.entries[*place].path())
    }

    /// The id that is most like another: by its last part, since all start alike.
    fn nearest(&self, id: &str) -> Option<String> {
        let last = |id: &str| id.rsplit('/').next().unwrap_or_default().to_lowercase();
        let names: Vec<String> = self.entries.iter().map(|entry| last(&entry.id)).collect();
        let name = nearest(&last(id), names.iter().map(String::as_str))?;
        let place = names.iter().position(|known| known == name)?;
        Some(self.entries[place].id.clone())
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    fs_err::read(file).map_err(|source| Error::Io { action: "read packs", source })
}

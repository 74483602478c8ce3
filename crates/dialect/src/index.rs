//! The list of all packs of a folder.

use crate::error::Error;
use crate::json::Json;
use crate::reader::{Need, Object, Reader};

/// The index's file in the folder.
pub(crate) const INDEX: &str = "index.json";
/// The folder of the packs' files, beside the index.
pub(crate) const PACKS: &str = "packs";
/// What an entry of the index can say.
pub(crate) const KEYS: &[&str] = &["id", "label", "inherits", "file"];

/// One line of the index: a pack that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is asked for by.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// The packs that it builds on, as the index has them; what holds is what the pack itself says.
    pub inherits: Vec<String>,
    /// Its file in the folder `packs`.
    pub file: String,
}

impl Entry {
    /// Its file below the folder of packs, which errors name.
    pub(crate) fn path(&self) -> String {
        format!("{PACKS}/{}", self.file)
    }
}

/// Reads all entries that are whole.
pub(crate) fn read(reader: &mut Reader, json: &Json, need: Need) -> Vec<(Entry, String)> {
    let mut entries: Vec<(Entry, String)> = Vec::new();
    for (index, item) in reader.list(json, "").unwrap_or_default().iter().enumerate() {
        let key = format!("[{index}]");
        let Some(object) = reader.object(item, &key, KEYS) else { continue };
        if let Some(entry) = entry(reader, object, need) {
            match entries.iter().find(|(earlier, _)| earlier.id == entry.id) {
                Some((_, other)) => {
                    let place = reader.place(&object.key_of("id"));
                    reader.faults.push(Error::TwiceId { place, id: entry.id, other: other.clone() });
                }
                None => entries.push((entry, key)),
            }
        }
    }
    entries
}

fn entry(reader: &mut Reader, object: Object<'_>, need: Need) -> Option<Entry> {
    let id = reader.full_text(object, "id", Need::Required);
    let label = reader.text(object, "label", need);
    let inherits = reader.texts(object, "inherits", true);
    let file = reader.full_text(object, "file", need);
    let id = id?.to_owned();
    let file = file.map_or_else(|| format!("{}.json", id.replace('/', "__")), str::to_owned);
    // Both are found: the name in the folder of the packs, and the path from the index.
    let file = file.strip_prefix("packs/").map_or(file.clone(), str::to_owned);
    if leads_out(&file) {
        let key = if object.get("file").is_some() { "file" } else { "id" };
        let place = reader.place(&object.key_of(key));
        reader.faults.push(Error::LeadsOut { place, path: file });
        return None;
    }
    Some(Entry { label: label.unwrap_or(&id).to_owned(), id, inherits, file })
}

/// Whether a name could be that of a file elsewhere, on any system.
///
/// Links are followed: an installer may have made each file a link into its cache, and who can put a link there can put a pack there.
fn leads_out(file: &str) -> bool {
    file.contains(['\\', ':', '\0']) || file.split('/').any(|part| matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_folder() {
        for file in ["a.json", "a/b.json", "..a.json", "vlaams__gent.json"] {
            assert!(!leads_out(file), "{file}");
        }
        for file in ["../x.json", "a/../../x", "/x", "C:x", "..\\x", ".", "a//b", "a/", "x\0"] {
            assert!(leads_out(file), "{file}");
        }
    }
}

//! Where the packs of dialects are.

use std::path::{Path, PathBuf};

use dialect::Packs;

use crate::{Error, settings::Settings};

const FOLDER: &str = "dialects";
const INDEX: &str = "index.json";

/// The folder of packs: the one that the environment names, else the first place that has one.
pub(crate) fn folder(settings: &Settings) -> Result<PathBuf, Error> {
    if let Some(folder) = &settings.dialects {
        let there = folder.join(INDEX).is_file();
        return if there { Ok(folder.clone()) } else { Err(Error::NoPacksThere { folder: folder.clone() }) };
    }
    let looked = places(settings);
    let found = looked.iter().find(|folder| folder.join(INDEX).is_file()).cloned();
    found.ok_or(Error::NoPacks { looked })
}

/// The packs.
pub(crate) fn open(settings: &Settings) -> Result<Packs, Error> {
    Ok(Packs::open(&folder(settings)?)?)
}

/// The places, the first of which with packs counts, unless the environment names another.
fn places(settings: &Settings) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = settings.host.packs.iter().cloned().collect();
    if let Some(program) = &settings.program {
        // An environment: this program in its `bin`, the packs in its `site-packages`.
        let environment = settings.beside().and_then(Path::parent);
        places.extend(environment.into_iter().flat_map(site_packages).map(|folder| folder.join(FOLDER)));
        // A source tree: this program somewhere in its `target`.
        let target = program.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "target"));
        places.extend(target.and_then(Path::parent).map(|folder| folder.join(FOLDER)));
    }
    places.extend(settings.folder.iter().flat_map(|folder| folder.ancestors()).map(|folder| folder.join(FOLDER)));
    let mut seen = Vec::new();
    places.retain(|place| {
        !seen.contains(place) && {
            seen.push(place.clone());
            true
        }
    });
    places
}

/// The folders of an environment in which packages are installed, the newest Python first.
fn site_packages(environment: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for library in ["lib", "lib64"] {
        let Ok(entries) = fs_err::read_dir(environment.join(library)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let minor = name.to_str().and_then(|name| name.strip_prefix("python3.")?.parse::<u32>().ok());
            if let Some(minor) = minor {
                found.extend(["site-packages", "dist-packages"].map(|folder| (minor, entry.path().join(folder))));
            }
        }
    }
    found.retain(|(_, folder)| folder.is_dir());
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    found.into_iter().map(|(_, folder)| folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(root: &Path, name: &str) -> PathBuf {
        let folder = root.join(name);
        fs_err::create_dir_all(&folder).unwrap();
        fs_err::write(folder.join(INDEX), "[]").unwrap();
        folder
    }

    #[test]
    fn the_nearest_place_counts() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let mut settings = Settings { program: Some(root.join("env/bin/plats")), ..Settings::default() };
        assert!(matches!(folder(&settings), Err(Error::NoPacks { .. })));

        settings.folder = Some(root.join("project/deep"));
        let above = made(root, "project/dialects");
        assert_eq!(folder(&settings).unwrap(), above);

        made(root, "env/lib/python3.9/site-packages/dialects");
        let installed = made(root, "env/lib/python3.12/site-packages/dialects");
        assert_eq!(folder(&settings).unwrap(), installed);

        let own = made(root, "own");
        settings.host.packs = Some(own.clone());
        assert_eq!(folder(&settings).unwrap(), own);

        settings.dialects = Some(root.join("nowhere"));
        assert!(matches!(folder(&settings), Err(Error::NoPacksThere { .. })));
        let named = made(root, "named");
        settings.dialects = Some(named.clone());
        assert_eq!(folder(&settings).unwrap(), named);
    }

    #[test]
    fn a_program_below_target_finds_the_source_tree() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let packs = made(root, "dialects");
        let built = Settings { program: Some(root.join("target/debug/plats")), ..Settings::default() };
        assert_eq!(folder(&built).unwrap(), packs);
        let elsewhere = Settings { program: Some(root.join("opt/bin/plats")), ..Settings::default() };
        assert!(folder(&elsewhere).is_err());
    }
}

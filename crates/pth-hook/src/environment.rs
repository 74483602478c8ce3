//! Where hooks are looked for: in an environment, a site folder, a wheel, or files by themselves.

use std::path::{Path, PathBuf};

use crate::{
    Error,
    folder::{SiteFolder, is_pth, is_start},
    tree::Tree,
    version::Version,
    wheel::Wheel,
};

/// Something with startup files in it.
#[derive(Debug)]
pub(crate) struct Subject {
    /// What kind of thing it is.
    pub(crate) kind: Kind,
    /// Whether it is a virtual environment.
    pub(crate) is_virtual: bool,
    /// Whether its interpreter reads the site folder of who starts it, too, if there is one.
    pub(crate) has_user_site: bool,
    /// The prefix whose library its interpreter has, if it shows.
    pub(crate) installation: Option<PathBuf>,
    /// The version of its interpreter, if it shows.
    pub(crate) version: Option<Version>,
    /// The site folders, in the order in which an interpreter looks at them.
    pub(crate) sites: Vec<Site>,
}

/// A site folder with all that is in it.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) folder: SiteFolder,
    pub(crate) tree: Tree,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// All that an interpreter sees.
    Environment,
    /// What a wheel brings along.
    Wheel,
    /// A folder of files that will be a part of something.
    Loose,
}

impl Subject {
    /// Finds out what a path is.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let metadata = fs_err::metadata(path).map_err(Error::io("look at what was given"))?;
        // Site folders are on `sys.path` by their absolute names.
        let path = fs_err::canonicalize(path).map_err(Error::io("look at what was given"))?;
        if metadata.is_file() {
            return Self::file(&path);
        }
        let is_site = ["site-packages", "dist-packages"].iter().any(|name| path.ends_with(name));
        let mut found = if is_site { vec![path.clone()] } else { site_folders(&path) };
        let root = if is_site { path.ancestors().nth(3).unwrap_or(&path).to_owned() } else { path.clone() };
        let configuration = fs_err::read_to_string(root.join("pyvenv.cfg")).ok();
        let is_virtual = configuration.is_some();
        let configuration = configuration.unwrap_or_default();
        let base = base(&configuration).filter(|_| !is_site);
        if let Some(base) = &base {
            found.extend(site_folders(base));
        }
        let installation = if is_virtual { home(&configuration) } else { Some(root) };
        let has_user_site = !is_site && (!is_virtual || base.is_some());
        if found.is_empty() {
            let folder = SiteFolder::read(&path)?;
            if folder.files.is_empty() {
                return Err(Error::NotAnEnvironment {
                    path,
                    reason: "neither an environment nor a folder with `.pth` or `.start` files",
                });
            }
            return Ok(Self::loose(Site { folder, tree: Tree::Folder(path) }));
        }
        let version = configured(&configuration).or_else(|| found.iter().find_map(|folder| named(folder)));
        let sites =
            found.into_iter().map(|folder| Ok(Site { folder: SiteFolder::read(&folder)?, tree: Tree::Folder(folder) }));
        let sites = sites.collect::<Result<_, Error>>()?;
        Ok(Self { kind: Kind::Environment, is_virtual, has_user_site, installation, version, sites })
    }

    /// Files that are in no environment.
    fn loose(site: Site) -> Self {
        Self {
            kind: Kind::Loose,
            is_virtual: false,
            has_user_site: false,
            installation: None,
            version: None,
            sites: vec![site],
        }
    }

    /// What is named as a wheel, or one startup file with the one that belongs to it.
    fn file(path: &Path) -> Result<Self, Error> {
        let name = path.file_name().unwrap_or_default();
        if is_pth(name) || is_start(name) {
            let parent = path.parent().unwrap_or(Path::new("/")).to_owned();
            let mut folder = SiteFolder::read(&parent)?;
            folder.files.retain(|file| Path::new(&file.name).file_stem() == path.file_stem());
            return Ok(Self::loose(Site { folder, tree: Tree::Folder(parent) }));
        }
        if path.extension().is_none_or(|ending| ending != "whl") {
            return Err(Error::NotAnEnvironment {
                path: path.to_owned(),
                reason: "neither a wheel nor a `.pth` or `.start` file",
            });
        }
        Self::wheel(path)
    }

    /// A wheel.
    pub(crate) fn wheel(path: &Path) -> Result<Self, Error> {
        let wheel = Wheel::open(path)?;
        let sites = vec![Site { folder: wheel.hooks()?, tree: Tree::Wheel(wheel) }];
        Ok(Self {
            kind: Kind::Wheel,
            is_virtual: false,
            has_user_site: false,
            installation: None,
            version: None,
            sites,
        })
    }
}

/// The site folders of a prefix: those of CPython's own scheme, and those of Debian's.
fn site_folders(prefix: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for libraries in ["local/lib", "lib", "lib64"].map(|name| prefix.join(name)) {
        let Ok(entries) = fs_err::read_dir(&libraries) else { continue };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.retain(|name| name.starts_with("python3"));
        names.sort();
        for name in names {
            for kind in ["site-packages", "dist-packages"] {
                let folder = libraries.join(&name).join(kind);
                // `lib64` is a link to `lib` in many environments.
                if let Ok(real) = fs_err::canonicalize(&folder)
                    && !found.contains(&real)
                {
                    found.push(real);
                }
            }
        }
    }
    // An installation may have the folders of several versions, of which one interpreter sees one.
    let newest = found.iter().filter_map(|folder| named(folder)).max();
    found.retain(|folder| named(folder).is_none_or(|version| Some(version) == newest));
    found
}

/// The version in the name of the folder above: `python3.12`.
fn named(site: &Path) -> Option<Version> {
    let name = site.parent()?.file_name()?.to_str()?;
    name.strip_prefix("python")?.trim_end_matches('t').parse().ok()
}

/// The version in `pyvenv.cfg`.
fn configured(configuration: &str) -> Option<Version> {
    ["version", "version_info"].iter().find_map(|key| value(configuration, key)?.parse().ok())
}

/// The installation that a virtual environment was made from, if its packages are seen in the environment, too.
fn base(configuration: &str) -> Option<PathBuf> {
    let is_seen = value(configuration, "include-system-site-packages")?.eq_ignore_ascii_case("true");
    home(configuration).filter(|_| is_seen)
}

/// The installation that a virtual environment was made from.
fn home(configuration: &str) -> Option<PathBuf> {
    Some(Path::new(value(configuration, "home")?).parent()?.to_owned())
}

fn value<'a>(configuration: &'a str, key: &str) -> Option<&'a str> {
    let pairs = configuration.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.trim(), value.trim()))
        .find(|(name, _)| name.eq_ignore_ascii_case(key))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_recognised() {
        let root = tempfile::tempdir().unwrap();
        let site = root.path().join("lib/python3.12/site-packages");
        fs_err::create_dir_all(&site).unwrap();
        fs_err::write(site.join("a.pth"), "x\n").unwrap();
        let real = fs_err::canonicalize(&site).unwrap();
        let seen =
            |path: &Path| Subject::open(path).map(|subject| (subject.kind, subject.version, subject.sites.len()));
        assert_eq!(seen(root.path()).unwrap(), (Kind::Environment, Some(Version::of(12)), 1));
        assert_eq!(seen(&real).unwrap(), (Kind::Environment, Some(Version::of(12)), 1));
        assert_eq!(seen(&site.join("a.pth")).unwrap().0, Kind::Loose);
        fs_err::write(root.path().join("pyvenv.cfg"), "home = /x\nversion = 3.12.1\n").unwrap();
        assert_eq!(seen(root.path()).unwrap().1, Some(Version { minor: 12, patch: 1 }));
        let empty = root.path().join("empty");
        fs_err::create_dir(&empty).unwrap();
        assert!(matches!(seen(&empty), Err(Error::NotAnEnvironment { .. })));
        assert!(matches!(seen(&root.path().join("pyvenv.cfg")), Err(Error::NotAnEnvironment { .. })));
    }
}

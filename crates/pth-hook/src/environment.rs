//! Where hooks are looked for: in an environment, a site folder, a wheel, or files by themselves.

use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

use crate::{
    Error,
    folder::{SiteFolder, is_pth, is_start},
    layout::{self, Name},
    policy::NEWEST_RELEASE,
    tree::Tree,
    version::Version,
    wheel::Wheel,
};

/// Something with startup files in it.
#[derive(Debug)]
pub(crate) struct Subject {
    /// What kind of thing it is.
    pub(crate) kind: Kind,
    /// How many of the site folders, from the first, are a virtual environment's own.
    pub(crate) own: usize,
    /// Whether its interpreter reads the site folder of who starts it, too, if there is one.
    pub(crate) has_user_site: bool,
    /// Whether its interpreter imports `usercustomize`.
    pub(crate) is_customised: bool,
    /// What its interpreter has on `sys.path` before all site folders, if it shows.
    pub(crate) library: Vec<PathBuf>,
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

impl Site {
    /// A folder that is the site folder or lies below it, and where it lies there.
    pub(crate) fn below(&self, path: &Path) -> Option<(Tree, String)> {
        let folder = path.strip_prefix(&self.folder.path).ok()?.to_str()?;
        match &self.tree {
            Tree::Folder(_) => Some((Tree::Folder(path.to_owned()), folder.to_owned())),
            Tree::Wheel(wheel, _) => {
                let folder = wheel.place(folder);
                Some((Tree::Wheel(Rc::clone(wheel), folder.clone()), folder))
            }
        }
    }
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
    /// Finds out what a path is. Of an installation with the folders of several versions, those of the one that is wanted count, or else of the newest.
    pub(crate) fn open(path: &Path, wanted: Option<Version>) -> Result<Self, Error> {
        let metadata = fs_err::metadata(path).map_err(Error::io("look at what was given"))?;
        // Site folders are on `sys.path` by their absolute names.
        let path = fs_err::canonicalize(path).map_err(Error::io("look at what was given"))?;
        if metadata.is_file() {
            return Self::file(&path);
        }
        let is_site = ["site-packages", "dist-packages"].iter().any(|name| path.ends_with(name));
        let root = if is_site { path.ancestors().nth(3).unwrap_or(&path).to_owned() } else { path.clone() };
        let configuration = fs_err::read_to_string(root.join("pyvenv.cfg")).ok();
        let is_virtual = configuration.is_some();
        let configuration = configuration.unwrap_or_default();
        let sees_installation = sees_installation(&configuration);
        let name =
            if is_site { Name::of_site(&path) } else { layout::name(&root, configured(&configuration).or(wanted)) };
        let installation =
            if is_virtual { installation(&root, &configuration, name.as_ref()) } else { Some(root.clone()) };
        let below =
            |prefix: &Path, name: &Name| layout::site_folders(prefix, name, installation.as_deref(), is_virtual);
        let mut found =
            if is_site { vec![path.clone()] } else { name.iter().flat_map(|name| below(&root, name)).collect() };
        let own = if is_virtual { found.len() } else { 0 };
        if let (Some(installation), Some(name)) = (&installation, &name)
            && is_virtual
            && sees_installation
            && !is_site
        {
            found.extend(below(installation, name));
        }
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
        let library = installation.as_ref().zip(name.as_ref()).map(|(prefix, name)| layout::library(prefix, name));
        let sites =
            found.into_iter().map(|folder| Ok(Site { folder: SiteFolder::read(&folder)?, tree: Tree::Folder(folder) }));
        Ok(Self {
            kind: Kind::Environment,
            own,
            has_user_site: !is_site && sees_installation,
            is_customised: sees_installation,
            library: library.unwrap_or_default(),
            version: configured(&configuration).or_else(|| name?.version()),
            sites: sites.collect::<Result<_, Error>>()?,
        })
    }

    /// The version of its interpreter; the newest release where none shows.
    pub(crate) fn seen_version(&self) -> Version {
        self.version.unwrap_or(Version::of(NEWEST_RELEASE))
    }

    /// Files that are in no environment.
    fn loose(site: Site) -> Self {
        Self {
            kind: Kind::Loose,
            own: 0,
            has_user_site: false,
            is_customised: true,
            library: Vec::new(),
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
        Self::wheel(Wheel::open(path)?)
    }

    /// A wheel.
    pub(crate) fn wheel(wheel: Wheel) -> Result<Self, Error> {
        let site = Site { folder: wheel.hooks()?, tree: Tree::Wheel(Rc::new(wheel), String::new()) };
        Ok(Self { kind: Kind::Wheel, ..Self::loose(site) })
    }
}

/// The version in `pyvenv.cfg`.
fn configured(configuration: &str) -> Option<Version> {
    ["version", "version_info"].iter().find_map(|key| value(configuration, key)?.parse().ok())
}

/// Whether the packages of the installation are seen in a virtual environment, too: they are unless the last line about it says something else.
fn sees_installation(configuration: &str) -> bool {
    let said = values(configuration, "include-system-site-packages").last();
    said.is_none_or(|said| said.eq_ignore_ascii_case("true"))
}

/// The installation that a virtual environment was made from: where its home is, or where links from there and from the environment itself lead, if the library is there.
fn installation(root: &Path, configuration: &str, name: Option<&Name>) -> Option<PathBuf> {
    let home = Path::new(value(configuration, "home")?);
    let prefix = |program: &Path| program.parent()?.parent().map(Path::to_owned);
    let programs = [root.join("bin/python"), home.join("python3")];
    let real = programs.iter().filter_map(|program| prefix(&fs_err::canonicalize(program).ok()?));
    let named = home.parent().map(Path::to_owned);
    let is_whole = |prefix: &PathBuf| name.is_some_and(|name| layout::has_library(prefix, name));
    named.iter().cloned().chain(real).find(is_whole).or(named)
}

fn value<'a>(configuration: &'a str, key: &'a str) -> Option<&'a str> {
    values(configuration, key).next()
}

fn values<'a>(configuration: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = configuration.lines().filter_map(|line| line.split_once('='));
    pairs.filter(move |(name, _)| name.trim().eq_ignore_ascii_case(key)).map(|(_, value)| value.trim())
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
            |path: &Path| Subject::open(path, None).map(|subject| (subject.kind, subject.version, subject.sites.len()));
        assert_eq!(seen(root.path()).unwrap(), (Kind::Environment, Some(Version::of(12)), 1));
        assert_eq!(seen(&real).unwrap(), (Kind::Environment, Some(Version::of(12)), 1));
        fs_err::write(site.join("b.start"), "").unwrap();
        for file in ["a.pth", "b.start"] {
            assert_eq!(seen(&site.join(file)).unwrap().0, Kind::Loose);
        }
        fs_err::write(root.path().join("pyvenv.cfg"), "home = /x\nversion = 3.12.1\n").unwrap();
        assert_eq!(seen(root.path()).unwrap().1, Some(Version { minor: 12, patch: 1 }));
        let empty = root.path().join("empty");
        fs_err::create_dir(&empty).unwrap();
        assert!(matches!(seen(&empty), Err(Error::NotAnEnvironment { .. })));
        assert!(matches!(seen(&root.path().join("pyvenv.cfg")), Err(Error::NotAnEnvironment { .. })));
    }
}

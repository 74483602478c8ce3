//! What a wheel puts into a site folder.

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    fmt::Debug,
    io::{self, BufReader, Read as _},
    path::{Path, PathBuf},
};

use zip::ZipArchive;

use crate::{
    Error,
    folder::{SiteFile, SiteFolder, is_pth, is_start},
};

/// What is in a wheel that somebody has open, so that it need not be read again.
pub trait Members: Debug {
    /// Hands over each member's place in the directory, from zero, and its name.
    ///
    /// # Errors
    /// What is wrong with the directory.
    fn each(&self, seen: &mut dyn FnMut(usize, &str)) -> io::Result<()>;

    /// The content of a member, by its place in the directory. None if it has more bytes than are allowed.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&self, index: usize, limit: u64) -> io::Result<Option<Vec<u8>>>;
}

/// A wheel on disk, of which nobody knows anything yet.
type Unread = RefCell<ZipArchive<BufReader<fs_err::File>>>;

impl Members for Unread {
    fn each(&self, seen: &mut dyn FnMut(usize, &str)) -> io::Result<()> {
        let archive = self.borrow();
        for index in 0..archive.len() {
            if let Some(name) = archive.name_for_index(index) {
                seen(index, &name?);
            }
        }
        Ok(())
    }

    fn read(&self, index: usize, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let mut archive = self.borrow_mut();
        let mut bytes = Vec::new();
        archive.by_index(index)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= limit))
    }
}

/// An open wheel. Nothing is unpacked; members are read when they are asked for.
///
/// This is a reader for what runs at start, and no judge of wheels: one that is broken elsewhere is read as far as it goes.
#[derive(Debug)]
pub(crate) struct Wheel {
    path: PathBuf,
    archive: Box<dyn Members>,
    /// The members that come to lie in a site folder, by their paths there. Several may come to lie in the same place, of which the last one to be installed stays.
    members: BTreeMap<String, Vec<usize>>,
    /// The name and version that its `.dist-info` has.
    info: Option<String>,
    /// Whether one of its tags names Windows, when somebody has asked.
    is_for_windows: OnceCell<bool>,
}

/// A startup file that is larger was not made by hand.
const LARGEST_HOOK: u64 = 8 << 20;
/// What is read at a time of the directory.
const DIRECTORY: usize = 64 << 10;
/// What is unpacked for a measurement.
const LARGEST_MEMBER: u64 = 1 << 30;

impl Wheel {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let file = fs_err::File::open(path).map_err(Error::io("open the wheel"))?;
        // The directory is read in small parts.
        let archive = ZipArchive::new(BufReader::with_capacity(DIRECTORY, file));
        let archive = archive.map_err(|error| wrong(path)(error.into()))?;
        Self::of(path, Box::new(RefCell::new(archive)))
    }

    /// A wheel that lies, or will lie, at a path.
    pub(crate) fn of(path: &Path, archive: Box<dyn Members>) -> Result<Self, Error> {
        let mut members: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut info = None;
        let mut list = |index: usize, name: &str| {
            if let Some((folder, _)) = name.split_once('/')
                && let Some(stem) = folder.strip_suffix(".dist-info")
            {
                info.get_or_insert_with(|| stem.to_owned());
            }
            members.entry(installed(name).to_owned()).or_default().push(index);
        };
        archive.each(&mut list).map_err(wrong(path))?;
        Ok(Self { path: path.to_owned(), archive, members, info, is_for_windows: OnceCell::new() })
    }

    /// Its startup files, as if they lay in a folder of the wheel's name.
    pub(crate) fn hooks(&self) -> Result<SiteFolder, Error> {
        let mut files = Vec::new();
        for name in self.in_folder("") {
            if is_pth(name.as_ref()) || is_start(name.as_ref()) {
                for index in &self.members[name] {
                    files.push(SiteFile::new(name, self.member(name, *index, LARGEST_HOOK)?));
                }
            }
        }
        Ok(SiteFolder { path: self.path.clone(), files })
    }

    /// The bytes of a member, if there is one.
    pub(crate) fn read(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        let index = self.members.get(path).and_then(|indices| indices.last());
        index.map(|index| self.member(path, *index, limit)).transpose()
    }

    fn member(&self, path: &str, index: usize, limit: u64) -> Result<Vec<u8>, Error> {
        let read = self.archive.read(index, limit).map_err(wrong(&self.path))?;
        read.ok_or_else(|| Error::TooLarge { path: self.path.clone(), member: path.to_owned(), limit })
    }

    /// Whether it has such a file, or files below it. On Windows backslashes part folders, and case is all one.
    pub(crate) fn exists(&self, path: &str) -> bool {
        if self.is_for_windows() {
            let path = path.replace('\\', "/").to_lowercase();
            let is_there =
                |name: &str| name.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            return self.members.keys().any(|name| is_there(&name.to_lowercase()));
        }
        let below = format!("{path}/");
        self.members.contains_key(path)
            || self.members.range(below.clone()..).next().is_some_and(|(name, _)| name.starts_with(&below))
    }

    /// A folder by the name that it has in the wheel.
    pub(crate) fn place(&self, folder: &str) -> String {
        if self.is_for_windows() { folder.replace('\\', "/") } else { folder.to_owned() }
    }

    fn is_for_windows(&self) -> bool {
        *self.is_for_windows.get_or_init(|| {
            let path = self.info.as_ref().map(|info| format!("{info}.dist-info/WHEEL"));
            let text = path.and_then(|path| self.read(&path, LARGEST_HOOK).ok().flatten()).unwrap_or_default();
            String::from_utf8_lossy(&text).lines().any(|line| line.starts_with("Tag:") && line.contains("-win"))
        })
    }

    /// The names of the files in a folder; of the site folder itself when it is empty.
    pub(crate) fn in_folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        self.members.keys().filter_map(move |path| {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            (parent == folder && !name.is_empty()).then_some(name)
        })
    }

    /// Writes what comes to lie in a site folder.
    pub(crate) fn unpack(&self, site: &Path) -> Result<(), Error> {
        const ACTION: &str = "unpack the wheel";
        for name in self.members.keys().filter(|name| is_plain(name)) {
            let path = site.join(name);
            if let Some(parent) = path.parent() {
                fs_err::create_dir_all(parent).map_err(Error::io(ACTION))?;
            }
            let bytes = self.read(name, LARGEST_MEMBER)?.unwrap_or_default();
            fs_err::write(path, bytes).map_err(Error::io(ACTION))?;
        }
        Ok(())
    }

    /// Its RECORD, with the name and version.
    pub(crate) fn record(&self) -> Option<(String, String)> {
        let info = self.info.as_ref()?;
        // All that it has is its own, whatever RECORD says.
        let names: Vec<&str> = self.members.keys().map(String::as_str).collect();
        Some((info.replacen('-', " ", 1), names.join("\n")))
    }
}

fn wrong(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::Wheel { path: path.to_owned(), source }
}

/// Where a member comes to lie: what is in `<name>.data/purelib` and `platlib` goes to the site folder, too, and so does what is in the site folder of a prefix
/// below `<name>.data/data`, whatever version the prefix is of.
fn installed(name: &str) -> &str {
    let in_data = name.split_once(".data/").filter(|(stem, _)| !stem.contains('/')).map(|(_, rest)| rest);
    let in_site = in_data.and_then(|rest| match rest.split_once('/')? {
        ("purelib" | "platlib", rest) => Some(rest),
        ("data", rest) => below_prefix(rest),
        _ => None,
    });
    in_site.unwrap_or(name)
}

/// What a path below a prefix is in its site folder.
fn below_prefix(path: &str) -> Option<&str> {
    let path = path.strip_prefix("local/").unwrap_or(path);
    let (libraries, rest) = path.split_once('/')?;
    if !["lib", "lib64"].iter().any(|name| libraries.eq_ignore_ascii_case(name)) {
        return None;
    }
    let rest = match rest.split_once('/')? {
        (python, rest) if python.starts_with("python3") => rest,
        // As it is on Windows.
        _ => rest,
    };
    rest.strip_prefix("site-packages/").or_else(|| rest.strip_prefix("dist-packages/"))
}

/// Whether a member is a file whose place is below the site folder.
fn is_plain(name: &str) -> bool {
    !name.contains(['\\', '\0', ':']) && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_members_go() {
        assert_eq!(installed("a.pth"), "a.pth");
        assert_eq!(installed("p-1.data/purelib/a.pth"), "a.pth");
        assert_eq!(installed("p-1.data/platlib/p/x.py"), "p/x.py");
        assert_eq!(installed("p-1.data/data/a.pth"), "p-1.data/data/a.pth");
        assert_eq!(installed("p.data"), "p.data");
        assert_eq!(installed("p/x.data/purelib/a.pth"), "p/x.data/purelib/a.pth");
        for prefix in ["lib/python3.12", "lib64/python3.13t", "local/lib/python3.12", "lib/python3", "Lib"] {
            assert_eq!(installed(&format!("p-1.data/data/{prefix}/site-packages/p/x.py")), "p/x.py", "{prefix}");
        }
        assert_eq!(installed("p-1.data/data/lib/python3/dist-packages/a.pth"), "a.pth");
        for elsewhere in
            ["p-1.data/data/share/site-packages/a.pth", "p-1.data/data/lib/a.pth", "p-1.data/scripts/a.pth"]
        {
            assert_eq!(installed(elsewhere), elsewhere);
        }
    }

    /// A wheel with these members, each of which holds its own name.
    fn wheel(folder: &Path, members: &[&str]) -> Wheel {
        use std::io::Write as _;

        let path = folder.join("p-1-py3-none-any.whl");
        let mut writer = zip::ZipWriter::new(fs_err::File::create(&path).unwrap());
        for name in members {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(name.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        Wheel::open(&path).unwrap()
    }

    #[test]
    fn nothing_is_unpacked_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("one/site");
        let members = [
            "p/mod.py",
            "../up",
            "p/../../up",
            "/abs",
            "p//twice",
            "./here",
            "p\\back",
            "C:drive",
            "folder/",
            "p-1.data/purelib/lib.py",
            "p-1.data/purelib/../../../data",
        ];
        wheel(folder.path(), &members).unpack(&site).unwrap();
        let mut found: Vec<_> = walk(folder.path());
        found.sort();
        assert_eq!(found, ["one/site/lib.py", "one/site/p/mod.py", "p-1-py3-none-any.whl"]);
    }

    /// The files below a folder.
    fn walk(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                found.extend(walk(&path).into_iter().map(|below| format!("{name}/{below}")));
            } else {
                found.push(name);
            }
        }
        found
    }

    #[test]
    fn what_is_there_and_how_much_of_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = wheel(folder.path(), &["a.start", "b.pth", "p/mod.py", "pq", "x.data/y.data/purelib/c.pth"]);
        let hooks: Vec<_> = wheel.hooks().unwrap().files.into_iter().map(|file| file.name).collect();
        assert_eq!(hooks, ["a.start", "b.pth"]);
        assert_eq!(
            ["p", "p/mod.py", "pq", "p/mod", "q"].map(|path| wheel.exists(path)),
            [true, true, true, false, false]
        );
        assert_eq!(wheel.read("b.pth", 5).unwrap().as_deref(), Some(&b"b.pth"[..]));
        assert!(matches!(wheel.read("b.pth", 4), Err(Error::TooLarge { limit: 4, .. })));
        assert!(wheel.read("gone", 4).unwrap().is_none());
    }
}

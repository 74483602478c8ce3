//! What holds for every file, whatever is in it: used by the laws here and by the fuzz targets.
//!
//! A check writes the bytes to a file that is named like a wheel, and panics where something does not hold.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use wheel_patch::{
    Addition, Change, Check, Content, Durability, Limits, Options, Severity, Target, UndoOptions, apply, inspect, undo,
    verify,
};

/// What the file is called.
pub const FILE_NAME: &str = "demo-1.0-py3-none-any.whl";

/// Small enough that no input takes long.
fn limits() -> Limits {
    Limits { members: 1000, member_size: 1 << 22, total_size: 1 << 23, ..Limits::default() }
}

fn options(check: Check) -> Options {
    Options { check, limits: limits(), durability: Durability::None, ..Options::default() }
}

/// What a reader finds: each member's name and contents.
type Seen = BTreeMap<String, Vec<u8>>;

/// Reading ends without a panic, and where nothing is wrong all readers find the same.
pub fn read(folder: &Path, data: &[u8]) {
    let wheel = lay_out(folder, data);
    let structure = verify(&wheel, Check::Structure, &limits());
    let content = verify(&wheel, Check::Content, &limits());
    let _ = inspect(&wheel, &limits());
    let (Ok(structure), Ok(content)) = (structure, content) else { return };
    for finding in &content {
        assert!(!finding.message.chars().any(char::is_control), "{finding:?}");
    }
    // Who looks closer finds no less.
    let errors =
        |findings: &[wheel_patch::Finding]| findings.iter().filter(|it| it.severity == Severity::Error).count();
    assert!(errors(&structure) <= errors(&content), "{structure:?}\n{content:?}");
    if errors(&content) == 0 {
        // Where sizes come behind the data, a stream cannot be read.
        let is_stream = content.iter().all(|finding| finding.rule != "zip-descriptor");
        readers_agree(&wheel, is_stream);
    }
    assert_eq!(fs_err::read(&wheel).unwrap(), data, "reading has changed the file");
}

/// A change is done whole and right, or not at all.
pub fn patch(folder: &Path, data: &[u8]) {
    for check in [Check::Structure, Check::Content] {
        let wheel = lay_out(folder, data);
        let undo_file = folder.join("undo");
        let changes = changes();
        let given = Options { undo_file: Some(undo_file.clone()), ..options(check) };
        if apply(&wheel, &changes, &given).is_err() {
            assert_eq!(fs_err::read(&wheel).unwrap(), data, "a refused change has changed the file");
            assert_eq!(files(folder), [FILE_NAME], "a refused change has left something");
            continue;
        }
        let first = fs_err::read(&wheel).unwrap();
        let findings = verify(&wheel, check, &limits()).unwrap();
        assert!(findings.iter().all(|it| it.severity != Severity::Error), "{findings:#?}");
        match check {
            // What nobody looked at may be damaged, as it was before.
            Check::Structure => assert!(names(&wheel).iter().any(|name| name == ADDED)),
            Check::Content => {
                let seen = readers_agree(&wheel, true);
                assert_eq!(seen[ADDED], CONTENT);
            }
        }
        apply(&wheel, &changes, &options(check)).unwrap();
        assert!(fs_err::read(&wheel).unwrap() == first, "the same change has changed something");
        let options = UndoOptions { undo_file: Some(undo_file.clone()), limits: limits(), ..UndoOptions::default() };
        undo(&wheel, &options).unwrap();
        assert!(fs_err::read(&wheel).unwrap() == data, "undo is not exact");
        fs_err::remove_file(&undo_file).unwrap();
    }
}

const ADDED: &str = "added.pth";
const CONTENT: &[u8] = b"import sys\n";

fn changes() -> Vec<Change> {
    vec![Change::Add(Addition {
        target: Target::Root,
        path: ADDED.into(),
        content: Content::Bytes(CONTENT.to_vec()),
        executable: false,
        replace: true,
    })]
}

/// What is in the wheel, in which three readers agree: the directory read by `zip`, the stream read by `zip`, and ours.
fn readers_agree(wheel: &Path, is_stream: bool) -> Seen {
    let by_directory = by_directory(wheel);
    if is_stream {
        assert_eq!(by_directory, by_stream(wheel), "the directory and the stream hold different members");
    }
    let theirs: Vec<String> = by_directory.keys().cloned().collect();
    assert_eq!(names(wheel), theirs, "we find other members");
    by_directory
}

/// The names that we find, sorted.
fn names(wheel: &Path) -> Vec<String> {
    let mut names: Vec<_> = inspect(wheel, &limits()).unwrap().members.into_iter().map(|member| member.name).collect();
    names.sort();
    names
}

fn by_directory(wheel: &Path) -> Seen {
    let mut archive = zip::ZipArchive::new(std::io::BufReader::new(fs_err::File::open(wheel).unwrap())).unwrap();
    archive.validate_header_consistency().unwrap();
    let mut seen = Seen::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let mut data = Vec::new();
        member.read_to_end(&mut data).unwrap();
        let name = std::str::from_utf8(member.name_raw()).unwrap().to_owned();
        assert_eq!(seen.insert(name, data), None, "two members have one name");
    }
    seen
}

/// Reads local headers alone, as who installs from a download does.
fn by_stream(wheel: &Path) -> Seen {
    let mut file = std::io::BufReader::new(fs_err::File::open(wheel).unwrap());
    let mut seen = Seen::new();
    while let Some(mut member) = zip::read::read_zipfile_from_stream(&mut file).unwrap() {
        let mut data = Vec::new();
        member.read_to_end(&mut data).unwrap();
        let name = std::str::from_utf8(member.name_raw()).unwrap().to_owned();
        assert_eq!(seen.insert(name, data), None, "two members have one name");
    }
    seen
}

fn lay_out(folder: &Path, data: &[u8]) -> PathBuf {
    let wheel = folder.join(FILE_NAME);
    fs_err::write(&wheel, data).unwrap();
    wheel
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

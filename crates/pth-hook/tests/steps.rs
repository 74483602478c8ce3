//! What an interpreter leaves out, and where, version by version.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use pth_hook::{
    Code, Complaint, Content, Locale, Place, Ran, SiteFile, SiteFolder, Start, Step, Version, World, start,
};

/// Only `/site` and `/there` are there, and code that has a `!` in it fails.
struct Sparse;

impl World for Sparse {
    fn exists(&mut self, path: &Path) -> bool {
        ["/site", "/there"].iter().any(|there| path == Path::new(there))
    }

    fn run(&mut self, code: &Code, _: &Place) -> Ran {
        let (Code::Line(text) | Code::EntryPoint(text)) = code;
        if text.contains('!') { Ran::Raised } else { Ran::Well }
    }
}

/// What is left out, each with its reason.
fn left_out(minor: u8, files: &[(&str, &[u8])]) -> Vec<String> {
    let mut files: Vec<_> = files.iter().map(|(name, bytes)| SiteFile::new(*name, *bytes)).collect();
    files.push(SiteFile { name: OsString::from("z.pth"), content: Content::Unreadable, hidden: false });
    let folder = SiteFolder { path: PathBuf::from("/site"), files };
    let interpreter = Start { version: Version::of(minor), locale: Locale::Utf8, path: vec!["/library".into()] };
    let steps = start(&interpreter, &[folder], &mut Sparse).into_iter().filter_map(|step| match step {
        Step::Skip { place, why } => Some(format!("{place} {}", why.reason())),
        Step::Print { place, complaint: Complaint::ImportIgnored } => Some(format!("{place} is warned of")),
        _ => None,
    });
    steps.collect()
}

#[test]
fn what_is_left_out_is_told_with_its_place() {
    let files: &[(&str, &[u8])] = &[
        (".h.pth", b"import h\n"),
        ("a.pth", b"\nimport a!\n# so\n\nimport b\n/there\n"),
        ("b.pth", b"/there\n\n/library\n/there\n/gone\n/no\0name\n"),
        ("c.pth", b"import c\n"),
        ("c.start", b"c:c\n"),
        ("d.start", b"\xff"),
    ];
    insta::assert_snapshot!(left_out(14, files).join("\n"), @r"
    c.start this version does not know such files
    d.start this version does not know such files
    .h.pth its name begins with a dot
    a.pth:5 a line before it failed
    a.pth:6 a line before it failed
    b.pth:3 it is on sys.path already
    b.pth:4 it is on sys.path already
    b.pth:5 there is no such folder
    b.pth:6 there is no such folder
    z.pth it cannot be read
    ");
    insta::assert_snapshot!(left_out(15, files).join("\n"), @r"
    .h.pth its name begins with a dot
    b.pth:1 it is on sys.path already
    b.pth:3 it is on sys.path already
    b.pth:4 it is on sys.path already
    z.pth it cannot be read
    d.start it is not UTF-8
    b.pth:5 there is no such folder
    b.pth:6 there is no such folder
    c.pth:1 a .start file of the same name replaces it
    ");
    insta::assert_snapshot!(left_out(18, files).join("\n"), @r"
    .h.pth its name begins with a dot
    b.pth:1 it is on sys.path already
    b.pth:3 it is on sys.path already
    b.pth:4 it is on sys.path already
    z.pth it cannot be read
    d.start it is not UTF-8
    b.pth:5 there is no such folder
    b.pth:6 there is no such folder
    a.pth:2 this version does not run code from .pth files
    a.pth:5 this version does not run code from .pth files
    c.pth:1 this version does not run code from .pth files
    ");
    insta::assert_snapshot!(left_out(20, files).join("\n"), @r"
    .h.pth its name begins with a dot
    b.pth:1 it is on sys.path already
    b.pth:3 it is on sys.path already
    b.pth:4 it is on sys.path already
    z.pth it cannot be read
    d.start it is not UTF-8
    b.pth:5 there is no such folder
    b.pth:6 there is no such folder
    a.pth:2 is warned of
    a.pth:2 this version does not run code from .pth files
    a.pth:5 is warned of
    a.pth:5 this version does not run code from .pth files
    c.pth:1 is warned of
    c.pth:1 this version does not run code from .pth files
    ");
}

#[test]
fn what_is_asked_for_before_its_folder_is_known_then() {
    let folder = |path: &str, text: &str| SiteFolder { path: path.into(), files: vec![SiteFile::new("a.pth", text)] };
    let interpreter = Start { version: Version::of(15), ..Start::default() };
    let steps = start(&interpreter, &[folder("/one", "/site\n"), folder("/site", "/there\n")], &mut Sparse);
    let told: Vec<_> = steps
        .iter()
        .map(|step| match step {
            Step::Append { path, place } => format!("{} {}", path.display(), place.is_some()),
            Step::Skip { place, why } => format!("{place} {}", why.reason()),
            other => format!("{other:?}"),
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    /one false
    /site true
    /there true
    ");
}

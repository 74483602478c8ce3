//! Where installers put what members hold, as far as two of them may want the same place.
//!
//! | in the wheel | is installed |
//! |---|---|
//! | the top, `.data/purelib`, `.data/platlib` | beside all packages, on nearly all systems in one folder |
//! | `.data/data/lib/pythonX.Y/site-packages` | there, too, by that version of Python |
//!
//! Some installers write the second over the first, and some stop halfway.

use foldhash::{HashMap, HashMapExt as _};

use crate::name::FurtherFolders;

/// Two members that want one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Collision<'a> {
    /// The one in `.data`.
    pub(crate) name: &'a str,
    /// The other one.
    pub(crate) other: &'a str,
    /// Whether each Python puts them there, and not one version alone.
    pub(crate) is_certain: bool,
}

/// The files among these members that want the place of another one, or a file's place as a folder.
pub(crate) fn collisions<'a>(names: impl Iterator<Item = &'a str> + Clone, data: &str) -> Vec<Collision<'a>> {
    let files = names.filter(|name| !name.ends_with('/'));
    let moved = || files.clone().filter_map(|name| Some((name, moved(name, data)?)));
    let mut places: HashMap<&str, (&str, bool)> = HashMap::new();
    let mut outer: HashMap<&str, (&str, bool)> = HashMap::new();
    let mut found = Vec::new();
    let mut add = |name, other, is_certain| found.push(Collision { name, other, is_certain });
    let mut further = FurtherFolders::default();
    for (name, (place, is_certain)) in moved() {
        if let Some((other, other_is_certain)) = places.insert(place, (name, is_certain)) {
            add(name, other, is_certain && other_is_certain);
        }
        for folder in further.of(place) {
            outer.entry(folder).or_insert((name, is_certain));
        }
    }
    // Nearly all wheels have nothing there.
    if places.is_empty() {
        return found;
    }
    for (place, (name, is_certain)) in &outer {
        if let Some((other, other_is_certain)) = places.get(place) {
            add(name, other, *is_certain && *other_is_certain);
        }
    }
    let mut further = FurtherFolders::default();
    for name in files.filter(|name| in_data(name, data).is_none()) {
        let folder = further.of(name).find_map(|folder| places.get(folder));
        for (other, is_certain) in [places.get(name), outer.get(name), folder].into_iter().flatten() {
            add(other, name, *is_certain);
        }
    }
    found.sort_by_key(|collision| (collision.name, collision.other));
    found
}

/// What stands behind the name of the `.data` folder.
fn in_data<'a>(name: &'a str, data: &str) -> Option<&'a str> {
    name.strip_prefix(data)?.strip_prefix('/')
}

/// The path beside all packages of what is in `.data` and goes there, and whether each Python puts it there.
fn moved<'a>(name: &'a str, data: &str) -> Option<(&'a str, bool)> {
    let (scheme, path) = in_data(name, data)?.split_once('/')?;
    match scheme {
        "purelib" | "platlib" => Some((path, true)),
        "data" => {
            let (version, path) = path.strip_prefix("lib/python")?.split_once('/')?;
            let is_version = version.starts_with(|letter: char| letter.is_ascii_digit());
            Some((path.strip_prefix("site-packages/").filter(|_| is_version)?, false))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], expected: &[(&str, &str, bool)]) {
        let found = collisions(names.iter().copied(), "demo-1.0.data");
        let found: Vec<_> = found.iter().map(|it| (it.name, it.other, it.is_certain)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn members_that_want_one_place() {
        let [pure, plat, data] = ["purelib/a/b.py", "platlib/a/b.py", "data/lib/python3.12/site-packages/a/b.py"]
            .map(|rest| format!("demo-1.0.data/{rest}"));
        check(&["a/b.py", &pure], &[(&pure, "a/b.py", true)]);
        check(&["a/b.py", &plat], &[(&plat, "a/b.py", true)]);
        check(&[&pure, &plat], &[(&plat, &pure, true)]);
        check(&["a/b.py", &data], &[(&data, "a/b.py", false)]);
        check(&[&pure, &data], &[(&data, &pure, false)]);
    }

    #[test]
    fn a_file_in_the_place_of_a_folder() {
        let inside = "demo-1.0.data/purelib/a/b.py";
        check(&["a", inside], &[(inside, "a", true)]);
        let file = "demo-1.0.data/platlib/a";
        check(&["a/b.py", file], &[(file, "a/b.py", true)]);
        check(&[file, inside], &[(inside, file, true)]);
    }

    #[test]
    fn members_that_go_to_several_places() {
        check(&["a/b.py", "a/c.py", "a/"], &[]);
        check(&["a/b.py", "demo-1.0.data/purelib/a/c.py", "demo-1.0.data/purelib/a/"], &[]);
        for rest in ["scripts/a/b.py", "headers/a/b.py", "data/a/b.py", "data/lib/pythonic/site-packages/a/b.py"] {
            check(&["a/b.py", &format!("demo-1.0.data/{rest}")], &[]);
        }
        check(&["a/b.py", "other-1.0.data/purelib/a/b.py", "purelib/a/b.py"], &[]);
    }
}

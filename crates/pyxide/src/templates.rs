//! The templates that ship with the project: where they are, and what they are called.
//!
//! | in the folder | what it is |
//! |---|---|
//! | `cython/<category>/<name>.pyx`, or `.py` for pure-Python mode | a template, with the sidecar `<name>.json` |
//! | `cython/packages/<name>/` | a package of several modules, with the sidecar `<name>.json` |
//! | `python/<category>/<name>.py` | the same in Python alone; `<name>_numpy.py` with NumPy |
//!
//! What a sidecar says is its readers' business; `template.schema.json` describes it.

use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use crate::{Error, Settings, given::read_file};

/// The file by which a folder of templates is known.
const SCHEMA: &str = "template.schema.json";

/// How a template is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TemplateKind {
    /// For Cython.
    Cython,
    /// Its twin, for Python alone.
    Python,
}

impl TemplateKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Cython, Self::Python];

    /// Its name, which is that of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cython => "cython",
            Self::Python => "python",
        }
    }
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What it is called: `category/name`.
    pub id: String,
    /// How it is written.
    pub kind: TemplateKind,
    /// Its source, or the folder of a package.
    pub path: PathBuf,
    /// What describes it, if there is something.
    pub sidecar: Option<PathBuf>,
    /// Whether it is a package of several modules.
    pub is_package: bool,
}

/// A folder of templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    root: PathBuf,
}

impl Templates {
    /// Those that `PYXIDE_TEMPLATES` names, else those of the Python distribution whose package lies at `distribution`, else
    /// those of the source tree around it or around the working directory.
    ///
    /// # Errors
    /// [`Error::NoTemplates`] when there are none.
    pub fn locate(distribution: Option<PathBuf>) -> Result<Self, Error> {
        let mut looked = vec![];
        if let Some(named) = Settings::templates() {
            looked.push(named);
        } else {
            for package in distribution.into_iter().flat_map(fs_err::canonicalize) {
                looked.push(package.join("_templates"));
                looked.extend(package.ancestors().skip(1).map(|folder| folder.join("templates")));
            }
            let folder = std::env::current_dir().unwrap_or_default();
            looked.extend(folder.ancestors().map(|folder| folder.join("templates")));
        }
        match looked.iter().find(|folder| folder.join(SCHEMA).is_file()) {
            Some(root) => Ok(Self { root: root.clone() }),
            None => Err(Error::NoTemplates { looked: looked.into_iter().next().unwrap_or_default() }),
        }
    }

    /// Their folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All of a kind, in the order of their names.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be read.
    pub fn list(&self, kind: TemplateKind) -> Result<Vec<Template>, Error> {
        let folder = self.root.join(kind.name());
        let mut found = vec![];
        for item in WalkDir::new(&folder).min_depth(2).max_depth(2) {
            let item = item.map_err(|error| Error::Io { action: "list the templates", source: error.into() })?;
            let path = item.path();
            let Some(id) = path
                .strip_prefix(&folder)
                .ok()
                .and_then(|inside| inside.with_extension("").to_str().map(str::to_owned))
            else {
                continue;
            };
            let sidecar = Some(path.with_extension("json")).filter(|sidecar| sidecar.is_file());
            let is_package = id.starts_with("packages/") && path.is_dir();
            let is_source = path.extension().is_some_and(|end| end == "pyx" || end == "py");
            // Beside a source lie others that it includes, and those are no templates.
            if (is_source || is_package) && (sidecar.is_some() || kind == TemplateKind::Python) {
                found.push(Template { id, kind, path: path.to_owned(), sidecar, is_package });
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }

    /// The one that is called so: by `category/name`, also with the end of its file, or by its name alone if that is enough.
    /// Without a kind, Cython's come first.
    ///
    /// # Errors
    /// [`Error::TemplateName`] for what leads elsewhere, [`Error::NoTemplate`] and [`Error::ManyTemplates`].
    pub fn find(&self, name: &str, kind: Option<TemplateKind>) -> Result<Template, Error> {
        let parts: Vec<Component<'_>> = Path::new(name).components().collect();
        if !(1..=2).contains(&parts.len()) || !parts.iter().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Error::TemplateName { name: name.to_owned() });
        }
        let id = name.strip_suffix(".pyx").or_else(|| name.strip_suffix(".py")).unwrap_or(name);
        let mut all = vec![];
        for kind in TemplateKind::ALL.into_iter().filter(|it| kind.is_none_or(|kind| kind == *it)) {
            let templates = self.list(kind)?;
            let is_meant = |template: &Template| {
                let matches = template.id == id || template.id.split_once('/').is_some_and(|(_, last)| last == id);
                matches && (id == name || template.path.to_str().is_some_and(|path| path.ends_with(name)))
            };
            let mut found: Vec<Template> = templates.iter().filter(|template| is_meant(template)).cloned().collect();
            match found.len() {
                0 => all.extend(templates),
                1 => return Ok(found.remove(0)),
                _ => {
                    let found = found.into_iter().map(|template| template.id).collect();
                    return Err(Error::ManyTemplates { name: name.to_owned(), found });
                }
            }
        }
        let likeness = |template: &Template| {
            let last = template.id.split_once('/').map_or("", |(_, last)| last);
            strsim::jaro_winkler(last, id.rsplit('/').next().unwrap_or(id))
        };
        let nearest = all.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let meant = nearest.filter(|template| likeness(template) > 0.8).map(|template| template.id.clone());
        Err(Error::NoTemplate { name: name.to_owned(), meant })
    }
}

impl Template {
    /// The files that belong to it, by their paths in the folder where it would be copied to.
    ///
    /// # Errors
    /// [`Error::Io`] when one cannot be read.
    pub fn files(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
        const READ: &str = "read the template";
        if self.is_package {
            let outer = self.path.parent().unwrap_or(&self.path);
            let mut files = vec![];
            for item in WalkDir::new(&self.path).min_depth(1).sort_by_file_name() {
                let item = item.map_err(|error| Error::Io { action: READ, source: error.into() })?;
                let inside = item.path().strip_prefix(outer).unwrap_or(item.path());
                let is_ours = inside.components().all(|part| part.as_os_str() != "__pycache__");
                if item.file_type().is_file() && is_ours {
                    files.push((inside.to_owned(), read_file(item.path(), READ)?));
                }
            }
            return Ok(files);
        }
        let source = read_file(&self.path, READ)?;
        let text = String::from_utf8_lossy(&source).into_owned();
        let mut names = vec![self.path.clone(), self.path.with_extension("pxd")];
        // What it includes is named in it, in quotes.
        names.extend(text.split('"').skip(1).step_by(2).filter_map(|name| {
            let is_name = Path::new(name).extension().is_some_and(|end| end == "pxi" || end == "h");
            (is_name && !name.contains('/')).then(|| self.path.with_file_name(name))
        }));
        let there = names.into_iter().filter(|path| path.is_file());
        there.map(|path| Ok((path.file_name().unwrap_or_default().into(), read_file(&path, READ)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folder of this repository.
    fn ours() -> Templates {
        Templates { root: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates") }
    }

    #[test]
    fn they_are_found_by_their_names() {
        let find = |name, kind| ours().find(name, kind).map(|template| (template.id, template.kind));
        let square = ("basic/square".to_owned(), TemplateKind::Cython);
        for name in ["basic/square", "basic/square.pyx", "square", "square.pyx"] {
            assert_eq!(find(name, None).unwrap(), square, "{name}");
        }
        let twin = ("basic/square".to_owned(), TemplateKind::Python);
        assert_eq!(find("square.py", None).unwrap(), twin);
        assert_eq!(find("square", Some(TemplateKind::Python)).unwrap(), twin);
        assert_eq!(find("pure_mode.py", None).unwrap().1, TemplateKind::Cython);
        assert!(ours().find("geometry", None).unwrap().is_package);
    }

    #[test]
    fn a_distribution_brings_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let place = fs_err::canonicalize(folder.path()).unwrap();
        let write = |file: &str| {
            let path = place.join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "{}").unwrap();
        };
        let package = place.join("project/python/pyxide");
        write("project/python/pyxide/__init__.py");
        let located = || Templates::locate(Some(package.clone())).unwrap().root().to_owned();
        // An editable install lies in the source tree; a folder that merely has that name is none of ours.
        write("project/templates/template.schema.json");
        write("project/python/templates/other.txt");
        assert_eq!(located(), place.join("project/templates"));
        write("project/python/pyxide/_templates/template.schema.json");
        assert_eq!(located(), package.join("_templates"));
    }

    #[test]
    fn names_that_are_none() {
        let message = |name| ours().find(name, None).unwrap_err().to_string();
        for name in ["", "/basic/square", "../cython/basic/square", "basic/../square", "a/b/c"] {
            assert_eq!(message(name), format!("`{name}` is not the name of a template"));
        }
        assert_eq!(message("basic/sqare"), "there is no template `basic/sqare`");
        let hint = ours().find("sqare", None).unwrap_err().hint().unwrap();
        assert!(hint.starts_with("did you mean `basic/square`?"), "{hint}");
        // `include.pyx` includes it.
        assert_eq!(message("patterns/checks"), "there is no template `patterns/checks`");
    }

    #[test]
    fn a_name_may_be_that_of_several() {
        let message = ours().find("README.md", None).unwrap_err().to_string();
        assert_eq!(message, "there is no template `README.md`");
        let folder = tempfile::tempdir().unwrap();
        for file in ["cython/a/x.pyx", "cython/a/x.json", "cython/b/x.py", "cython/b/x.json"] {
            let path = folder.path().join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        let templates = Templates { root: folder.path().to_owned() };
        let error = templates.find("x", Some(TemplateKind::Cython)).unwrap_err();
        assert_eq!(error.to_string(), "`x` is the name of 2 templates: a/x, b/x");
        assert_eq!(templates.find("b/x", Some(TemplateKind::Cython)).unwrap().id, "b/x");
    }

    #[test]
    fn what_belongs_to_one_is_known() {
        let files = |name| {
            let files = ours().find(name, Some(TemplateKind::Cython)).unwrap().files().unwrap();
            files.iter().map(|(path, _)| path.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(files("distance"), "distance.pyx distance.pxd");
        assert_eq!(files("include"), "include.pyx checks.pxi");
        assert_eq!(files("header"), "header.pyx interval.h");
        assert_eq!(files("geometry"), "geometry/__init__.py geometry/paths.pyx geometry/point.pxd geometry/point.pyx");
    }
}

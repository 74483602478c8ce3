//! Where hooks find the modules that they import.

use std::path::{Path, PathBuf};

use crate::{environment::Subject, step::Step, tree::Tree};

/// The places that modules are looked for in, in order, without Python's library.
#[derive(Debug)]
pub(crate) struct Modules(Vec<Tree>);

impl Modules {
    /// One place alone.
    pub(crate) fn of(tree: Tree) -> Self {
        Self(vec![tree])
    }

    /// The site folders, and the folders that their path lines lead to, as editable installations have them.
    pub(crate) fn on_path(subject: &Subject, steps: &[Step]) -> Self {
        let is_site = |path: &Path| subject.sites.iter().any(|site| site.folder.path == path);
        let tree = |path: &PathBuf| {
            let below = subject.sites.iter().find_map(|site| site.below(path));
            below.map_or_else(|| Tree::Folder(path.clone()), |(tree, _)| tree)
        };
        let further = appended(steps).filter(|path| !is_site(path)).map(tree);
        Self(subject.sites.iter().map(|site| site.tree.clone()).chain(further).collect())
    }

    /// The source of a module, and whether it is a package.
    pub(crate) fn source(&self, module: &str) -> Option<(String, bool)> {
        self.0.iter().find_map(|tree| tree.source(module))
    }

    /// Whether a module is there in any form.
    pub(crate) fn has(&self, module: &str) -> bool {
        self.0.iter().any(|tree| tree.has_module(module))
    }
}

/// What comes to be on `sys.path`, in order.
pub(crate) fn appended(steps: &[Step]) -> impl Iterator<Item = &PathBuf> {
    steps.iter().filter_map(|step| match step {
        Step::Append { path, .. } => Some(path),
        _ => None,
    })
}

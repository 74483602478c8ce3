//! The Cython that is installed into the cache's folder when the interpreter has none.

use std::{os::unix::fs::DirBuilderExt as _, path::Path};

use cython_driver::{InstallError, install_cython, requirements};
use fingerprint::{Cython, Interpreter};
use lock_dir::{Held, Outcome, Request, Wait};
use registry::Registry;

use crate::{Error, Event, Patience, turn::not_exclusive};

/// The name of the managed environment for an interpreter, and the version of Cython in it.
pub(crate) fn name(interpreter: &Interpreter) -> Option<(String, String)> {
    let pinned = requirements(interpreter.version)?;
    let version = pinned.lines().find_map(|line| line.strip_prefix("cython=="))?.split_whitespace().next()?;
    // Cython's wheels have compiled parts, which are for one interface.
    let tag = if interpreter.soabi.is_empty() { "any" } else { &interpreter.soabi };
    Some((format!("cython-{version}-{tag}"), version.to_owned()))
}

/// The managed Cython for an interpreter, whether it is installed in `folder` or not.
pub(crate) fn cython(interpreter: &Interpreter, folder: &Path) -> Option<Cython> {
    let (_, version) = name(interpreter)?;
    Some(Cython { folder: folder.join("Cython"), version })
}

/// Installs the managed Cython, unless it is there or another process is doing it.
pub(crate) fn install(registry: &Registry, interpreter: &Interpreter, patience: &Patience<'_>) -> Result<(), Error> {
    let failed = |source| Error::Install { python: interpreter.executable.clone(), source };
    let (name, version) = name(interpreter).ok_or_else(|| failed(InstallError::NotPinned(interpreter.version)))?;
    let layout = registry.layout();
    let place = layout.tool(&name);
    if place.is_dir() {
        return Ok(());
    }
    registry.prepare()?;
    let folder = layout.tool_lock(&name);
    let request = Request {
        folder: &folder,
        wait: Wait::Forever,
        cancelled: patience.cancelled,
        waiting: &|owner| (patience.observe)(Event::Waiting { label: "Cython".into(), owner: owner.cloned() }),
        not_exclusive: &|file_system| (patience.observe)(not_exclusive(file_system, &folder)),
        purpose: "install Cython",
    };
    let unfinished = layout.unfinished_tool(&name);
    let sweep = |held: &Held| {
        // What a dead process left. It is in nobody's way.
        if held.is_exclusive() {
            let _ = fs_err::remove_dir_all(&unfinished);
        }
        Ok(())
    };
    let outcome = lock_dir::acquire(&request, || Ok::<_, Error>(place.is_dir().then_some(())), sweep)?;
    let Outcome::Held(_held) = outcome else { return Ok(()) };
    (patience.observe)(Event::InstallingCython { version });
    let io = |action| move |source| Error::Io { action, source };
    let make = || {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&unfinished)?;
        tempfile::tempdir_in(&unfinished)
    };
    let new = make().map_err(io("make the folder for tools"))?;
    let installed = install_cython(interpreter, new.path(), patience.cancelled);
    let shown = installed.map(|()| fs_err::rename(new.path(), &place));
    // Gone with its name, or removed now.
    drop(new);
    let _ = fs_err::remove_dir(&unfinished);
    match shown {
        Err(InstallError::Cancelled) => Err(Error::Build(cython_driver::Error::Cancelled)),
        Err(source) => Err(failed(source)),
        // On a network file system another machine may have been faster.
        Ok(Err(_)) if place.is_dir() => Ok(()),
        Ok(shown) => shown.map_err(io("show the installed Cython")),
    }
}

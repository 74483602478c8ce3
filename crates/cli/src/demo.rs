//! The interpreter that runs a template's examples: it replaces this process.

use std::{convert::Infallible, io, os::unix::process::CommandExt as _, path::Path, process::Command};

use pyxide::{Error, Importer, ModuleName, PythonFile, Sources, Verified};
use serde_json::{Value, json};

use crate::RAISED;

const SCRIPT: &str = include_str!("demo.py");

/// Which modules there are, and which of them to import.
#[derive(Debug)]
pub(crate) struct Plan(Value);

impl Plan {
    pub(crate) fn new(name: &ModuleName) -> Self {
        Self(json!({ "name": name, "modules": {}, "python": {} }))
    }

    /// Adds a compiled module, unless its file was exchanged since it was verified.
    pub(crate) fn add(&mut self, verified: &Verified) -> Result<(), Error> {
        let added = verified.load(self);
        added.map_err(|error| Error::Io { action: "use the module", source: io::Error::other(error) })
    }

    /// Adds one in Python.
    pub(crate) fn add_python(&mut self, name: &ModuleName, file: &PythonFile) {
        self.0["python"][name.as_str()] = json!([file.place, file.is_package]);
    }
}

impl Importer for Plan {
    type Module = ();
    type Error = Infallible;

    fn import(&mut self, verified: &Verified) -> Result<(), Infallible> {
        let sources: Value = verified.sources().iter().map(|(name, path)| (name.to_owned(), json!(path))).collect();
        self.0["modules"][verified.module().as_str()] = json!([verified.path(), sources]);
        Ok(())
    }
}

/// What to run with it.
#[derive(Debug)]
pub(crate) struct Demo<'a> {
    pub(crate) python: &'a Path,
    pub(crate) sidecar: &'a Value,
    /// An expression, instead of the examples.
    pub(crate) call: Option<&'a str>,
    pub(crate) json: bool,
}

impl Demo<'_> {
    /// Becomes the interpreter. Returns only when that cannot be started.
    pub(crate) fn exec(&self, plan: &Plan) -> io::Error {
        let mut plan = plan.0.clone();
        let demo = match self.call {
            Some(call) => json!([{ "call": call }]),
            None => self.sidecar["demo"].clone(),
        };
        plan["setup"] = self.sidecar["setup"].clone();
        plan["needs"] = self.sidecar["needs"].clone();
        plan["demo"] = demo;
        plan["json"] = json!(self.json);
        plan["raised"] = json!(RAISED);
        plan["loader_state"] = json!(Sources::LOADER_STATE);
        Command::new(self.python).args(["-c", SCRIPT]).arg(plan.to_string()).exec()
    }
}

//! One file per command.

mod build;
mod check;
mod dialects;
mod doctor;
mod examples;
mod format;
mod fortune;
mod help;
mod init;
mod packs;
mod repl;
mod run;
mod show_python;
mod translate;
mod version;

pub(crate) use self::{
    build::build, check::check, dialects::dialects, doctor::doctor, examples::examples, format::format,
    fortune::fortune, help::help, init::init, packs::packs, repl::repl, run::run, show_python::show_python,
    translate::translate, version::version,
};

//! The commands.

mod build;
mod cache;
mod completions;
mod doctor;
mod run;

pub(crate) use build::build;
pub(crate) use cache::cache;
pub(crate) use completions::completions;
pub(crate) use doctor::doctor;
pub(crate) use run::run;

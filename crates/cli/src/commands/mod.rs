//! The commands.

mod build;
mod cache;
mod completions;
mod doctor;
mod explain;
mod hook;
mod run;
mod template;
mod wheel;

pub(crate) use build::{How, build, build_package, sources};
pub(crate) use cache::cache;
pub(crate) use completions::completions;
pub(crate) use doctor::doctor;
pub(crate) use explain::{explain, signature};
pub(crate) use hook::hook;
pub(crate) use run::{Call, run};
pub(crate) use template::template;
pub(crate) use wheel::wheel;

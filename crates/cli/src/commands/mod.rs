//! The commands.

mod annotate;
mod build;
mod cache;
mod carry;
mod completions;
mod doctor;
mod explain;
mod hook;
mod run;
mod stub;
mod template;
mod wheel;

pub(crate) use annotate::{Wanted, annotate};
pub(crate) use build::{How, build, build_package, sources};
pub(crate) use cache::{Workshop, cache};
pub(crate) use carry::export;
pub(crate) use completions::completions;
pub(crate) use doctor::doctor;
pub(crate) use explain::{explain, signature};
pub(crate) use hook::hook;
pub(crate) use run::{Call, run};
pub(crate) use stub::stub;
pub(crate) use template::template;
pub(crate) use wheel::wheel;

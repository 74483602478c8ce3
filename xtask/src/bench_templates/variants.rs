//! Other ways to build each template, so that one that breaks with one of them is seen.
//!
//! | run | builds |
//! |---|---|
//! | full | `--profile release`, `--profile fast-debug`, and Clang |
//! | quick | `--profile fast-debug` by Clang: one build tells that the C is good for another compiler, and that nothing needs an optimisation |
//!
//! The demo calls are checked again. Where there is no Clang, or where everything is built with it anyway, the usual
//! compiler does `fast-debug`.

use serde_json::{Value, json};

use super::house::{Compiler, House, Script};
use super::measure::{Effort, job};
use super::progress::Progress;
use super::results::Failure;
use super::template::Template;
use super::{lane, measure};
use crate::say::note;

/// One of these ways.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Variant {
    title: String,
    profile: Option<&'static str>,
    /// Another compiler than the usual one.
    compiler: Option<Compiler>,
}

/// Builds all of them in each way, and gives what failed.
pub(super) fn build(house: &House, templates: &[&Template], effort: &Effort) -> Vec<Failure> {
    let clang = Compiler::clang(house.compiler());
    if clang.is_none() && !house.compiler().is_clang() {
        note(format_args!("there is no clang; nothing is built with it"));
    }
    let mut failures = Vec::new();
    for variant in variants(effort.quick, clang) {
        let more = variant.profile.map_or_else(|| json!({}), |profile| json!({ "profile": profile }));
        let compiler = variant.compiler.as_ref().unwrap_or(house.compiler());
        let has_openmp = compiler.has_openmp();
        let (left_out, templates): (Vec<&Template>, Vec<&Template>) =
            templates.iter().partition(|template| template.needs("openmp") && !has_openmp);
        if !left_out.is_empty() {
            let names: Vec<_> = left_out.iter().map(|template| template.name.as_str()).collect();
            note(format_args!("{} has no OpenMP and does not build {}", compiler.c, names.join(", ")));
        }
        let jobs: Vec<Value> =
            templates.iter().map(|template| job(house, template, more.clone(), effort.jobs, true)).collect();
        let progress = Progress::new(format!("building with {}", variant.title), jobs.len());
        let order = house.many(Script::Build, compiler);
        let built = lane::answers(&order, effort.jobs, &jobs, |name| progress.done(name));
        for (template, answer) in templates.iter().zip(built) {
            let reasons = match answer {
                // Each compiler warns of other things in what Cython writes.
                Ok(report) => measure::lines(&report, "failures").map(str::to_owned).collect(),
                Err(error) => vec![format!("{error:#}")],
            };
            let name = &template.name;
            failures.extend(reasons.into_iter().map(|reason| Failure {
                name: name.clone(),
                step: variant.title.clone(),
                reason,
            }));
        }
    }
    failures
}

fn variants(quick: bool, clang: Option<Compiler>) -> Vec<Variant> {
    let variant = |title: &str, profile, compiler| Variant { title: title.to_owned(), profile, compiler };
    match (quick, clang) {
        (true, Some(clang)) => vec![variant("fast-debug by clang", Some("fast-debug"), Some(clang))],
        (true, None) => vec![variant("fast-debug", Some("fast-debug"), None)],
        (false, clang) => {
            let profiles = ["release", "fast-debug"].map(|profile| variant(profile, Some(profile), None));
            profiles.into_iter().chain(clang.map(|clang| variant("clang", None, Some(clang)))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_run_has_each_by_itself() {
        let titles = |quick, clang: Option<&str>| -> Vec<String> {
            variants(quick, clang.map(Compiler::named)).into_iter().map(|variant| variant.title).collect()
        };
        assert_eq!(titles(false, Some("clang")), ["release", "fast-debug", "clang"]);
        assert_eq!(titles(false, None), ["release", "fast-debug"]);
        assert_eq!(titles(true, Some("clang")), ["fast-debug by clang"]);
        assert_eq!(titles(true, None), ["fast-debug"]);
    }
}

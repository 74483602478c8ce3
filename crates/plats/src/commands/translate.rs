//! `plats vertaal`

use dialect::Options;

use crate::{Error, SUCCESS, args::TranslateOptions, packs, report::Report, settings::Settings, source};

/// Turns a text into a dialect. What is typed beats the environment.
pub(crate) fn translate(typed: &TranslateOptions, report: &Report, settings: &Settings) -> Result<u8, Error> {
    let dialect = packs::open(settings)?.dialect(&typed.dialect)?;
    let options = merged(typed, Settings::dialect_options());
    if typed.text == ["-"] {
        report.data(dialect.transform(&source::standard_input()?, &options)?);
    } else {
        report.data(dialect.transform(&typed.text.join(" "), &options)? + "\n");
    }
    Ok(SUCCESS)
}

fn merged(typed: &TranslateOptions, environment: Options) -> Options {
    let text =
        |typed: &Option<String>, other: String| typed.clone().filter(|it| !it.trim().is_empty()).unwrap_or(other);
    Options {
        deterministic: typed.deterministic.unwrap_or(environment.deterministic),
        seed: typed.seed.unwrap_or(environment.seed),
        enable_particles: typed.particles.unwrap_or(environment.enable_particles),
        max_passes: typed.max_passes.unwrap_or(environment.max_passes),
        strict_idempotency: typed.strict_idempotency.unwrap_or(environment.strict_idempotency),
        pronoun_subject: text(&typed.pronoun_subject, environment.pronoun_subject),
        pronoun_object: text(&typed.pronoun_object, environment.pronoun_object),
        pronoun_possessive: text(&typed.pronoun_possessive, environment.pronoun_possessive),
    }
}

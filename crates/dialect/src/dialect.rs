//! A pack with all that it inherits, ready to be applied.

use std::sync::Arc;

use crate::error::Error;
use crate::options::Options;
use crate::pack::{Kind, Pack};
use crate::particles::{Drawn, Held, append};
use crate::program::{Grown, Program};
use crate::protection::Protection;
use crate::state::State;

/// A text may grow so many times over, and by [`GROWTH`] in any case; rules that double a word in each pass grow without end.
const TIMES: usize = 16;
const GROWTH: usize = 1 << 20;

/// A resolved pack.
#[derive(Debug)]
pub struct Dialect {
    id: String,
    /// The pack itself last, whatever it inherits before it.
    packs: Vec<Arc<Pack>>,
    protection: Protection,
    particles: Vec<Drawn>,
    /// The rules with the pronouns of [`Options::default`].
    program: Program,
}

impl Dialect {
    pub(crate) fn new(id: &str, packs: Vec<Arc<Pack>>) -> Self {
        let terms = packs.iter().flat_map(|pack| &pack.terms).map(String::as_str);
        let particles = kinds(&packs).enumerate().filter_map(|(rule, kind)| match kind {
            Kind::Particle(it) => Some(Drawn { rule, particle: it.particle.clone(), probability: it.probability }),
            _ => None,
        });
        Self {
            id: id.to_owned(),
            protection: Protection::new(terms),
            particles: particles.collect(),
            program: Program::new(kinds(&packs), &Options::default()),
            packs,
        }
    }

    /// The id that it was asked for by.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The ids of the packs whose rules are applied, in that order: each pack behind those that it inherits.
    pub fn resolution(&self) -> Vec<&str> {
        self.packs.iter().map(|pack| pack.id.as_str()).collect()
    }

    /// The text as it is said there.
    ///
    /// The rules are gone through in passes, until nothing changes, a text comes back, or the passes are used up. Particles are put in once after that.
    ///
    /// # Errors
    ///
    /// [`Error::NoRest`] if the options ask for a text that one more pass would leave alone, [`Error::Growth`] if rules feed each other without end.
    pub fn transform(&self, text: &str, options: &Options) -> Result<String, Error> {
        let own;
        let default = Options::default();
        let has_default_pronouns = options.pronoun_subject == default.pronoun_subject
            && options.pronoun_object == default.pronoun_object
            && options.pronoun_possessive == default.pronoun_possessive;
        let program = if has_default_pronouns {
            &self.program
        } else {
            own = Program::new(kinds(&self.packs), options);
            &own
        };
        let limit = GROWTH + text.len().saturating_mul(TIMES);
        let pass = |text: String| {
            let held = self.protection.find(&text);
            let state = program.run(State { text, held }, limit);
            state.map_err(|Grown| Error::Growth { dialect: self.id.clone(), limit })
        };
        let mut seen = vec![text.to_owned()];
        let mut passed = text.to_owned();
        for _ in 0..options.max_passes.max(1) {
            let next = pass(passed.clone())?.text;
            if seen.contains(&next) {
                break;
            }
            seen.push(next.clone());
            passed = next;
        }
        drop(seen);
        if options.strict_idempotency && pass(passed.clone())?.text != passed {
            return Err(Error::NoRest { dialect: self.id.clone() });
        }
        if options.enable_particles && !self.particles.is_empty() {
            let original = Held { text, held: &self.protection.find(text) };
            let held = self.protection.find(&passed);
            passed = append(&self.id, &self.particles, original, Held { text: &passed, held: &held }, options);
        }
        Ok(passed)
    }

    pub(crate) fn protection(&self) -> &Protection {
        &self.protection
    }

    pub(crate) fn packs(&self) -> &[Arc<Pack>] {
        &self.packs
    }
}

fn kinds(packs: &[Arc<Pack>]) -> impl Iterator<Item = &Kind> {
    packs.iter().flat_map(|pack| &pack.rules).map(|rule| &rule.kind)
}

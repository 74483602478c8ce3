//! What can be chosen about a transform.

/// The choices of one transform, none of which is in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Whether a sentence's own words decide if it gets a particle; otherwise only its place does.
    pub deterministic: bool,
    /// What particles are drawn with: another seed, other sentences.
    pub seed: i64,
    /// Whether particles such as `zulle` are appended at all.
    ///
    /// They are drawn by the sentence that comes in. A result that is put through again is another text where rules have changed it, and may get more.
    pub enable_particles: bool,
    /// How often the rules run at most, until nothing changes; one pass is the least.
    pub max_passes: u32,
    /// Whether a text that one more pass would change is an error.
    pub strict_idempotency: bool,
    /// What `{pronoun_subject}` stands for.
    pub pronoun_subject: String,
    /// What `{pronoun_object}` stands for.
    pub pronoun_object: String,
    /// What `{pronoun_possessive}` stands for.
    pub pronoun_possessive: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            deterministic: true,
            seed: 0,
            enable_particles: false,
            max_passes: 3,
            strict_idempotency: false,
            pronoun_subject: "ge".to_owned(),
            pronoun_object: "u".to_owned(),
            pronoun_possessive: "uw".to_owned(),
        }
    }
}

impl Options {
    /// The choices that environment variables make; what cannot be understood leaves its default.
    ///
    /// The caller reads the environment: `get` is given a name and returns the value, if there is one.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Self {
        let default = Self::default();
        let flag = |name: &str, default: bool| get(name).and_then(|value| flag(&value)).unwrap_or(default);
        let number = |name: &str| get(name).and_then(|value| value.trim().parse::<i64>().ok());
        let text = |name: &str, default: String| {
            get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).unwrap_or(default)
        };
        Self {
            deterministic: flag("VLAAMSCODEX_DIALECT_DETERMINISTIC", default.deterministic),
            seed: number("VLAAMSCODEX_DIALECT_SEED").unwrap_or(default.seed),
            enable_particles: flag("VLAAMSCODEX_DIALECT_PARTICLES", default.enable_particles),
            max_passes: number("VLAAMSCODEX_DIALECT_MAX_PASSES").map_or(default.max_passes, passes),
            strict_idempotency: flag("VLAAMSCODEX_DIALECT_STRICT_IDEMPOTENCY", default.strict_idempotency),
            pronoun_subject: text("VLAAMSCODEX_PRONOUN_SUBJECT", default.pronoun_subject),
            pronoun_object: text("VLAAMSCODEX_PRONOUN_OBJECT", default.pronoun_object),
            pronoun_possessive: text("VLAAMSCODEX_PRONOUN_POSSESSIVE", default.pronoun_possessive),
        }
    }
}

fn flag(value: &str) -> Option<bool> {
    match value.trim().to_lowercase().as_str() {
        "1" | "true" | "yes" | "y" | "on" => Some(true),
        "0" | "false" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

/// A number of passes; fewer than none are none, of which one is made.
fn passes(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Options {
        Options::from_environment(|name| {
            pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_said_is_the_default() {
        assert_eq!(from(&[]), Options::default());
    }

    #[test]
    fn values_are_trimmed_and_read_in_any_case() {
        let options = from(&[
            ("VLAAMSCODEX_DIALECT_DETERMINISTIC", " Off "),
            ("VLAAMSCODEX_DIALECT_SEED", "-7"),
            ("VLAAMSCODEX_DIALECT_PARTICLES", "YES"),
            ("VLAAMSCODEX_DIALECT_MAX_PASSES", " 5\n"),
            ("VLAAMSCODEX_DIALECT_STRICT_IDEMPOTENCY", "1"),
            ("VLAAMSCODEX_PRONOUN_SUBJECT", " gij "),
            ("VLAAMSCODEX_PRONOUN_OBJECT", "ulder"),
            ("VLAAMSCODEX_PRONOUN_POSSESSIVE", "ulder"),
        ]);
        let expected = Options {
            deterministic: false,
            seed: -7,
            enable_particles: true,
            max_passes: 5,
            strict_idempotency: true,
            pronoun_subject: "gij".to_owned(),
            pronoun_object: "ulder".to_owned(),
            pronoun_possessive: "ulder".to_owned(),
        };
        assert_eq!(options, expected);
    }

    #[test]
    fn what_cannot_be_understood_leaves_the_default() {
        let options = from(&[
            ("VLAAMSCODEX_DIALECT_DETERMINISTIC", "misschien"),
            ("VLAAMSCODEX_DIALECT_SEED", "abc"),
            ("VLAAMSCODEX_DIALECT_MAX_PASSES", "1.5"),
            ("VLAAMSCODEX_PRONOUN_SUBJECT", "  "),
        ]);
        assert_eq!(options, Options::default());
    }

    #[test]
    fn passes_stay_in_range() {
        for (value, expected) in [("-4", 0), ("0", 0), ("99999999999", u32::MAX)] {
            assert_eq!(from(&[("VLAAMSCODEX_DIALECT_MAX_PASSES", value)]).max_passes, expected);
        }
    }
}

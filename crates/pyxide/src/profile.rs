//! Names for common wishes.
//!
//! | profile | compiler | directives | besides |
//! |---|---|---|---|
//! | `default` | `-O2 -g0` | | |
//! | `release` | `-O3 -g0` | no checks of bounds, no negative indices, C division | |
//! | `fast-debug` | `-O0 -g` | all checks, Python division | |
//! | `annotate` | `-O0 -g` | as `fast-debug` | the annotation page and the C that it shows |
//! | `debug` | `-O0 -g3` | as `fast-debug` | lines of the source for debuggers, the C |
//! | `coverage` | `-O0 -g` | line tracing, as `fast-debug` otherwise | tracing also where the GIL is released, the C |
//!
//! What the source's header or the caller says wins over a profile. A profile's name is in no key: what it stands for is.

use std::str::FromStr;

use crate::Error;

/// A name for a set of options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Fast to compile, fast to run, all of Cython's checks.
    #[default]
    Default,
    /// Fastest to run.
    Release,
    /// Fastest to compile, all checks.
    FastDebug,
    /// With a page that shows what each line costs.
    Annotate,
    /// For a debugger that shows the lines of the source.
    Debug,
    /// For tools that count which lines ran.
    Coverage,
}

/// What a profile stands for.
#[derive(Debug)]
pub(crate) struct Preset {
    pub(crate) code_generation: &'static [&'static str],
    pub(crate) directives: &'static [(&'static str, &'static str)],
    pub(crate) macros: &'static [(&'static str, &'static str)],
    pub(crate) annotate: bool,
    pub(crate) line_directives: bool,
    pub(crate) keep_c: bool,
}

/// Every check that Cython can leave out.
const CHECKED: &[(&str, &str)] =
    &[("boundscheck", "True"), ("cdivision", "False"), ("initializedcheck", "True"), ("wraparound", "True")];

impl Profile {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Default, Self::Release, Self::FastDebug, Self::Annotate, Self::Debug, Self::Coverage];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Release => "release",
            Self::FastDebug => "fast-debug",
            Self::Annotate => "annotate",
            Self::Debug => "debug",
            Self::Coverage => "coverage",
        }
    }

    pub(crate) fn preset(self) -> Preset {
        let plain = Preset {
            code_generation: &["-O2", "-g0"],
            directives: &[],
            macros: &[],
            annotate: false,
            line_directives: false,
            keep_c: false,
        };
        let checked = Preset { code_generation: &["-O0", "-g"], directives: CHECKED, ..plain };
        match self {
            Self::Default => plain,
            Self::Release => Preset {
                code_generation: &["-O3", "-g0"],
                directives: &[
                    ("boundscheck", "False"),
                    ("cdivision", "True"),
                    ("initializedcheck", "False"),
                    ("wraparound", "False"),
                ],
                ..plain
            },
            Self::FastDebug => checked,
            Self::Annotate => Preset { annotate: true, ..checked },
            Self::Debug => Preset { code_generation: &["-O0", "-g3"], line_directives: true, keep_c: true, ..checked },
            Self::Coverage => Preset {
                directives: &[
                    ("boundscheck", "True"),
                    ("cdivision", "False"),
                    ("initializedcheck", "True"),
                    ("linetrace", "True"),
                    ("wraparound", "True"),
                ],
                // Cython's "Enabling coverage analysis": the first for functions, the second also where the GIL is released.
                macros: &[("CYTHON_TRACE", "1"), ("CYTHON_TRACE_NOGIL", "1")],
                keep_c: true,
                ..checked
            },
        }
    }
}

impl Preset {
    /// The macros as requests have them.
    pub(crate) fn own_macros(&self) -> Vec<(String, Option<String>)> {
        self.macros.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect()
    }
}

impl FromStr for Profile {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|profile| profile.name() == name);
        found.ok_or_else(|| Error::Profile { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_of_profiles() {
        for profile in Profile::ALL {
            assert_eq!(profile.name().parse::<Profile>().unwrap(), profile);
        }
        let error = "fast".parse::<Profile>().unwrap_err();
        assert_eq!(error.to_string(), "there is no profile `fast`");
        assert_eq!(
            error.hint().as_deref(),
            Some("the profiles are default, release, fast-debug, annotate, debug, coverage")
        );
    }
}

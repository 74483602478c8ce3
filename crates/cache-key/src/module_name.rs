//! The name a module is compiled for.
//!
//! The name of the function that starts an extension module contains the module's name, so the name is part of the
//! artifact and cannot be changed afterwards (PEP 489 has the encoding of names outside ASCII).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The longest part of a name, in bytes: with the interpreter's suffix it must fit into a file name.
const LONGEST: usize = 100;

/// `True`, `def`, ...: identifiers that `import` does not accept.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// A module name that `import` accepts: identifiers joined by dots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModuleName(String);

impl ModuleName {
    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without its packages.
    pub fn last(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or(&self.0)
    }

    /// The name of the function that the interpreter calls: `PyInit_square`, or `PyInitU_` and Punycode.
    pub fn init_symbol(&self) -> String {
        let last = self.last();
        if last.is_ascii() { format!("PyInit_{last}") } else { format!("PyInitU_{}", punycode(last).replace('-', "_")) }
    }
}

impl FromStr for ModuleName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let refuse = |reason| Err(Error::ModuleName { name: name.to_owned(), reason });
        if name.split('.').count() > 8 {
            return refuse("it has more than eight parts");
        }
        for part in name.split('.') {
            let mut letters = part.chars();
            let Some(first) = letters.next() else { return refuse("it has an empty part") };
            if !(first == '_' || unicode_ident::is_xid_start(first)) || !letters.all(unicode_ident::is_xid_continue) {
                return refuse("it is not a Python identifier");
            }
            if KEYWORDS.contains(&part) {
                return refuse("it is a Python keyword");
            }
            if part.len() > LONGEST {
                return refuse("it is longer than 100 bytes");
            }
        }
        if name == "__main__" || name == "__init__" {
            return refuse("the name has a meaning of its own in Python");
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ModuleName {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        name.parse()
    }
}

impl From<ModuleName> for String {
    fn from(name: ModuleName) -> Self {
        name.0
    }
}

/// The Punycode of one identifier (RFC 3492, section 6.3), as Python's codec of that name writes it.
fn punycode(text: &str) -> String {
    const BASE: u32 = 36;
    const T_MIN: u32 = 1;
    const T_MAX: u32 = 26;
    let digit = |value: u32| {
        char::from_digit(value, BASE).map_or('?', |letter| match value {
            // RFC 3492 counts a to z before 0 to 9.
            0..26 => char::from_u32(u32::from('a') + value).unwrap_or(letter),
            _ => char::from_u32(u32::from('0') + value - 26).unwrap_or(letter),
        })
    };
    let adapt = |delta: u32, points: u32, first: bool| {
        let mut delta = if first { delta / 700 } else { delta / 2 };
        delta += delta / points;
        let mut steps = 0;
        while delta > ((BASE - T_MIN) * T_MAX) / 2 {
            delta /= BASE - T_MIN;
            steps += BASE;
        }
        steps + (BASE - T_MIN + 1) * delta / (delta + 38)
    };
    let mut output: String = text.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(output.len()).unwrap_or(u32::MAX);
    if basic > 0 {
        output.push('-');
    }
    let (mut n, mut delta, mut bias, mut handled) = (128, 0_u32, 72, basic);
    let letters: Vec<u32> = text.chars().map(u32::from).collect();
    while let Some(next) = letters.iter().copied().filter(|&letter| letter >= n).min() {
        delta += (next - n) * (handled + 1);
        n = next;
        for &letter in &letters {
            if letter < n {
                delta += 1;
            }
            if letter == n {
                let mut rest = delta;
                let mut k = BASE;
                loop {
                    let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
                    if rest < threshold {
                        break;
                    }
                    output.push(digit(threshold + (rest - threshold) % (BASE - threshold)));
                    rest = (rest - threshold) / (BASE - threshold);
                    k += BASE;
                }
                output.push(digit(rest));
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta += 1;
        n += 1;
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_joined_by_dots() {
        for good in ["square", "_x", "a.b.c", "größe", "match", "x1"] {
            assert_eq!(good.parse::<ModuleName>().map(String::from), Ok(good.to_owned()));
        }
        let check = |name: &str, reason: &str| {
            let error = name.parse::<ModuleName>().unwrap_err().to_string();
            assert_eq!(error, format!("`{name}` is not a module name: {reason}"));
        };
        check("", "it has an empty part");
        check("a..b", "it has an empty part");
        check("2fast", "it is not a Python identifier");
        check("my-module", "it is not a Python identifier");
        check("../evil", "it has an empty part");
        check("a/b", "it is not a Python identifier");
        check("a\0b", "it is not a Python identifier");
        check("class", "it is a Python keyword");
        check("pkg.def", "it is a Python keyword");
        check("__main__", "the name has a meaning of its own in Python");
        check(&"x".repeat(101), "it is longer than 100 bytes");
        check("a.b.c.d.e.f.g.h.i", "it has more than eight parts");
    }

    #[test]
    fn init_symbols_are_those_of_pep_489() {
        let symbol = |name: &str| name.parse::<ModuleName>().unwrap().init_symbol();
        assert_eq!(symbol("square"), "PyInit_square");
        assert_eq!(symbol("pkg.square"), "PyInit_square");
        // As printed by "PyInitU_" + name.encode("punycode").decode().replace("-", "_") in CPython 3.11.
        assert_eq!(symbol("größe"), "PyInitU_gre_6ka8i");
        assert_eq!(symbol("変数"), "PyInitU_urso20a");
        assert_eq!(symbol("naïve_été"), "PyInitU_nave_t_fvab2c");
    }
}

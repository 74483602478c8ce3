//! JSON's values as Python's, and back.
//!
//! | JSON | Python | back |
//! |---|---|---|
//! | null, true, false | `None`, `True`, `False` | the same |
//! | a number without a fraction | `int` | 64 bits, signed or not; larger ones are an error, never rounded |
//! | a number with one | `float` | finite ones |
//! | text | `str` | without lone surrogates |
//! | an array | `list` | also from `tuple` |
//! | an object | `dict` | with `str` keys |
//!
//! As Python's own module `json` has it, an instance of a subclass is what its base is, so that a `numpy.float64` is a number.
//! Unlike there, no key is made a string.

use serde_json::{Map, Number, Value};

use super::{
    error::type_name,
    python::{Gil, Integer, Kind, Object, Raised},
};

/// How deep values may be nested. A list that contains itself has no end, and a stack has.
pub(super) const MAX_DEPTH: usize = 128;

/// Why a value was not converted.
pub(super) enum Failure<'gil> {
    /// The other side has nothing like it.
    Misfit(Misfit),
    /// Python raised an exception, of memory that is short.
    Raised(Raised<'gil>),
}

/// What has no counterpart, and where.
pub(super) struct Misfit {
    /// The steps to it, the last one first.
    steps: Vec<String>,
    /// What is there, completing "it …".
    pub(super) reason: String,
}

impl Misfit {
    /// The steps to it, as one would write them in Python.
    pub(super) fn place(&self) -> String {
        self.steps.iter().rev().map(String::as_str).collect()
    }
}

impl<'gil> From<Raised<'gil>> for Failure<'gil> {
    fn from(raised: Raised<'gil>) -> Self {
        Self::Raised(raised)
    }
}

/// A value as Python has it.
pub(super) fn to_python<'gil>(gil: &'gil Gil, value: &Value) -> Result<Object<'gil>, Failure<'gil>> {
    enter(gil, value, MAX_DEPTH)
}

/// Keyword arguments as Python has them.
pub(super) fn to_keywords<'gil>(gil: &'gil Gil, values: &Map<String, Value>) -> Result<Object<'gil>, Failure<'gil>> {
    let keywords = gil.dict()?;
    for (name, value) in values {
        let converted = enter(gil, value, MAX_DEPTH).map_err(|failure| failure.at(|| format!("[{name:?}]")))?;
        keywords.set_item(&gil.string(name)?, &converted)?;
    }
    Ok(keywords)
}

/// A value as JSON has it.
pub(super) fn to_json<'gil>(object: &Object<'gil>) -> Result<Value, Failure<'gil>> {
    leave(object, MAX_DEPTH)
}

fn enter<'gil>(gil: &'gil Gil, value: &Value, depth: usize) -> Result<Object<'gil>, Failure<'gil>> {
    Ok(match value {
        Value::Null => gil.none(),
        Value::Bool(value) => gil.boolean(*value)?,
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => gil.integer(value)?,
            (None, Some(value)) => gil.unsigned(value)?,
            (None, None) => gil.float(number.as_f64().unwrap_or(f64::NAN))?,
        },
        Value::String(text) => gil.string(text)?,
        Value::Array(values) => {
            let depth = deeper(depth)?;
            let list = gil.list()?;
            for (place, value) in values.iter().enumerate() {
                list.append(&enter(gil, value, depth).map_err(|failure| failure.at(|| format!("[{place}]")))?)?;
            }
            list
        }
        Value::Object(values) => {
            let depth = deeper(depth)?;
            let dict = gil.dict()?;
            for (key, value) in values {
                let value = enter(gil, value, depth).map_err(|failure| failure.at(|| format!("[{key:?}]")))?;
                dict.set_item(&gil.string(key)?, &value)?;
            }
            dict
        }
    })
}

fn leave<'gil>(object: &Object<'gil>, depth: usize) -> Result<Value, Failure<'gil>> {
    Ok(match object.kind()? {
        Kind::None => Value::Null,
        Kind::Bool(value) => Value::Bool(value),
        Kind::Integer => match object.to_integer() {
            Some(Integer::Signed(value)) => value.into(),
            Some(Integer::Unsigned(value)) => value.into(),
            None => return Err(misfit("is an integer of more than 64 bits")),
        },
        Kind::Float => {
            let value = object.to_float();
            Value::Number(
                Number::from_f64(value).ok_or_else(|| misfit(format!("is the float {}", python_name(value))))?,
            )
        }
        Kind::String => {
            Value::String(object.to_text().ok_or_else(|| misfit("is a string with half of a surrogate pair"))?)
        }
        Kind::List | Kind::Tuple => {
            let depth = deeper(depth)?;
            let items = object.items()?.into_iter().enumerate();
            let item = |(place, item): (usize, Object<'gil>)| {
                leave(&item, depth).map_err(|failure| failure.at(|| format!("[{place}]")))
            };
            Value::Array(items.map(item).collect::<Result<_, _>>()?)
        }
        Kind::Dict => {
            let depth = deeper(depth)?;
            let pair = |(key, value): (Object<'gil>, Object<'gil>)| {
                if key.kind()? != Kind::String {
                    return Err(misfit(format!("has a key of the type `{}`", type_name(&key.its_type()?))));
                }
                let Some(key) = key.to_text() else {
                    return Err(misfit("has a key with half of a surrogate pair"));
                };
                let value = leave(&value, depth).map_err(|failure| failure.at(|| format!("[{key:?}]")))?;
                Ok((key, value))
            };
            Value::Object(object.pairs()?.into_iter().map(pair).collect::<Result<_, _>>()?)
        }
        Kind::Other => return Err(misfit(format!("is of the type `{}`", type_name(&object.its_type()?)))),
    })
}

impl Failure<'_> {
    /// The same, seen from one level above.
    fn at(mut self, step: impl FnOnce() -> String) -> Self {
        if let Self::Misfit(misfit) = &mut self {
            misfit.steps.push(step());
        }
        self
    }
}

fn misfit<'gil>(reason: impl Into<String>) -> Failure<'gil> {
    Failure::Misfit(Misfit { steps: vec![], reason: reason.into() })
}

fn deeper<'gil>(depth: usize) -> Result<usize, Failure<'gil>> {
    depth.checked_sub(1).ok_or_else(|| misfit(format!("is nested deeper than {MAX_DEPTH} levels")))
}

fn python_name(value: f64) -> &'static str {
    match value {
        value if value.is_nan() => "`nan`",
        value if value < 0.0 => "`-inf`",
        _ => "`inf`",
    }
}

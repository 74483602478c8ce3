//! Typed access to a parsed pyproject.toml, in which everything knows where it stands.
//!
//! Types that derive `Deserialize` would say what was expected in serde's words; what people need is the place and the
//! name they meant. So tables are opened with the list of their keys, and every value is read through its table.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, PathFault};
use crate::path::{RelativePath, SourcePath};
use crate::place::Place;

/// How alike two names must be for one to be offered instead of the other.
const ALIKE: f64 = 0.7;

/// An opened table: all of its keys are known ones.
pub(crate) struct Table<'d> {
    text: &'d str,
    content: &'d DeTable<'d>,
    span: Range<usize>,
    path: String,
}

/// A text, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) place: Place,
    pub(crate) span: Range<usize>,
}

impl<'d> Table<'d> {
    /// The whole document. Its keys are everybody's, so none is refused.
    pub(crate) fn document(text: &'d str, table: &'d Spanned<DeTable<'d>>) -> Self {
        Self { text, content: table.get_ref(), span: 0..0, path: String::new() }
    }

    /// A table below this one, whose keys are not ours to know.
    pub(crate) fn foreign(&self, key: &str) -> Result<Option<Table<'d>>, Error> {
        let Some((span, value)) = self.get(key) else { return Ok(None) };
        let path = self.path_of(key);
        match value.get_ref() {
            DeValue::Table(table) => Ok(Some(Self { text: self.text, content: table, span, path })),
            other => Err(self.type_error(value, &path, "a table", other)),
        }
    }

    /// A table below this one, with these keys.
    pub(crate) fn table(&self, key: &str, known: &'static [&'static str]) -> Result<Option<Table<'d>>, Error> {
        let table = self.foreign(key)?;
        if let Some(table) = &table {
            table.check(known)?;
        }
        Ok(table)
    }

    /// The tables of an array, written as `[[key]]` or `[{ … }]`.
    pub(crate) fn tables(&self, key: &str, known: &'static [&'static str]) -> Result<Vec<Table<'d>>, Error> {
        let Some((_, value)) = self.get(key) else { return Ok(Vec::new()) };
        let path = self.path_of(key);
        let DeValue::Array(array) = value.get_ref() else {
            return Err(self.type_error(value, &path, "an array of tables", value.get_ref()));
        };
        let mut tables = Vec::new();
        for (index, item) in array.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let DeValue::Table(table) = item.get_ref() else {
                return Err(self.type_error(item, &path, "a table", item.get_ref()));
            };
            let table = Self { text: self.text, content: table, span: item.span(), path };
            table.check(known)?;
            tables.push(table);
        }
        Ok(tables)
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<Text>, Error> {
        let Some((_, value)) = self.get(key) else { return Ok(None) };
        self.text_of(value, self.path_of(key)).map(Some)
    }

    /// A text that must be there; `example` shows a line that has it.
    pub(crate) fn required(&self, key: &'static str, example: &'static str) -> Result<Text, Error> {
        self.text(key)?.ok_or_else(|| Error::MissingKey { place: self.place(), table: self.path.clone(), key, example })
    }

    pub(crate) fn texts(&self, key: &str) -> Result<Vec<Text>, Error> {
        let Some((_, value)) = self.get(key) else { return Ok(Vec::new()) };
        let path = self.path_of(key);
        let DeValue::Array(array) = value.get_ref() else {
            return Err(self.type_error(value, &path, "an array of strings", value.get_ref()));
        };
        let items = array.iter().enumerate();
        items.map(|(index, item)| self.text_of(item, format!("{path}[{index}]"))).collect()
    }

    pub(crate) fn boolean(&self, key: &str) -> Result<Option<bool>, Error> {
        let Some((_, value)) = self.get(key) else { return Ok(None) };
        match value.get_ref() {
            DeValue::Boolean(it) => Ok(Some(*it)),
            other => Err(self.type_error(value, &self.path_of(key), "`true` or `false`", other)),
        }
    }

    /// One of several values that stand for something.
    pub(crate) fn choice<T: Copy>(
        &self,
        key: &str,
        known: &'static [&'static str],
        meanings: &[T],
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let chosen = known.iter().position(|name| *name == text.value).and_then(|index| meanings.get(index));
        let refused =
            || Error::Choice { nearest: nearest(&text.value, known), place: text.place, value: text.value, known };
        chosen.copied().map(Some).ok_or_else(refused)
    }

    /// Where the table begins, and what it is called.
    pub(crate) fn place(&self) -> Place {
        Place::new(self.text, self.span.clone(), self.path.clone())
    }

    fn check(&self, known: &'static [&'static str]) -> Result<(), Error> {
        // In the order in which they are written, which is not the table's.
        let mut keys: Vec<_> = self.content.iter().map(|(key, _)| key).collect();
        keys.sort_by_key(|key| key.span().start);
        let Some(unknown) = keys.into_iter().find(|key| !known.contains(&&**key.get_ref())) else { return Ok(()) };
        let key = unknown.get_ref().to_string();
        Err(Error::UnknownKey {
            place: Place::new(self.text, unknown.span(), self.path_of(&key)),
            table: self.path.clone(),
            nearest: nearest(&key, known),
            known,
        })
    }

    fn get(&self, key: &str) -> Option<(Range<usize>, &'d Spanned<DeValue<'d>>)> {
        self.content.iter().find(|(name, _)| name.get_ref() == key).map(|(name, value)| (name.span(), value))
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn text_of(&self, value: &Spanned<DeValue<'_>>, path: String) -> Result<Text, Error> {
        match value.get_ref() {
            DeValue::String(text) => Ok(Text {
                value: text.to_string(),
                place: Place::new(self.text, value.span(), path),
                span: value.span(),
            }),
            other => Err(self.type_error(value, &path, "a string", other)),
        }
    }

    fn type_error(&self, at: &Spanned<DeValue<'_>>, path: &str, expected: &'static str, is: &DeValue<'_>) -> Error {
        let found = match is {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        Error::Type { place: Place::new(self.text, at.span(), path), expected, found }
    }
}

impl Text {
    /// Reads it as a path below the project.
    pub(crate) fn path(&self) -> Result<RelativePath, Error> {
        RelativePath::parse(&self.value).map_err(|fault| Error::Path {
            place: self.place.clone(),
            path: self.value.clone(),
            fault,
        })
    }

    /// Reads it as a path below the project or beside it.
    pub(crate) fn source_path(&self) -> Result<SourcePath, Error> {
        SourcePath::parse(&self.value).map_err(|fault| {
            let (place, path) = (self.place.clone(), self.value.clone());
            if fault == PathFault::Up { Error::SourcePath { place, path } } else { Error::Path { place, path, fault } }
        })
    }

    /// What is wrong with it, where it is not of a form.
    pub(crate) fn malformed(self, expected: &'static str) -> Error {
        Error::Form { place: self.place, value: self.value, expected }
    }
}

/// The known name that somebody may have meant.
fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let likeness = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), other);
    let best = known.iter().copied().max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
    (likeness(best) >= ALIKE).then_some(best)
}

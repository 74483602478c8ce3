//! Reading values whose places are known: each fault names its file and key, and reading goes on behind it.

use crate::error::{Error, Place, nearest};
use crate::json::Json;

/// What is being read, and what was wrong with it so far.
#[derive(Debug)]
pub(crate) struct Reader {
    file: String,
    pub(crate) faults: Vec<Error>,
}

/// An object, and the key at which it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object<'j> {
    entries: &'j [(String, Json)],
    key: &'j str,
}

/// Whether something may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
}

impl Reader {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), faults: Vec::new() }
    }

    /// Parses the file.
    pub(crate) fn parse(&mut self, bytes: &[u8]) -> Option<Json> {
        // A byte order mark is what some editors on Windows put there.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match serde_json::from_slice(bytes) {
            Ok(json) => Some(json),
            Err(source) => {
                self.faults.push(Error::Json { place: self.place(""), source });
                None
            }
        }
    }

    pub(crate) fn place(&self, key: &str) -> Place {
        Place { file: self.file.clone(), key: key.to_owned() }
    }

    /// The first fault as an error, or what was read.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, Error> {
        match (self.faults.into_iter().next(), read) {
            (None, Some(read)) => Ok(read),
            (Some(fault), _) => Err(fault),
            (None, None) => unreachable!("what could not be read has left a fault"),
        }
    }

    pub(crate) fn object<'j>(
        &mut self,
        json: &'j Json,
        key: &'j str,
        known: &'static [&'static str],
    ) -> Option<Object<'j>> {
        let Json::Object(entries) = json else {
            self.mismatch(key, "an object", json);
            return None;
        };
        let object = Object { entries, key };
        for (index, (name, _)) in entries.iter().enumerate() {
            let place = self.place(&object.key_of(name));
            if entries[..index].iter().any(|(earlier, _)| earlier == name) {
                self.faults.push(Error::TwiceKey { place });
            } else if !known.contains(&name.as_str()) {
                let nearest = nearest(name, known.iter().copied());
                // A list of keys must live as long as the program, as the nearest of them does.
                let nearest = nearest.and_then(|found| known.iter().find(|name| **name == found).copied());
                self.faults.push(Error::UnknownKey { place, nearest, known });
            }
        }
        Some(object)
    }

    pub(crate) fn list<'j>(&mut self, json: &'j Json, key: &str) -> Option<&'j [Json]> {
        match json {
            Json::List(list) => Some(list),
            other => {
                self.mismatch(key, "a list", other);
                None
            }
        }
    }

    /// A text; null where it was said to be one.
    pub(crate) fn text<'j>(&mut self, object: Object<'j>, name: &str, need: Need) -> Option<&'j str> {
        match self.value(object, name, need)? {
            Json::Text(text) => Some(text),
            other => {
                self.mismatch(&object.key_of(name), "a text", other);
                None
            }
        }
    }

    /// A text that has something in it besides blanks.
    pub(crate) fn full_text<'j>(&mut self, object: Object<'j>, name: &str, need: Need) -> Option<&'j str> {
        let text = self.text(object, name, need)?;
        self.filled(text, &object.key_of(name))
    }

    pub(crate) fn truth(&mut self, object: Object<'_>, name: &str, default: bool) -> bool {
        match self.value(object, name, Need::Optional) {
            None => default,
            Some(Json::Truth(truth)) => *truth,
            Some(other) => {
                self.mismatch(&object.key_of(name), "true or false", other);
                default
            }
        }
    }

    /// A number, none where there is no key of that name.
    pub(crate) fn number(&mut self, object: Object<'_>, name: &str) -> Option<f64> {
        match self.value(object, name, Need::Required)? {
            Json::Number(number) => Some(*number),
            other => {
                self.mismatch(&object.key_of(name), "a number", other);
                None
            }
        }
    }

    /// A list of texts that have something in them. Null is an empty list where `null` says so.
    pub(crate) fn texts(&mut self, object: Object<'_>, name: &str, null: bool) -> Vec<String> {
        let key = object.key_of(name);
        let list = match object.get(name) {
            None => return Vec::new(),
            Some(Json::Null) if null => return Vec::new(),
            Some(value) => self.list(value, &key).unwrap_or_default(),
        };
        let mut texts = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let key = format!("{key}[{index}]");
            match item {
                Json::Text(text) => texts.extend(self.filled(text, &key).map(str::to_owned)),
                other => self.mismatch(&key, "a text", other),
            }
        }
        texts
    }

    fn value<'j>(&mut self, object: Object<'j>, name: &str, need: Need) -> Option<&'j Json> {
        let value = object.get(name);
        if value.is_none() && need == Need::Required {
            let place = self.place(&object.key_of(name));
            self.faults.push(Error::MissingKey { place });
        }
        value
    }

    fn filled<'t>(&mut self, text: &'t str, key: &str) -> Option<&'t str> {
        if text.trim().is_empty() {
            self.form(key, text, "it is empty");
            return None;
        }
        Some(text)
    }

    pub(crate) fn form(&mut self, key: &str, value: &str, reason: &str) {
        let place = self.place(key);
        self.faults.push(Error::Form { place, value: value.to_owned(), reason: reason.to_owned() });
    }

    pub(crate) fn choice(&mut self, key: &str, value: &str, known: &'static [&'static str]) {
        let place = self.place(key);
        let nearest =
            nearest(value, known.iter().copied()).and_then(|found| known.iter().find(|name| **name == found).copied());
        self.faults.push(Error::Choice { place, value: value.to_owned(), nearest, known });
    }

    fn mismatch(&mut self, key: &str, expected: &'static str, found: &Json) {
        let place = self.place(key);
        self.faults.push(Error::Type { place, expected, found: found.kind() });
    }
}

impl<'j> Object<'j> {
    pub(crate) fn get(&self, name: &str) -> Option<&'j Json> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn key_of(&self, name: &str) -> String {
        if self.key.is_empty() { name.to_owned() } else { format!("{}.{name}", self.key) }
    }
}

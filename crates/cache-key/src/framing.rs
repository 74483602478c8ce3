//! Turning named values into bytes that mean one thing only.
//!
//! Every name, text and list is preceded by its length, and every value by its kind, so no two different [`Fields`]
//! have the same bytes: moving a character from one argument to the next changes them, and so does the difference
//! between an empty list and an absent one.

use std::fmt;

use fingerprint::Digest;

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing was given.
    Absent,
    /// A text.
    Text(String),
    /// Values in an order that matters.
    List(Vec<Value>),
}

/// Named values, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    kind: &'static str,
    fields: Vec<(&'static str, Value)>,
}

impl Fields {
    /// No fields yet, of something of this kind. Different kinds never have equal digests.
    pub fn new(kind: &'static str) -> Self {
        Self { kind, fields: Vec::new() }
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// The fields, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.fields.iter().map(|(name, value)| (*name, value))
    }

    /// The digest of kind, version, names and values.
    pub fn digest(&self, version: u32) -> Digest {
        let mut frame = Frame::new(self.kind, version, self.fields.len());
        for (name, value) in &self.fields {
            frame.text(name);
            frame.value(value);
        }
        frame.finish()
    }
}

/// For people: `nothing`, a text as it is, a list as `a, b`, pairs as `a=b`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("nothing"),
            Self::Text(text) => f.write_str(text),
            Self::List(values) if values.is_empty() => f.write_str("nothing"),
            Self::List(values) => {
                for (index, value) in values.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    match value {
                        Self::List(pair) => {
                            let words: Vec<_> = pair.iter().map(Self::to_string).collect();
                            write!(f, "{separator}{}", words.join("="))?;
                        }
                        other => write!(f, "{separator}{other}")?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// The bytes of [`Fields`], for those who have too many values to make [`Value`]s of them.
///
/// They are digested at once: thousands of small pieces would cost more than their bytes.
pub(crate) struct Frame(Vec<u8>);

impl Frame {
    /// Begins fields of a kind, so many.
    pub(crate) fn new(kind: &str, version: u32, fields: usize) -> Self {
        let mut frame = Self(Vec::new());
        frame.text(kind);
        frame.number(u64::from(version));
        frame.count(fields);
        frame
    }

    /// Makes room for so many bytes, rather than twice as much each time that there is too little.
    pub(crate) fn make_room(&mut self, bytes: usize) {
        self.0.reserve(bytes);
    }

    /// The name of the field whose value follows.
    pub(crate) fn name(&mut self, name: &str) {
        self.text(name);
    }

    /// Nothing was given.
    pub(crate) fn absent(&mut self) {
        self.number(0);
    }

    /// A text.
    pub(crate) fn value_text(&mut self, text: &str) {
        self.number(1);
        self.text(text);
    }

    /// A digest, as text.
    pub(crate) fn value_digest(&mut self, digest: &Digest) {
        digest.with_digits(|digits| self.value_text(digits));
    }

    /// So many values that follow.
    pub(crate) fn value_list(&mut self, count: usize) {
        self.number(2);
        self.count(count);
    }

    /// The digest of all of it.
    pub(crate) fn finish(&self) -> Digest {
        Digest::of(&self.0)
    }

    fn number(&mut self, number: u64) {
        // `u64` on every platform: a `usize` would give 32-bit hosts different keys.
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Absent => self.absent(),
            Value::Text(text) => self.value_text(text),
            Value::List(values) => {
                self.value_list(values.len());
                for value in values {
                    self.value(value);
                }
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Text(if yes { "yes" } else { "no" }.to_owned())
    }
}

impl From<Digest> for Value {
    fn from(digest: Digest) -> Self {
        Self::Text(digest.to_string())
    }
}

impl<T> From<Option<T>> for Value
where
    T: Into<Value>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

impl<A, B> From<(A, B)> for Value
where
    A: Into<Value>,
    B: Into<Value>,
{
    fn from((first, second): (A, B)) -> Self {
        Self::List(vec![first.into(), second.into()])
    }
}

impl<T> FromIterator<T> for Value
where
    T: Into<Value>,
{
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        // Few letters and short texts, so that near misses are common.
        let leaf = prop_oneof![Just(Value::Absent), "[ab]{0,2}".prop_map(Value::Text)];
        leaf.prop_recursive(2, 8, 3, |inner| proptest::collection::vec(inner, 0..3).prop_map(Value::List))
    }

    fn any_fields() -> impl Strategy<Value = Fields> {
        let name = prop_oneof![Just("a"), Just("b"), Just("ab"), Just("")];
        let fields = proptest::collection::vec((name, any_value()), 0..3);
        (prop_oneof![Just("x"), Just("xa")], fields).prop_map(|(kind, fields)| Fields { kind, fields })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

        #[test]
        fn framing_is_injective(one in any_fields(), two in any_fields()) {
            prop_assert_eq!(one == two, one.digest(1) == two.digest(1));
        }
    }

    #[test]
    fn neighbours_differ() {
        let list = |items: &[&str]| Fields::new("k").with("f", items.iter().copied().collect::<Value>()).digest(1);
        let digests = [list(&[]), list(&[""]), list(&["", ""]), list(&["ab"]), list(&["a", "b"]), list(&["b", "a"])];
        for (index, digest) in digests.iter().enumerate() {
            assert!(!digests[..index].contains(digest), "{index}");
        }
        // What stands between two texts, hidden in one of them: only lengths tell these lists apart.
        let mark = "\u{1}\0\0\0\0\0\0\0";
        assert_ne!(list(&["a", &format!("b{mark}c")]), list(&[&format!("a{mark}b"), "c"]));
        let nested = |values: Vec<Value>| Fields::new("k").with("f", Value::List(values)).digest(1);
        let (a, b) = (Value::from("a"), Value::from("b"));
        assert_ne!(nested(vec![Value::List(vec![a.clone()]), b.clone()]), nested(vec![Value::List(vec![a, b])]));
        let fields = Fields::new("k").with("f", "");
        assert_ne!(fields.digest(1), fields.digest(2), "the version counts");
        assert_ne!(fields.digest(1), Fields::new("k").with("f", Value::Absent).digest(1), "absent is not empty");
    }
}

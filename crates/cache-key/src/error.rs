//! What is refused as a name.

/// Why a text is not the name it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not a module name.
    #[error("`{name}` is not a module name: {reason}")]
    ModuleName {
        /// The text.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Not a key.
    #[error("`{0}` is not a key: 64 lowercase hexadecimal digits are")]
    Key(String),
}

impl Error {
    /// One sentence that tells the user what to do next, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::ModuleName { .. } => Some("give it a name that Python's `import` accepts, such as `fast_square`"),
            Self::Key(_) => Some(
                "`pyxide cache list` shows the keys there are; where a beginning is enough, it has at least six digits",
            ),
        }
    }
}

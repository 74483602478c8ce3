//! What can be wrong, by stable code.

use crate::Severity;

/// Declares the codes with what they are called.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident = $number:literal $name:literal,)+) => {
        /// What is wrong. A code never changes its meaning: those from `P001` are errors, those from `P101` warnings.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $code,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Self] = &[$(Self::$code,)+];

            /// The code, such as `P001`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $number,)+
                }
            }

            /// The name, such as `missing-amen`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)+
                }
            }
        }
    };
}

codes! {
    /// A statement does not end with `amen`.
    MissingAmen = "P001" "missing-amen",
    /// A line begins with a word that begins no statement.
    UnknownInstruction = "P002" "unknown-instruction",
    /// `gedaan` where no block is open.
    GedaanWithoutBlock = "P003" "gedaan-without-block",
    /// Blocks are open at the end of the text.
    UnclosedBlocks = "P004" "unclosed-blocks",
    /// Parameters of a function without `met`.
    MissingMet = "P005" "missing-met",
    /// `zet` without `op`.
    MissingOp = "P006" "missing-op",
    /// The head of a block does not end with `doe`.
    MissingDoe = "P007" "missing-doe",
    /// `getal` without a number.
    MissingNumber = "P008" "missing-number",
    /// A number that is none, or that Python does not take.
    BadNumber = "P009" "bad-number",
    /// A word that wants a name behind it has none.
    MissingName = "P010" "missing-name",
    /// A name that cannot be one.
    BadName = "P011" "bad-name",
    /// `anders` without an `als` that is open.
    AndersWithoutAls = "P012" "anders-without-als",
    /// Something follows the `anders` of an `als`.
    SecondAnders = "P013" "second-anders",
    /// Words behind what is complete.
    TrailingWords = "P014" "trailing-words",
    /// A value is missing.
    MissingValue = "P015" "missing-value",
    /// Two values with nothing between them.
    AdjacentValues = "P016" "adjacent-values",
    /// Python that is not part of the language.
    RawPython = "P017" "raw-python",
    /// A quote that is not closed.
    UnclosedQuote = "P018" "unclosed-quote",
    /// A backslash that Python does not take.
    BadEscape = "P019" "bad-escape",
    /// A bracket without its partner.
    LoneBracket = "P020" "lone-bracket",
    /// `geeftterug` outside of a function.
    ReturnOutsideFunction = "P021" "return-outside-function",
    /// A function has two parameters of one name.
    DuplicateParameter = "P022" "duplicate-parameter",
    /// Two names would be one in Python.
    NameClash = "P023" "name-clash",
    /// Nested deeper, or chained longer, than Python bears.
    TooDeep = "P024" "too-deep",
    /// A call in the arguments of a call, without brackets.
    NestedCall = "P025" "nested-call",
    /// A constant is set.
    ConstantSet = "P026" "constant-set",
    /// An operator that was read as a word of a text.
    OperatorInText = "P101" "operator-in-text",
    /// A name that nothing gives a value.
    UndefinedName = "P102" "undefined-name",
    /// A function gets more or fewer values than it has parameters.
    ArgumentCount = "P103" "argument-count",
    /// A name is used before it has a value.
    UsedBeforeSet = "P104" "used-before-set",
    /// A name that Python needs for itself; it is called otherwise there.
    TakenName = "P105" "taken-name",
    /// A statement that is never reached.
    Unreachable = "P106" "unreachable",
    /// Nothing between two `en`.
    EmptyArgument = "P107" "empty-argument",
}

impl Code {
    /// Whether a text is refused for it.
    pub fn severity(self) -> Severity {
        if self.is_error() { Severity::Error } else { Severity::Warning }
    }

    pub(crate) fn is_error(self) -> bool {
        self < Self::OperatorInText
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_unique_and_in_order() {
        assert!(Code::ALL.is_sorted_by(|one, other| one.as_str() < other.as_str()));
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}

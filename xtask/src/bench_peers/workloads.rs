//! What is built: modules written for this, each with a function whose result is known.

use std::fmt::Write as _;

use clap::ValueEnum;

/// The argument that each module's `f` is called with.
const ARGUMENT: i64 = 7;

/// How many modules the batch has.
const BATCH: usize = 20;

/// How many classes the long module has.
const CLASSES: i64 = 26;

/// What is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Workload {
    /// Three lines.
    W1,
    /// A hundred lines with memory views, a fused type, NumPy arrays and a class.
    W2,
    /// C++ with a vector, a string and a map.
    W3,
    /// 1500 lines: 26 classes and 52 functions.
    W4,
    /// Twenty modules of 20 to 40 lines, some with NumPy.
    W5,
}

/// A source file and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The module's name.
    pub(super) name: String,
    /// The text.
    pub(super) text: String,
}

impl Workload {
    /// Its name in a table.
    pub(super) fn name(self) -> &'static str {
        ["w1", "w2", "w3", "w4", "w5"][self as usize]
    }

    /// What it is, for people.
    pub(super) fn description(self) -> &'static str {
        [
            "3 lines",
            "NumPy and memory views, about 100 lines",
            "C++, about 50 lines",
            "26 classes and 52 functions, about 1500 lines",
            "20 modules of 20 to 40 lines",
        ][self as usize]
    }

    /// Its modules.
    pub(super) fn sources(self) -> Vec<Source> {
        let one = |text: &str| vec![Source { name: self.name().to_owned(), text: text.to_owned() }];
        match self {
            Self::W1 => one(include_str!("workloads/w1.pyx")),
            Self::W2 => one(include_str!("workloads/w2.pyx")),
            Self::W3 => one(include_str!("workloads/w3.pyx")),
            Self::W4 => one(&long()),
            Self::W5 => (0..BATCH).map(|number| Source { name: batch_name(number), text: shape(number) }).collect(),
        }
    }

    /// What `f(7)` gives; of a batch, the sum.
    pub(super) fn result(self) -> i64 {
        match self {
            Self::W1 => 49,
            Self::W2 => 243,
            Self::W3 => 574,
            Self::W4 => (0..CLASSES).map(long_result).sum(),
            Self::W5 => (0..BATCH).map(shape_result).sum(),
        }
    }

    /// Whether a compiler needs NumPy's headers for it.
    pub(super) fn uses_numpy(self) -> bool {
        matches!(self, Self::W2 | Self::W5)
    }

    /// Whether it is C++.
    pub(super) fn is_cplus(self) -> bool {
        self == Self::W3
    }
}

/// The call whose result is checked.
pub(super) fn call(module: &str) -> String {
    format!("{module}.f({ARGUMENT})")
}

fn batch_name(number: usize) -> String {
    format!("t{:02}", number + 1)
}

/// The long module.
fn long() -> String {
    let mut text = String::from("# cython: language_level=3\n");
    for number in 0..CLASSES {
        text.push_str(&LONG_PART.replace("@N@", &format!("{number:02}")).replace("@SCALE@", &(number + 1).to_string()));
    }
    text.push_str("\n\ndef f(long n):\n    result = 0\n");
    for number in 0..CLASSES {
        let _ = writeln!(text, "    result += run{number:02}(n) + words{number:02}(\"one two three\", n)");
    }
    text.push_str("    return result\n");
    text
}

/// What one part of the long module adds to its result.
fn long_result(number: i64) -> i64 {
    let scale = number + 1;
    let weigh = |n: i64| (0..n).map(|i| if i % 3 == 0 { i * scale } else { -i }).sum::<i64>();
    let letters = 11;
    (0..ARGUMENT).map(weigh).sum::<i64>() + letters * ARGUMENT + scale
}

const LONG_PART: &str = r#"

cdef class Counter@N@:
    cdef long total
    cdef long scale
    cdef dict seen
    cdef list history

    def __cinit__(self, long scale=@SCALE@):
        self.total = 0
        self.scale = scale
        self.seen = {}
        self.history = []

    cdef long weigh(self, long n) noexcept:
        cdef long i, total = 0
        for i in range(n):
            if i % 3 == 0:
                total += i * self.scale
            else:
                total -= i
        return total

    cpdef long add(self, long n):
        self.total += self.weigh(n)
        self.history.append(n)
        self.seen[n] = self.seen.get(n, 0) + 1
        return self.total

    def merge(self, Counter@N@ other):
        self.total += other.total
        self.history.extend(other.history)
        for key, count in other.seen.items():
            self.seen[key] = self.seen.get(key, 0) + count

    @property
    def value(self):
        return self.total

    def __len__(self):
        return len(self.history)

    def __repr__(self):
        return f"Counter@N@({self.total}, {self.scale})"


def run@N@(long n):
    cdef Counter@N@ counter = Counter@N@()
    cdef long i
    for i in range(n):
        counter.add(i)
    return counter.value


def words@N@(str text, long n):
    return sum([len(word) for word in text.split()]) * n + @SCALE@
"#;

/// The source of one module of the batch: five shapes in four variants each.
fn shape(number: usize) -> String {
    let variant = (number / SHAPES.len() + 2).to_string();
    SHAPES[number % SHAPES.len()].replace("@V@", &variant).replace("@N@", &(number + 1).to_string())
}

/// What `f(7)` of that module gives.
fn shape_result(number: usize) -> i64 {
    let number = i64::try_from(number).unwrap_or_default();
    let shapes = i64::try_from(SHAPES.len()).unwrap_or(1);
    let (variant, own) = (number / shapes + 2, number + 1);
    match number % shapes {
        0 => (0..ARGUMENT).filter(|i| i % variant != 0).map(|i| i * i).sum::<i64>() + own,
        1 => (1..=ARGUMENT).map(|i| i * variant).sum::<i64>() + own,
        2 => ARGUMENT * variant + own,
        3 => (0..ARGUMENT).map(|i| i * variant).sum::<i64>() + own,
        _ => (0..ARGUMENT).map(|i| i * i * variant).sum::<i64>() + own,
    }
}

const SHAPES: [&str; 5] = [
    r"# cython: language_level=3
cdef long power(long base, int exponent):
    cdef long result = 1
    while exponent > 0:
        if exponent & 1:
            result *= base
        base *= base
        exponent >>= 1
    return result


cdef bint is_left_out(long value):
    return value % @V@ == 0


def squares(long n):
    cdef long i
    return [power(i, 2) for i in range(n) if not is_left_out(i)]


def f(long n):
    cdef long result = @N@
    for value in squares(n):
        result += value
    return result
",
    r#"# cython: language_level=3
cdef class Account@N@:
    cdef long balance
    cdef list moves

    def __init__(self, long balance):
        self.balance = balance
        self.moves = []

    cpdef long pay(self, long amount):
        if amount < 0:
            raise ValueError("an amount is not negative")
        self.balance += amount * @V@
        self.moves.append(amount)
        return self.balance

    def __len__(self):
        return len(self.moves)


def f(long n):
    cdef Account@N@ account = Account@N@(@N@)
    cdef long i
    for i in range(1, n + 1):
        account.pay(i)
    return account.balance
"#,
    r#"# cython: language_level=3
def counted(str text):
    cdef dict counts = {}
    for letter in text:
        counts[letter] = counts.get(letter, 0) + 1
    return counts


def reversed_words(str text):
    return " ".join([word[::-1] for word in text.split()])


def fits(text, pattern):
    try:
        return text.index(pattern) >= 0
    except ValueError:
        return False


def f(int n):
    text = "ab" * n * @V@
    counts = counted(text)
    if not fits(reversed_words(text), "ba"):
        raise AssertionError(text)
    return counts["a"] + @N@
"#,
    r"# cython: language_level=3, boundscheck=False
import numpy as np


def scaled(double[:] values, double factor):
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        values[i] = values[i] * factor


cdef double total(double[:] values):
    cdef Py_ssize_t i
    cdef double result = 0.0
    for i in range(values.shape[0]):
        result += values[i]
    return result


def f(int n):
    values = np.arange(n, dtype=np.float64)
    scaled(values, @V@)
    return int(total(values)) + @N@
",
    r"# cython: language_level=3, wraparound=False
cimport numpy as cnp
import numpy as np

cnp.import_array()


def squared(cnp.ndarray[cnp.int64_t, ndim=1] values):
    cdef cnp.ndarray[cnp.int64_t, ndim=1] out = np.empty_like(values)
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        out[i] = values[i] * values[i]
    return out


def weighted(cnp.ndarray[cnp.int64_t, ndim=1] values, long weight):
    cdef long result = 0
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        result += values[i] * weight
    return result


def f(int n):
    return weighted(squared(np.arange(n, dtype=np.int64)), @V@) + @N@
",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_have_the_sizes_that_are_promised() {
        let lines = |workload: Workload| -> Vec<usize> {
            workload.sources().iter().map(|source| source.text.lines().count()).collect()
        };
        assert_eq!(lines(Workload::W1), [3]);
        assert!((90..=110).contains(&lines(Workload::W2)[0]));
        assert!((40..=50).contains(&lines(Workload::W3)[0]));
        assert!((1400..=1600).contains(&lines(Workload::W4)[0]), "{:?}", lines(Workload::W4));
        assert_eq!(lines(Workload::W5).len(), 20);
        assert!(lines(Workload::W5).iter().all(|count| (20..=40).contains(count)), "{:?}", lines(Workload::W5));
    }

    #[test]
    fn the_modules_of_the_batch_are_distinct() {
        let mut texts: Vec<_> = Workload::W5.sources().into_iter().map(|source| source.text).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 20);
        assert!(texts.iter().all(|text| !text.contains('@')), "a place was not filled");
    }
}

//! Places as people count them.

use crate::lines::lines;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1, as Python's `str.splitlines` counts.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// The positions of offsets that are given in order; one walk through the text, however many there are.
pub(crate) fn positions(source: &str, offsets: &[usize]) -> Vec<Position> {
    let mut found = Vec::with_capacity(offsets.len());
    let mut rest = offsets.iter().copied().peekable();
    let (mut number, mut begin) = (1, 0);
    let mut all = lines(source).peekable();
    while rest.peek().is_some() {
        let line = all.next().unwrap_or(begin..source.len());
        begin = line.start;
        // What ends a line belongs to it.
        let next = all.peek().map_or(usize::MAX, |next| next.start);
        let (mut counted, mut column) = (begin, 1);
        while let Some(offset) = rest.next_if(|offset| *offset < next) {
            let offset = offset.clamp(counted, line.end.max(counted));
            column += source[counted..offset].chars().count();
            counted = offset;
            found.push(Position { line: number, column });
        }
        number += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_columns() {
        let source = "ab\r\né€d\u{2028}x";
        let offsets = [0, 2, 3, 4, 6, 9, 10, 13, 14];
        let found: Vec<_> = positions(source, &offsets).into_iter().map(|it| (it.line, it.column)).collect();
        assert_eq!(found, [(1, 1), (1, 3), (1, 3), (2, 1), (2, 2), (2, 3), (2, 4), (3, 1), (3, 2)]);
        assert_eq!(positions("", &[0]), [Position { line: 1, column: 1 }]);
    }
}

//! A long program like those that people write.

use std::fmt::Write as _;

/// A program of so many lines: functions, branches, loops, texts, sums, comments.
pub(super) fn program(lines: usize) -> String {
    let mut program = String::new();
    for number in 0..lines / LINES {
        block(&mut program, number);
    }
    for _ in 0..lines % LINES {
        program.push_str("klap tekst gdag weireld amen\n");
    }
    program
}

/// How many lines [`block`] writes.
const LINES: usize = 16;

fn block(program: &mut String, n: usize) {
    writeln!(
        program,
        "# nummer {n}
maak funksie telop{n} met a en b doe
  zet c op da a derbij da b keer getal 2 amen
  als da c isgroterdan getal {n} dan doe
    klap tekst gdag weireld plakt spatie plakt da c amen
  anders doe
    klap tekst 't is nog te klein amen
  gedaan
  geeftterug da c amen
gedaan

zet x{n} op roep telop{n} met getal 1 en getal {n} amen
zolang da x{n} iskleinerdan getal 10 doe
  zet x{n} op da x{n} derbij getal 1 amen
  roep print met da x{n} en \"is  kleiner\" amen
gedaan"
    )
    .expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_as_many_lines_as_were_asked_for() {
        for lines in [0, 1, 15, 16, 100] {
            assert_eq!(program(lines).lines().count(), lines);
        }
    }
}

//! Dependency files: rules of a Makefile, as compilers, assemblers and linkers write them.

/// The files that the first rule depends on, as GCC, Clang and GNU's assembler write them.
///
/// Further rules may follow: they are about the same files. A blank or a tab in a name has a backslash before it, and
/// backslashes before that one are doubled; `$` is doubled, and `#` has a backslash.
pub(crate) fn names(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ");
    let Some((_, files)) = text.lines().next().and_then(|rule| rule.split_once(": ")) else { return Vec::new() };
    let mut names = Vec::new();
    let mut name = String::new();
    let mut letters = files.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some('#')) | ('$', Some('$')) => name.extend(letters.next()),
            ('\\', _) => {
                let mut count = 1;
                while letters.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let before_blank = matches!(letters.peek(), Some(' ' | '\t'));
                let kept = if before_blank { count / 2 } else { count };
                name.extend(std::iter::repeat_n('\\', kept));
                if before_blank && count % 2 == 1 {
                    name.extend(letters.next());
                }
            }
            (' ' | '\n' | '\t', _) => names.push(std::mem::take(&mut name)),
            _ => name.push(letter),
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

/// The files that a linker read. Linkers write each on a line of its own and put no backslash before a blank in a name.
pub(crate) fn linker_names(text: &str) -> Vec<String> {
    let rule = text.split("\n\n").next().unwrap_or_default();
    let lines = rule.split('\n').skip(1).map(|line| line.strip_suffix('\\').unwrap_or(line).trim());
    let first = rule.lines().next().and_then(|line| line.split_once(": ")).map(|(_, names)| names);
    let first = first.map(|names| names.strip_suffix('\\').unwrap_or(names).trim());
    first.into_iter().chain(lines).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependency_files_are_read_as_make_reads_them() {
        let text =
            "m.o: m.c project-root/k.h \\\n /usr/include/stdio.h project-root/with\\ space.h \\\n  a$$b.h c\\#.h\n";
        let expected =
            ["m.c", "project-root/k.h", "/usr/include/stdio.h", "project-root/with space.h", "a$b.h", "c#.h"];
        assert_eq!(names(text), expected);
        assert_eq!(names("m.o: m.c k.h\n\nk.h:\n"), ["m.c", "k.h"]);
        assert!(names("").is_empty());
        assert_eq!(names("m.o: a\\\tb.h c\\d.h e\\\\\\ f.h g\\\\ h.h"), ["a\tb.h", "c\\d.h", "e\\ f.h", "g\\", "h.h"]);
    }

    #[test]
    fn linkers_do_not_mark_blanks() {
        let text = "m.so: \\\n  /lib/crti.o \\\n  /a b/libfoo.a \\\n  object-0.o\n\n/lib/crti.o:\n";
        assert_eq!(linker_names(text), ["/lib/crti.o", "/a b/libfoo.a", "object-0.o"]);
        assert_eq!(linker_names("m.so: /lib/crti.o \\\n  x.o\n"), ["/lib/crti.o", "x.o"]);
        assert!(linker_names("").is_empty());
    }
}

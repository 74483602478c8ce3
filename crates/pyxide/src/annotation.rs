//! What each line costs, as Cython's annotation page says it.

use std::path::PathBuf;

use serde::Serialize;

use crate::{Built, Error};

/// A line of a source, and how much of it runs in the interpreter rather than in C.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineCost {
    /// Its number, from 1.
    pub line: usize,
    /// Cython's score: 0 is plain C, and the more, the yellower the page has it.
    pub score: u64,
    /// The line.
    pub text: String,
}

impl Built {
    /// The page that shows what each line costs, if one was made.
    pub fn annotation(&self) -> Option<PathBuf> {
        self.beside(self.meta.annotation.as_ref())
    }

    /// What the page says of each line of the source. Empty where there is no page.
    ///
    /// # Errors
    /// [`Error::Io`] when the page or the source cannot be read.
    pub fn costs(&self) -> Result<Vec<LineCost>, Error> {
        let Some((page, source)) = self.annotation().zip(self.meta.source_name()) else { return Ok(vec![]) };
        let read = |path| {
            fs_err::read_to_string(path).map_err(|source| Error::Io { action: "read what each line costs", source })
        };
        let source = read(page.with_file_name(source))?;
        let lines: Vec<&str> = source.lines().collect();
        let cost = |(line, score): (usize, u64)| {
            Some(LineCost { line, score, text: (*lines.get(line.checked_sub(1)?)?).to_owned() })
        };
        Ok(scores(&read(page)?).filter_map(cost).collect())
    }

    /// The page as a part of another one, such as a notebook. `None` where there is no page.
    ///
    /// # Errors
    /// [`Error::Io`] when the page cannot be read.
    pub fn framed_annotation(&self) -> Result<Option<String>, Error> {
        let Some(page) = self.annotation() else { return Ok(None) };
        let text = fs_err::read_to_string(page);
        text.map(|text| Some(framed(&text))).map_err(|source| Error::Io { action: "read what each line costs", source })
    }
}

/// The lines that a page shows, by number, with their scores.
///
/// A line is a `pre` of the classes `cython`, `line` and `score-N`, and its number is in the first `span`.
fn scores(page: &str) -> impl Iterator<Item = (usize, u64)> + '_ {
    page.split("<pre class=\"").skip(1).filter_map(|line| {
        let (classes, rest) = line.split_once('"')?;
        let mut classes = classes.split_whitespace();
        if !classes.clone().any(|class| class == "line") {
            return None;
        }
        let score = classes.find_map(|class| class.strip_prefix("score-"))?.parse().ok()?;
        let (_, number) = rest.split_once("<span class=\"\">")?;
        Some((number.split_once("</span>")?.0.trim().parse().ok()?, score))
    })
}

/// A page within a page: its styles and scripts then change nothing outside of it.
fn framed(page: &str) -> String {
    // A link to the file beside the page leads nowhere from another one.
    let page: Vec<&str> = page.lines().filter(|line| !line.starts_with("<p>Raw output: <a href=")).collect();
    let page = page.join("\n").replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<iframe srcdoc=\"{page}\" sandbox=\"allow-scripts\" style=\"width: 100%; height: 30em; border: 1px solid #ccc; resize: vertical\"></iframe>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let page = concat!(
            "<p>Raw output: <a href=\"m.c\">m.c</a></p>\n",
            "<div class=\"cython\"><pre class=\"cython line score-12\" onclick=\"(function(f){})(this)\">+<span class=\"\">01</span>: x &lt; 1</pre>\n",
            "<pre class='cython code score-12 '>  1;\n</pre><pre class=\"cython line score-0\">&#xA0;<span class=\"\">02</span>: </pre>\n",
            "<pre class=\"mis cython line score-7\">+<span class=\"\">003</span>: y</pre>",
        );
        assert_eq!(scores(page).collect::<Vec<_>>(), [(1, 12), (2, 0), (3, 7)]);
        assert_eq!(scores("<pre class=\"cython line score-x\"><span class=\"\">1</span>").count(), 0);
        let framed = framed(page);
        assert!(!framed.contains("Raw output") && framed.contains("x &amp;lt; 1"), "{framed}");
        assert_eq!(framed.matches('"').count(), 6, "{framed}");
    }
}

//! The settings of a source distribution, which has in its own folder what lay beside the project.

use toml::de::DeTable;

use crate::error::Error;
use crate::reader::{Table, Text};
use crate::settings::{FILE_KEYS, FOLDER_KEYS, HOOK_KEYS};

/// The text of a pyproject.toml for a source distribution: paths that lead beside the project lead below it. All else is as it was.
///
/// # Errors
/// Settings that cannot be read; what cannot be read as TOML at all is [`Settings::read`](crate::Settings::read)'s to refuse, and stays as it is.
pub fn relocated(text: &str) -> Result<String, Error> {
    let Ok(document) = DeTable::parse(text) else { return Ok(text.to_owned()) };
    let mut table = Some(Table::document(text, &document));
    for key in ["tool", "pyxide", "wheel"] {
        table = table.map(|table| table.foreign(key)).transpose()?.flatten();
    }
    let Some(wheel) = table else { return Ok(text.to_owned()) };
    let mut paths: Vec<Text> = Vec::new();
    for (tables, keys, key) in
        [("hooks", HOOK_KEYS, "file"), ("files", FILE_KEYS, "from"), ("folders", FOLDER_KEYS, "from")]
    {
        for entry in wheel.tables(tables, keys)? {
            paths.extend(entry.text(key)?);
        }
    }
    paths.sort_by_key(|path| path.span.start);
    let mut relocated = String::new();
    let mut end = 0;
    for path in paths {
        let source = path.source_path()?;
        if source.leads_out() {
            relocated.push_str(&text[end..path.span.start]);
            // A path that was read has neither backslashes nor control characters.
            let quoted = source.relocated().as_str().replace('"', "\\\"");
            relocated.extend(["\"", &quoted, "\""]);
            end = path.span.end;
        }
    }
    relocated.push_str(&text[end..]);
    Ok(relocated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leads_out_is_changed() {
        let text = r#"# with a comment
[tool.pyxide.wheel]
hooks = [{ file = "../data/x.pth" }, { name = "y", call = "y:y" }]
folders = [{ from = '../../words' , to = "../../not read here" }] # kept
[[tool.pyxide.wheel.files]]
from = """../a "b".txt"""
[[tool.pyxide.wheel.files]]
from = "data/c.txt"
"#;
        let expected = text
            .replace("\"../data/x.pth\"", "\"data/x.pth\"")
            .replace("'../../words'", "\"words\"")
            .replace("\"\"\"../a \"b\".txt\"\"\"", r#""a \"b\".txt""#);
        assert_eq!(relocated(text).unwrap(), expected);
        assert_eq!(relocated(&expected).unwrap(), expected);
        for text in ["", "[tool.other]\nfrom = \"../x\"\n", "not TOML"] {
            assert_eq!(relocated(text).unwrap(), text);
        }
    }
}

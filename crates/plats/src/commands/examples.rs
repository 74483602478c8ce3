//! `plats examples`

use crate::{
    Error, SUCCESS,
    alias::near,
    args::{ExamplesOptions, LanguageOptions},
    files, program, python,
    report::Report,
    settings::Settings,
    source::Source,
};

/// A program that shows something, all in the language itself.
struct Example {
    name: &'static str,
    /// What it shows, in Dutch and in English.
    about: [&'static str; 2],
    text: &'static str,
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "hello",
        about: ["iets zeggen, en tekst aaneenplakken", "say something, and glue text together"],
        text: include_str!("../examples/hello.plats"),
    },
    Example {
        name: "rekenen",
        about: ["rekenen met getallen en namen", "arithmetic with numbers and names"],
        text: include_str!("../examples/rekenen.plats"),
    },
    Example {
        name: "funksies",
        about: ["funksies maken, roepen en iets teruggeven", "make and call functions, and give something back"],
        text: include_str!("../examples/funksies.plats"),
    },
    Example {
        name: "begroeting",
        about: ["een begroeting naargelang van het uur", "a greeting for each hour"],
        text: include_str!("../examples/begroeting.plats"),
    },
    Example {
        name: "teller",
        about: ["tellen met zolang", "count with zolang"],
        text: include_str!("../examples/teller.plats"),
    },
    Example {
        name: "fizzbuzz",
        about: ["kiezen met als, anders als en anders", "choose with als, anders als and anders"],
        text: include_str!("../examples/fizzbuzz.plats"),
    },
    Example {
        name: "fibonacci",
        about: ["een funksie die zichzelf roept", "a function that calls itself"],
        text: include_str!("../examples/fibonacci.plats"),
    },
];

/// Lists, shows, runs or saves an example.
pub(crate) fn examples(options: &ExamplesOptions, report: &Report, settings: &Settings) -> Result<u8, Error> {
    if let Some(name) = &options.show {
        report.data(find(name)?.text);
    } else if let Some(name) = &options.save {
        let example = find(name)?;
        let file = format!("{}.plats", example.name);
        // Only a file that says the same may stay: nobody's work is overwritten.
        match fs_err::read(&file) {
            Ok(before) if before == example.text.as_bytes() => {}
            Ok(_) => return Err(Error::Exists { file }),
            Err(_) if std::path::Path::new(&file).is_dir() => return Err(Error::Exists { file }),
            Err(_) => files::replace(file.as_ref(), example.text)?,
        }
        report.line(&file);
    } else if let Some(name) = &options.run {
        let example = find(name)?;
        let text = example.text.to_owned();
        let source = Source { name: format!("{}.plats", example.name), path: None, text, offset: 0 };
        let compiled = program::compile(&source, LanguageOptions { raw_python: false }, report)?;
        let interpreter = python::find(&options.python, settings)?;
        match python::run(&interpreter, &source, &compiled.python, &[])? {}
    } else {
        for example in EXAMPLES {
            let [dutch, english] = example.about;
            report.line(&format!("{:<12} {}", example.name, report.word(dutch, english)));
        }
    }
    Ok(SUCCESS)
}

fn find(name: &str) -> Result<&'static Example, Error> {
    let names = EXAMPLES.iter().map(|example| example.name);
    EXAMPLES
        .iter()
        .find(|example| example.name == name)
        .ok_or_else(|| Error::UnknownExample { name: name.to_owned(), near: near(name, names) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_compiles_without_a_warning_and_is_laid_out() {
        let first = ("hallo", include_str!("../examples/hallo.plats"));
        let examples = EXAMPLES.iter().map(|example| (example.name, example.text));
        for (name, text) in examples.chain([first]) {
            let found = platskript::check(text, &platskript::Options::default());
            assert!(found.is_empty(), "{name}: {found:?}");
            assert_eq!(platskript::format(text).unwrap(), text, "{name}");
        }
    }

    #[test]
    fn a_slip_leads_to_an_example() {
        assert!(matches!(find("rekennen"), Err(Error::UnknownExample { near: Some("rekenen"), .. })));
    }
}

//! Puts a text through a dialect, as often as asked, and writes the seconds of each time: `transform FOLDER ID FILE TIMES [OUTPUT]`.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use dialect::{Options, Packs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, id, file, times, output @ ..] = arguments.as_slice() else {
        return Err("usage: transform FOLDER ID FILE TIMES [OUTPUT]".into());
    };
    let text = fs_err::read_to_string(file)?;
    let dialect = Packs::open(Path::new(folder))?.dialect(id)?;
    let options = Options::default();
    let mut stdout = std::io::stdout().lock();
    for _ in 0..times.parse::<u32>()? {
        let start = Instant::now();
        let transformed = dialect.transform(&text, &options)?;
        writeln!(stdout, "{}", start.elapsed().as_secs_f64())?;
        if let [output] = output {
            fs_err::write(output, transformed)?;
        }
    }
    Ok(())
}

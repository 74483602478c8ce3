//! Puts a text through a dialect once for each line that it is sent, and answers with the seconds that it took: `transform FOLDER ID FILE`.

use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::time::Instant;

use dialect::{Options, Packs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, id, file] = arguments.as_slice() else {
        return Err("usage: transform FOLDER ID FILE".into());
    };
    let text = fs_err::read_to_string(file)?;
    let dialect = Packs::open(Path::new(folder))?.dialect(id)?;
    let options = Options::default();
    for line in std::io::stdin().lock().lines() {
        line?;
        let start = Instant::now();
        let transformed = dialect.transform(&text, &options)?;
        let seconds = start.elapsed().as_secs_f64();
        drop(transformed);
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{seconds}")?;
        stdout.flush()?;
    }
    Ok(())
}

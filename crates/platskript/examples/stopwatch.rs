//! Compiles a file once for each line on standard input, and tells each time how many seconds that took.
//!
//! `cargo xtask bench-plats` asks it. The Python is written to the second argument, if there is one.

use std::{
    env,
    io::{self, BufRead as _, Write as _},
    time::Instant,
};

use platskript::{Options, compile};

fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1);
    let source = fs_err::read_to_string(arguments.next().unwrap_or_default())?;
    let target = arguments.next();
    let mut stdout = io::stdout();
    for line in io::stdin().lock().lines() {
        line?;
        let begin = Instant::now();
        let compiled = compile(&source, &Options::default());
        let took = begin.elapsed();
        match (compiled, &target) {
            (Ok(compiled), Some(target)) => fs_err::write(target, compiled.python)?,
            (Ok(_), None) => {}
            (Err(errors), _) => {
                let first = errors.first().map(|error| error.message(platskript::Voice::English));
                writeln!(stdout, "refused: {} errors, {}", errors.len(), first.unwrap_or_default())?;
                continue;
            }
        }
        writeln!(stdout, "{}", took.as_secs_f64())?;
        stdout.flush()?;
    }
    Ok(())
}

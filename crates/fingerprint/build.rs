//! Hands the target triple to the code: `cc` wants to be told what it compiles for.

fn main() {
    let target = std::env::var("TARGET").expect("cargo sets TARGET for build scripts");
    let mut out = std::io::stdout().lock();
    std::io::Write::write_fmt(
        &mut out,
        format_args!("cargo::rustc-env=FINGERPRINT_TARGET={target}\ncargo::rerun-if-changed=build.rs\n"),
    )
    .expect("cargo reads what build scripts write");
}

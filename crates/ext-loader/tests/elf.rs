//! `inspect` on modules that the system's compiler built, whole and damaged.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ext_loader::{Facts, Machine, Wanted, init_symbol, inspect};

const SQUARE: &str = "int PyInit_square(void) { return 0; }";

#[test]
fn accepts_an_intact_module() {
    assert_eq!(square(&module(&[])), Ok(Facts { needed: vec!["libc.so.6".into()], run_paths: vec![] }));
}

#[test]
fn accepts_both_kinds_of_hash_table() {
    for style in ["-Wl,--hash-style=sysv", "-Wl,--hash-style=gnu", "-Wl,--hash-style=both"] {
        assert!(square(&module(&[style])).is_ok(), "{style}");
    }
    // With both, the loader does not look at the old one.
    let mut bytes = module(&["-Wl,--hash-style=both"]);
    let old = entry(&bytes, DT_HASH) + 8;
    bytes[old..old + 8].fill(0xff);
    assert!(square(&bytes).is_ok());
}

#[test]
fn accepts_a_module_without_sections() {
    let mut bytes = module(&[]);
    forget_sections(&mut bytes);
    assert!(square(&bytes).is_ok());
}

// Elsewhere, the compiler has no second word size.
#[cfg(target_arch = "x86_64")]
#[test]
fn reads_32_bit_modules() {
    let bytes = compile(SQUARE, &["-m32", "-shared", "-fPIC", "-nostdlib", "-Wl,-rpath,/opt/lib"]);
    let wanted = Wanted { init_symbol: "PyInit_square", machine: Machine::X86 };
    assert_eq!(inspect(&bytes, &wanted).unwrap().run_paths, ["/opt/lib"]);
    check(&bytes, "it is for 32-bit x86, and x86-64 is needed");
    for end in (0..bytes.len()).step_by(512) {
        assert!(inspect(&bytes[..end], &wanted).is_err(), "cut to {end} of {} bytes", bytes.len());
    }
}

#[test]
fn does_not_depend_on_alignment() {
    let mut bytes = module(&[]);
    for _ in 0..8 {
        bytes.insert(0, 0);
        let start = bytes.iter().position(|byte| *byte != 0).unwrap();
        assert!(square(&bytes[start..]).is_ok(), "{start} bytes after an aligned address");
    }
}

#[test]
fn reports_libraries_and_run_paths() {
    let flags = ["-lm", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/../lib:/opt/lib"];
    let new = square(&module(&flags)).unwrap();
    assert_eq!(new.needed, ["libm.so.6", "libc.so.6"]);
    assert_eq!(new.run_paths, ["$ORIGIN/../lib:/opt/lib"]);

    let old = square(&module(&["-Wl,--disable-new-dtags,-rpath,/old"])).unwrap();
    assert_eq!(old.run_paths, ["/old"]);
}

#[test]
fn refuses_what_is_not_elf() {
    check(b"", "it is empty");
    check(b"\x7fEL", "it is not an ELF file");
    check(b"int PyInit_square(void) { return 0; }\n", "it is not an ELF file");
    check(&[0; 16384], "it is not an ELF file");
    check(b"\x7fELF", "it is cut short: the header ends at byte 20 of 4");
    check(&module(&[])[..40], "it is cut short: the header ends at byte 64 of 40");
}

#[test]
fn refuses_other_machines() {
    let wanted = Machine::host();
    let patched = |offset: usize, byte: u8| {
        let mut bytes = module(&[]);
        bytes[offset] = byte;
        bytes
    };
    check(&patched(4, 0), &format!("it is for {}, and {wanted} is needed", raw("word size code 0", "little-endian")));
    check(&patched(4, 1), &format!("it is for {}, and {wanted} is needed", raw("32-bit", "little-endian")));
    check(&patched(5, 3), &format!("it is for {}, and {wanted} is needed", raw("64-bit", "byte order code 3")));
    check(&patched(18, 8), &format!("it is for ELF machine 8, 64-bit, little-endian, and {wanted} is needed"));
    let other = if wanted == Machine::AARCH64 { Machine::X86_64 } else { Machine::AARCH64 };
    assert_eq!(
        inspect(&module(&[]), &Wanted { init_symbol: "PyInit_square", machine: other }).unwrap_err().to_string(),
        format!("it is for {wanted}, and {other} is needed")
    );
}

/// How the host's own machine is called when its word size or byte order is damaged.
fn raw(class: &str, encoding: &str) -> String {
    let number = u16::from_le_bytes(module(&[])[18..20].try_into().unwrap());
    format!("ELF machine {number}, {class}, {encoding}")
}

#[test]
fn refuses_what_is_not_a_module() {
    check(&compile(SQUARE, &["-c"]), "it is an object file, not a shared library");
    let source = "int PyInit_square(void) { return 0; } int main(void) { return 0; }";
    check(&compile(source, &["-pie", "-fPIE", "-rdynamic"]), "it is a program, not a module");
    check(&compile(source, &["-no-pie"]), "it is a program, not a shared library");
}

#[test]
fn refuses_every_cut() {
    let mut bytes = module(&[]);
    for end in (0..bytes.len()).step_by(512) {
        assert!(square(&bytes[..end]).is_err(), "cut to {end} of {} bytes", bytes.len());
    }
    check(&bytes[..bytes.len() - 1], &{
        let size = bytes.len();
        format!("it is cut short: the section table ends at byte {size} of {}", size - 1)
    });

    // Without sections, nothing but the segments says how long the file must be.
    forget_sections(&mut bytes);
    let loaded = segments(&bytes).filter(|at| kind(&bytes, *at) == PT_LOAD).map(|at| end(&bytes, at)).max().unwrap();
    let headers = segments(&bytes).last().unwrap() + 56;
    for end in (headers.next_multiple_of(512)..loaded).step_by(512).chain([loaded - 1]) {
        let message = refusal(&bytes[..end]);
        assert!(message.starts_with("it is cut short: segment "), "cut to {end} of {loaded} bytes: {message}");
    }
    assert!(square(&bytes[..loaded]).is_ok());
}

#[test]
fn refuses_impossible_headers() {
    let check = |at: usize, value: &[u8], expected: &str| {
        let mut bytes = module(&[]);
        bytes[at..at + value.len()].copy_from_slice(value);
        check(&bytes, &expected.replace("[SIZE]", &bytes.len().to_string()));
    };
    let all = [0xff; 8];
    check(PHOFF, &all, "it is cut short: the segment table ends at byte 18446744073709551615 of [SIZE]");
    check(PHNUM, &all[..2], "it is cut short: the segment table ends at byte 3670024 of [SIZE]");
    check(PHNUM, &[0, 0], "it asks for an executable stack");
    check(PHENTSIZE, &[32, 0], "its program headers have 32 bytes each instead of 56");
    check(SHOFF, &all, "it is cut short: the section table ends at byte 18446744073709551615 of [SIZE]");

    let bytes = module(&[]);
    let first = segments(&bytes).position(|at| kind(&bytes, at) == PT_LOAD).unwrap();
    let load = segments(&bytes).nth(first).unwrap();
    let end = |first| format!("it is cut short: segment {first} ends at byte 18446744073709551615 of [SIZE]");
    check(load + OFFSET, &all, &end(first));
    check(load + FILE_SIZE, &all, &end(first));
    check(load + ADDRESS, &all, &format!("segment {first} is not loaded behind the one before it"));
    let later = segments(&bytes).skip(first + 1).find(|at| kind(&bytes, *at) == PT_LOAD).unwrap();
    check(later + ADDRESS, &[0; 8], &format!("segment {} is not loaded behind the one before it", first + 1));
    let size = u64_at(&bytes, load + FILE_SIZE);
    check(
        load + MEMORY_SIZE,
        &1_u64.to_le_bytes(),
        &format!("segment {first} has {size} bytes in the file, but only 1 in memory"),
    );
}

#[test]
fn refuses_writable_code_and_executable_stacks() {
    check(&module(&["-z", "execstack"]), "it asks for an executable stack");

    let bytes = module(&[]);
    let position = |wanted| segments(&bytes).position(|at| kind(&bytes, at) == wanted).unwrap();
    let (load, stack) = (position(PT_LOAD), position(PT_GNU_STACK));
    let at = |number| segments(&bytes).nth(number).unwrap();

    let mut writable = bytes.clone();
    writable[at(load) + FLAGS] = 7;
    check(&writable, &format!("segment {load} is both writable and executable"));

    let mut silent = bytes.clone();
    silent[at(stack)..at(stack) + 4].copy_from_slice(&[0; 4]);
    check(&silent, "it asks for an executable stack");
}

#[test]
fn refuses_a_dynamic_section_that_misleads() {
    // The spare entries are filled below.
    let bytes = module(&["-Wl,--spare-dynamic-tags=3"]);
    let dynamic = segments(&bytes).find(|at| kind(&bytes, *at) == PT_DYNAMIC).unwrap();
    let note = segments(&bytes).find(|at| ![PT_LOAD, PT_DYNAMIC, PT_GNU_STACK].contains(&kind(&bytes, *at))).unwrap();
    let check = |at: usize, value: &[u8], expected: &str| {
        let mut bytes = bytes.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        check(&bytes, &expected.replace("[SIZE]", &bytes.len().to_string()));
    };
    check(dynamic, &[0; 4], "it has 0 dynamic sections instead of one");
    check(note, &PT_DYNAMIC.to_le_bytes(), "it has 2 dynamic sections instead of one");
    check(dynamic + FILE_SIZE, &[0xff; 8], &{
        "it is cut short: the dynamic section ends at byte 18446744073709551615 of [SIZE]".to_owned()
    });
    check(dynamic + OFFSET, &[0; 8], "its dynamic section is not loaded from where it says");
    check(dynamic + ADDRESS, &[0; 8], "its dynamic section is not loaded from where it says");
    check(dynamic + FILE_SIZE, &16_u64.to_le_bytes(), "its dynamic section has no end");

    let value = |tag| entry(&bytes, tag) + 8;
    let nothing = 0_u64.to_le_bytes();
    let far = u64::MAX.to_le_bytes();
    check(value(DT_NEEDED), &far, "its `DT_NEEDED` has a name that cannot be read");
    check(value(DT_SYMTAB), &far, "its `DT_SYMTAB` points to something that is not in the file");
    check(value(DT_STRTAB), &far, "its `DT_STRTAB` points to something that is not in the file");
    check(value(DT_STRSZ), &far, "its `DT_STRTAB` points to something that is not in the file");
    check(value(DT_STRSZ), &nothing, "its `DT_NEEDED` has a name that cannot be read");
    check(value(DT_GNU_HASH), &far, "its `DT_GNU_HASH` points to something that is not in the file");
    let last = [DT_STRSZ.to_le_bytes(), far].concat();
    check(entry(&bytes, 0), &last, "its `DT_STRTAB` points to something that is not in the file");
    let unknown = 0x6000_0042_u64.to_le_bytes();
    check(entry(&bytes, DT_GNU_HASH), &unknown, "its dynamic section has no `DT_HASH`");
    check(entry(&bytes, DT_SYMTAB), &unknown, "its dynamic section has no `DT_SYMTAB`");
    check(entry(&bytes, DT_STRTAB), &unknown, "its dynamic section has no `DT_STRTAB`");
    check(entry(&bytes, DT_STRSZ), &unknown, "its dynamic section has no `DT_STRSZ`");
}

#[test]
fn refuses_loader_hooks() {
    for (flag, tag) in [
        ("-Wl,--audit=libspy.so", "DT_AUDIT"),
        ("-Wl,--depaudit=libspy.so", "DT_DEPAUDIT"),
        ("-Wl,--filter=libspy.so", "DT_FILTER"),
        ("-Wl,--auxiliary=libspy.so", "DT_AUXILIARY"),
    ] {
        check(&module(&[flag]), &format!("it has a `{tag}`, which modules do not need"));
    }
}

#[test]
fn refuses_a_small_file_that_asks_for_much_memory() {
    let path = format!("-Wl,--spare-dynamic-tags=2000,-rpath,/{}", "x".repeat(20_000));
    let mut bytes = module(&[&path]);
    assert!(square(&bytes).is_ok());
    let name: [u8; 8] = bytes[entry(&bytes, DT_RUNPATH) + 8..][..8].try_into().unwrap();
    let spare = entry(&bytes, 0);
    for spare in (spare..).step_by(16).take(1900) {
        bytes[spare..spare + 8].copy_from_slice(&DT_RUNPATH.to_le_bytes());
        bytes[spare + 8..spare + 16].copy_from_slice(&name);
    }
    check(&bytes, "its dynamic section names more text than the file has bytes");
}

#[test]
fn refuses_other_modules() {
    let found = |source| refusal(&compile(source, &["-shared", "-fPIC"]));

    assert_eq!(found("int PyInit_cube(void) { return 0; }"), "it has no function `PyInit_square`, but `PyInit_cube`");
    assert_eq!(found("int square(void) { return 0; }"), "it has no function `PyInit_square`, and is no module at all");
    assert_eq!(
        found("int PyInit_squared(void) { return 0; }"),
        "it has no function `PyInit_square`, but `PyInit_squared`"
    );
    // Neither data, nor what is used, nor what is hidden counts.
    for source in [
        "int PyInit_square = 0;",
        "int PyInit_square(void); int square(void) { return PyInit_square(); }",
        "static int PyInit_square(void) { return 0; } int (*square)(void) = PyInit_square;",
        "__attribute__((visibility(\"hidden\"))) int PyInit_square(void) { return 0; }",
    ] {
        assert_eq!(found(source), "it has no function `PyInit_square`, and is no module at all", "{source}");
    }
    assert_eq!(
        found("int PyInit_square(void) { return 0; } int PyInitU_cde(void) { return 0; }"),
        "it has more than one module: `PyInitU_cde`, `PyInit_square`"
    );
    let weak = "__attribute__((weak)) int PyInit_square(void) { return 0; }";
    assert!(square(&compile(weak, &["-shared", "-fPIC"])).is_ok());
}

#[test]
fn tells_which_module_it_is() {
    let named = |bytes: &[u8]| init_symbol(bytes, Machine::host()).map_err(|refusal| refusal.to_string());
    let bytes = module(&[]);
    assert_eq!(named(&bytes), Ok("PyInit_square".to_owned()));
    let two = "int PyInit_b(void) { return 0; }\nint PyInit_a(void) { return 0; }";
    let shared = ["-shared", "-fPIC"];
    let error = "it has more than one module: `PyInit_a`, `PyInit_b`";
    assert_eq!(named(&compile(two, &shared)), Err(error.to_owned()));
    let error = "it has no function `PyInit_*`, and is no module at all";
    assert_eq!(named(&compile("int square(void) { return 0; }", &shared)), Err(error.to_owned()));
    assert_eq!(named(b"PyInit_square"), Err("it is not an ELF file".to_owned()));
    for end in (0..bytes.len()).step_by(512) {
        assert!(named(&bytes[..end]).is_err(), "cut to {end} of {} bytes", bytes.len());
    }
}

#[test]
fn lists_few_and_short_names() {
    let many: Vec<_> = (10..60).map(|number| format!("int PyInit_m{number}(void) {{ return 0; }}")).collect();
    let message = refusal(&compile(&many.join("\n"), &["-shared", "-fPIC"]));
    assert_eq!(message.matches("`PyInit_m").count(), 8, "{message}");
    assert!(message.ends_with(" and more"), "{message}");
    let message = refusal(&compile(&format!("{} {SQUARE}", many.join("\n")), &["-shared", "-fPIC"]));
    assert!(message.starts_with("it has more than one module: "), "{message}");

    let long = format!("int PyInit_{}(void) {{ return 0; }}", "x".repeat(50_000));
    assert_eq!(
        refusal(&compile(&long, &["-shared", "-fPIC"])),
        format!("it has no function `PyInit_square`, but `PyInit_{}…`", "x".repeat(113))
    );

    let mut escape = compile("int PyInit_round(void) { return 0; }", &["-shared", "-fPIC"]);
    while let Some(at) = escape.windows(12).position(|window| window == b"PyInit_round") {
        escape[at..at + 12].copy_from_slice(b"PyInit_\x1b[31m");
    }
    check(&escape, r"it has no function `PyInit_square`, but `PyInit_\x1b[31m`");
}

#[test]
fn refuses_too_many_symbols() {
    // The hash table says how many, and must itself be in the file: so much comes behind it.
    let source = format!("{SQUARE} __attribute__((section(\".rodata\"))) const char filler[5 << 20] = {{1}};");
    let flags = ["-shared", "-fPIC", "-Wl,--hash-style=sysv,-z,noseparate-code"];
    let mut bytes = compile(&source, &flags);
    assert!(square(&bytes).is_ok());
    let chains = hash_table(&bytes) + 4;
    bytes[chains..chains + 4].copy_from_slice(&1_100_000_u32.to_le_bytes());
    check(&bytes, "it has 1100000 symbols, more than 1000000");
    bytes[chains..chains + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    check(&bytes, "its `DT_HASH` points to something that is not in the file");
}

#[test]
fn refuses_an_init_that_the_loader_would_not_find_or_not_run() {
    let bytes = module(&["-Wl,--hash-style=sysv"]);
    // The module has one function, and uses some that it does not have.
    let table = value(&bytes, DT_SYMTAB);
    let symbol =
        (0..100).map(|index| table + 24 * index).find(|at| bytes[at + 4] == 0x12 && bytes[at + 6] != 0).unwrap();
    let check = |at: usize, value: &[u8], expected: &str| {
        let mut bytes = bytes.clone();
        bytes[symbol + at..symbol + at + value.len()].copy_from_slice(value);
        check(&bytes, expected);
    };
    check(8, &16_u64.to_le_bytes(), "its function `PyInit_square` is not in executable code");
    let none = "it has no function `PyInit_square`, and is no module at all";
    let (local, hidden, undefined) = ([0x02], [2], [0, 0]);
    check(4, &local, none);
    check(5, &hidden, none);
    check(6, &undefined, none);
}

#[test]
fn survives_every_changed_byte_of_the_headers() {
    let original = module(&[]);
    let started = Instant::now();
    let survives = &|first: usize| {
        let mut bytes = original.clone();
        for at in first..first + 256 {
            for change in 1..=255 {
                bytes[at] = original[at] ^ change;
                judge(&bytes);
            }
            bytes[at] = original[at];
        }
    };
    thread::scope(|scope| {
        for first in (0..1024).step_by(256) {
            scope.spawn(move || survives(first));
        }
    });
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
}

#[test]
fn survives_random_changes() {
    for style in ["-Wl,--hash-style=sysv", "-Wl,--hash-style=gnu"] {
        let original = module(&[style, "-Wl,-rpath,/opt/lib"]);
        let tables: Vec<_> = [DT_STRTAB, DT_SYMTAB].map(|tag| value(&original, tag)).to_vec();
        let places = [0, 64, tables[0], tables[1], hash_table(&original), entry(&original, DT_NEEDED)];
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let started = Instant::now();
        let mut accepted = 0;
        for _ in 0..20_000 {
            let mut bytes = original.clone();
            for _ in 0..=random.below(4) {
                // Half of the changes go where the numbers are.
                let at = match random.below(2) {
                    0 => random.below(bytes.len()),
                    _ => places[random.below(places.len())] + random.below(256),
                };
                let length = 1 << random.below(4);
                let value = [0, 1, 0x7f, 0x80, 0xff, random.below(256)][random.below(6)];
                let end = (at + length).min(bytes.len());
                bytes[at..end].fill(u8::try_from(value).unwrap());
            }
            if random.below(8) == 0 {
                bytes.truncate(random.below(bytes.len()));
            }
            accepted += usize::from(judge(&bytes));
        }
        assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
        // A loop that breaks everything at once, or nothing, would test little.
        assert!((1000..19_000).contains(&accepted), "{accepted} of 20000 were accepted");
    }
}

/// Looks at a changed file, which must neither panic nor be believed when it says impossible things.
fn judge(bytes: &[u8]) -> bool {
    match square(bytes) {
        Ok(facts) => {
            let text: usize = facts.needed.iter().chain(&facts.run_paths).map(String::len).sum();
            assert!(text <= bytes.len());
            true
        }
        Err(refusal) => {
            assert!(refusal.to_string().len() < 2000);
            false
        }
    }
}

/// Xorshift: the same on every run and machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

fn square(bytes: &[u8]) -> Result<Facts, ext_loader::Refusal> {
    inspect(bytes, &Wanted { init_symbol: "PyInit_square", machine: Machine::host() })
}

fn refusal(bytes: &[u8]) -> String {
    square(bytes).expect_err("it should have been refused").to_string()
}

fn check(bytes: &[u8], expected: &str) {
    assert_eq!(refusal(bytes), expected);
}

fn module(flags: &[&str]) -> Vec<u8> {
    // The C library is not used, and shall be named nevertheless.
    compile(SQUARE, &[&["-shared", "-fPIC", "-Wl,--no-as-needed"], flags].concat())
}

fn compile(source: &str, flags: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("square.c"), source).unwrap();
    let output = Command::new("gcc")
        .args(["square.c", "-o", "square.so"])
        .args(flags)
        .current_dir(folder.path())
        .output()
        .expect("these tests need `gcc` on PATH, which builds the modules that they look at");
    assert!(output.status.success(), "gcc {flags:?}: {}", String::from_utf8_lossy(&output.stderr));
    fs_err::read(folder.path().join("square.so")).unwrap()
}

// Just enough of the 64-bit little-endian format to damage a file in a chosen place.

const PHOFF: usize = 32;
const SHOFF: usize = 40;
const PHENTSIZE: usize = 54;
const PHNUM: usize = 56;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_GNU_STACK: u32 = 0x6474_e551;

// In a program header.
const FLAGS: usize = 4;
const OFFSET: usize = 8;
const ADDRESS: usize = 16;
const FILE_SIZE: usize = 32;
const MEMORY_SIZE: usize = 40;

const DT_NEEDED: u64 = 1;
const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const DT_RUNPATH: u64 = 29;
const DT_GNU_HASH: u64 = 0x6fff_fef5;

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn usize_at(bytes: &[u8], at: usize) -> usize {
    u64_at(bytes, at).try_into().unwrap()
}

/// The offsets of all program headers.
fn segments(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let start = usize_at(bytes, PHOFF);
    (0..usize::from(bytes[PHNUM])).map(move |number| start + 56 * number)
}

fn kind(bytes: &[u8], segment: usize) -> u32 {
    u32::from_le_bytes(bytes[segment..segment + 4].try_into().unwrap())
}

fn end(bytes: &[u8], segment: usize) -> usize {
    usize_at(bytes, segment + OFFSET) + usize_at(bytes, segment + FILE_SIZE)
}

/// The offset of an entry of the dynamic section.
fn entry(bytes: &[u8], tag: u64) -> usize {
    find_entry(bytes, tag).unwrap_or_else(|| panic!("the dynamic section has no entry {tag}"))
}

fn find_entry(bytes: &[u8], tag: u64) -> Option<usize> {
    let segment = segments(bytes).find(|at| kind(bytes, *at) == PT_DYNAMIC).unwrap();
    let start = usize_at(bytes, segment + OFFSET);
    (start..end(bytes, segment)).step_by(16).find(|at| u64_at(bytes, *at) == tag)
}

/// The offset of a table that is in the first segment, where offsets are addresses.
fn value(bytes: &[u8], tag: u64) -> usize {
    usize_at(bytes, entry(bytes, tag) + 8)
}

fn hash_table(bytes: &[u8]) -> usize {
    let tag = if find_entry(bytes, DT_HASH).is_some() { DT_HASH } else { DT_GNU_HASH };
    value(bytes, tag)
}

fn forget_sections(bytes: &mut [u8]) {
    bytes[SHOFF..SHOFF + 8].fill(0);
}

//! What is wrong is refused, by the rule that it breaks, and the file stays as it is.

use wheel_patch::{Check, Error, Finding, Limits, Options, Rule, Severity, apply, verify};

use crate::{
    change::{add, changed},
    make::{Made, Member, listed, member, record, sound, with, zip},
};

/// The rules that a wheel breaks badly, in the order in which they are told.
fn broken(made: &Made) -> Vec<&'static str> {
    let findings = verify(&made.path, Check::Content, &Limits::default()).unwrap();
    let mut rules: Vec<_> =
        findings.iter().filter(|finding| finding.severity == Severity::Error).map(|finding| finding.rule).collect();
    rules.dedup();
    rules
}

fn check(bytes: &[u8], expected: &[Rule]) {
    let made = Made::of(bytes);
    let expected: Vec<_> = expected.iter().map(|rule| rule.id()).collect();
    assert_eq!(broken(&made), expected);
    let error = apply(&made.path, &[add("a.txt", b"a")], &Options::default()).unwrap_err();
    assert!(matches!(error, Error::Unsound { .. }), "{error}");
    assert_eq!(made.bytes(), bytes);
}

/// With the first member changed, and RECORD as it was before.
fn first(rules: &[Rule], change: impl FnOnce(&mut Member)) {
    check(&zip(&changed(0, change)), rules);
}

#[test]
fn a_sound_wheel_breaks_nothing() {
    assert!(verify(&Made::sound().path, Check::Content, &Limits::default()).unwrap().is_empty());
}

#[test]
fn frames_that_are_wrong() {
    let good = zip(&listed(sound()));
    let end = good.len() - 22;
    check(b"", &[Rule::ZipEnd]);
    check(&good[..good.len() - 1], &[Rule::ZipEnd]);
    check(&[&b"junk"[..], &good].concat(), &[Rule::ZipPrefix]);
    check(&[&good[..], b"junk"].concat(), &[Rule::ZipTrailing]);
    check(&[&good[..good.len() - 2], &[4, 0], b"junk"].concat(), &[Rule::ZipComment]);
    check(&[&good[..], &good].concat(), &[Rule::ZipPrefix]);
    let patched = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = bytes[at].wrapping_add(value);
        bytes
    };
    check(&patched(end + 4, 1), &[Rule::ZipDisks]);
    check(&patched(end + 8, 1), &[Rule::ZipCount]);
    check(&patched(end + 12, 1), &[Rule::ZipDirectory]);
    check(&patched(end + 16, 1), &[Rule::ZipDirectory]);
    // A time that only one of the two headers has, which another reader looks at.
    check(&patched(10, 1), &[Rule::ZipOpinion]);
    let directory = good.windows(4).position(|bytes| bytes == [0x50, 0x4b, 1, 2]).unwrap();
    check(&patched(directory, 1), &[Rule::ZipDirectory]);
    // Data that would reach beyond the end of the file.
    check(&patched(directory + 22, 1), &[Rule::ZipHeaders, Rule::ZipOverlap]);
    // The second member's header is where the first one is said to be, and the other way round.
    check(&patched(directory + 42, 1), &[Rule::ZipGap, Rule::ZipLocal]);
}

/// An archive with ZIP64 records that nothing needs, and where they begin.
fn with_zip64_records(good: &[u8]) -> (Vec<u8>, usize) {
    let (front, end) = good.split_at(good.len() - 22);
    let number = |at: usize, length: usize| {
        let mut bytes = [0; 8];
        bytes[..length].copy_from_slice(&end[at..at + length]);
        bytes
    };
    let mut bytes = [front, b"PK\x06\x06", &44_u64.to_le_bytes(), &[45, 0, 45, 0], &[0; 8]].concat();
    for number in [number(8, 2), number(10, 2), number(12, 4), number(16, 4)] {
        bytes.extend(number);
    }
    bytes
        .extend([&b"PK\x06\x07"[..], &[0; 4], &(front.len() as u64).to_le_bytes(), &1_u32.to_le_bytes(), end].concat());
    (bytes, front.len())
}

#[test]
fn zip64_records_that_are_wrong() {
    let (good, at) = with_zip64_records(&zip(&listed(sound())));
    let made = Made::of(&good);
    assert_eq!(broken(&made), [""; 0]);
    let findings = verify(&made.path, Check::Content, &Limits::default()).unwrap();
    assert_eq!(findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["zip64-needless"]);
    assert!(!apply(&made.path, &[add("a.txt", b"a")], &Options::default()).unwrap().can_undo, "they are nowhere");
    let locator = at + 56;
    for (place, rules) in [
        (at, &[Rule::Zip64][..]),
        (at + 4, &[Rule::Zip64]),
        (at + 16, &[Rule::ZipDisks]),
        (at + 20, &[Rule::ZipDisks]),
        (at + 24, &[Rule::ZipCount]),
        (at + 32, &[Rule::Zip64, Rule::ZipCount]),
        (locator + 4, &[Rule::ZipDisks]),
        (locator + 8, &[Rule::Zip64]),
        (locator + 16, &[Rule::ZipDisks]),
    ] {
        let mut bytes = good.clone();
        bytes[place] += 1;
        let told = broken(&Made::of(&bytes));
        let expected: Vec<_> = rules.iter().map(|rule| rule.id()).collect();
        assert!(told.starts_with(&expected), "{}: {told:?}", place - at);
        let error = apply(&Made::of(&bytes).path, &[add("a.txt", b"a")], &Options::default()).unwrap_err();
        assert!(matches!(error, Error::Unsound { .. }), "{error}");
    }
}

#[test]
fn an_archive_that_is_another_one_for_tar() {
    // What tar reads first are the first member's header and data.
    let front = 30 + "demo/__init__.py".len();
    let first = |sum: &str| {
        with(member("demo/__init__.py", &[b'#'; 600]), |member| {
            member.stored = true;
            member.content[148 - front..156 - front].copy_from_slice(sum.as_bytes());
            member.content[257 - front..262 - front].copy_from_slice(b"ustar");
        })
    };
    // The header's checksum is a part of what the sum is of, so that few texts are right.
    let is_right = |sum: &u32| {
        let text = format!("{sum:06o}\0 ");
        let block = &zip(&[first(&text)])[..512];
        let bytes = [&block[..148], &[b' '; 8], &block[156..]].concat();
        *sum == bytes.into_iter().map(u32::from).sum::<u32>()
    };
    let sum = (0..100_000).find(is_right).expect("one of them is its own sum");
    let made = |sum: &str| Made::of(&zip(&listed([vec![first(sum)], sound().split_off(1)].concat())));
    assert_eq!(broken(&made(&format!("{sum:06o}\0 "))), ["zip-tar"]);
    assert_eq!(broken(&made(&format!("{:06o}\0 ", sum + 1))), [""; 0], "tar does not take it");
}

#[test]
fn what_is_noted_and_taken() {
    let noted = |members: Vec<Member>| {
        let findings = verify(&Made::of(&zip(&members)).path, Check::Content, &Limits::default()).unwrap();
        findings.iter().map(|it| format!("{} {}", it.severity.name(), it.rule)).collect::<Vec<_>>()
    };
    let more = |name: &str, content: &str| {
        let mut members = sound();
        members.insert(0, member(name, content.as_bytes()));
        members
    };
    assert_eq!(
        noted(listed(more("demo-1.0.data/data/lib/python3.12/site-packages/demo/tool", ""))),
        ["warning installed-twice"]
    );
    let mut members = sound();
    members.insert(4, member("demo-1.0.data/data/lib/python3.12/site-packages/demo/tool", b""));
    assert_eq!(noted(listed(members)), ["warning installed-twice"]);
    let unsized_row = record(&sound()).replacen(",16\n", ",\n", 1);
    assert_eq!(
        noted([sound(), vec![member("demo-1.0.dist-info/RECORD", unsized_row.as_bytes())]].concat()),
        ["warning record-size"]
    );
    let mut members = sound();
    members.push(member("demo-1.0.dist-info/entry_points.txt", b"[console_scripts]\na b = demo:x\n"));
    assert_eq!(noted(listed(members)), ["warning entry-points"]);
    let mut members = sound();
    members[4].content = b"Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nLicense-File: a/LICENSE\n".into();
    assert_eq!(noted(listed(members.clone())), ["warning metadata-license"]);
    members.push(member("demo-1.0.dist-info/licenses/a/LICENSE", b""));
    assert_eq!(noted(listed(members)), [""; 0]);
}

#[test]
fn members_that_are_wrong() {
    use Rule::*;
    first(&[ZipEncrypted], |member| member.flags |= 1);
    first(&[ZipFlags], |member| member.flags |= 1 << 5);
    first(&[ZipMethod], |member| member.method = Some(12));
    first(&[ZipSizes, ZipContent], |member| member.method = Some(0));
    first(&[ZipMemberComment], |member| member.comment = b"x".to_vec());
    first(&[ZipExtra], |member| member.extra = vec![1, 2, 3]);
    first(&[ZipExtra], |member| member.extra = vec![0x75, 0x70, 1, 0, 1]);
    first(&[Zip64Extra], |member| member.extra = vec![1, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    first(&[ZipType], |member| member.mode = 0o120_777);
    first(&[ZipType], |member| member.mode = 0o010_644);
    first(&[ZipType], |member| member.mode = 0o104_755);
    first(&[ZipMode], |member| member.mode = 0);
    first(&[ZipTime], |member| member.date = 0);
    first(&[ZipHeaders], |member| member.local_name = Some(b"demo/__init__.PY".to_vec()));
    first(&[ZipHeaders], |member| member.local_crc = Some(1));
    first(&[ZipDescriptorLies], |member| member.descriptor = Some((16, false)));
    first(&[ZipDescriptorLies], |member| member.flags |= 8);
    first(&[ZipContent], |member| member.behind = b"more".to_vec());
    let mut members = listed(sound());
    members.insert(2, with(member("demo/hidden.py", b"hidden"), |member| member.orphan = true));
    check(&zip(&members), &[ZipGap]);
}

#[test]
fn names_that_are_wrong() {
    use Rule::*;
    let named = |rules: &[Rule], name: &str| {
        let mut members = sound();
        members.insert(0, member(name, b"x"));
        check(&zip(&listed(members)), rules);
    };
    named(&[NameParts], "../evil.pth");
    named(&[NameAbsolute], "/evil.pth");
    named(&[NameAbsolute], "C:evil.pth");
    named(&[NameBackslash], "..\\evil.pth");
    named(&[NameControl], "evil\u{1b}.py");
    named(&[NameParts], "a//b");
    named(&[NameCase], "demo/__INIT__.py");
    named(&[NameCase], "Demo/x.py");
    named(&[NameFolder], "demo");
    named(&[DistInfoMany], "other-1.0.dist-info/METADATA");
    named(&[DataScheme], "demo-1.0.data/unknown/x");
    named(&[DataScheme], "demo-1.0.data/x");
    named(&[ScriptsFlat], "demo-1.0.data/scripts/sub/x");
    // pip installs from each folder of such a name, or refuses the wheel; others copy them.
    for name in ["other-1.0.data/purelib/x.pth", "x.data/purelib/x", "DEMO-1.0.data/scripts/x", ".data/x", "x.data"] {
        named(&[DataName], name);
    }
    named(&[InstalledTwice], "demo-1.0.data/purelib/demo/__init__.py");
    named(&[InstalledTwice], "demo-1.0.data/platlib/demo");
    first(&[NameEncoding], |member| (member.name, member.flags) = ("demo/grün.py".into(), 0));
    let mut members = listed(sound());
    members.insert(1, sound().remove(0));
    check(&zip(&members), &[NameDuplicate]);
}

#[test]
fn records_that_are_wrong() {
    use Rule::*;
    let good = record(&sound());
    let row = good.lines().next().unwrap();
    let recorded = |rules: &[Rule], text: &str| {
        let mut members = sound();
        members.push(member("demo-1.0.dist-info/RECORD", text.as_bytes()));
        check(&zip(&members), rules);
    };
    let instead = |rules: &[Rule], other: &str| recorded(rules, &good.replacen(row, other, 1));
    recorded(&[RecordUnlisted], &good.replacen(&format!("{row}\n"), "", 1));
    recorded(&[RecordGhost], &format!("{good}gone.py,,\n"));
    recorded(&[RecordDuplicate], &format!("{good}{row}\n"));
    recorded(&[RecordFolder], &format!("{good}demo/,,\n"));
    recorded(&[RecordSignature], &format!("{good}demo-1.0.dist-info/RECORD.jws,,\n"));
    recorded(&[RecordItself], &good.replace("RECORD,,", "RECORD,sha256=x,1"));
    recorded(&[RecordItself], &good.replace("demo-1.0.dist-info/RECORD,,\n", ""));
    recorded(&[RecordSyntax], &format!("{good}\n"));
    recorded(&[RecordSyntax], &good.replacen(',', "\r", 1));
    instead(&[RecordHashForm], "demo/__init__.py,,16");
    instead(&[RecordHashForm], &row.replace(",16", "=,16"));
    instead(&[RecordHashWeak], "demo/__init__.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,16");
    instead(&[RecordSize], &row.replace(",16", ",17"));
    instead(&[RecordSize], &row.replace(",16", ",+16"));
    instead(
        &[RecordHash],
        &good.lines().nth(1).unwrap().replace("demo/text.txt", "demo/__init__.py").replace(",3200", ",16"),
    );
    instead(&[RecordPath, RecordUnlisted], &format!("/{row}"));
    let mut members = sound();
    members.push(member("demo/x.py", b""));
    check(&zip(&members), &[RecordMissing]);
}

#[test]
fn metadata_that_is_wrong() {
    use Rule::*;
    let instead = |rules: &[Rule], index: usize, text: &str| {
        check(&zip(&changed(index, |member| member.content = text.into())), rules);
    };
    instead(&[MetadataName], 4, "Name: other\nVersion: 1.0\n");
    instead(&[WheelVersion], 5, "Wheel-Version: 2.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
    instead(&[WheelTags], 5, "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: cp39-cp39-win32\n");
    let mut members = sound();
    members.remove(5);
    check(&zip(&listed(members)), &[WheelMissing]);
    let made = Made::sound();
    let other = made.folder.path().join("other-1.0-py3-none-any.whl");
    fs_err::rename(&made.path, &other).unwrap();
    let findings = verify(&other, Check::Structure, &Limits::default()).unwrap();
    let rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["dist-info-name", "metadata-name"]);
}

#[test]
fn limits_are_kept() {
    let made = Made::of(&zip(&changed(1, |member| member.content = vec![0; 11 << 20])));
    assert_eq!(broken(&made), ["zip-limit"], "it is a bomb");
    let made = Made::sound();
    for name in ["members", "member-size", "total-size", "directory"] {
        let mut limits = Limits::default();
        *limits.by_name(name).unwrap() = 5;
        let findings = verify(&made.path, Check::Structure, &limits).unwrap();
        let is_told =
            |finding: &Finding| finding.rule == "zip-limit" && finding.message.ends_with(&format!("(limit `{name}`)"));
        assert!(findings.iter().any(is_told), "{name}: {findings:?}");
        let error = apply(&made.path, &[add("a", b"")], &Options { limits, ..Options::default() }).unwrap_err();
        assert!(matches!(error, Error::Unsound { .. }));
        assert_eq!(error.hint(), Some("limits are raised by their names, as with `--limit member-size=8G`"));
    }
}

#[test]
fn names_beyond_ascii_say_what_is_missing() {
    let with = |name: &[u8], flags| {
        let made = Made::of(&zip(&changed(0, |member| (member.name, member.flags) = (name.to_vec(), flags))));
        let findings = verify(&made.path, Check::Structure, &Limits::default()).unwrap();
        findings.into_iter().find(|finding| finding.rule == "name-encoding").map(|finding| finding.message)
    };
    let said = |why: &str| Some(format!("the name has bytes beyond ASCII, and is not {why}"));
    assert_eq!(with("gr\u{fc}n".as_bytes(), 0), said("flagged as UTF-8"));
    assert_eq!(with(b"gr\xfcn", 0), said("flagged as UTF-8"));
    assert_eq!(with(b"gr\xfcn", 1 << 11), said("UTF-8"));
    assert_eq!(with("gr\u{fc}n".as_bytes(), 1 << 11), None);
}

#[test]
fn what_is_as_large_as_it_may_be_is_taken() {
    // As many bytes as may be compressed to anything.
    let made = Made::of(&zip(&listed([vec![member("demo/zeros", &vec![0; 10 << 20])], sound()].concat())));
    let bytes = made.bytes();
    let sizes: Vec<u64> = made.read().iter().map(|(.., content)| content.len() as u64).collect();
    let directory = u32::from_le_bytes(bytes[bytes.len() - 10..][..4].try_into().unwrap());
    for (name, exact) in [
        ("members", sizes.len() as u64),
        ("member-size", 10 << 20),
        ("total-size", sizes.iter().sum()),
        ("directory", u64::from(directory).max(made.record().len() as u64)),
        ("depth", 1),
    ] {
        let with = |limit| {
            let mut limits = Limits::default();
            *limits.by_name(name).unwrap() = limit;
            verify(&made.path, Check::Structure, &limits).unwrap().len()
        };
        assert_eq!((with(exact), with(exact - 1) > 0), (0, true), "{name}");
    }
}

/// Each folder that a name is in is compared with all others, so few names could take hours and all memory.
#[test]
fn names_lead_through_few_folders() {
    let with = |folders: usize| {
        let name = format!("{}a.txt", "d/".repeat(folders));
        Made::of(&zip(&listed([vec![member(&name, b"")], sound()].concat())))
    };
    assert_eq!(broken(&with(64)), [""; 0]);
    assert_eq!(broken(&with(65)), ["zip-limit"]);
    let limits = Limits { depth: 65, ..Limits::default() };
    assert_eq!(verify(&with(65).path, Check::Content, &limits).unwrap(), []);
    assert_eq!(broken(&with(32_000)), ["zip-limit"]);
}

#[test]
fn hashes_are_compared_when_content_is_checked() {
    let mut members = sound();
    let text = record(&members);
    members[0].content[0] ^= 1;
    members.push(member("demo-1.0.dist-info/RECORD", text.as_bytes()));
    let made = Made::of(&zip(&members));
    assert_eq!(broken(&made), ["record-hash"]);
    assert!(verify(&made.path, Check::Structure, &Limits::default()).unwrap().is_empty());
    apply(&made.path, &[add("a", b"")], &Options { check: Check::Structure, ..Options::default() }).unwrap();
}

#[test]
fn everything_that_is_wrong_is_told() {
    let mut members = sound();
    let text = record(&members);
    members[0].content.push(b'!');
    members[1].date = 0;
    members[2].name = b"demo/\\.py".to_vec();
    members[3].comment = b"x".to_vec();
    members.push(member("demo-1.0.dist-info/RECORD", text.as_bytes()));
    let rules = broken(&Made::of(&zip(&members)));
    assert_eq!(
        rules,
        [
            "zip-time",
            "name-backslash",
            "zip-member-comment",
            "record-size",
            "record-ghost",
            "record-unlisted",
            "record-hash"
        ]
    );
}

"""Stories of the command `plats`: what somebody types, what comes back, and with which exit code."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import textwrap

import pytest

PACKS = {
    "nl/standard": {"label": "Standaard", "inherits": [], "rules": []},
    "vlaams/basis": {
        "label": "Basis",
        "inherits": ["nl/standard"],
        "protected_terms": ["verplicht"],
        "rules": [
            {"type": "replace_word", "from": "jij", "to": "{pronoun_subject}"},
            {"type": "replace_word", "from": "wat", "to": "wa"},
        ],
    },
    "vlaams/gent": {
        "label": "Gent",
        "inherits": ["vlaams/basis"],
        "rules": [
            {"type": "replace_word", "from": "even", "to": "efkes"},
            {"type": "append_particle", "particle": "zulle", "probability": 1.0, "positions": ["end_of_sentence"]},
        ],
    },
}


class Ran:
    """How a command ended."""

    def __init__(self, words, process):
        self.words, self.status = words, process.returncode
        self.out, self.err = process.stdout, process.stderr

    def __repr__(self):
        return "%s\nexit: %s\n--- stdout\n%s--- stderr\n%s" % (self.words, self.status, self.out, self.err)

    def succeeds(self, out=None, err=""):
        assert self.status == 0, self
        assert out is None or self.out == out, self
        assert err is None or self.err == err, self
        return self

    def fails(self, status, *parts):
        """Ends with this code, says these things on standard error, and shows nobody its own insides."""
        assert self.status == status, self
        assert all(part in self.err for part in parts), self
        assert "Traceback" not in self.err and "panicked" not in self.err, self
        return self

    def objects(self):
        objects = [json.loads(line) for line in self.out.splitlines()]
        assert all(one["format"] == 1 for one in objects), self
        return objects


@pytest.fixture(scope="session")
def program():
    return os.path.abspath(os.environ["PLATS_BIN"])


@pytest.fixture(scope="session")
def interpreter():
    return os.path.abspath(os.environ.get("PYXIDE_TEST_PYTHON", sys.executable))


@pytest.fixture
def plats(program, interpreter, tmp_path):
    """Runs the command in a folder of its own."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(interpreter)

    def run(*words, stdin=b"", **variables):
        environment = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "LANG": "C.UTF-8"}
        environment.update((name, str(value)) for name, value in variables.items())
        stdin = stdin.encode() if isinstance(stdin, str) else stdin
        process = subprocess.run([program, *map(str, words)], cwd=tmp_path, env=environment, input=stdin,
                                 capture_output=True, timeout=60)
        process.stdout, process.stderr = process.stdout.decode(), process.stderr.decode()
        return Ran(words, process)

    run.folder = tmp_path
    return run


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return path

    return write


@pytest.fixture
def packs(write, tmp_path):
    """A folder of packs."""
    index = []
    for identity, pack in PACKS.items():
        file = identity.replace("/", "__") + ".json"
        index.append({"id": identity, "label": pack["label"], "inherits": pack["inherits"], "file": file})
        write("packs/packs/" + file, json.dumps({"id": identity, "protected_terms": [], **pack}))
    write("packs/index.json", json.dumps(index))
    return tmp_path / "packs"


# Names and help


def test_an_alias_explains_itself_in_its_own_voice(plats):
    dutch = plats("help").succeeds().out
    flemish = plats("haalp").succeeds().out
    assert "Opdrachten:" in dutch and "voertuut" not in dutch
    assert "West-Vloandern" in flemish and "voertuut" in flemish
    assert plats("voertuut", "--help").succeeds().out.startswith("Voert een programma uut\n")
    assert plats("help", "voertuut").succeeds().out == plats("voertuut", "-h").out
    assert plats("--voice", "en", "help", "run").succeeds().out.startswith("Run a program\n")


@pytest.mark.parametrize("words", ["version", "versie", "--version", "-v", "-V", "versje"])
def test_the_version_has_many_names(plats, words):
    assert re.fullmatch(r"plats \d+\.\d+\.\d+\n", plats(words).succeeds().out)


def test_words_that_make_no_command_end_with_2(plats):
    plats("chekc").fails(2, "`chekc`", "`check`")
    plats("run").fails(2, "BESTAND")
    plats("--voice=en", "run").fails(2, "still missing")
    plats("check", "--jsno", "a.plats").fails(2, "`--jsno`")
    plats("fortune", "--seed", "veel").fails(2, "`veel`")
    plats("packs").fails(2)
    plats("examples", "--list", "--show", "hello").fails(2)
    plats("help", "nietbestaand").fails(2, "`nietbestaand`")


def test_pages_without_what_they_are_about(plats):
    assert "plats check" in plats("check").succeeds().out
    assert "plats init" in plats("init").succeeds().out


def test_a_reader_who_leaves_early_is_no_error(program):
    with subprocess.Popen([program, "help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_output_that_is_lost_is_an_error(program):
    with open("/dev/full", "wb") as full:
        process = subprocess.run([program, "help"], stdout=full, stderr=subprocess.PIPE)
    assert process.returncode == 1 and b"fout: " in process.stderr


# run


def test_a_program_runs_as_a_script_does(plats, write):
    write("sub/a.plats", """\
        # coding: vlaamsplats
        plan doe
          klap __name__ amen
          klap __file__ amen
          klap __import__("sys").argv amen
          klap __import__("buur").naam amen
          klap input() amen
        gedaan
        """)
    write("sub/buur.py", "naam = 'Jef'\n")
    ran = plats("run", "sub/a.plats", "--raw-python", "--", "--python", "x y", stdin="van buiten\n")
    ran.succeeds("__main__\nsub/a.plats\n['sub/a.plats', '--python', 'x y']\nJef\nvan buiten\n")


PACKAGE = """\
    import sys
    from importlib.machinery import ModuleSpec


    class Finder:
        def find_spec(self, name, path=None, target=None):
            return ModuleSpec(name, self) if name == "buur" else None

        def create_module(self, spec):
            return None

        def exec_module(self, module):
            module.naam = "Jef"


    def install():
        sys.meta_path.append(Finder())
    """


def test_a_program_imports_others_through_the_package(plats, write):
    write("a.plats", "zet buur op roep __import__ met tekst buur amen\nklap da buur.naam amen\n")
    write("vlaamscodex.py", PACKAGE)
    ran = plats("run", "a.plats", "--raw-python")
    assert ran.status == 1 and "ModuleNotFoundError" in ran.err, ran
    write("buur.plats", "zet naam op tekst Jef amen\n")
    plats("run", "a.plats", "--raw-python").succeeds("Jef\n")


def test_a_program_has_a_namespace_of_its_own(plats, write):
    write("a.plats", 'klap sorted(globals()) amen\n')
    plain = write("plain.py", "print(sorted(globals()))\n")
    expected = subprocess.run([plats.folder / "bin" / "python3", plain], capture_output=True, text=True).stdout
    # A script has no annotations yet, and some versions make their dictionary early.
    names = lambda text: [name for name in re.findall(r"'(\w+)'", text) if name != "__annotations__"]
    assert names(plats("run", "a.plats", "--raw-python").succeeds().out) == names(expected)


def test_the_exit_code_is_the_programs(plats, write):
    write("a.plats", "roep exit met getal 7 amen\n")
    plats("run", "a.plats").fails(7)


def test_a_traceback_shows_the_program(plats, write):
    write("a.plats", """\
        plan doe

          maak funksie deel met a en b doe
            geeftterug da a gedeeld da b amen
          gedaan

          klap tekst eerst amen
          roep deel met getal 1 en getal 0 amen
        gedaan
        """)
    ran = plats("run", "a.plats")
    assert ran.status == 1 and ran.out == "eerst\n"
    assert ran.err == textwrap.dedent("""\
        Traceback (most recent call last):
          File "a.plats", line 8, in <module>
            roep deel met getal 1 en getal 0 amen
          File "a.plats", line 4, in deel
            geeftterug da a gedeeld da b amen
        ZeroDivisionError: division by zero
        """), ran


def test_a_program_is_ended_by_a_signal_as_any_is(program, plats, write, interpreter):
    write("a.plats", 'klap tekst klaar amen\nroep print met tekst x amen\nklap __import__("time").sleep(60) amen\n')
    environment = {"PATH": str(plats.folder / "bin"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen([program, "run", "a.plats", "--raw-python"], cwd=plats.folder, env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        assert process.stdout.readline() == b"klaar\n"
        process.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in process.stderr.read()
    assert process.returncode == -signal.SIGINT


def test_a_wrong_program_is_a_frame_and_not_a_traceback(plats, write):
    write("a.plats", "klap tekst a amen\nklap tekst b\n")
    for command in (["run"], ["build"], ["show-python"]):
        ran = plats(*command, "a.plats").fails(1, "a.plats:2", "klap tekst b", "^")
        assert ran.out == "" and not (plats.folder / "a.py").exists()


def test_a_program_comes_through_standard_input(plats):
    plats("run", "-", stdin="klap tekst dag amen\n").succeeds("dag\n")


def test_a_byte_order_mark_and_other_line_ends_are_read(plats, write):
    write("a.plats", b"\xef\xbb\xbf# coding: vlaamsplats\r\nklap tekst \xc3\xa9\xc3\xa9n amen\r\n")
    plats("run", "a.plats", PYTHONIOENCODING="utf-8").succeeds("één\n")


def test_without_python_nothing_runs(plats, write):
    write("a.plats", "klap tekst a amen\n")
    plats("run", "a.plats", PATH="").fails(1, "Python", "--python")
    plats("repl", PATH="").fails(1, "Python")
    plats("run", "a.plats", "--python", "nergens/python").fails(1, "nergens/python")
    plats("show-python", "a.plats", PATH="").succeeds()


@pytest.mark.parametrize("words", [
    "version", "help", "help run", "show-python a.plats", "build a.plats", "check a.plats", "fmt a.plats", "init b", "fortune",
    "examples", "examples --show hello", "examples --save hello", "dialecten", "vertaal dag", "packs list", "packs validate packs",
])
def test_what_needs_no_python_starts_none(plats, write, packs, words):
    write("a.plats", "klap tekst a amen\n")
    plats(*words.split(), PATH="", VLAAMSCODEX_DIALECTS_DIR=packs).succeeds(err=None)


# build, show-python


def test_build_writes_beside_the_program(plats, write, interpreter):
    write("a.plats", "# uitleg\nklap tekst dag amen\n")
    plats("build", "a.plats").succeeds("a.py\n")
    python = (plats.folder / "a.py").read_text()
    assert python.startswith(plats("show-python", "a.plats").succeeds().out)
    assert subprocess.run([interpreter, "a.py"], cwd=plats.folder, capture_output=True).stdout == b"dag\n"
    plats("build", "a.plats", "--out", "b/c.py").fails(1, "b/c.py")
    plats("build", "a.plats", "-o", "c.py").succeeds("c.py\n")


def test_build_overwrites_only_what_it_wrote(plats, write):
    write("a.plats", "klap tekst dag amen\n")
    mine = write("a.py", "belangrijk = 1\n")
    plats("build", "a.plats").fails(1, "`a.py`", "--force")
    assert mine.read_text() == "belangrijk = 1\n"
    plats("build", "a.plats", "--force").succeeds()

    write("a.plats", "klap tekst anders amen\n")
    plats("build", "a.plats").succeeds()
    assert "anders" in mine.read_text()

    mine.write_text(mine.read_text().replace("anders", "met de hand"))
    plats("build", "a.plats").fails(1, "`a.py`")
    assert "met de hand" in mine.read_text()
    assert sorted(path.name for path in plats.folder.glob("*a.p*")) == ["a.plats", "a.py"]


def test_build_never_writes_over_its_own_program(plats, write):
    path = write("a.py", "klap tekst dag amen\n")
    plats("build", "a.py", "--force").fails(1, "`a.py`")
    assert path.read_text() == "klap tekst dag amen\n"


# check, fmt


def test_check_looks_at_files_and_folders(plats, write):
    write("goed/a.plats", "klap tekst a amen\n")
    plats("check", "goed").succeeds("goed/a.plats: klopt helemaal\n")
    plats("zekers", "goed/a.plats").succeeds("goed/a.plats: is gelyk of dat 't moe zyn\n")
    write("goed/b/c.plats", "klap tekst a\n")
    ran = plats("check", "goed")
    assert ran.status == 1 and "goed/b/c.plats:1" in ran.out and "goed/a.plats: klopt" in ran.out
    plats("check", "-", stdin="klap tekst a amen\n").succeeds()
    doubtful = plats("check", "-", stdin="klap tekst ik kom nie amen\n").succeeds().out
    assert "<stdin>:1:19" in doubtful and "klopt" not in doubtful
    plats("check", "goed", "nergens.plats").fails(1, "`nergens.plats` bestaat niet")
    (plats.folder / "leeg").mkdir()
    plats("check", "leeg").fails(1, "`leeg`")


def test_check_speaks_json(plats, write):
    write("a.plats", b"\xef\xbb\xbfklap tekst \xc3\xa9\n")
    ran = plats("check", "--json", "a.plats", "nergens.plats")
    assert ran.status == 1 and ran.err == ""
    found, missing = ran.objects()
    assert (found["type"], found["file"], found["severity"]) == ("diagnostic", "a.plats", "error")
    assert found["code"] == "P001" and found["name"] and found["message"] and found["line"] == 1
    data = (plats.folder / "a.plats").read_bytes()
    assert 3 <= found["start"] <= found["end"] <= len(data)
    assert (missing["type"], missing["file"]) == ("error", "nergens.plats") and missing["message"]


def test_every_suggestion_of_check_can_be_made(plats, write):
    path = write("a.plats", "klap tekst a\nklap tekst b amen\n")
    (found,) = plats("check", "--json", "a.plats").objects()
    edit, data = found["suggestion"], path.read_bytes()
    assert edit, found
    path.write_bytes(data[:edit["start"]] + edit["replacement"].encode() + data[edit["end"]:])
    plats("check", "a.plats").succeeds()


def test_fmt_lays_out_once(plats, write):
    untidy = "plan doe\nklap   tekst a   amen\ngedaan\n"
    path = write("a.plats", untidy)
    plats("fmt", "--check", "a.plats").fails(1)
    assert path.read_text() == untidy
    plats("fmt", "a.plats").succeeds("a.plats\n")
    tidy = path.read_text()
    assert tidy == "plan doe\n  klap tekst a amen\ngedaan\n"
    plats("fmt", "--check", ".").succeeds("")
    plats("fmt", "a.plats").succeeds("")
    plats("fmt", "-", stdin=untidy).succeeds(tidy)


def test_fmt_leaves_what_it_does_not_understand(plats, write):
    path = write("a.plats", "klap   tekst a\n")
    plats("fmt", "a.plats").fails(1, "a.plats:1")
    assert path.read_text() == "klap   tekst a\n"


# Bad input


@pytest.mark.parametrize("command", ["run", "build", "show-python", "check", "fmt"])
def test_what_cannot_be_read_is_one_clear_error(plats, write, command):
    write("latin.plats", b"klap tekst a amen\nklap tekst \xe9 amen\n")
    (plats.folder / "map").mkdir()
    ran = plats(command, "latin.plats").fails(1, "`latin.plats`", "UTF-8", "lijn 2", "kolom 12")
    assert ran.err.count("fout") == 1
    plats(command, "nergens.plats").fails(1, "`nergens.plats` bestaat niet")
    plats(command, "map").fails(1, "`map`")
    plats(command, "a\udcff.plats").fails(1)


@pytest.mark.parametrize("command, megabytes", [("check", 10), ("run", 1), ("fmt", 1)])
def test_a_line_of_many_megabytes_is_no_trouble(plats, write, command, megabytes):
    write("a.plats", b"klap tekst " + b"woord " * (megabytes * 170_000) + b"\n")
    ran = plats(command, "a.plats")
    assert ran.status == 1
    text = ran.out + ran.err
    assert "a.plats:1" in text and "Traceback" not in text and len(text) < 10_000, text[:2000]


@pytest.mark.parametrize("command", ["run", "check", "fmt"])
def test_deep_nesting_is_no_trouble(plats, write, command):
    write("a.plats", "als waar doe\n" * 20_000 + "klap tekst diep amen\n" + "gedaan\n" * 20_000)
    ran = plats(command, "a.plats")
    text = ran.out + ran.err
    assert ran.status in (0, 1) and "Traceback" not in text and "panicked" not in text, text[:2000]
    assert ran.status == 0 or "a.plats" in text


def test_a_program_that_is_no_file_ends(plats):
    plats("check", "/dev/null").succeeds()


# repl


def test_the_prompt_executes_blocks(plats):
    ran = plats("repl", stdin=textwrap.dedent("""\
        zet x op getal 2 amen
        maak funksie dubbel met n doe
          geeftterug da n keer getal 2 amen
        gedaan
        klap roep dubbel met da x amen
        toon
        """))
    prompt, more = "plats> ", "  ... "
    assert ran.succeeds().out == f"{prompt}{prompt}{more}{more}{prompt}4\n{prompt}print(dubbel(x))\n{prompt}\n"


@pytest.mark.parametrize("alias, prompt", [
    ("repl", "plats> "), ("proboir", "plansen> "), ("smos", "sansen> "), ("efkes", "allei> "), ("zwansen", "awel> "),
])
def test_the_prompt_speaks_as_its_name_does(plats, alias, prompt):
    plats(alias, stdin="weg\n").succeeds(prompt)


def test_a_line_at_a_terminal_can_be_edited_and_fetched_again(program, plats):
    ours, theirs = pty.openpty()
    environment = {"PATH": str(plats.folder / "bin"), "TERM": "xterm", "HOME": str(plats.folder)}
    seen = b""

    def until(end):
        nonlocal seen
        while end not in seen:
            assert select.select([ours], [], [], 60)[0], seen
            seen += os.read(ours, 4096)
        before, _, seen = seen.partition(end)
        return before

    with subprocess.Popen([program, "repl"], cwd=plats.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        left, up, rub_out = b"\x1b[D", b"\x1b[A", b"\x7f"
        # Ctrl-C drops what was begun, Ctrl-D ends the session.
        for prompt, typed, printed in [
            (b"plats> ", b"klap tekst dog amen" + 6 * left + rub_out + b"a\r", b"\ndag\r\n"),
            (b"plats> ", up + b"\r", b"\ndag\r\n"),
            (b"plats> ", b"plan doe\r", b"\r\n"),
            (b"  ... ", b"\x03", b"\r\n"),
            (b"plats> ", b"klap tekst verder amen\r", b"\nverder\r\n"),
        ]:
            until(prompt + b"\r")
            os.write(ours, typed)
            until(printed)
        until(b"plats> \r")
        os.write(ours, b"\x04")
        assert process.wait(60) == 0
    os.close(ours)


def test_no_command_opens_the_prompt(plats):
    plats(stdin="exit\n").succeeds("plats> ")


def test_errors_at_the_prompt_end_nothing(plats):
    ran = plats("repl", stdin="klap getal 1 gedeeld getal 0 amen\nklap tekst a\nklap tekst verder amen\n")
    assert "verder" in ran.succeeds(err=None).out
    assert "ZeroDivisionError" in ran.err and "klap getal 1 gedeeld getal 0 amen" in ran.err
    assert "<plats-2>:1" in ran.err and "<string>" not in ran.err and "compile(" not in ran.err


def test_the_prompt_has_words_of_its_own(plats):
    ran = plats("repl", stdin="zet x op getal 1 amen\nhulpe\nreset\nklap da x amen\n.nietbestaand\nplan doe\n.wis\n.stop\n")
    assert "loatziejn" in ran.succeeds(err=None).out
    assert "NameError" in ran.err and "`.nietbestaand`" in ran.err


def test_gedaan_closes_a_block_before_it_closes_the_prompt(plats):
    plats("repl", stdin="plan doe\nklap tekst a amen\ngedaan\ngedaan\nklap tekst b amen\n").succeeds(
        "plats>   ...   ... a\nplats> ")


def test_a_block_that_stays_open_is_told_of(plats):
    plats("repl", stdin="plan doe\nklap tekst a amen\n").fails(1, "<plats-1>")


def test_a_program_can_end_the_prompt(plats):
    assert plats("repl", stdin="roep exit met getal 3 amen\nklap tekst nooit amen\n").status == 3
    ran = plats("repl", stdin='zet o op roep __import__ met tekst os amen\nroep o._exit met getal 4 amen\n')
    assert ran.status in (0, 1) and "panicked" not in ran.err


def test_what_is_executed_reads_where_the_prompt_does(plats):
    ran = plats("repl", stdin="zet naam op roep input amen\nJef\n")
    assert "panicked" not in ran.succeeds(err=None).err


def test_bad_lines_at_the_prompt(plats):
    ran = plats("repl", stdin=b"klap tekst \xff amen\n" + b"x" * 1_200_000 + b"\nklap tekst verder amen\n")
    assert "verder" in ran.succeeds(err=None).out
    assert "UTF-8" in ran.err and "KiB" in ran.err


def test_an_interrupt_ends_a_block_and_not_the_prompt(program, plats):
    environment = {"PATH": str(plats.folder / "bin"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen([program, "repl"], env=environment, start_new_session=True, bufsize=0,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        process.stdin.write(b"plan doe\nklap tekst bezig amen\nzolang waar doe\nklap tekst . amen\ngedaan\ngedaan\n")
        while b"bezig" not in process.stdout.readline():
            assert process.poll() is None
        # A terminal sends it to the whole group.
        os.killpg(process.pid, signal.SIGINT)
        process.stdin.write(b"klap tekst verder amen\n")
        process.stdin.close()
        assert b"verder" in process.stdout.read()
        assert b"KeyboardInterrupt" in process.stderr.read()
    assert process.returncode == 0


# examples, init, fortune


def examples(plats):
    return [line.split()[0] for line in plats("examples").succeeds().out.splitlines()]


def test_every_example_runs(plats):
    names = examples(plats)
    assert {"hello", "rekenen", "funksies", "begroeting", "teller"} <= set(names)
    for name in names:
        ran = plats("examples", "--run", name).succeeds()
        assert ran.out, name
        assert plats("examples", "--show", name).succeeds().out.startswith("# "), name
    assert plats("toondada", "--list").succeeds().out == plats("examples").out
    assert plats("examples", "--run", "begroeting").out == "goeiemorgen Mieke\ngoeiemiddag Jef\ngoeienavond Amina\n"
    assert plats("examples", "--run", "fibonacci").out == "het twaalfde getal is 144\n"


def test_an_example_is_saved_and_not_over_something_else(plats):
    plats("examples", "--save", "hello").succeeds("hello.plats\n")
    plats("examples", "--save", "hello").succeeds("hello.plats\n")
    path = plats.folder / "hello.plats"
    plats("run", "hello.plats").succeeds()
    path.write_text("iets anders")
    plats("examples", "--save", "hello").fails(1, "`hello.plats`")
    assert path.read_text() == "iets anders"
    plats("examples", "--show", "hallo").fails(1, "`hello`")


def test_what_init_writes_runs(plats):
    ran = plats("allez", "proj").succeeds()
    assert "proj/hallo.plats" in ran.out
    assert sorted(path.name for path in (plats.folder / "proj").iterdir()) == ["LEESMIJ.md", "hallo.plats"]
    plats("run", "proj/hallo.plats").succeeds("dag weireld\n")
    plats("check", "proj").succeeds()
    plats("fmt", "--check", "proj").succeeds("")
    plats("init", "proj").fails(1, "`proj` bestaat al")
    plats("init", "..").fails(2, "`..`")
    plats("init", "nergens/proj").fails(1, "nergens/proj")


def test_a_seed_chooses_a_saying(plats):
    said = {plats("zegt", "--seed", number).succeeds().out for number in range(6)}
    assert len(said) > 3 and plats("zegt", "--seed", "2").out == plats("spreuke", "--seed", "2").out
    assert plats("fortune").succeeds().out


# dialects


def test_dialects_are_listed(plats, packs):
    expected = "nl/standard\tStandaard\nvlaams/basis\tBasis <- nl/standard\nvlaams/gent\tGent <- vlaams/basis\n"
    plats("dialecten", VLAAMSCODEX_DIALECTS_DIR=packs).succeeds(expected)
    plats("packs", "list", VLAAMSCODEX_DIALECTS_DIR=packs).succeeds(expected, err="%s\n" % packs)


def test_a_text_is_translated(plats, packs):
    def translate(*words, **more):
        return plats("vertaal", *words, VLAAMSCODEX_DIALECTS_DIR=packs, **more)

    translate("Wat doet jij even?").succeeds("Wa doet ge even?\n")
    translate("Wat doet", "jij even?", "--dialect", "vlaams/gent").succeeds("Wa doet ge efkes?\n")
    translate("-", "-d", "vlaams/gent", stdin="Even\nwat").succeeds("Efkes\nwa")
    translate("jij", "--pronoun-subject", "gij").succeeds("gij\n")
    translate("jij", VLAAMSCODEX_PRONOUN_SUBJECT="gij").succeeds("gij\n")
    translate("jij", "--pronoun-subject", "gie", VLAAMSCODEX_PRONOUN_SUBJECT="gij").succeeds("gie\n")
    translate("Goed.", "-d", "vlaams/gent", "--particles").succeeds("Goed, zulle.\n")
    translate("Goed.", "-d", "vlaams/gent", VLAAMSCODEX_DIALECT_PARTICLES="on").succeeds("Goed, zulle.\n")
    translate("Goed.", "-d", "vlaams/gent", "--particles=nee", VLAAMSCODEX_DIALECT_PARTICLES="on").succeeds("Goed.\n")
    translate("--", "--wat").succeeds("--wa\n")


def test_the_packs_of_the_installation_are_found(plats):
    assert len(plats("dialecten").succeeds().out.splitlines()) == 84
    plats("vertaal", "Wat is dat?", "-d", "nl/standard").succeeds("Wat is dat?\n")
    assert plats("doctor", "--json").objects()[1]["good"]


def test_errors_of_dialects(plats, packs, write):
    plats("vertaal", "a", "-d", "vlaams/gnet", VLAAMSCODEX_DIALECTS_DIR=packs).fails(2, "`vlaams/gnet`", "`vlaams/gent`")
    plats("vertaal", "a", VLAAMSCODEX_DIALECTS_DIR="nergens").fails(1, "VLAAMSCODEX_DIALECTS_DIR", "`nergens`")
    plats("vertaal", "-", stdin=b"\xff", VLAAMSCODEX_DIALECTS_DIR=packs).fails(1, "UTF-8")
    write("packs/index.json", "{")
    plats("dialecten", VLAAMSCODEX_DIALECTS_DIR=packs).fails(1, "index.json")


def test_packs_are_validated(plats, packs, write):
    ran = plats("packs", "validate", "packs", "--json")
    assert not [one for one in ran.objects() if one["severity"] == "error" and "cycle" in one["rule"]]
    write("packs/packs/nl__standard.json", json.dumps({**PACKS["nl/standard"], "id": "nl/standard", "inherits": ["vlaams/gent"]}))
    ran = plats("packs", "validate", "packs", "--json")
    assert ran.status == 1 and any(one["severity"] == "error" for one in ran.objects()), ran
    assert "fout: " in plats("packs", "validate", "packs").out
    plats("packs", "validate", "nergens").fails(1, "`nergens`")


@pytest.mark.parametrize("fault", [
    {"inherits": ["vlaams/gent"]}, {"inherits": ["vlaams/nergens"]},
    {"rules": [{"type": "replace_regex", "pattern": "(", "to": "x"}]},
    {"rules": [{"type": "replace_regex", "pattern": "(?=x)", "to": "x"}]}, {"rules": "geen"}, {"id": "iets/anders"},
])
def test_a_bad_pack_is_one_clear_error(plats, packs, write, fault):
    write("packs/packs/vlaams__gent.json", json.dumps({"id": "vlaams/gent", **PACKS["vlaams/gent"], **fault}))
    ran = plats("vertaal", "even", "-d", "vlaams/gent", VLAAMSCODEX_DIALECTS_DIR=packs).fails(1)
    assert ran.err.count("fout: ") == 1 and ran.out == ""
    assert plats("packs", "validate", "packs").status == 1


def test_a_pack_outside_of_its_folder_is_refused(plats, packs, write):
    index = json.loads((packs / "index.json").read_text())
    index[2]["file"] = "../../buiten.json"
    write("packs/index.json", json.dumps(index))
    write("buiten.json", json.dumps({"id": "vlaams/gent", **PACKS["vlaams/gent"]}))
    plats("vertaal", "even", "-d", "vlaams/gent", VLAAMSCODEX_DIALECTS_DIR=packs).fails(1)
    assert plats("packs", "validate", "packs").status == 1


# doctor


def test_the_doctor_says_what_is_wrong_and_what_to_do(plats, packs):
    ran = plats("doctor", "--json", VLAAMSCODEX_DIALECTS_DIR=packs)
    topics = {one["topic"]: one for one in ran.objects()}
    assert topics["version"]["good"] and topics["python"]["good"]
    assert topics["dialects"]["good"] and str(packs) in topics["dialects"]["text"]
    assert all(one["good"] or one["remedy"] for one in topics.values())
    ran = plats("doctor", VLAAMSCODEX_DIALECTS_DIR="nergens")
    assert ran.status == 1 and "VLAAMSCODEX_DIALECTS_DIR" in ran.out and "  doe dit: " in ran.out
    ran = plats("--voice", "en", "doctor", "--python", "nergens/python")
    assert ran.status == 1 and "wrong: cannot start `nergens/python`" in ran.out


def test_the_doctor_looks_for_hook_and_codec(plats, packs, interpreter, write):
    environment = plats.folder / "env"
    subprocess.run([interpreter, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    script = "import site; print(site.getsitepackages()[0])"
    site = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout.strip()

    def topics():
        ran = plats("doctor", "--json", "--python", python, VLAAMSCODEX_DIALECTS_DIR=packs)
        return {one["topic"]: one["good"] for one in ran.objects()}

    assert topics()["build"] and not topics()["hook"] and not topics()["codec"] and not topics()["package"]
    codec = "lambda name: __import__('codecs').lookup('utf-8') if name in ('plats', 'vlaamsplats') else None"
    with open(os.path.join(site, "vlaamscodex_autoload.pth"), "w") as hook:
        hook.write("import codecs; codecs.register(%s)\n" % codec)
    assert topics()["hook"] and topics()["codec"]

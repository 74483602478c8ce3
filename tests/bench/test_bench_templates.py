"""`cargo xtask bench-templates` over templates that are wrong, and the report that it writes."""

import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import browser
import pytest

HERE = pathlib.Path(__file__).parent
BROKEN = HERE / "broken"

# What a quick run builds everything with, once more.
VARIANT = "fast-debug by clang" if shutil.which("clang") and shutil.which("clang++") else "fast-debug"

# Template, step, and what is said.
EXPECTED = [
    ("basic/bad_sidecar", "template", "`sizes` is not a key of sidecars"),
    ("basic/bad_sidecar", "template", '`level` is "easy", and must be one of ["basic","intermediate","advanced"]'),
    ("basic/no_sidecar", "template", "the sidecar cannot be read"),
    ("basic/no_module", "template", "there is no basic/no_module.pyx beside its sidecar"),
    ("basic/no_twin", "template", "the twin python/basic/no_twin.py is missing"),
    ("basic/no_compile", "build", "no_compile.pyx:2:15"),
    ("basic/wrong_demo", "build", "`f(3)` gives `6`, not `7`"),
    ("basic/wrong_demo", "build", "`f(3)` gives `6`, not an exception `ValueError: no`"),
    ("basic/wrong_demo", "build", "`g(3)` raises `NameError: name 'g' is not defined`, not `6`"),
    ("basic/ends_process", "build", "its process was ended by signal 6"),
    ("basic/other_twin", "calls", "in the twin, and"),
    ("basic/wrong_twin_call", "calls", "ValueError: not written yet"),
    ("basic/needs_optimisation", VARIANT, "this needs -O1"),
]


def bench(output, *arguments, templates=BROKEN, **environment):
    program = os.environ.get("PYXIDE_XTASK")
    if not program:
        pytest.skip("PYXIDE_XTASK names no program: `cargo xtask test --only bench` does")
    command = [program, "bench-templates", "--quick", "--json", "--environment", sys.executable]
    command += ["--templates", templates, "--output", output, *arguments]
    environment = {**os.environ, **environment}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
    # An error of the program itself is a line of text.
    return done, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return tmp_path_factory.mktemp("broken")


@pytest.fixture(scope="module")
def broken(output):
    return bench(output)


def test_each_template_that_is_wrong_is_named(broken):
    done, objects = broken
    assert done.returncode == 1, done.stderr
    failures = [it for it in objects if it["kind"] == "failure"]
    for name, step, words in EXPECTED:
        said = [it["reason"] for it in failures if (it["name"], it["step"]) == (name, step)]
        assert any(words in reason for reason in said), (name, step, said or failures)
    # Whoever is good is not among them, and nobody is there for another reason.
    known = {(name, step) for name, step, _ in EXPECTED}
    assert {(it["name"], it["step"]) for it in failures} <= known


def test_the_rest_is_measured(broken):
    _, objects = broken
    good = next(it for it in objects if it.get("name") == "basic/good")
    assert good["speedup"]["low"] <= good["speedup"]["median"] <= good["speedup"]["high"]
    assert good["speedup"]["median"] > 3
    cold = good["cold"]
    assert min(cold["cython_s"], cold["compiler_s"], cold["linker_s"]) > 0
    assert cold["cython_s"] + cold["compiler_s"] + cold["linker_s"] < cold["wall_s"]
    assert cold["cpu_s"] > 0.05 and cold["artifact_bytes"] > 1000 and not cold["new_process"]
    assert good["warm_imports"] == []
    assert good["warm"]["wall_s"]["count"] == good["warm_twin"]["wall_s"]["count"] >= 5
    assert good["warm"]["inside_s"]["median"] < cold["wall_s"]
    assert good["hit_s"]["median"] < good["warm"]["inside_s"]["median"]
    for who in ("call", "call_twin"):
        assert good[who]["cpu_s"]["low"] > 0
    # What does not compile has no figures, and what is only wrong has some.
    assert next(it for it in objects if it.get("name") == "basic/wrong_demo")["cold"] is not None
    summary = objects[-1]
    assert summary["kind"] == "summary" and summary["failures"] == sum(it["kind"] == "failure" for it in objects)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory):
    """What `--update` writes for one template."""
    folder = tmp_path_factory.mktemp("baseline")
    done, _ = bench(folder, "basic/good", "--baseline", folder / "baseline.json", "--update", "a test")
    assert done.returncode == 0, done.stdout
    written = json.loads((folder / "baseline.json").read_text())
    assert written["format"] == 2 and written["quick"]["reason"] == "a test"
    return written


def checked(folder, baseline, percent, **known):
    """`--check` beside a baseline of which this is changed, with a template that is so much slower."""
    changed = copy.deepcopy(baseline)
    good = changed["quick"]["templates"]["basic/good"]
    good.update(known)
    for name in [name for name, value in known.items() if value is None]:
        del good[name]
    (folder / "baseline.json").write_text(json.dumps(changed))
    arguments = ["basic/good", "--baseline", folder / "baseline.json", "--check", "--slow-down", f"basic/good={percent}"]
    done, objects = bench(folder, *arguments)
    slower = [it for it in objects if it["kind"] == "failure"]
    assert all((it["name"], it["step"]) == ("basic/good", "check") for it in slower)
    assert done.returncode == int(bool(slower)), done.stdout
    return [it["reason"] for it in slower], objects[-1]["remarks"]


def test_time_tells_that_a_template_is_slower(baseline, tmp_path):
    good = baseline["quick"]["templates"]["basic/good"]
    assert good["ratio"] > 3
    # Far more than what is noticed: a machine that runs tests may be busy. And its pace may change at any time.
    slower, _ = checked(tmp_path, baseline, 60, instructions=None, twin_s=None)
    assert "slower: the ratio to its twin is" in slower[0]
    # Where Python has another speed than it had, nothing is said about ratios to it.
    slower, remarks = checked(tmp_path, baseline, 60, instructions=None, twin_s=3 * good["twin_s"])
    assert not slower
    assert any(it.startswith("not judged") and "basic/good" in it for it in remarks)


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind counts instructions, and is not there")
def test_instructions_tell_that_a_template_is_slower(baseline, tmp_path):
    good = baseline["quick"]["templates"]["basic/good"]
    assert good["instructions"] > 3
    # Whatever the machine's pace is: here everything takes another time than it did.
    other = {"twin_s": 3 * good["twin_s"], "ratio": 3 * good["ratio"]}
    slower, _ = checked(tmp_path, baseline, 20, **other)
    assert "slower: a call executes 20 % more instructions than in the baseline" in slower[0]
    slower, remarks = checked(tmp_path, baseline, 0, **other)
    assert not slower
    assert any(it.startswith("judged by their instructions alone") and "basic/good" in it for it in remarks)
    assert "compared 1 templates with the baseline" in remarks


def test_a_baseline_of_another_format_is_one_failure(tmp_path):
    file = tmp_path / "other.json"
    file.write_text('{"format": 7}')
    done, objects = bench(tmp_path, "basic/good", "--baseline", file, "--check")
    assert done.returncode == 1
    (failure,) = [it for it in objects if it["kind"] == "failure"]
    assert failure["step"] == "check" and "has format 7" in failure["reason"]
    assert any(it.get("name") == "basic/good" and it["kind"] == "template" for it in objects)


def test_a_clang_without_openmp_is_no_failure(tmp_path):
    gcc = shutil.which("gcc")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("clang", "clang++"):
        (folder / name).write_text(f'#!/bin/sh\ncase "$*" in *fopenmp*) exit 1;; esac\nexec {gcc} "$@"\n')
        (folder / name).chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    done, objects = bench(tmp_path / "out", "parallel/schedule", templates=HERE.parents[1] / "templates", PATH=path)
    assert "clang has no OpenMP and does not build parallel/schedule" in done.stderr
    assert done.returncode == 0 and not [it for it in objects if it["kind"] == "failure"], done.stdout


def test_no_template_is_an_error(tmp_path):
    done, _ = bench(tmp_path, "nothing-has-this-name")
    assert done.returncode == 1
    assert 'no template\'s name contains ["nothing-has-this-name"]' in done.stdout + done.stderr


@pytest.fixture(scope="module")
def page(broken, output):
    page = output / "report.html"
    # The details are looked at, too.
    opened = output / "opened.html"
    opened.write_text(page.read_text().replace("<details>", "<details open>"))
    return opened


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    if browser.program() is None:
        pytest.skip("there is no Chromium; the package `chromium` has it")
    with browser.Browser(tmp_path_factory.mktemp("profile")) as it:
        yield it


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_the_report_is_readable(chromium, page, width, dark, tmp_path):
    chromium.open(page, width, dark=dark)
    assert chromium.complaints == []
    assert chromium.value("document.documentElement.scrollWidth") <= width
    assert chromium.value("document.documentElement.lang") == "en"
    assert chromium.value("document.querySelectorAll('#speedups > li').length") >= 1
    # Each text has enough contrast to what is behind it, as WCAG's level AA wants.
    assert chromium.value(CONTRAST) == []
    # Each chart's rows have their value as text, and each picture has words.
    assert chromium.value("[...document.querySelectorAll('.chart .row')].every(row => row.innerText.match(/[0-9]/))")
    unnamed = "[...document.querySelectorAll('svg')].filter(it => !it.ariaHidden && !it.closest('[role=img]')).length"
    assert chromium.value(unnamed) == 0
    shot = tmp_path / "shot.png"
    chromium.screenshot(shot)
    assert shot.stat().st_size > 10_000
    background = chromium.value("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, background[4:-1].split(","))) < 200 if dark else sum(map(int, background[4:-1].split(","))) > 600


def test_a_chart_is_sorted_by_its_buttons(chromium, page):
    chromium.open(page)
    names = "[...document.querySelectorAll('#builds > li')].map(it => it.dataset.name)"
    by_value = chromium.value(names)
    chromium.value("document.querySelector('[data-chart=builds] [data-order=name]').click()")
    by_name = chromium.value(names)
    assert by_name == sorted(by_value) and len(by_name) > 3
    chromium.value("document.querySelector('[data-chart=builds] [data-order=value]').click()")
    assert chromium.value(names) == by_value
    assert chromium.complaints == []


def test_a_long_chart_is_short_on_a_phone(chromium, page, tmp_path):
    long = tmp_path / "long.html"
    text = page.read_text()
    rows = re.search(r'<ul class="chart" id="builds">(.*?)</ul>', text, re.S)[1]
    long.write_text(text.replace(rows, rows * 12))
    shown = "[...document.querySelectorAll('#builds > li')].filter(it => it.checkVisibility()).length"
    button = "[...document.querySelectorAll('.more')].filter(it => it.checkVisibility()).length"
    chromium.open(long, 1200)
    count = chromium.value(shown)
    assert count > 30 and chromium.value(button) == 0
    chromium.open(long, 360)
    assert (chromium.value(shown), chromium.value(button)) == (20, 1)
    chromium.value("document.querySelector('#builds + .more').click()")
    assert (chromium.value(shown), chromium.value(button)) == (count, 0)
    assert chromium.complaints == []


CONTRAST = """
(() => {
  const channels = text => text.match(/[0-9.]+/g).map(Number);
  const light = text => {
    const [r, g, b] = channels(text).slice(0, 3).map(it => it / 255).map(it => it <= .03928 ? it / 12.92 : ((it + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (colour.startsWith("rgb(")) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script, svg")) continue;
    const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    if ((one + .05) / (other + .05) < 4.5) poor.push(walker.currentNode.textContent.trim().slice(0, 40));
  }
  return poor;
})()
"""

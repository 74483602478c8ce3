"""The rules of a dialect as a loop of `re.sub`, once for each line that is sent: `rules.py FOLDER ID FILE`.

What a simple engine in Python does, without protected terms, questions and further passes.
"""

import json
import re
import sys
import time

PRONOUNS = {"subject": "ge", "object": "u", "possessive": "uw"}


def resolved(folder, wanted):
    """The packs of a dialect, parents first."""
    with open(folder + "/index.json", encoding="utf-8") as index:
        files = {entry["id"]: entry["file"] for entry in json.load(index)}
    found = {}

    def visit(name):
        with open(folder + "/packs/" + files[name].removeprefix("packs/"), encoding="utf-8") as file:
            pack = json.load(file)
        for parent in pack.get("inherits") or []:
            if parent not in found:
                visit(parent)
        found[name] = pack

    visit(wanted)
    return found.values()


def in_its_case(to):
    """What puts a text in with the capitals of what was found."""

    def replacement(match):
        text = match[0]
        if text.isupper():
            return to.upper()
        return to[:1].upper() + to[1:] if text[0].isupper() else to

    return replacement


def compiled(rule):
    """A pattern and its replacement."""
    to = rule["to"]
    for name, pronoun in PRONOUNS.items():
        to = to.replace("{pronoun_%s}" % name, pronoun)
    if rule["type"] == "replace_word":
        return re.compile(r"\b" + re.escape(rule["from"]) + r"\b", re.IGNORECASE), in_its_case(to)
    flags = 0
    for name in rule.get("flags", []):
        flags |= getattr(re, name)
    keeps = rule.get("preserve_case") and "\\" not in to
    return re.compile(rule["pattern"], flags), in_its_case(to) if keeps else to


def main():
    folder, name, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        source = file.read()
    packs = resolved(folder, name)
    rules = [compiled(rule) for pack in packs for rule in pack["rules"] if rule["type"] != "append_particle"]
    for _ in sys.stdin:
        begin = time.perf_counter()
        text = source
        for pattern, replacement in rules:
            text = pattern.sub(replacement, text)
        print(time.perf_counter() - begin, flush=True)


main()

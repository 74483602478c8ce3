"""Compiles, compares and runs the programs on standard input."""

import ast
import contextlib
import io
import json
import sys
import warnings

warnings.simplefilter("ignore")


def answer(question):
    said = {"refused": None, "same": None, "stdout": None, "raised": None}
    try:
        code = compile(question["python"], "<plats>", "exec", dont_inherit=True)
    except Exception as error:
        said["refused"] = f"{type(error).__name__}: {error}"
        return said
    if question["other"] is not None:
        try:
            other = ast.dump(ast.parse(question["other"]))
        except SyntaxError:
            other = None
        said["same"] = ast.dump(ast.parse(question["python"])) == other
    if question["run"]:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                exec(code, {"__name__": "__main__"})
            except Exception as error:
                said["raised"] = type(error).__name__
        said["stdout"] = printed.getvalue()
    return said


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)

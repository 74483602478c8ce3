import os

PREBUILT = os.path.join(os.path.dirname(__file__), "..", "..", "prebuilt")


class Context:
    def set_language_level(self, level):
        pass


class CompilationOptions:
    def __init__(self, output_file, **options):
        self.output_file = output_file


class Result:
    num_errors = 0


def compile(source, options, full_module_name=None):
    with open(source, encoding="utf-8") as file:
        name = file.readline().split()[1]
    with open(os.path.join(PREBUILT, name + ".c"), "rb") as file:
        text = file.read()
    with open(options.output_file, "wb") as file:
        file.write(text)
    return Result

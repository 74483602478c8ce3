directive_types = {"language_level": str}


def get_directive_defaults():
    return {}


def parse_directive_value(name, value, relaxed_bool=False):
    return value

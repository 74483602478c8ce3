"""A new project: `plats init`."""


def main(*arguments: str) -> int:
    """Make a folder with a first program; returns the status of the command."""
    from vlaamscodex import cli

    return cli.main(["init", *arguments])

"""Sayings: `plats fortune`."""


def main(*arguments: str) -> int:
    """Say something wise; returns the status of the command."""
    from vlaamscodex import cli

    return cli.main(["fortune", *arguments])

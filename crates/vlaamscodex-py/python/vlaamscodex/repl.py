"""The prompt: `plats repl`."""


def main(*arguments: str) -> int:
    """Ask for programs at a prompt; returns the status of the command."""
    from vlaamscodex import cli

    return cli.main(["repl", *arguments])

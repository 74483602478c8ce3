"""Programs to begin with: `plats examples`."""


def main(*arguments: str) -> int:
    """List the examples; `--show`, `--run` and `--save` take one's name; returns the status of the command."""
    from vlaamscodex import cli

    return cli.main(["examples", *arguments])

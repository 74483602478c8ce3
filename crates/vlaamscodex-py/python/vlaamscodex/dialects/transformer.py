"""Text from Dutch to a dialect.

Packs are looked for in `VLAAMSCODEX_DIALECTS_DIR`, then in a folder `dialects` with an `index.json` beside or above the package: where the wheel
puts it, and where the sources have it.
"""

import os

from vlaamscodex import _vlaamscodex


def available_packs() -> list[dict]:
    """All packs in the order of their names: `id`, `label`, `inherits` and `file` of each."""
    return _vlaamscodex.available_packs(_folder())


def transform(
    text: str,
    dialect: str,
    *,
    deterministic: bool | None = None,
    seed: int | None = None,
    enable_particles: bool | None = None,
    max_passes: int | None = None,
    strict_idempotency: bool | None = None,
    pronoun_subject: str | None = None,
    pronoun_object: str | None = None,
    pronoun_possessive: str | None = None,
) -> str:
    """Put a text into a dialect; what is not given comes from the environment, and then from the defaults.

    Raises `KeyError` for a dialect that there is not, `ValueError` for packs that are wrong, `RuntimeError` for a text that would go on changing
    where that is forbidden.
    """
    if not isinstance(text, str):
        raise TypeError("transform takes a str, and got %s" % type(text).__name__)
    if not isinstance(dialect, str) or not dialect:
        raise TypeError("a dialect is named by a str that is not empty")
    given = {
        "deterministic": deterministic,
        "seed": seed,
        "enable_particles": enable_particles,
        "max_passes": max_passes,
        "strict_idempotency": strict_idempotency,
        "pronoun_subject": pronoun_subject,
        "pronoun_object": pronoun_object,
        "pronoun_possessive": pronoun_possessive,
    }
    return _vlaamscodex.transform(text, dialect, _folder(), {name: value for name, value in given.items() if value is not None})


def _folder() -> str:
    named = os.environ.get("VLAAMSCODEX_DIALECTS_DIR")
    if named:
        return named
    folder = os.path.dirname(os.path.abspath(__file__))
    while True:
        # The package has a folder of this name, too, which has no index.
        packs = os.path.join(folder, "dialects")
        if os.path.isfile(os.path.join(packs, "index.json")):
            return packs
        parent = os.path.dirname(folder)
        if parent == folder:
            raise FileNotFoundError("there is no `dialects` with an `index.json` beside or above the package; set VLAAMSCODEX_DIALECTS_DIR")
        folder = parent

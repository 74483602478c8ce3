"""The build backend of this project: pyxide's, around setuptools."""

from pyxide.build_backend import *  # noqa: F403

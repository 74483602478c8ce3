# Stands in for Cython: it has the names that the worker uses, and copies C that the real one wrote before.
__version__ = "3.1.0"

"""A language whose source is a codec away from Python."""

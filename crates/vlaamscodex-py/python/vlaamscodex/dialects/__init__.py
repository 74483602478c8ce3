"""Text in the dialects of Flanders: see `transformer`."""

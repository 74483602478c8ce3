"""What is listed."""


class CacheEntry(dict):
    """A module in the cache: a dict, so that json.dumps accepts it, whose items are attributes, too.

    key, module_name, build_dir, artifact_path, artifact_size, created_utc, fingerprint
    """

    __slots__ = ()

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError("a CacheEntry has no %r" % name) from None

    def __repr__(self):
        return "CacheEntry(%s)" % ", ".join("%s=%r" % item for item in self.items())


CacheEntry.__module__ = "pyxide"

"""What questions to the cache are answered with: dicts, so that json.dumps accepts them, whose items are attributes, too."""


class _Record(dict):
    __slots__ = ()

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError("a %s has no %r" % (type(self).__name__, name)) from None

    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, ", ".join("%s=%r" % item for item in self.items()))


class CacheEntry(_Record):
    """A module in the cache.

    key, module_name, build_dir, artifact_path, artifact_size, created_utc, fingerprint
    """

    __slots__ = ()


class PackageCacheEntry(_Record):
    """A package in the cache.

    key, package_name, build_dir, modules, artifacts, missing, created_utc, fingerprint
    """

    __slots__ = ()


class Signature(_Record):
    """What a build would be called.

    request_key, key, fields
    """

    __slots__ = ()


class Explanation(_Record):
    """Why the cache has a module or does not have it; str() of it is a sentence.

    label, outcome, text, key, compared_with, differences
    """

    __slots__ = ()

    def __str__(self):
        return self["text"]


for _class in (CacheEntry, PackageCacheEntry, Signature, Explanation):
    _class.__module__ = "pyxide"

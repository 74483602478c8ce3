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

    key, kind ("module" or "external"), module_name, build_dir, artifact_path, artifact_size, created_utc, fingerprint
    """

    __slots__ = ()


class Annotation(_Record):
    """What each line of a source costs.

    path (of the page), module_name, key, used_cache, lines (dicts with line, score and text)
    """

    __slots__ = ("frame",)

    def __str__(self):
        return "\n".join("%5d  %5d  %s" % (line["line"], line["score"], line["text"]) for line in self["lines"])

    def _repr_html_(self):
        return self.frame


class CacheGCResult(_Record):
    """What a collection of the cache removed, or would remove.

    cache_root, dry_run, deleted_keys (the least recently used first), skipped_pinned_keys,
    skipped_active_keys (another process is at them), failed (dicts with key and reason), freed_bytes
    """

    __slots__ = ()


class CachePurgeResult(_Record):
    """What emptying the cache removed.

    cache_root, deleted_keys, skipped_pinned_keys, skipped_active_keys (another process is at them),
    unpinned_aliases, failed (dicts with key and reason), freed_bytes
    """

    __slots__ = ()


class CacheStats(_Record):
    """What is in the cache, in numbers.

    cache_root, n_modules, n_packages, total_bytes, pinned_aliases, pinned_keys, broken_pins (as long
    as there is one, nothing is collected), quarantined, newest_use_utc, oldest_use_utc
    """

    __slots__ = ()


class CacheCheck(_Record):
    """What a comparison of a cache entry with what was published gave.

    key, ok, reason (what is wrong), action (None, "rebuilt", "quarantined" or "left"), why (not more was done)
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


class Restored(_Record):
    """What became of a bundle.

    path, entries, pins
    """

    __slots__ = ()


for _class in (
    Annotation, CacheCheck, CacheEntry, CacheGCResult, CachePurgeResult, CacheStats, PackageCacheEntry, Signature, Explanation,
    Restored,
):  # fmt: skip
    _class.__module__ = "pyxide"

"""What is kept in the cache, by which name, and for how long."""

from pyxide import _pyxide


def pin(key, *, alias, cache_dir=None, overwrite=False):
    """Give a cached module a name, keep it from being collected, and return its key.

    An alias has up to 64 small letters, digits, ".", "_" and "-". Raises ValueError for
    one that has not, and for one that means another module, unless overwrite is true;
    FileNotFoundError when the cache does not have the key. A module may have several names.
    """
    return _pyxide.pin(key, alias, cache_dir, bool(overwrite))


def unpin(alias, *, cache_dir=None):
    """Take a pinned module's name away, and return whether there was such a name."""
    return _pyxide.unpin(alias, cache_dir)


def list_pins(cache_dir=None):
    """Return a dict of the pinned modules' keys by alias.

    A pin that cannot be read is left out, with a CacheWarning.
    """
    return _pyxide.list_pins(cache_dir)


def resolve_pinned_key(alias, *, cache_dir=None, layers=None):
    """Return the key of the module that is pinned under this alias. Raises KeyError when there is none."""
    return _pyxide.resolve_pinned_key(alias, cache_dir, layers)


def import_pinned_result(alias, *, cache_dir=None, layers=None):
    """Import the module or package that is pinned under this alias and return a BuildResult or PackageBuildResult.

    Needs neither the source nor tools. Raises KeyError when there is no such alias, else
    what import_cached_result and import_cached_package_result raise.
    """
    found = _pyxide.import_pinned_result(alias, cache_dir, layers)
    if not isinstance(found, str):
        return found
    from pyxide._packages import import_cached_package_result

    return import_cached_package_result(found, cache_dir=cache_dir, layers=layers)


def import_pinned(alias, *, cache_dir=None, layers=None):
    """Import what is pinned under this alias and return the module, or a package's modules by their names below it."""
    found = import_pinned_result(alias, cache_dir=cache_dir, layers=layers)
    return found.module if isinstance(found, _pyxide.BuildResult) else found.modules


def import_cached_by_name(name, *, cache_dir=None, layers=None):
    """Import the one cached module of this name that was built for this interpreter, and return it.

    Raises FileNotFoundError when there is none, LoadError when those that there are were
    built for others, and ValueError with the keys when there are several.
    """
    return _pyxide.import_named_result(name, cache_dir, layers).module


def gc_cache(*, cache_dir=None, keep_n_newest=None, max_age_days=None, max_bytes=None, dry_run=False):
    """Remove cached modules by rules and return a CacheGCResult. Without a rule nothing is removed.

    keep_n_newest
        Keep so many, those that were used last, whatever the other rules say; alone, it removes the others.
    max_age_days
        Remove what was not used for so many days.
    max_bytes
        Remove what was used longest ago until the rest has at most so many bytes.
    dry_run
        Only say what would be removed.

    Pinned modules stay, and so do those that another process is at. Raises ValueError for
    negative numbers.
    """
    from pyxide._records import CacheGCResult

    return CacheGCResult(_pyxide.gc_cache(cache_dir, keep_n_newest, max_age_days, max_bytes, bool(dry_run)))


def cache_stats(cache_dir=None):
    """Count what is in the cache and return CacheStats. A cache that is missing has nothing in it."""
    from pyxide._records import CacheStats

    return CacheStats(_pyxide.cache_stats(cache_dir))


def purge_cache(cache_dir=None, *, pinned=False):
    """Remove all cached modules and all that is remembered of builds, and return a CachePurgeResult.

    Pinned modules stay unless pinned is true, and so do those that another process is at.
    Raises FileNotFoundError when there is no such cache.
    """
    from pyxide._errors import NotCached
    from pyxide._records import CachePurgeResult

    purged = _pyxide.purge_cache(cache_dir, bool(pinned))
    if purged is None:
        raise NotCached("there is no cache", "check the path, and PYXIDE_CACHE_DIR")
    return CachePurgeResult(purged)


def verify_cached(keys=None, *, cache_dir=None, repair=False):
    """Compare cached modules with what was published and return a list of CacheCheck.

    keys
        A key or several; without them, all that the cache has. FileNotFoundError is raised for one that it has not.
    repair
        Move what is damaged to quarantine, and build it again if its source and options are all that it takes.
    """
    from pyxide._records import CacheCheck

    if keys is not None:
        keys = [keys] if isinstance(keys, str) else [*keys]
    return [CacheCheck(checked) for checked in _pyxide.verify_cached(keys, cache_dir, bool(repair))]

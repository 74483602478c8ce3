from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypedDict

__version__: str

_Path = str | PathLike[str]
_Paths = _Path | Iterable[_Path]
_Profile = Literal["default", "release", "fast-debug", "annotate", "debug", "coverage"]

class BuildResult:
    @property
    def module(self) -> ModuleType: ...
    @property
    def key(self) -> str: ...
    @property
    def request_key(self) -> str: ...
    @property
    def module_name(self) -> str: ...
    @property
    def build_dir(self) -> Path: ...
    @property
    def artifact_path(self) -> Path: ...
    @property
    def used_cache(self) -> bool: ...
    @property
    def created_utc(self) -> str: ...
    @property
    def fingerprint(self) -> dict[str, str]: ...
    @property
    def annotation_path(self) -> Path | None: ...
    @property
    def generated_path(self) -> Path | None: ...
    @property
    def freethreading_compatible(self) -> bool: ...
    @property
    def warnings(self) -> list[str]: ...
    @property
    def meta(self) -> dict[str, Any]: ...

class PackageBuildResult:
    @property
    def package_name(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def build_dir(self) -> Path: ...
    @property
    def package(self) -> ModuleType: ...
    @property
    def modules(self) -> dict[str, ModuleType]: ...
    @property
    def results(self) -> tuple[BuildResult, ...]: ...
    @property
    def used_cache(self) -> bool: ...
    @property
    def created_utc(self) -> str: ...
    @property
    def fingerprint(self) -> dict[str, str]: ...
    @property
    def meta(self) -> dict[str, Any]: ...

class BatchReport(TypedDict):
    name: str
    file: str
    module_name: str | None
    key: str | None
    used_cache: bool | None
    error: str | None

class BatchBuildResult:
    @property
    def successes(self) -> dict[str, BuildResult]: ...
    @property
    def failures(self) -> dict[str, Exception]: ...
    @property
    def ok(self) -> bool: ...
    @property
    def n_succeeded(self) -> int: ...
    @property
    def n_failed(self) -> int: ...
    @property
    def report(self) -> list[BatchReport]: ...

class CacheEntry(dict[str, Any]):
    key: str
    kind: Literal["module", "external"]
    module_name: str
    build_dir: str
    artifact_path: str
    artifact_size: int
    created_utc: str
    fingerprint: dict[str, str]

class LineCost(TypedDict):
    line: int
    score: int
    text: str

class Annotation(dict[str, Any]):
    path: str
    module_name: str
    key: str
    used_cache: bool
    lines: list[LineCost]
    def _repr_html_(self) -> str: ...

class CacheGCResult(dict[str, Any]):
    cache_root: str
    dry_run: bool
    deleted_keys: list[str]
    skipped_pinned_keys: list[str]
    skipped_active_keys: list[str]
    failed: list[dict[str, str]]
    freed_bytes: int

class CachePurgeResult(dict[str, Any]):
    cache_root: str
    deleted_keys: list[str]
    skipped_pinned_keys: list[str]
    skipped_active_keys: list[str]
    unpinned_aliases: list[str]
    failed: list[dict[str, str | None]]
    freed_bytes: int

class CacheStats(dict[str, Any]):
    cache_root: str
    n_modules: int
    n_packages: int
    total_bytes: int
    pinned_aliases: list[str]
    pinned_keys: list[str]
    broken_pins: int
    quarantined: int
    newest_use_utc: str | None
    oldest_use_utc: str | None

class CacheCheck(dict[str, Any]):
    key: str
    ok: bool
    reason: str | None
    action: Literal["rebuilt", "quarantined", "left"] | None
    why: str | None
class PackageCacheEntry(dict[str, Any]):
    key: str
    kind: Literal["package"]
    package_name: str
    build_dir: str
    modules: list[str]
    artifacts: list[str]
    missing: list[str]
    created_utc: str
    fingerprint: dict[str, str]

class Signature(dict[str, Any]):
    request_key: str | None
    key: str | None
    fields: dict[str, str]

class RestoredEntry(TypedDict):
    key: str
    name: str
    kind: Literal["module", "external", "package"]
    outcome: Literal["new", "equal", "kept"]

class Restored(dict[str, Any]):
    path: str
    entries: list[RestoredEntry]
    pins: list[str]

class Difference(TypedDict):
    name: str
    how: str

class Explanation(dict[str, Any]):
    label: str
    outcome: Literal["hit", "never_built", "changed", "gone", "damaged"]
    text: str
    key: str | None
    compared_with: str | None
    differences: list[Difference]

class Note(TypedDict):
    file: str | None
    line: int | None
    column: int | None
    message: str

class Diagnostic(TypedDict):
    severity: Literal["error", "warning"]
    file: str | None
    line: int | None
    column: int | None
    message: str
    source_line: str | None
    notes: list[Note]

class PyxideError(Exception):
    hint: str | None

class CompileError(PyxideError, RuntimeError):
    diagnostics: list[Diagnostic]
    phase: Literal["cython", "compiler"] | None
    command: list[str]
    status: str | None
    output: str
    versions: dict[str, str]
    log_path: str | None

class BatchBuildError(CompileError):
    failures: dict[str, Exception]
    result: BatchBuildResult | None

class CompileImportError(CompileError, ImportError): ...
class BuildTimeout(PyxideError, TimeoutError): ...
class ToolchainError(PyxideError, ImportError): ...
class LoadError(PyxideError, ImportError): ...
class InputError(PyxideError, ValueError): ...
class NotCached(PyxideError, FileNotFoundError): ...
class UnknownAlias(PyxideError, KeyError): ...
class ArtifactError(LoadError, ValueError): ...
class BundleError(PyxideError, ValueError): ...
class WheelError(PyxideError, ValueError): ...
class ExistsError(PyxideError, FileExistsError): ...
class LockTimeout(PyxideError, TimeoutError): ...
class CacheWarning(UserWarning): ...

def compile_and_load(
    source: str,
    *,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    view_annotate: bool | Callable[[Path], object] = False,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> ModuleType: ...
def compile_and_load_result(
    source: str,
    *,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    view_annotate: bool | Callable[[Path], object] = False,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> BuildResult: ...
def cython_import(
    pyx_path: _Path,
    *,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    view_annotate: bool | Callable[[Path], object] = False,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> ModuleType: ...
def cython_import_result(
    pyx_path: _Path,
    *,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    view_annotate: bool | Callable[[Path], object] = False,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> BuildResult: ...
def compile_signature(
    source: _Path,
    *,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    view_annotate: bool | Callable[[Path], object] = False,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> Signature: ...
def explain(
    source: _Path,
    *,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    view_annotate: bool | Callable[[Path], object] = False,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> Explanation: ...
def annotate(
    source: _Path,
    *,
    min_score: int = 0,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    view_annotate: bool | Callable[[Path], object] = False,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> Annotation: ...
def stub(
    module: ModuleType | _Path,
    *,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    view_annotate: bool | Callable[[Path], object] = False,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> str: ...
def import_cached(key: str, *, cache_dir: _Path | None = None, layers: _Paths | None = None) -> ModuleType: ...
def check_build_prereqs(*, numpy: bool = False, cxx: bool = False) -> dict[str, Any]: ...
def import_cached_result(key: str, *, cache_dir: _Path | None = None, layers: _Paths | None = None) -> BuildResult: ...
def import_cached_by_name(name: str, *, cache_dir: _Path | None = None, layers: _Paths | None = None) -> ModuleType: ...
def pin(key: str, *, alias: str, cache_dir: _Path | None = None, overwrite: bool = False) -> str: ...
def unpin(alias: str, *, cache_dir: _Path | None = None) -> bool: ...
def list_pins(cache_dir: _Path | None = None) -> dict[str, str]: ...
def resolve_pinned_key(alias: str, *, cache_dir: _Path | None = None, layers: _Paths | None = None) -> str: ...
def import_pinned(
    alias: str, *, cache_dir: _Path | None = None, layers: _Paths | None = None
) -> ModuleType | dict[str, ModuleType]: ...
def import_pinned_result(
    alias: str, *, cache_dir: _Path | None = None, layers: _Paths | None = None
) -> BuildResult | PackageBuildResult: ...
def gc_cache(
    *,
    cache_dir: _Path | None = None,
    keep_n_newest: int | None = None,
    max_age_days: float | None = None,
    max_bytes: float | None = None,
    dry_run: bool = False,
) -> CacheGCResult: ...
def cache_stats(cache_dir: _Path | None = None) -> CacheStats: ...
def purge_cache(cache_dir: _Path | None = None, *, pinned: bool = False) -> CachePurgeResult: ...
def verify_cached(
    keys: str | Iterable[str] | None = None, *, cache_dir: _Path | None = None, repair: bool = False
) -> list[CacheCheck]: ...
def list_cached(cache_dir: _Path | None = None) -> list[CacheEntry]: ...
def get_cache_dir(cache_dir: _Path | None = None) -> Path: ...
def bundle_cached(
    keys: str | Iterable[str],
    dest: _Path,
    *,
    pins: bool = False,
    overwrite: bool = False,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
) -> Path: ...
def restore_cached(
    path: _Path, *, any_interpreter: bool = False, pins: bool = False, cache_dir: _Path | None = None
) -> Restored: ...
def export_cached(
    key: str, dest_dir: _Path, *, whole: bool = False, overwrite: bool = False, cache_dir: _Path | None = None
) -> Path: ...
def export_wheel(
    key: str,
    dest_dir: _Path,
    *,
    name: str | None = None,
    version: str | None = None,
    overwrite: bool = False,
    cache_dir: _Path | None = None,
) -> Path: ...
def register_cached_artifact_path(
    artifact_path: _Path, *, module_name: str | None = None, copy: Literal[True] = True, cache_dir: _Path | None = None
) -> BuildResult: ...
def register_cached_artifact_bytes(
    data: bytes | bytearray | memoryview,
    *,
    artifact_filename: str,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    temp_dir: _Path | None = None,
) -> BuildResult: ...
def import_artifact_path(artifact_path: _Path, *, module_name: str | None = None) -> ModuleType: ...
def import_artifact_bytes(
    data: bytes | bytearray | memoryview, *, artifact_filename: str, module_name: str | None = None, temp_dir: _Path | None = None
) -> ModuleType: ...
def build_package_from_code(
    modules: Mapping[str, str],
    *,
    package_name: str,
    jobs: int | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> dict[str, ModuleType]: ...
def build_package_from_code_result(
    modules: Mapping[str, str],
    *,
    package_name: str,
    jobs: int | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> PackageBuildResult: ...
def build_package_from_paths(
    modules: Mapping[str, _Path],
    *,
    package_name: str,
    jobs: int | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> dict[str, ModuleType]: ...
def build_package_from_paths_result(
    modules: Mapping[str, _Path],
    *,
    package_name: str,
    jobs: int | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> PackageBuildResult: ...
def cython_import_all(
    dir: _Path,
    *,
    pattern: str = "*.pyx",
    recursive: bool = False,
    jobs: int | None = None,
    collect: bool = False,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> dict[str, BuildResult]: ...
def cython_import_all_result(
    dir: _Path,
    *,
    pattern: str = "*.pyx",
    recursive: bool = False,
    jobs: int | None = None,
    collect: bool = False,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> BatchBuildResult: ...
def import_cached_package(key: str, *, cache_dir: _Path | None = None, layers: _Paths | None = None) -> dict[str, ModuleType]: ...
def import_cached_package_result(
    key: str, *, cache_dir: _Path | None = None, layers: _Paths | None = None
) -> PackageBuildResult: ...
def list_cached_packages(cache_dir: _Path | None = None) -> list[PackageCacheEntry]: ...
def install(
    paths: _Paths | None = None,
    *,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> None: ...
def uninstall(paths: _Paths | None = None) -> None: ...
def reload(module: ModuleType, source: str | None = None) -> ModuleType: ...
def load_ipython_extension(shell: Any) -> None: ...
def unload_ipython_extension(shell: Any) -> None: ...
def template_root() -> Path: ...
def list_templates(*, kind: Literal["cython", "python"] = "cython") -> list[str]: ...
def get_template_path(id: str, *, kind: Literal["cython", "python"] | None = None) -> Path: ...
def read_template(
    id: str, *, kind: Literal["cython", "python"] | None = None, encoding: str = "utf-8"
) -> str: ...
def load_template_metadata(id: str, *, kind: Literal["cython", "python"] | None = None) -> dict[str, Any]: ...
def compile_template(
    id: str,
    *,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    view_annotate: bool | Callable[[Path], object] = False,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> ModuleType: ...
def compile_template_result(
    id: str,
    *,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    view_annotate: bool | Callable[[Path], object] = False,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> BuildResult: ...
def list_package_examples() -> list[str]: ...
def get_package_example_path(name: str) -> Path: ...
def load_package_example_metadata(name: str) -> dict[str, Any]: ...
def build_package_example(
    name: str,
    *,
    package_name: str | None = None,
    jobs: int | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> dict[str, ModuleType]: ...
def build_package_example_result(
    name: str,
    *,
    package_name: str | None = None,
    jobs: int | None = None,
    cache_dir: _Path | None = None,
    layers: _Paths | None = None,
    use_cache: bool = True,
    force_rebuild: bool = False,
    build: bool = True,
    verbose: int = 0,
    profile: _Profile | None = None,
    annotate: bool | None = None,
    language: Literal["c", "c++"] | None = None,
    compiler_directives: Mapping[str, object] | None = None,
    include_dirs: _Paths = (),
    library_dirs: _Paths = (),
    libraries: str | Iterable[str] = (),
    define_macros: Iterable[tuple[str, str | None]] = (),
    extra_compile_args: str | Iterable[str] = (),
    extra_link_args: str | Iterable[str] = (),
    allow_unsafe_flags: bool = False,
    extra_sources: _Paths = (),
    support_files: Mapping[str, str | bytes] | None = None,
    support_paths: _Paths = (),
    include_cwd: bool = False,
    numpy_support: bool = True,
    numpy_required: bool = False,
    openmp: bool = False,
    limited_api: bool | str | tuple[int, int] = False,
    line_directives: bool | None = None,
    keep_c: bool | None = None,
    salt: str | None = None,
    lock_timeout_s: float | None = None,
    build_timeout_s: float | None = None,
) -> PackageBuildResult: ...

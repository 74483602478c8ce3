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
    def request_key(self) -> str | None: ...
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

class BuildTimeout(PyxideError, TimeoutError): ...
class ToolchainError(PyxideError, ImportError): ...
class LoadError(PyxideError, ImportError): ...
class LockTimeout(PyxideError, TimeoutError): ...
class CacheWarning(UserWarning): ...

def compile_and_load(
    source: str,
    *,
    module_name: str | None = None,
    cache_dir: _Path | None = None,
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
def import_cached(key: str, *, cache_dir: _Path | None = None) -> ModuleType: ...
def check_build_prereqs(*, numpy: bool = False, cxx: bool = False) -> dict[str, Any]: ...
def import_cached_result(key: str, *, cache_dir: _Path | None = None) -> BuildResult: ...
def list_cached(cache_dir: _Path | None = None) -> list[CacheEntry]: ...
def get_cache_dir(cache_dir: _Path | None = None) -> Path: ...
def build_package_from_code(
    modules: Mapping[str, str],
    *,
    package_name: str,
    jobs: int | None = None,
    cache_dir: _Path | None = None,
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
def import_cached_package(key: str, *, cache_dir: _Path | None = None) -> dict[str, ModuleType]: ...
def import_cached_package_result(key: str, *, cache_dir: _Path | None = None) -> PackageBuildResult: ...
def list_cached_packages(cache_dir: _Path | None = None) -> list[PackageCacheEntry]: ...
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

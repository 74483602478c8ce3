# How the modules beside this file are built with setuptools, as its manual and Cython's have it.
import glob
import os

from Cython.Build import cythonize
from setuptools import Extension, setup

include_dirs = []
if os.environ.get("BENCH_NUMPY"):
    import numpy

    include_dirs.append(numpy.get_include())
names = [name[: -len(".pyx")] for name in sorted(glob.glob("*.pyx")) if name != "other.pyx"]
extensions = [Extension(name, [name + ".pyx"], include_dirs=include_dirs) for name in names]
setup(name="bench", ext_modules=cythonize(extensions, nthreads=int(os.environ["BENCH_JOBS"]), quiet=True))

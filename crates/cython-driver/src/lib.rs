//! From Cython source to an extension module: a pure plan, and the worker that runs it

//! Who compiles and loads: interpreter, Cython, NumPy and C toolchain, found and remembered

//! The pipeline: one request becomes a loaded, verified extension module

//! Extension modules: checked without running them, then imported

//! One builder per key across threads and processes, on kernel locks that die with their holder

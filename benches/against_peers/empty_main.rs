//! The least that a static Rust program costs; `against_peers` builds it.

fn main() {}

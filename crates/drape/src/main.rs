//! The `drape` program.
fn main() {}

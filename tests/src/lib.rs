//! The tests of the whole stand in `it/`; this crate has no code of its own.

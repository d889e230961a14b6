//! The binary of Khademyar.

fn main() {}

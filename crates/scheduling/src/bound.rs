//! How good a plan can be at best: a lower bound on every valid plan's score, proven in integers.
//!
//! Each position has a price, paid to whoever takes a seat in it; positions choose how many seats they fill, and volunteers
//! their rosters, apart. What they all lose at their best is no more than what any plan loses, whatever the prices (Held
//! & Karp 1971; Geoffrion 1974). All rules and terms of one volunteer are met exactly inside their own minimum, except
//! rest between two nights; companions are coupled by multipliers of their own (Guignard & Kim 1987); volunteers to
//! be kept apart are not. What is left out is only ever a rule or a cost, so the bound stays below the truth.
//!
//! Essential comes first: it is bounded by itself. With a price μ on essential, the least of cost + μ·essential, minus
//! μ·E, then bounds the cost of every plan whose essential is E.

mod ascent;
mod auction;
mod dual;
mod lagrangian;
mod master;
mod model;
mod pair;
mod pool;
mod roster;
mod simplex;
mod steps;
mod tree;
mod value;

#[cfg(test)]
pub(crate) mod tests;

pub use dual::Dual;

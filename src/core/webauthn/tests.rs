//! The vectors of the specification, each of them with one thing changed, and ceremonies of every algorithm.

mod ceremonies;
mod mutations;
mod vectors;

//! The vectors of the specification, each of them with one thing changed, and ceremonies of every algorithm.

mod attestations;
mod ceremonies;
mod mutations;
mod properties;
mod vectors;

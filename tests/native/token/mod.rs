//! Tokens from outside: forged, mutated, and those of other implementations.

mod attacks;
mod claims;
mod forge;
mod oracle;
mod properties;
mod vectors;

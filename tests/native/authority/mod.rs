//! Proof of the authority model: no client, key, link or race gives more than its holder has.

mod attack;
mod audit;
mod callers;
mod cast;
mod endpoints;
mod flows;
mod older;
mod oracle;
mod public;
mod routes;
mod steps;
mod table;
mod takeovers;
mod walk;
mod who;

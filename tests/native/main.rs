//! Native tests: the services against SQLite, RustCrypto and a clock that the test moves.

//! Connections over TCP, with or without TLS (on Workers: `cloudflare:sockets`).

use std::fmt;

use async_trait::async_trait;

/// Opens connections.
#[async_trait(?Send)]
pub trait Sockets {
    /// A connection to `host`, whose certificate is verified if `tls` begins at once or later.
    async fn connect(
        &self,
        host: &str,
        port: u16,
        tls: Tls,
    ) -> Result<Box<dyn Stream>, StreamError>;
}

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Before the first byte.
    Now,
    /// With [`Stream::start_tls`].
    Later,
    /// Never.
    Never,
}

/// A connection. It is closed when it is dropped.
#[async_trait(?Send)]
pub trait Stream {
    /// The next bytes; empty if the peer has closed.
    async fn read(&mut self) -> Result<Vec<u8>, StreamError>;

    /// Sends all of `bytes`.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError>;

    /// Begins TLS on a connection that was opened for [`Tls::Later`].
    async fn start_tls(&mut self) -> Result<(), StreamError>;
}

/// The connection failed.
#[derive(Debug, Clone)]
pub struct StreamError(pub String);

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection: {}", self.0)
    }
}

impl std::error::Error for StreamError {}

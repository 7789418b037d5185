//! Operating system sockets without TLS, for tests against local servers.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use async_trait::async_trait;

use crate::ports::{Sockets, Stream, StreamError, Tls};

/// TCP, whose reads and writes block for at most five seconds.
#[derive(Debug, Clone, Copy)]
pub struct Tcp;

impl From<std::io::Error> for StreamError {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

const NO_TLS: &str = "TLS is not implemented natively";

#[async_trait(?Send)]
impl Sockets for Tcp {
    async fn connect(
        &self,
        host: &str,
        port: u16,
        tls: Tls,
    ) -> Result<Box<dyn Stream>, StreamError> {
        if tls == Tls::Now {
            return Err(StreamError(NO_TLS.to_owned()));
        }
        let stream = TcpStream::connect((host, port))?;
        let limit = Some(Duration::from_secs(5));
        stream.set_read_timeout(limit)?;
        stream.set_write_timeout(limit)?;
        Ok(Box::new(Connection(stream)))
    }
}

#[derive(Debug)]
struct Connection(TcpStream);

#[async_trait(?Send)]
impl Stream for Connection {
    async fn read(&mut self) -> Result<Vec<u8>, StreamError> {
        let mut bytes = vec![0; 4096];
        let length = self.0.read(&mut bytes)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        Ok(self.0.write_all(bytes)?)
    }

    async fn start_tls(&mut self) -> Result<(), StreamError> {
        Err(StreamError(NO_TLS.to_owned()))
    }
}

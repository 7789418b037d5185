//! The world on Cloudflare Workers: D1, KV, WebCrypto, service bindings.

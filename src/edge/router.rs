//! Which part of the edge decides about a path.

use super::{Answer, Decision, Edge};
use crate::core::{encoding::hex, head::Head};

impl Edge {
    /// Decides what needs no I/O; `None` if something must be asked first.
    pub fn decide(&self, head: &Head<'_>) -> Option<Decision> {
        let request_id = hex(&self.world.random.bytes::<16>());
        Some(match head.path.split('/').nth(1) {
            Some("v1" | "login" | "api" | "oauth" | ".well-known") => {
                Decision::Forward(self.to_origin(head, request_id))
            }
            _ => Decision::Answer(Answer::json(
                404,
                r#"{"status":404,"error":"not found"}"#,
                request_id,
            )),
        })
    }
}

//! Messages to people, over the service binding `MAIL`.

use async_trait::async_trait;
use serde_json::json;

use super::http::Service;
use crate::ports::{Http, HttpRequest, Mail, MailError, Message};

/// A worker of the operator that sends mail. It takes `POST /messages` with
/// `{kind, to, subject, text}`, and responds with 2xx once it has accepted the message.
#[derive(Debug, Clone)]
pub(super) struct MailService(pub(super) Service);

#[async_trait(?Send)]
impl Mail for MailService {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let Message { kind, to, subject, text } = message;
        let body = json!({"kind": kind, "to": to, "subject": subject, "text": text});
        let request = HttpRequest {
            method: "POST",
            url: "https://mail/messages".to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        };
        let response = self.0.send(request).await.map_err(|error| MailError(error.to_string()))?;
        if response.is_success() {
            Ok(())
        } else {
            Err(MailError(format!("status {}", response.status)))
        }
    }
}

//! Texts that all pages have in common.

use super::texts;

texts! {
    /// Texts that all pages have in common.
    Common {
        language: "Language";
        continue_: "Continue";
        back: "Back";
        cancel: "Cancel";
        one_moment: "One moment";
        taken_back: "You are being taken back to the application.";
        page_expired: "This page was open for too long or came from elsewhere. Please try again.";
        internal: "The request could not be completed. Please try again.";
        request_id: "Request: {id}";
        you_can_close: "You can close this page.";
    }
}

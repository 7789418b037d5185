//! Logout URLs of applications.

use crate::{
    core::{
        directory::Invalid,
        redirect::{is_registrable, web_origin},
        webhook::Target,
    },
    origin::store::applications::Application,
};

/// Refuses an address that logout tokens must not be posted to ([`Target`]; `exempt` are the hosts that the
/// operator admits), and a frame of another origin than those that codes are sent to (Front-Channel Logout
/// 1.0 §2).
pub(super) fn check(application: &Application, exempt: &[String]) -> Result<(), Invalid> {
    let posted = &application.backchannel_logout_uri;
    if !posted.is_empty() {
        Target::read(posted, exempt)
            .map_err(|error| Invalid::member("backchannelLogoutUri", &error.to_string()))?;
    }
    let framed = &application.frontchannel_logout_uri;
    if framed.is_empty() {
        return Ok(());
    }
    let origin = web_origin(framed).filter(|_| is_registrable(framed));
    let is_own = |uri: &String| web_origin(uri).is_some() && web_origin(uri) == origin;
    if application.redirect_uris.iter().any(is_own) {
        return Ok(());
    }
    Err(Invalid::member("frontchannelLogoutUri", "must have the origin of one of redirectUris"))
}

//! The conditions and confirmations of an assertion (SAML core §2.4, §2.5; SAML profiles §4.1.4).

use super::{
    instant::{instant, is_early, is_over},
    names::{ASSERTION, BEARER},
    response::{Answers, AssertionError, Expected},
    xml::Element,
};
use crate::core::time::UnixTime;

/// Checks that all `Conditions` are understood and met, including our audience. Returns when they
/// end.
pub(super) fn conditions(
    assertion: Element<'_>,
    expected: &Expected<'_>,
) -> Result<Option<UnixTime>, AssertionError> {
    let conditions = assertion.only_child(ASSERTION, "Conditions")?;
    let conditions = conditions.ok_or(AssertionError::Missing("Conditions"))?;
    if let Some(from) = time(conditions, "NotBefore")?
        && is_early(from, expected.now)
    {
        return Err(AssertionError::NotYet(from));
    }
    let ends = time(conditions, "NotOnOrAfter")?;
    if let Some(until) = ends
        && is_over(until, expected.now)
    {
        return Err(AssertionError::Expired(until));
    }
    let mut restricted = false;
    for condition in conditions.children() {
        if condition.is(ASSERTION, "AudienceRestriction") {
            audience(condition, expected.audience)?;
            restricted = true;
        // Every assertion is used once anyway, and is never proxied.
        } else if !condition.is(ASSERTION, "OneTimeUse")
            && !condition.is(ASSERTION, "ProxyRestriction")
        {
            return Err(AssertionError::UnknownCondition(condition.local().to_owned()));
        }
    }
    if restricted { Ok(ends) } else { Err(AssertionError::Missing("AudienceRestriction")) }
}

fn audience(restriction: Element<'_>, ours: &str) -> Result<(), AssertionError> {
    let mut audiences = restriction.children_named(ASSERTION, "Audience");
    let named =
        audiences.any(|audience| audience.text().is_some_and(|text| text.trim_ascii() == ours));
    if named { Ok(()) } else { Err(AssertionError::Audience) }
}

/// The expiry of a valid bearer confirmation. One valid confirmation is enough.
pub(super) fn confirmation(
    subject: Element<'_>,
    expected: &Expected<'_>,
    answers: Answers<'_>,
) -> Result<UnixTime, AssertionError> {
    let mut error = AssertionError::Missing("SubjectConfirmation of bearer");
    for confirmation in subject.children_named(ASSERTION, "SubjectConfirmation") {
        if confirmation.attribute("Method") != Some(BEARER) {
            continue;
        }
        match bearer(confirmation, expected, answers) {
            Ok(until) => return Ok(until),
            Err(other) => error = other,
        }
    }
    Err(error)
}

fn bearer(
    confirmation: Element<'_>,
    expected: &Expected<'_>,
    answers: Answers<'_>,
) -> Result<UnixTime, AssertionError> {
    let data = confirmation.only_child(ASSERTION, "SubjectConfirmationData")?;
    let data = data.ok_or(AssertionError::Missing("SubjectConfirmationData"))?;
    if data.attribute("Recipient") != Some(expected.acs_url) {
        return Err(AssertionError::Recipient);
    }
    if data.attribute("NotBefore").is_some() {
        return Err(AssertionError::ConfirmationNotBefore);
    }
    let until = time(data, "NotOnOrAfter")?;
    let until = until.ok_or(AssertionError::Missing("NotOnOrAfter of SubjectConfirmationData"))?;
    if is_over(until, expected.now) {
        return Err(AssertionError::ConfirmationExpired(until));
    }
    let same = match (answers, data.attribute("InResponseTo")) {
        (Answers::Request(id), answered) => answered == Some(id),
        (Answers::Nothing { .. }, None) => true,
        // SAML profiles §4.1.5 says "should not". If the response is unsigned, its InResponseTo may
        // have been removed to present a stolen assertion as unsolicited.
        (Answers::Nothing { signed }, Some(_)) => signed,
    };
    if same { Ok(until) } else { Err(AssertionError::ConfirmationInResponseTo) }
}

/// A time in an attribute; an error if malformed.
pub(super) fn time(
    element: Element<'_>,
    name: &'static str,
) -> Result<Option<UnixTime>, AssertionError> {
    let read = |text| instant(text).ok_or(AssertionError::Time(name));
    element.attribute(name).map(read).transpose()
}

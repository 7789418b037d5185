//! Reads a verified assertion (SAML core §2.3, SAML profiles §4.1.4).

use super::{
    attributes::{NameId, attributes},
    conditions::{conditions, confirmation, time},
    encryption::decrypt,
    instant::{SKEW, is_early, is_over},
    names::{ASSERTION, ENTITY},
    response::{Answers, AssertionError, Context, Expected, Login},
    xml::{Element, Limits},
};
use crate::core::time::UnixTime;

/// Reads the assertion and checks all its statements and conditions.
pub(super) async fn read(
    assertion: Element<'_>,
    expected: &Expected<'_>,
    context: &Context<'_>,
    answers: Answers<'_>,
) -> Result<Login, AssertionError> {
    if assertion.attribute("Version") != Some("2.0") {
        return Err(AssertionError::Version);
    }
    let id = assertion.attribute("ID").filter(|id| !id.is_empty());
    let id = id.ok_or(AssertionError::Missing("ID"))?;
    let issued = time(assertion, "IssueInstant")?.ok_or(AssertionError::Missing("IssueInstant"))?;
    if is_early(issued, expected.now) {
        return Err(AssertionError::NotYet(issued));
    }
    let named = assertion.only_child(ASSERTION, "Issuer")?;
    let named = named.ok_or(AssertionError::Missing("Issuer"))?;
    if issuer(named).as_deref() != Some(expected.issuer) {
        return Err(AssertionError::Issuer);
    }
    let subject = assertion.only_child(ASSERTION, "Subject")?;
    let subject = subject.ok_or(AssertionError::Missing("Subject"))?;
    let confirmed_until = confirmation(subject, expected, answers)?;
    let ends = conditions(assertion, expected)?;
    let statement = statements(assertion, expected.now)?;
    let name_id = name_id(subject, expected, context).await?;
    let attributes = attributes(assertion)?;
    Ok(Login {
        assertion_id: id.to_owned(),
        name_id,
        attributes,
        session_index: statement.session_index,
        session_ends: statement.session_ends,
        authenticated_at: statement.authenticated_at,
        context: statement.context,
        in_response_to: match answers {
            Answers::Request(id) => Some(id.to_owned()),
            Answers::Nothing { .. } => None,
        },
        replay_until: ends.map_or(confirmed_until, |ends| ends.min(confirmed_until)).plus(SKEW),
    })
}

/// The entity ID in an `Issuer`; `None` if it has another format.
pub(super) fn issuer(element: Element<'_>) -> Option<String> {
    let entity = element.attribute("Format").is_none_or(|format| format == ENTITY);
    element.text().filter(|_| entity).map(|text| text.trim_ascii().to_owned())
}

async fn name_id(
    subject: Element<'_>,
    expected: &Expected<'_>,
    context: &Context<'_>,
) -> Result<NameId, AssertionError> {
    let missing = AssertionError::Missing("NameID");
    let plain = subject.only_child(ASSERTION, "NameID")?;
    let encrypted = subject.only_child(ASSERTION, "EncryptedID")?;
    let name_id = match (plain, encrypted) {
        (Some(plain), None) => NameId::read(plain).ok_or(missing)?,
        (None, Some(encrypted)) => {
            let decrypter = context.decrypter;
            let document =
                decrypt(encrypted, decrypter, expected.algorithms, &Limits::MESSAGE).await?;
            let root = document.root().filter(|root| root.is(ASSERTION, "NameID"));
            root.and_then(NameId::read).ok_or(missing)?
        }
        _ => return Err(missing),
    };
    // A NameID scoped to another service provider is not valid here (SAML core §8.3.7).
    if name_id.sp_qualifier.as_deref().is_some_and(|qualifier| qualifier != expected.audience) {
        return Err(AssertionError::SpNameQualifier);
    }
    Ok(name_id)
}

struct Statement {
    session_index: Option<String>,
    session_ends: Option<UnixTime>,
    authenticated_at: UnixTime,
    context: Option<String>,
}

/// The first `AuthnStatement`, after checking all of them.
fn statements(assertion: Element<'_>, now: UnixTime) -> Result<Statement, AssertionError> {
    let mut first = None;
    for statement in assertion.children_named(ASSERTION, "AuthnStatement") {
        let at = time(statement, "AuthnInstant")?;
        let authenticated_at = at.ok_or(AssertionError::Missing("AuthnInstant"))?;
        if is_early(authenticated_at, now) {
            return Err(AssertionError::NotYet(authenticated_at));
        }
        let session_ends = time(statement, "SessionNotOnOrAfter")?;
        if let Some(ends) = session_ends.filter(|ends| is_over(*ends, now)) {
            return Err(AssertionError::SessionOver(ends));
        }
        let context = statement.only_child(ASSERTION, "AuthnContext")?;
        let context = context.ok_or(AssertionError::Missing("AuthnContext"))?;
        let class = context.only_child(ASSERTION, "AuthnContextClassRef")?;
        let context = class.and_then(|class| class.text()).map(|text| text.trim_ascii().to_owned());
        let session_index = statement.attribute("SessionIndex").map(str::to_owned);
        let statement = Statement { session_index, session_ends, authenticated_at, context };
        first.get_or_insert(statement);
    }
    first.ok_or(AssertionError::Missing("AuthnStatement"))
}

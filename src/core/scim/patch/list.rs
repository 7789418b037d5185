//! PATCH of lists: values are added, chosen by a filter, changed and removed.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Verb, set};
use crate::core::scim::{
    error::{Refusal, ScimType},
    filter::Filter,
    path::Target,
    value::{is_primary, text, without_repetition},
};

/// Adds to the list in `holder`, or replaces it or a part of it.
pub(super) fn put(
    holder: &mut Map<String, Value>,
    target: &Target,
    filter: Option<&Filter>,
    verb: Verb,
    sent: &Value,
) -> Result<(), Refusal> {
    let mut values = take(holder, target);
    match (filter, target.sub) {
        (None, None) => {
            let sent = target.attribute.read(sent)?;
            let sent = sent.and_then(|sent| sent.as_array().cloned()).unwrap_or_default();
            if verb == Verb::Replace {
                values.clear();
            }
            if sent.iter().any(is_primary) {
                demote(&mut values, &|_| true);
            }
            values.extend(sent);
        }
        (None, Some(sub)) => {
            if values.is_empty() {
                values.push(Value::Object(Map::new()));
            }
            for object in values.iter_mut().filter_map(Value::as_object_mut) {
                set(object, sub, sent)?;
            }
        }
        (Some(filter), _) => put_chosen(&mut values, target, filter, verb, sent)?,
    }
    give_back(holder, target, values)
}

/// Changes the values that `filter` chooses. If there is none, an `add` makes one that it chooses; a
/// `replace` is refused (RFC 7644 §3.5.2.3).
fn put_chosen(
    values: &mut Vec<Value>,
    target: &Target,
    filter: &Filter,
    verb: Verb,
    sent: &Value,
) -> Result<(), Refusal> {
    let mut chosen: Vec<usize> = (values.iter().enumerate())
        .filter(|(_, value)| chooses(filter, value))
        .map(|(index, _)| index)
        .collect();
    if chosen.is_empty() {
        let why = || Refusal::new(ScimType::NoTarget, "the filter of the path chooses no value");
        if verb != Verb::Add {
            return Err(why());
        }
        let new = filter.equalities().ok_or_else(why)?;
        chosen.push(values.len());
        values.push(Value::Object(new));
    }
    let is_chosen = |index: usize| chosen.binary_search(&index).is_ok();
    for (index, value) in values.iter_mut().enumerate() {
        let Some(object) = value.as_object_mut().filter(|_| is_chosen(index)) else { continue };
        if let Some(sub) = target.sub {
            set(object, sub, sent)?;
            continue;
        }
        if verb == Verb::Replace {
            object.clear();
        }
        if let Some(Value::Object(sent)) = target.attribute.read_one(sent)? {
            object.extend(sent);
        }
    }
    if values.iter().enumerate().any(|(index, value)| is_chosen(index) && is_primary(value)) {
        demote(values, &|index| !is_chosen(index));
    }
    Ok(())
}

/// Removes the list in `holder` or a part of it. The values of a `remove` without a filter are those
/// to be removed.
pub(super) fn remove(
    holder: &mut Map<String, Value>,
    target: &Target,
    filter: Option<&Filter>,
    sent: &Value,
) -> Result<(), Refusal> {
    let mut values = take(holder, target);
    let is_chosen = |value: &Value| filter.is_none_or(|filter| chooses(filter, value));
    if let Some(sub) = target.sub {
        for value in values.iter_mut().filter(|value| is_chosen(value)) {
            if let Some(object) = value.as_object_mut() {
                object.remove(sub.name);
            }
        }
    } else if filter.is_none() && !sent.is_null() {
        let sent = target.attribute.read(sent)?;
        let ids: HashSet<&str> = (sent.iter().filter_map(Value::as_array).flatten())
            .filter_map(Value::as_object)
            .map(|object| text(object, "value"))
            .collect();
        values.retain(|value| {
            !value.as_object().is_some_and(|object| ids.contains(text(object, "value")))
        });
    } else {
        values.retain(|value| !is_chosen(value));
    }
    give_back(holder, target, values)
}

fn chooses(filter: &Filter, value: &Value) -> bool {
    value.as_object().is_some_and(|object| filter.matches(object))
}

/// There is one preferred value: the others are none any more.
fn demote(values: &mut [Value], which: &dyn Fn(usize) -> bool) {
    for (index, value) in values.iter_mut().enumerate() {
        if is_primary(value)
            && which(index)
            && let Some(object) = value.as_object_mut()
        {
            object.insert("primary".to_owned(), false.into());
        }
    }
}

fn take(holder: &mut Map<String, Value>, target: &Target) -> Vec<Value> {
    match holder.remove(target.attribute.name) {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    }
}

fn give_back(
    holder: &mut Map<String, Value>,
    target: &Target,
    mut values: Vec<Value>,
) -> Result<(), Refusal> {
    values.retain(|value| value.as_object().is_none_or(|object| !object.is_empty()));
    without_repetition(&mut values);
    if values.iter().filter(|value| is_primary(value)).count() > 1 {
        let why = format!("{} has more than one primary value", target.attribute.name);
        return Err(Refusal::value(why));
    }
    if !values.is_empty() {
        holder.insert(target.attribute.name.to_owned(), Value::Array(values));
    }
    Ok(())
}

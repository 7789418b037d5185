//! The text of a stored hash: PHC strings, bcrypt's form, and weak hashes inside argon2id.
//!
//! `$over$v=19$m=…,t=…,p=…$salt$hash` followed by a function without its output, `$…$#length`, is the
//! argon2id hash of the output of that function: of a weak hash that was imported, only this is stored.

use argon2::{Algorithm, Version};
use base64ct::{Base64Bcrypt, Base64Unpadded, Encoding};

use super::function::{Cost, Function, Hash, MAXIMUM_SALTS, Output, Strength};
use crate::core::secret::constant_time_eq;

/// A stored hash whose cost is between its bounds.
#[derive(Debug, Clone)]
pub(super) struct StoredHash {
    pub(super) function: Function,
    /// The argon2id of the function's output, if that is weak.
    pub(super) outer: Option<Function>,
    pub(super) output: Vec<u8>,
}

/// Characters of base64 in one field: far above any salt or output in use.
const MAXIMUM_FIELD: usize = 128;

impl StoredHash {
    /// The stored hash that `text` is; `None` if it is not one, or too weak or expensive.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::read(text).filter(Self::is_acceptable)
    }

    /// The hash that `text` is, without a bound on its cost.
    pub(super) fn read(text: &str) -> Option<Self> {
        Some(match text.strip_prefix("$over$") {
            None => {
                let (function, End::Output(output)) = function(text)? else { return None };
                Self { function, outer: None, output }
            }
            Some(rest) => {
                let (at, _) = rest.match_indices('$').nth(3)?;
                let (outer, inner) = rest.split_at_checked(at)?;
                let (outer, End::Output(output)) = argon2(Algorithm::Argon2id, outer)? else {
                    return None;
                };
                let (function, End::Length) = function(inner)? else { return None };
                Self { function, outer: Some(outer), output }
            }
        })
    }

    /// Whether its cost is between the bounds.
    pub(super) fn is_acceptable(&self) -> bool {
        match &self.outer {
            None => self.function.strength() == Strength::Strong,
            Some(outer) => {
                outer.strength() == Strength::Strong
                    && self.function.strength() != Strength::Excessive
            }
        }
    }

    /// Whether it is the hash of `password`.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let of_outer = |output: &Output| match &self.outer {
            None => vec![output.clone()],
            Some(outer) => outer.outputs(output),
        };
        let mut matches = false;
        for output in self.function.outputs(password).iter().flat_map(of_outer) {
            matches |= constant_time_eq(&output, &self.output);
        }
        matches
    }

    /// The text that is stored.
    pub(super) fn text(&self) -> String {
        match &self.outer {
            None => written(&self.function, Some(&self.output)),
            Some(outer) => {
                let outer = written(outer, Some(&self.output));
                let tail = outer.strip_prefix("$argon2id").unwrap_or_default();
                format!("$over{tail}{}", written(&self.function, None))
            }
        }
    }
}

/// What ends the text of a function.
enum End {
    /// Its output for the password.
    Output(Vec<u8>),
    /// Only the length of its output, which another function hashes.
    Length,
}

/// The function and the output of a text of one of our forms.
fn function(text: &str) -> Option<(Function, End)> {
    let (name, rest) = text.strip_prefix('$')?.split_once('$')?;
    match name {
        "argon2id" => argon2(Algorithm::Argon2id, rest),
        "argon2i" => argon2(Algorithm::Argon2i, rest),
        "2b" => bcrypt(rest),
        "scrypt" => scrypt(rest),
        _ => {
            let (kind, digest) = name.split_once('-')?;
            digested(kind, Hash::named(digest)?, rest)
        }
    }
}

/// `v=19$m=…,t=…,p=…$salt$output`
fn argon2(algorithm: Algorithm, text: &str) -> Option<(Function, End)> {
    let [version, parameters, salt, output] = fields(text)?;
    let version = match version {
        "v=19" => Version::V0x13,
        "v=16" => Version::V0x10,
        _ => return None,
    };
    let [memory, passes, lanes] = numbers(parameters, ["m=", "t=", "p="])?;
    let cost = Cost { memory, passes, lanes };
    let (length, end) = end(output)?;
    let salt = bytes(salt).filter(|salt| (8..=64).contains(&salt.len()))?;
    Some((Function::Argon2 { algorithm, version, cost, salt, length }, end))
}

/// `10$` and 53 characters
fn bcrypt(text: &str) -> Option<(Function, End)> {
    let [cost, rest] = fields(text)?;
    let digits = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
    let cost = digits.then(|| cost.parse().ok())??;
    let (salt, output) = rest.split_at_checked(22)?;
    let salt = Base64Bcrypt::decode_vec(salt).ok()?.try_into().ok()?;
    let end = match output {
        "#23" => End::Length,
        _ => End::Output(Base64Bcrypt::decode_vec(output).ok().filter(|bytes| bytes.len() == 23)?),
    };
    Some((Function::Bcrypt { cost, salt }, end))
}

/// `ln=…,r=…,p=…$salt$output`
fn scrypt(text: &str) -> Option<(Function, End)> {
    let [parameters, salt, output] = fields(text)?;
    let [log_n, r, p] = numbers(parameters, ["ln=", "r=", "p="])?;
    let (length, end) = end(output)?;
    let log_n = u8::try_from(log_n).ok()?;
    Some((Function::Scrypt { log_n, r, p, salt: bytes(salt)?, length }, end))
}

fn digested(kind: &str, digest: Hash, text: &str) -> Option<(Function, End)> {
    let (function, end) = match kind {
        "pbkdf2" if digest != Hash::Md5 => {
            let [iterations, salt, output] = fields(text)?;
            let [iterations] = numbers(iterations, ["i="])?;
            let (length, end) = end(output)?;
            (Function::Pbkdf2 { digest, iterations, salt: bytes(salt)?, length }, end)
        }
        "salted" => {
            let [salt, output] = fields(text)?;
            (Function::Salted { digest, salt: bytes(salt)? }, end(output)?.1)
        }
        "nested" => {
            let [salts, output] = fields(text)?;
            let salt = |text: &str| match text {
                "-" => Some(None),
                _ => bytes(text).map(Some),
            };
            let salts: Vec<_> =
                salts.split(',').take(MAXIMUM_SALTS + 1).map(salt).collect::<Option<_>>()?;
            if salts.len() > MAXIMUM_SALTS {
                return None;
            }
            (Function::Nested { digest, salts }, end(output)?.1)
        }
        _ => return None,
    };
    // A digest has one length.
    let sound = match &end {
        End::Output(output) => output.len() == function.length(),
        End::Length => true,
    };
    sound.then_some((function, end))
}

/// Exactly `N` fields between `$`.
fn fields<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.splitn(N + 1, '$').collect::<Vec<_>>().try_into().ok()
}

/// The numbers of `name=…,name=…`, in canonical decimal.
fn numbers<const N: usize>(text: &str, names: [&str; N]) -> Option<[u32; N]> {
    let values: Vec<&str> = text.splitn(N + 1, ',').collect();
    let values: [&str; N] = values.try_into().ok()?;
    let mut numbers = [0; N];
    for ((number, value), name) in numbers.iter_mut().zip(values).zip(names) {
        *number = decimal(value.strip_prefix(name)?)?;
    }
    Some(numbers)
}

/// A positive number in canonical decimal.
fn decimal(digits: &str) -> Option<u32> {
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
        && digits.len() <= 9;
    canonical.then(|| digits.parse().ok())?
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAXIMUM_FIELD {
        return None;
    }
    Base64Unpadded::decode_vec(text).ok()
}

fn end(text: &str) -> Option<(usize, End)> {
    let (length, end) = if let Some(length) = text.strip_prefix('#') {
        (usize::try_from(decimal(length)?).ok()?, End::Length)
    } else {
        let output = bytes(text)?;
        (output.len(), End::Output(output))
    };
    (16..=64).contains(&length).then_some((length, end))
}

/// The text of `function` with its output, or with its length.
fn written(function: &Function, output: Option<&[u8]>) -> String {
    let text = Base64Unpadded::encode_string;
    let end = match output {
        Some(output) => text(output),
        None => format!("#{}", function.length()),
    };
    match function {
        Function::Argon2 { algorithm, version, cost, salt, .. } => {
            let Cost { memory, passes, lanes } = cost;
            let (algorithm, version) = (algorithm.as_str(), u32::from(*version));
            let salt = text(salt);
            format!("${algorithm}$v={version}$m={memory},t={passes},p={lanes}${salt}${end}")
        }
        Function::Bcrypt { cost, salt } => {
            let end = output.map_or(end, Base64Bcrypt::encode_string);
            format!("$2b${cost:02}${}{end}", Base64Bcrypt::encode_string(salt))
        }
        Function::Pbkdf2 { digest, iterations, salt, .. } => {
            format!("$pbkdf2-{}$i={iterations}${}${end}", digest.name(), text(salt))
        }
        Function::Scrypt { log_n, r, p, salt, .. } => {
            format!("$scrypt$ln={log_n},r={r},p={p}${}${end}", text(salt))
        }
        Function::Salted { digest, salt } => {
            format!("$salted-{}${}${end}", digest.name(), text(salt))
        }
        Function::Nested { digest, salts } => {
            let salt =
                |salt: &Option<Vec<u8>>| salt.as_ref().map_or("-".to_owned(), |salt| text(salt));
            let salts: Vec<String> = salts.iter().map(salt).collect();
            format!("$nested-{}${}${end}", digest.name(), salts.join(","))
        }
    }
}

//! Whose a thing in AWS is: the tags that a creation gives, and what they say afterwards.
//!
//! Two tags go with every create call. [`TOKEN`] says which resource of which state the thing is:
//! its first third stands for project and stack, its second for the provider in the state, so that
//! two stacks of one name have different ones, its last for the resource. [`ATTEMPT`] says
//! when the attempt began, and is taken away once the engine has heard the id and written it
//! down. What still has it was left by an attempt that was interrupted; what lacks it is in a state.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::context::{Cx, digest};
use super::tags::Change;

/// Which resource of which state a thing is.
pub const TOKEN: &str = "agentic:token";

/// When the attempt to create it began, for as long as the engine has not heard of it.
pub const ATTEMPT: &str = "agentic:attempt";

/// What an attempt left longer ago than this is not taken over.
pub const RECENT: Duration = Duration::from_secs(60 * 60);

/// What the tags of a thing say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// An interrupted attempt to create this very resource left it, this long ago.
    Left(Duration),
    /// It is an instance of this very resource that a state holds.
    Held,
    /// It belongs to another resource of the same state.
    OfState,
    /// It belongs to a stack of the same project and name, perhaps to this one under another provider.
    OfStack,
    /// Nothing says that it has to do with this stack.
    Foreign,
}

/// When this operation first made tags.
#[derive(Clone)]
struct Began(String);

impl Cx {
    /// What tells this stack from others by its name: 16 hexadecimal digits, with which every token
    /// begins.
    pub fn stack_mark(&self) -> String {
        let stack = self.urn.strip_prefix("urn:pulumi:").unwrap_or(&self.urn);
        let stack: Vec<&str> = stack.split("::").take(2).collect();
        let discriminator = self.aws.discriminator().unwrap_or_default();
        digits(&[stack.join("::").as_bytes(), discriminator.as_bytes()])
    }

    /// A text that only this resource of this state has: 48 hexadecimal digits. A creation that is
    /// tried again, by another process even, has the same.
    pub fn token(&self) -> String {
        self.stack_mark() + &digits(&[self.aws.provider_id().as_bytes()]) + &digits(&[self.urn.as_bytes()])
    }

    /// The tags of the resource together with those that say whose it is.
    pub fn owned(&self, user: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut all = user.clone();
        all.insert(TOKEN.to_owned(), self.token());
        // The same again within an operation: a call that is repeated with its client token is refused
        // where its parameters differ.
        // https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
        let began = self.noted().unwrap_or_else(|| Began(now()));
        self.note(began.clone());
        all.insert(ATTEMPT.to_owned(), began.0);
        all
    }

    /// What tags found on a thing say of it.
    pub fn standing<'a>(&self, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Standing {
        let (mut token, mut attempt) = (None, None);
        for (key, value) in tags {
            match key {
                TOKEN => token = Some(value),
                ATTEMPT => attempt = Some(value),
                _ => {}
            }
        }
        let Some(token) = token else { return Standing::Foreign };
        let ours = self.token();
        // Without an id of the provider nothing tells this state from another of the same name.
        let begins = |length| token.get(..length).is_some() && token.get(..length) == ours.get(..length);
        match self.aws.provider_id().is_empty() {
            false if token == ours => attempt.map_or(Standing::Held, |began| Standing::Left(since(began))),
            false if begins(2 * MARK) => Standing::OfState,
            _ if begins(MARK) => Standing::OfStack,
            _ => Standing::Foreign,
        }
    }
}

impl Standing {
    /// Whether it belongs to this state.
    pub fn is_of_state(self) -> bool {
        matches!(self, Standing::Left(_) | Standing::Held | Standing::OfState)
    }
}

/// Tags as pairs.
pub fn as_pairs<'a, T>(tags: T) -> impl Iterator<Item = (&'a str, &'a str)>
where
    T: IntoIterator<Item = (&'a String, &'a String)>,
{
    tags.into_iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

/// What a creation does to the tags at its end.
pub fn settled() -> Change {
    Change { set: BTreeMap::new(), removed: vec![ATTEMPT.to_owned()] }
}

/// How long ago something was, for a person to read: `3 minutes`.
pub fn ago(age: Duration) -> String {
    let count = |number: u64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    match age.as_secs() {
        seconds @ 0..60 => count(seconds, "second"),
        seconds @ 60..3600 => count(seconds / 60, "minute"),
        seconds @ 3600..172_800 => count(seconds / 3600, "hour"),
        seconds => count(seconds / 86_400, "day"),
    }
}

/// How many digits of a token stand for each of its three parts.
const MARK: usize = 16;

fn digits(parts: &[&[u8]]) -> String {
    let mut digits = digest(parts);
    digits.truncate(MARK);
    digits
}

fn now() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    DateTime::from_secs(now.try_into().unwrap_or_default()).fmt(Format::DateTime).unwrap_or_default()
}

/// The time since a moment; what cannot be read is long ago.
fn since(moment: &str) -> Duration {
    let then = DateTime::from_str(moment, Format::DateTime).map_or(0, |moment| moment.secs());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.saturating_sub(Duration::from_secs(then.try_into().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_read_back_from_what_was_written() {
        assert!(since(&now()) < Duration::from_secs(5));
        assert!(since("2024-01-01T00:00:00Z") > RECENT);
        assert!(since("nonsense") > RECENT);
    }

    #[test]
    fn an_age_reads_as_a_person_says_it() {
        let all =
            [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (7_300, "2 hours"), (180_000, "2 days")];
        for (seconds, text) in all {
            assert_eq!(ago(Duration::from_secs(seconds)), text);
        }
    }
}

//! What a provider finds, as messages for the engine: failures of a check, differences, arguments of a
//! component that are wrong.

use prost::Message;
use tonic::{Code, Status};

use super::diff::{Difference, Kind as How};
use super::proto as rpc;
use super::proto::property_diff::Kind as Shown;
use crate::model::{Failures, Object, Table, Value};

/// Check failures as the engine takes them. It knows properties by their first name only, so that
/// the rest of the path goes into the text; and it prints the value of the property, secrets too,
/// so that those go by no name.
pub fn failures(failures: Failures, table: &Table, inputs: &Object) -> Vec<rpc::CheckFailure> {
    failures
        .into_iter()
        .map(|failure| {
            let top = failure.path.top().unwrap_or_default();
            let value = inputs.get(top);
            let is_secret =
                table.field(top).is_some_and(|field| field.secret) || value.is_some_and(Value::has_secret);
            // The engine prints the whole value beside it.
            let is_long = value.is_some_and(|value| length(value) > LONG);
            let property = if is_secret || is_long { String::new() } else { top.to_owned() };
            let path = failure.path.to_string();
            let reason = match is_secret && value.is_some_and(|value| tells(&failure.reason, value)) {
                true => without(&failure.reason, value),
                false => failure.reason,
            };
            let reason = if path == property { reason } else { format!("{path} {reason}") };
            rpc::CheckFailure { property, reason }
        })
        .collect()
}

/// What is wrong with a secret value: the rule without the value, which comes first.
fn without(reason: &str, value: Option<&Value>) -> String {
    const HIDDEN: &str = "is not valid; it is secret, so its value is not shown";
    let rule = reason.split_once("; ").map(|(_, rule)| rule).filter(|rule| {
        let mut quoted = rule.split(['"', '\'', '`']).skip(1).step_by(2).filter(|part| !part.is_empty());
        value.is_some_and(|value| !tells(rule, value) && !quoted.any(|part| holds(value, part)))
    });
    rule.map_or_else(|| HIDDEN.to_owned(), |rule| format!("{HIDDEN}; {rule}"))
}

/// Whether some text of a value has this part in it.
fn holds(value: &Value, part: &str) -> bool {
    match value.peel() {
        Value::String(text) => text.contains(part),
        Value::Array(items) => items.iter().any(|item| holds(item, part)),
        Value::Object(fields) => fields.values().any(|field| holds(field, part)),
        _ => false,
    }
}

/// From how many bytes on a value is not printed.
const LONG: usize = 4_000;

/// About how long a value is when it is printed.
fn length(value: &Value) -> usize {
    match value.peel() {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| length(item) + 1).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + length(value) + 1).sum(),
        _ => 1,
    }
}

/// How much of a text tells that it is repeated.
const PROBE: usize = 40;

/// Whether a text has some part of a value in it.
fn tells(text: &str, value: &Value) -> bool {
    match value.peel() {
        Value::String(part) => {
            // A message may have it with escapes, and of a long one the beginning only.
            let first: String = part.chars().take(PROBE).collect();
            let escaped = first.escape_debug().to_string();
            !part.is_empty() && (text.contains(&first) || text.contains(&escaped))
        }
        Value::Number(number) => text.contains(&number.to_string()),
        Value::Array(items) => items.iter().any(|item| tells(text, item)),
        Value::Object(fields) => fields.values().any(|field| tells(text, field)),
        _ => false,
    }
}

pub fn diff_response(differences: &[Difference], stables: Vec<String>, alone: bool) -> rpc::DiffResponse {
    let tops = |keep: &dyn Fn(&Difference) -> bool| {
        let mut tops: Vec<String> = differences
            .iter()
            .filter(|difference| keep(difference))
            .filter_map(|difference| difference.path.top().map(str::to_owned))
            .collect();
        tops.dedup();
        tops
    };
    let detailed = differences.iter().map(|difference| {
        let kind = match (difference.kind, difference.replace) {
            (How::Add, false) => Shown::Add,
            (How::Add, true) => Shown::AddReplace,
            (How::Delete, false) => Shown::Delete,
            (How::Delete, true) => Shown::DeleteReplace,
            (How::Update, false) => Shown::Update,
            (How::Update, true) => Shown::UpdateReplace,
        };
        (difference.path.to_string(), rpc::PropertyDiff { kind: kind.into(), input_diff: true })
    });
    let replaces = tops(&|difference| difference.replace);
    let changes = if differences.is_empty() {
        rpc::diff_response::DiffChanges::DiffNone
    } else {
        rpc::diff_response::DiffChanges::DiffSome
    };
    rpc::DiffResponse {
        changes: changes.into(),
        diffs: tops(&|_| true),
        delete_before_replace: alone && !replaces.is_empty(),
        replaces,
        stables,
        detailed_diff: detailed.collect(),
        has_detailed_diff: true,
    }
}

/// All that is wrong with the arguments, in the form in which the engine shows each on its own.
pub fn invalid(failures: &Failures) -> Status {
    let errors = failures.iter().map(|failure| rpc::input_properties_error::PropertyError {
        property_path: failure.path.to_string(),
        reason: failure.reason.clone(),
    });
    let detail = rpc::InputPropertiesError { errors: errors.collect() };
    let message = "the arguments are wrong".to_owned();
    let details = rpc::rpc::Status {
        code: Code::InvalidArgument.into(),
        message: message.clone(),
        details: vec![prost_types::Any {
            type_url: "type.googleapis.com/pulumirpc.InputPropertiesError".to_owned(),
            value: detail.encode_to_vec(),
        }],
    };
    Status::with_details(Code::InvalidArgument, message, details.encode_to_vec().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_a_secret_shows_nothing_of_it() {
        /// What is checked.
        #[derive(crate::model::Model)]
        #[allow(dead_code)]
        #[model(component)]
        struct ThingArgs {
            /// A password.
            #[model(secret)]
            password: String,
            /// A size.
            size: i64,
        }
        let inputs = Object::from([
            ("password".to_owned(), Value::from("hunter2")),
            ("size".to_owned(), Value::Number(7.0).into_secret()),
        ]);
        let mut found = Failures::new();
        found.add(ThingArgs::PASSWORD, "is too short");
        found.add(ThingArgs::PASSWORD, "is \"hunter2\"");
        found.add(ThingArgs::SIZE, "is 7; give 8 or 9");
        found.add(ThingArgs::PASSWORD, "is \"hunter2\"; a password begins with \"hunter\"");
        let shown = failures(found, <ThingArgs as crate::model::Model>::TABLE, &inputs);
        assert!(shown.iter().all(|failure| failure.property.is_empty()), "the engine would print the value");
        let reasons: Vec<&str> = shown.iter().map(|failure| failure.reason.as_str()).collect();
        let hidden = "is not valid; it is secret, so its value is not shown";
        assert_eq!(
            reasons,
            [
                "password is too short",
                &format!("password {hidden}"),
                &format!("size {hidden}; give 8 or 9"),
                &format!("password {hidden}"),
            ]
        );
    }
}

//! What is legal for actions.

use super::ActionInput;
use crate::kinds::lb::authentication::AUTHENTICATING;
use crate::model::{Failures, In, Path};

/// Notes what actions lack or have too much.
pub(in crate::kinds::lb) fn check(all: &In<Vec<In<ActionInput>>>, at: &Path, failures: &mut Failures) {
    for (index, action) in all.get().into_iter().flatten().enumerate() {
        let Some(action) = action.get() else { continue };
        let Some(kind) = action.r#type.get() else { continue };
        let given = [
            ("targetGroupArn", "forward", action.target_group_arn.is_set()),
            ("forward", "forward", action.forward.is_set()),
            ("redirect", "redirect", action.redirect.is_set()),
            ("fixedResponse", "fixed-response", action.fixed_response.is_set()),
            ("authenticateCognito", "authenticate-cognito", action.authenticate_cognito.is_set()),
            ("authenticateOidc", "authenticate-oidc", action.authenticate_oidc.is_set()),
            ("jwtValidation", "jwt-validation", action.jwt_validation.is_set()),
        ];
        check_action(kind, &given, &at.index(index), failures);
    }
    check_order(all, at, failures);
}

/// Where several actions stand: one that authenticates at most, then one that answers.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html>
fn check_order(all: &In<Vec<In<ActionInput>>>, at: &Path, failures: &mut Failures) {
    let Some(all) = all.get() else { return };
    let mut placed = Vec::new();
    for (index, action) in all.iter().enumerate() {
        let known = action.get().and_then(|action| Some((action.r#type.get()?, action)));
        let Some((kind, action)) = known.filter(|(_, action)| !action.order.is_unknown()) else { return };
        let place = action.order.get().copied().unwrap_or(index as i64 + 1);
        placed.push((place, index, AUTHENTICATING.contains(&kind.as_str())));
    }
    placed.sort_unstable();
    let mut authenticating =
        placed.iter().filter(|(_, _, authenticates)| *authenticates).map(|(_, index, _)| index);
    authenticating.next();
    for index in authenticating {
        let reason = "is a second action that authenticates; a listener or rule takes one";
        failures.add(at.index(*index).key("type"), reason);
    }
    let answers: Vec<_> = placed.iter().filter(|(_, _, authenticates)| !*authenticates).collect();
    for (_, index, _) in answers.iter().skip(1) {
        let reason = "is a second action that answers requests; a listener or rule takes one";
        failures.add(at.index(*index).key("type"), reason);
    }
    if let Some((_, index, true)) = placed.last() {
        let reason = match answers.is_empty() {
            true => {
                "authenticates, and no other action follows; add one of type forward, redirect or fixed-response"
            }
            false => "authenticates, and must come before the action that answers; give it a lower order",
        };
        failures.add(at.index(*index), reason);
    }
}

/// The protocols with which actions that authenticate work: HTTPS.
pub(in crate::kinds::lb) fn check_https(
    protocol: &str,
    all: &In<Vec<In<ActionInput>>>,
    at: &Path,
    failures: &mut Failures,
) {
    for (index, action) in all.get().into_iter().flatten().enumerate() {
        let kind = action.get().and_then(|action| action.r#type.get());
        if let Some(kind) = kind.filter(|kind| AUTHENTICATING.contains(&kind.as_str()) && protocol != "HTTPS")
        {
            let reason =
                format!("is {kind}, which requires the protocol HTTPS, and the protocol is {protocol}");
            failures.add(at.index(index).key("type"), reason);
        }
    }
}

fn check_action(kind: &str, given: &[(&str, &str, bool)], at: &Path, failures: &mut Failures) {
    for (part, of, _) in given.iter().filter(|(_, of, given)| *given && *of != kind) {
        failures.add(
            at.key(*part),
            format!("is only for actions of type {of}, and the type is {kind}; leave it out"),
        );
    }
    if !given.iter().any(|(_, of, given)| *given && *of == kind)
        && let Some((part, ..)) = given.iter().find(|(_, of, _)| *of == kind)
    {
        failures.add(at.key(*part), format!("is missing; an action of type {kind} requires it"));
    }
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html>
pub(super) fn check_status(status: &str) -> Result<(), String> {
    match status.parse::<u16>() {
        Ok(200..=299 | 400..=599) => Ok(()),
        _ => Err(format!("is {status:?}; give a status such as 200, 404 or 503")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value as J, json};

    use super::*;
    use crate::kinds::lb::action::Action;
    use crate::model::{Model, Value};

    #[test]
    fn an_action_has_what_its_type_needs() {
        let read = |action: J| {
            let mut failures = Failures::new();
            let fields = Value::from_json(&action).as_object().unwrap().clone();
            let input = Action::read(&fields, &mut failures);
            let all = In::known(vec![In::known(input)]);
            check(&all, &Path::root().key("actions"), &mut failures);
            failures.iter().map(|failure| failure.path.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(read(json!({"type": "forward", "targetGroupArn": "a"})), Vec::<String>::new());
        assert_eq!(read(json!({"type": "forward"})), ["actions[0].targetGroupArn"]);
        let both = json!({"type": "redirect", "targetGroupArn": "a", "redirect": {"statusCode": "HTTP_301"}});
        assert_eq!(read(both), ["actions[0].targetGroupArn"]);
    }

    #[test]
    fn one_action_authenticates_and_one_answers() {
        let told = |actions: J| {
            let mut failures = Failures::new();
            let read = |action: &J| {
                In::known(Action::read(Value::from_json(action).as_object().unwrap(), &mut Failures::new()))
            };
            let all = In::known(actions.as_array().unwrap().iter().map(read).collect());
            check(&all, &Path::root().key("actions"), &mut failures);
            failures.iter().map(|failure| failure.path.to_string()).collect::<Vec<_>>()
        };
        let jwt =
            json!({"type": "jwt-validation", "jwtValidation": {"issuer": "i", "jwksEndpoint": "https://i"}});
        let forward = json!({"type": "forward", "targetGroupArn": "a"});
        assert_eq!(told(json!([jwt, forward])), Vec::<String>::new());
        assert_eq!(told(json!([jwt])), ["actions[0]"]);
        assert_eq!(told(json!([forward, jwt])), ["actions[1]"]);
        assert_eq!(told(json!([jwt, jwt, forward, forward])), ["actions[1].type", "actions[3].type"]);
    }
}

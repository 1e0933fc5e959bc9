//! What listeners and their rules do with a request. Both have the same actions, under the names
//! that each has in Pulumi's AWS package.

mod rules;

use aws_sdk_elasticloadbalancingv2::types;
use serde_json::{Value as J, json};

use super::authentication::{AUTHENTICATING, AuthenticateCognito, AuthenticateOidc, JwtValidation};
use crate::model::{Model, Value};
use rules::check_status;
pub(super) use rules::{check, check_https};

/// An action, which defines how the load balancer handles a request.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Action {
    /// The user pool of an action of type `authenticate-cognito`. Only for HTTPS listeners.
    pub authenticate_cognito: Option<AuthenticateCognito>,
    /// The identity provider of an action of type `authenticate-oidc`. Only for HTTPS listeners.
    pub authenticate_oidc: Option<AuthenticateOidc>,
    /// The response of an action of type `fixed-response`.
    pub fixed_response: Option<FixedResponse>,
    /// The target groups of an action of type `forward`, with their weights. For a single
    /// target group, `targetGroupArn` is enough.
    pub forward: Option<Forward>,
    /// The validation of tokens of an action of type `jwt-validation`. Only for HTTPS listeners.
    pub jwt_validation: Option<JwtValidation>,
    /// The order of the action among several. The action with the lowest value is performed
    /// first. If omitted, actions are performed in the order of the list.
    #[model(aws_default, range = 1..=50_000)]
    pub order: Option<i64>,
    /// The redirect of an action of type `redirect`.
    pub redirect: Option<Redirect>,
    /// The ARN of the target group of an action of type `forward`.
    #[model(length = 1..=2048)]
    pub target_group_arn: Option<String>,
    /// The type of the action. An action that authenticates is followed by one of the others.
    #[model(one_of = [
        "forward", "redirect", "fixed-response", "authenticate-cognito", "authenticate-oidc", "jwt-validation"
    ])]
    pub r#type: String,
}

/// The target groups that requests are forwarded to, with their weights.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Forward {
    /// The target group stickiness: whether requests of a client are routed to the same target
    /// group.
    pub stickiness: Option<ForwardStickiness>,
    /// The target groups.
    #[model(set, length = 1..=5)]
    pub target_groups: Vec<ForwardTargetGroup>,
}

/// A target group of a forward action, with its weight.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ForwardTargetGroup {
    /// The ARN of the target group.
    pub arn: String,
    /// The weight of the target group, relative to the weights of the others.
    #[model(default = 1, range = 0..=999)]
    pub weight: i64,
}

/// The target group stickiness of a forward action.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ForwardStickiness {
    /// The time in seconds that requests of a client are routed to the same target group.
    #[model(range = 1..=604_800)]
    pub duration: i64,
    /// Whether target group stickiness is enabled.
    #[model(default = false)]
    pub enabled: bool,
}

/// A redirect of the client to another URL. Components that are omitted are taken from the
/// request.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Redirect {
    /// The host name. `#{host}` stands for the host of the request.
    #[model(default = "#{host}", length = 1..=128)]
    pub host: String,
    /// The absolute path, starting with a slash. `#{path}` stands for the path of the
    /// request without the leading slash.
    #[model(default = "/#{path}", length = 1..=128)]
    pub path: String,
    /// The port. `#{port}` stands for the port of the request.
    #[model(default = "#{port}")]
    pub port: String,
    /// The protocol. `#{protocol}` stands for the protocol of the request.
    #[model(default = "#{protocol}", one_of = ["HTTP", "HTTPS", "#{protocol}"])]
    pub protocol: String,
    /// The query string without the leading question mark. `#{query}` stands for the query
    /// string of the request.
    #[model(default = "#{query}", length = 0..=128)]
    pub query: String,
    /// The HTTP redirect code: permanent (`HTTP_301`) or temporary (`HTTP_302`).
    #[model(one_of = ["HTTP_301", "HTTP_302"])]
    pub status_code: String,
}

/// A fixed response to a request.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct FixedResponse {
    /// The content type of the response.
    #[model(one_of = [
        "text/plain", "text/css", "text/html", "application/javascript", "application/json"
    ])]
    pub content_type: String,
    /// The body of the response.
    #[model(length = 0..=1024)]
    pub message_body: Option<String>,
    /// The HTTP status code of the response: 2XX, 4XX or 5XX.
    #[model(default = "200", check = check_status)]
    pub status_code: String,
}

impl Action {
    /// The action as the API takes it.
    pub(super) fn to_aws(&self) -> types::Action {
        let forward = self.forward.as_ref().map(|forward| {
            let group = |group: &ForwardTargetGroup| {
                let tuple = types::TargetGroupTuple::builder().target_group_arn(&group.arn);
                tuple.weight(group.weight as i32).build()
            };
            let stickiness = forward.stickiness.as_ref().map(|stickiness| {
                types::TargetGroupStickinessConfig::builder()
                    .enabled(stickiness.enabled)
                    .duration_seconds(stickiness.duration as i32)
                    .build()
            });
            types::ForwardActionConfig::builder()
                .set_target_groups(Some(forward.target_groups.iter().map(group).collect()))
                .set_target_group_stickiness_config(stickiness)
                .build()
        });
        let redirect = self.redirect.as_ref().map(|redirect| {
            types::RedirectActionConfig::builder()
                .host(&redirect.host)
                .path(&redirect.path)
                .port(&redirect.port)
                .protocol(&redirect.protocol)
                .query(&redirect.query)
                .status_code(redirect.status_code.as_str().into())
                .build()
        });
        let response = self.fixed_response.as_ref().map(|response| {
            types::FixedResponseActionConfig::builder()
                .content_type(&response.content_type)
                .set_message_body(response.message_body.clone())
                .status_code(&response.status_code)
                .build()
        });
        types::Action::builder()
            .r#type(self.r#type.as_str().into())
            .set_authenticate_cognito_config(
                self.authenticate_cognito.as_ref().map(AuthenticateCognito::to_aws),
            )
            .set_authenticate_oidc_config(self.authenticate_oidc.as_ref().map(AuthenticateOidc::to_aws))
            .set_jwt_validation_config(self.jwt_validation.as_ref().map(JwtValidation::to_aws))
            .set_order(self.order.map(|order| order as i32))
            .set_target_group_arn(self.target_group_arn.clone())
            .set_forward_config(forward)
            .set_redirect_config(redirect)
            .set_fixed_response_config(response)
            .build()
    }

    /// The action as AWS has it.
    pub(super) fn from_aws(action: &types::Action) -> Self {
        let to = |config: &types::ForwardActionConfig| {
            let group = |tuple: &types::TargetGroupTuple| ForwardTargetGroup {
                arn: tuple.target_group_arn.clone().unwrap_or_default(),
                weight: tuple.weight.map_or(1, i64::from),
            };
            let stickiness = config.target_group_stickiness_config();
            let stickiness = stickiness.filter(|stickiness| stickiness.enabled == Some(true));
            Forward {
                stickiness: stickiness.map(|stickiness| ForwardStickiness {
                    duration: stickiness.duration_seconds.map_or(3600, i64::from),
                    enabled: true,
                }),
                target_groups: config.target_groups().iter().map(group).collect(),
            }
        };
        let forward = action.forward_config().map(to);
        let is_one = |forward: &Forward| {
            forward.stickiness.is_none() && matches!(&forward.target_groups[..], [one] if one.weight > 0)
        };
        let one = forward.as_ref().filter(|forward| is_one(forward));
        let one = one.map(|forward| forward.target_groups[0].arn.clone());
        let or =
            |text: &Option<String>, otherwise: &str| text.clone().unwrap_or_else(|| otherwise.to_owned());
        Action {
            authenticate_cognito: action.authenticate_cognito_config().map(AuthenticateCognito::from_aws),
            authenticate_oidc: action.authenticate_oidc_config().map(AuthenticateOidc::from_aws),
            jwt_validation: action.jwt_validation_config().map(JwtValidation::from_aws),
            fixed_response: action.fixed_response_config().map(|response| FixedResponse {
                content_type: response.content_type.clone().unwrap_or_default(),
                message_body: response.message_body.clone().filter(|body| !body.is_empty()),
                status_code: response.status_code.clone().unwrap_or_default(),
            }),
            target_group_arn: match (&one, &forward) {
                (None, Some(_)) => None,
                _ => one.clone().or_else(|| action.target_group_arn.clone()),
            },
            forward: forward.filter(|_| one.is_none()),
            order: action.order.map(i64::from),
            redirect: action.redirect_config().map(|redirect| Redirect {
                host: or(&redirect.host, "#{host}"),
                path: or(&redirect.path, "/#{path}"),
                port: or(&redirect.port, "#{port}"),
                protocol: or(&redirect.protocol, "#{protocol}"),
                query: or(&redirect.query, "#{query}"),
                status_code: redirect.status_code().map(|code| code.as_str()).unwrap_or_default().to_owned(),
            }),
            r#type: action.r#type().map(|kind| kind.as_str()).unwrap_or_default().to_owned(),
        }
    }

    /// Actions as the API takes them: several have an order.
    pub(super) fn all_to_aws(actions: &[Self]) -> Vec<types::Action> {
        let mut placed: Vec<(i64, types::Action)> = (1..)
            .zip(actions)
            .map(|(place, action)| (action.order.unwrap_or(place), action.to_aws()))
            .collect();
        if placed.len() > 1 {
            placed.sort_by_key(|(place, _)| *place);
            for (order, (_, action)) in (1..).zip(&mut placed) {
                action.order = Some(order);
            }
        }
        placed.into_iter().map(|(_, action)| action).collect()
    }
}

/// Whether these actions authenticate.
fn authenticate(actions: &[Action]) -> bool {
    actions.iter().any(|action| AUTHENTICATING.contains(&action.r#type.as_str()))
}

/// Whether an action answers requests; what authenticates before it may be somebody else's.
fn answers(action: &types::Action) -> bool {
    use types::ActionTypeEnum::{FixedResponse, Forward, Redirect};
    matches!(action.r#type(), Some(Forward | Redirect | FixedResponse))
}

/// The actions as AWS has them.
pub(super) fn told_actions(there: &[types::Action]) -> Vec<Action> {
    let known = |action: &&types::Action| {
        action.r#type().is_some_and(|kind| answers(action) || AUTHENTICATING.contains(&kind.as_str()))
    };
    there.iter().filter(known).map(Action::from_aws).collect()
}

/// The same for a program that has asked for these: an authentication is none of its business unless
/// it has asked for one.
pub(super) fn seen_by(asked: &[Action], mut told: Vec<Action>) -> Vec<Action> {
    if !authenticate(asked) {
        told.retain(|action| !AUTHENTICATING.contains(&action.r#type.as_str()));
    }
    told
}

/// What is to be set in place of what is there. An authentication that the program never asked for
/// stays in front.
pub(super) fn in_place_of(there: &[types::Action], old: &[Action], new: &[Action]) -> Vec<types::Action> {
    let mut ours = Action::all_to_aws(new);
    let owned = authenticate(old) || authenticate(new);
    let mut all: Vec<_> = there.iter().filter(|action| !answers(action) && !owned).cloned().collect();
    if all.is_empty() {
        return ours;
    }
    all.sort_by_key(|action| action.order);
    for oidc in all.iter_mut().filter_map(|action| action.authenticate_oidc_config.as_mut()) {
        // AWS does not tell it.
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AuthenticateOidcActionConfig.html
        oidc.client_secret = None;
        oidc.use_existing_client_secret = Some(true);
    }
    ours.sort_by_key(|action| action.order);
    all.extend(ours);
    for (order, action) in (1..).zip(&mut all) {
        action.order = Some(order);
    }
    all
}

/// Whether two lists of actions do the same: one target group may be said in two ways, AWS numbers
/// what has no order, and tells no secret.
pub(super) fn same_actions(actual: &Value, wanted: &Value) -> bool {
    let json = |value: &Value| value.to_json().and_then(|json| json.as_array().cloned());
    let (Some(actual), Some(wanted)) = (json(actual), json(wanted)) else { return false };
    let secrets = |all: &[J]| {
        let secrets = all.iter().map(|action| action["authenticateOidc"]["clientSecret"].as_str());
        secrets.flatten().map(str::to_owned).collect::<Vec<_>>()
    };
    let (told, asked) = (secrets(&actual), secrets(&wanted));
    canonical(&actual) == canonical(&wanted) && (told.is_empty() || asked.is_empty() || told == asked)
}

/// Whether actions do the same but for what ECS has shifted: the weights of target groups, and a second
/// group that it has added.
pub(super) fn same_but_shifted(actual: &Value, wanted: &Value) -> bool {
    let canonical = |value: &Value| value.to_json().and_then(|json| Some(canonical(json.as_array()?)));
    let (Some(mut actual), Some(mut wanted)) = (canonical(actual), canonical(wanted)) else { return false };
    let take = |actions: &mut Vec<J>| -> Vec<Vec<String>> {
        let groups = actions.iter_mut().map(|action| action["groups"].take());
        let arn = |group: &J| group[0].as_str().map(str::to_owned);
        groups.map(|groups| groups.as_array().into_iter().flatten().filter_map(arn).collect()).collect()
    };
    let (have, want) = (take(&mut actual), take(&mut wanted));
    let has_all = |(have, want): (&Vec<String>, &Vec<String>)| {
        want.is_empty() == have.is_empty() && want.iter().all(|group| have.contains(group))
    };
    actual == wanted && have.iter().zip(&want).all(has_all)
}

/// Actions with the target groups and weights as ECS has shifted them; those that lead elsewhere than
/// the ones that are there are as they are asked for.
pub(super) fn as_shifted(there: &[types::Action], mut ours: Vec<types::Action>) -> Vec<types::Action> {
    let groups = |action: &types::Action| -> Vec<String> {
        let config = action.forward_config().map(|config| config.target_groups()).unwrap_or_default();
        let of_config = config.iter().filter_map(|tuple| tuple.target_group_arn.clone());
        let mut all: Vec<String> = of_config.chain(action.target_group_arn.clone()).collect();
        all.dedup();
        all
    };
    for action in &mut ours {
        let wanted = groups(action);
        let holds = |there: &&types::Action| {
            let have = groups(there);
            !wanted.is_empty() && wanted.iter().all(|group| have.contains(group))
        };
        let Some(config) = there.iter().find(holds).and_then(|there| there.forward_config()) else {
            continue;
        };
        let mut forward =
            action.forward_config.take().unwrap_or_else(|| types::ForwardActionConfig::builder().build());
        forward.target_groups.clone_from(&config.target_groups);
        action.forward_config = Some(forward);
        action.target_group_arn = None;
    }
    ours
}

fn canonical(actions: &[J]) -> Vec<J> {
    let place = |(index, action): (usize, &J)| {
        let order = action["order"].as_i64().unwrap_or(index as i64 + 1);
        (order, canonical_action(action))
    };
    let mut placed: Vec<(i64, J)> = actions.iter().enumerate().map(place).collect();
    placed.sort_by_key(|(order, _)| *order);
    placed.into_iter().map(|(_, action)| action).collect()
}

fn canonical_action(action: &J) -> J {
    let weight = |group: &J| group["weight"].as_i64().unwrap_or(1);
    let mut groups: Vec<(String, i64)> = match action["forward"]["targetGroups"].as_array() {
        Some(groups) => {
            groups.iter().map(|g| (g["arn"].as_str().unwrap_or_default().to_owned(), weight(g))).collect()
        }
        None => action["targetGroupArn"].as_str().map(|arn| (arn.to_owned(), 1)).into_iter().collect(),
    };
    if let [(_, weight)] = &mut groups[..] {
        *weight = (*weight).min(1);
    }
    groups.sort();
    let stickiness = &action["forward"]["stickiness"];
    let mut oidc = action["authenticateOidc"].clone();
    oidc.as_object_mut().map(|oidc| oidc.remove("clientSecret"));
    json!({
        "cognito": action["authenticateCognito"],
        "oidc": oidc,
        "jwt": action["jwtValidation"],
        "type": action["type"],
        "groups": groups,
        "stickiness": if stickiness["enabled"] == true { &stickiness["duration"] } else { &J::Null },
        "redirect": action["redirect"],
        "response": action["fixedResponse"],
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn same(actual: J, wanted: J) -> bool {
        same_actions(&Value::from_json(&actual), &Value::from_json(&wanted))
    }

    #[test]
    fn one_target_group_may_be_said_in_two_ways() {
        let short = json!([{"type": "forward", "targetGroupArn": "a", "order": 1}]);
        assert!(same(
            short.clone(),
            json!([{"type": "forward", "forward": {"targetGroups": [{"arn": "a", "weight": 100}]}}])
        ));
        assert!(!same(short.clone(), json!([{"type": "forward", "targetGroupArn": "b"}])));
        let none = json!([{"type": "forward", "forward": {"targetGroups": [{"arn": "a", "weight": 0}]}}]);
        assert!(!same(short, none));
    }

    #[test]
    fn weights_and_stickiness_count_and_order_does_not() {
        let two = |first: (&str, i64), second: (&str, i64), sticky: bool| {
            let group = |(arn, weight)| json!({"arn": arn, "weight": weight});
            json!([{"type": "forward", "forward": {
                "targetGroups": [group(first), group(second)],
                "stickiness": {"enabled": sticky, "duration": 60},
            }}])
        };
        assert!(same(two(("a", 1), ("b", 2), false), two(("b", 2), ("a", 1), false)));
        assert!(!same(two(("a", 1), ("b", 2), false), two(("a", 2), ("b", 1), false)));
        assert!(!same(two(("a", 1), ("b", 2), false), two(("a", 1), ("b", 2), true)));
    }

    #[test]
    fn an_authentication_that_somebody_else_added_stays_first() {
        let oidc = types::AuthenticateOidcActionConfig::builder().client_id("c").issuer("i").build();
        let oidc = types::Action::builder()
            .r#type(types::ActionTypeEnum::AuthenticateOidc)
            .authenticate_oidc_config(oidc)
            .order(1)
            .build();
        let forward = |group: &str, order: Option<i32>| {
            let forward = types::Action::builder().r#type(types::ActionTypeEnum::Forward);
            forward.target_group_arn(group).set_order(order).build()
        };
        let there = [oidc, forward("a", Some(2))];
        let told = told_actions(&there);
        assert_eq!(seen_by(&told[1..], told.clone()), told[1..]);
        let ours = |group: &str| vec![Action { target_group_arn: Some(group.into()), ..told[1].clone() }];
        let all = in_place_of(&there, &ours("a"), &ours("b"));
        assert_eq!(all[1], forward("b", Some(2)));
        let kept = all[0].authenticate_oidc_config().unwrap();
        assert_eq!((kept.client_id(), kept.use_existing_client_secret), (Some("c"), Some(true)));
        assert_eq!(in_place_of(&there[1..], &ours("a"), &ours("b")), [forward("b", Some(2))]);
        // One that the program asked for goes when the program takes it out.
        assert_eq!(seen_by(&told, told.clone()), told);
        assert_eq!(in_place_of(&there, &told, &ours("b")), [forward("b", Some(2))]);
    }

    #[test]
    fn what_ecs_has_shifted_stays() {
        let group = |arn: &str, weight| {
            types::TargetGroupTuple::builder().target_group_arn(arn).weight(weight).build()
        };
        let forward = || types::Action::builder().r#type(types::ActionTypeEnum::Forward);
        let config = types::ForwardActionConfig::builder()
            .set_target_groups(Some(vec![group("a", 0), group("b", 100)]))
            .build();
        let there = vec![forward().forward_config(config).build()];
        let asked = |arn: &str| vec![forward().target_group_arn(arn).build()];
        assert_eq!(as_shifted(&there, asked("a")), there);
        assert_eq!(as_shifted(&there, asked("c")), asked("c"));

        let shifted = json!([{"type": "forward", "forward": {
            "targetGroups": [{"arn": "a", "weight": 0}, {"arn": "b", "weight": 100}],
        }}]);
        let same = |wanted: J| same_but_shifted(&Value::from_json(&shifted), &Value::from_json(&wanted));
        assert!(same(json!([{"type": "forward", "targetGroupArn": "a"}])));
        assert!(!same(json!([{"type": "forward", "targetGroupArn": "c"}])));
        let gone = json!({"contentType": "text/plain", "statusCode": "410"});
        assert!(!same(json!([{"type": "fixed-response", "fixedResponse": gone}])));
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let action = Action {
            authenticate_cognito: None,
            authenticate_oidc: None,
            jwt_validation: None,
            fixed_response: None,
            forward: Some(Forward {
                stickiness: Some(ForwardStickiness { duration: 60, enabled: true }),
                target_groups: vec![ForwardTargetGroup { arn: "a".into(), weight: 3 }],
            }),
            order: Some(1),
            redirect: None,
            target_group_arn: None,
            r#type: "forward".into(),
        };
        assert_eq!(Action::from_aws(&action.to_aws()), action);
        let plain = Action { forward: None, target_group_arn: Some("a".into()), ..action };
        assert_eq!(Action::from_aws(&plain.to_aws()), plain);
    }

    #[test]
    fn a_secret_counts_where_both_know_it() {
        let oidc = |secret: Option<&str>| {
            json!([{"type": "authenticate-oidc", "authenticateOidc":
            {"clientId": "c", "clientSecret": secret}}, {"type": "forward", "targetGroupArn": "a"}])
        };
        assert!(same(oidc(None), oidc(Some("s"))) && same(oidc(Some("s")), oidc(Some("s"))));
        assert!(!same(oidc(Some("s")), oidc(Some("other"))));
    }
}

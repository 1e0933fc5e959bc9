//! Tags of scalable targets, which moto takes and forgets.

use crate::call::Call;
use crate::wire::{self, Answer, AwsError};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

const SERVICE: &str = "application-autoscaling";

/// The tags by ARN.
#[derive(Debug, Default)]
pub struct Tags(HashMap<String, Map<String, Value>>);

impl Tags {
    /// The answer to a call about tags:
    /// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html>.
    pub fn answer(&mut self, call: &Call) -> Option<Answer> {
        let about_tags =
            ["ListTagsForResource", "TagResource", "UntagResource"].contains(&call.operation.as_str());
        if call.service != SERVICE || !about_tags {
            return None;
        }
        let arn = call.text("ResourceARN");
        let Some(tags) = self.0.get_mut(&arn) else {
            let message = format!("No scalable target found for ARN: {arn}");
            let error = AwsError::new(400, "ResourceNotFoundException", message);
            return Some(wire::error(call.protocol, SERVICE, &error));
        };
        let members = match call.operation.as_str() {
            "TagResource" => {
                tags.extend(call.params["Tags"].as_object().cloned().unwrap_or_default());
                json!({})
            }
            "UntagResource" => {
                let keys = call.params["TagKeys"].as_array().into_iter().flatten().filter_map(Value::as_str);
                keys.for_each(|key| drop(tags.remove(key)));
                json!({})
            }
            _ => json!({"Tags": tags}),
        };
        Some(wire::success(call.protocol, &call.operation, members))
    }

    /// Keeps the tags that a new target was given; one that is there keeps its own:
    /// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html>.
    pub fn after(&mut self, call: &Call, answer: &Answer) {
        if call.is(SERVICE, "RegisterScalableTarget") {
            let target = wire::parse(call.protocol, &answer.body);
            let arn = target["ScalableTargetARN"].as_str().unwrap_or_default().to_string();
            let given = call.params["Tags"].as_object().cloned().unwrap_or_default();
            self.0.entry(arn).or_insert(given);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::call::Http;
    use hyper::{HeaderMap, Method};

    fn call(operation: &str, params: &Value) -> Call {
        let scope =
            "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/application-autoscaling/aws4_request, X=y";
        let mut headers = HeaderMap::new();
        headers.insert("authorization", scope.parse().unwrap());
        headers.insert("x-amz-target", format!("AnyScaleFrontendService.{operation}").parse().unwrap());
        Call::read(Http {
            method: Method::POST,
            target: "/".into(),
            headers,
            body: params.to_string().into(),
        })
    }

    #[test]
    fn a_target_has_the_tags_that_it_was_made_with_and_given_since() {
        let mut tags = Tags::default();
        let made =
            Answer::new(200, "application/x-amz-json-1.1", json!({"ScalableTargetARN": "arn:t"}).to_string());
        tags.after(&call("RegisterScalableTarget", &json!({"Tags": {"a": "1", "b": "2"}})), &made);
        tags.after(&call("RegisterScalableTarget", &json!({"Tags": {"c": "3"}})), &made);
        tags.answer(&call("TagResource", &json!({"ResourceARN": "arn:t", "Tags": {"b": "4"}}))).unwrap();
        tags.answer(&call("UntagResource", &json!({"ResourceARN": "arn:t", "TagKeys": ["a"]}))).unwrap();
        let mut list =
            |arn: &str| tags.answer(&call("ListTagsForResource", &json!({"ResourceARN": arn}))).unwrap();
        let found: Value = serde_json::from_slice(&list("arn:t").body).unwrap();
        assert_eq!(found, json!({"Tags": {"b": "4"}}));
        assert_eq!(list("arn:x").status, 400);
        assert!(tags.answer(&call("DescribeScalableTargets", &json!({}))).is_none());
    }
}

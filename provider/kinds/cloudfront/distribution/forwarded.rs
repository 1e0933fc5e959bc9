//! What is forwarded to an origin where no policy says it.

use aws_sdk_cloudfront::types::{
    self, CookieNames, CookiePreference, Headers, ItemSelection, QueryStringCacheKeys,
};

use super::super::quantity;
use super::{CacheBehavior, CacheBehaviorInput, ForwardedCookies, ForwardedValues};
use crate::aws::error::Result;
use crate::model::{Failures, Path};

impl ForwardedValues {
    pub(super) fn from_aws(there: &types::ForwardedValues) -> Self {
        let cookies = there.cookies();
        let names = cookies.and_then(|cookies| cookies.whitelisted_names()).map(|names| names.items());
        let forward = cookies.map_or(&ItemSelection::None, |cookies| cookies.forward());
        ForwardedValues {
            cookies: ForwardedCookies {
                forward: forward.as_str().to_owned(),
                whitelisted_names: names.unwrap_or_default().to_vec(),
            },
            headers: there.headers().map(|headers| headers.items().to_vec()).unwrap_or_default(),
            query_string: there.query_string,
            query_string_cache_keys: there
                .query_string_cache_keys()
                .map(|keys| keys.items().to_vec())
                .unwrap_or_default(),
        }
    }

    pub(super) fn to_aws(&self) -> Result<types::ForwardedValues> {
        let some = |names: &[String]| Some(names.to_vec()).filter(|names| !names.is_empty());
        let names = &self.cookies.whitelisted_names;
        let names = match self.cookies.forward.as_str() {
            "whitelist" => {
                Some(CookieNames::builder().quantity(quantity(names)).set_items(some(names)).build()?)
            }
            _ => None,
        };
        let cookies = CookiePreference::builder()
            .forward(ItemSelection::from(self.cookies.forward.as_str()))
            .set_whitelisted_names(names);
        let keys = &self.query_string_cache_keys;
        let keys = QueryStringCacheKeys::builder().quantity(quantity(keys)).set_items(some(keys));
        let headers = Headers::builder().quantity(quantity(&self.headers)).set_items(some(&self.headers));
        Ok(types::ForwardedValues::builder()
            .cookies(cookies.build()?)
            .headers(headers.build()?)
            .query_string(self.query_string)
            .query_string_cache_keys(keys.build()?)
            .build()?)
    }
}

/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DefaultCacheBehavior.html>
pub(super) fn check(input: &CacheBehaviorInput, at: &Path, failures: &mut Failures) {
    let Some(values) = input.forwarded_values.get() else { return };
    let here = at.key(CacheBehavior::FORWARDED_VALUES);
    let policies = [
        (CacheBehavior::CACHE_POLICY_ID, input.cache_policy_id.is_set()),
        (CacheBehavior::ORIGIN_REQUEST_POLICY_ID, input.origin_request_policy_id.is_set()),
    ];
    for (policy, _) in policies.into_iter().filter(|(_, is_set)| *is_set) {
        let reason = format!("conflicts with {}; give only one of them", policy.name());
        failures.add(here.clone(), reason);
    }
    if let Some(cookies) = values.cookies.get() {
        let is_listed = cookies.forward.get().map(|forward| forward == "whitelist");
        let is_empty = cookies.whitelisted_names.get().map(Vec::is_empty);
        let at = here.key(ForwardedValues::COOKIES).key(ForwardedCookies::WHITELISTED_NAMES);
        match (is_listed, is_empty) {
            (Some(true), Some(true)) => failures.add(at, "is missing; whitelist requires it"),
            (Some(false), Some(false)) => {
                failures.add(at, "requires forward: whitelist; give that, or leave it out");
            }
            _ => {}
        }
    }
    if values.query_string.get() == Some(&false)
        && values.query_string_cache_keys.get().is_some_and(|keys| !keys.is_empty())
    {
        let at = here.key(ForwardedValues::QUERY_STRING_CACHE_KEYS);
        failures.add(at, "requires queryString: true; give that, or leave it out");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Model, Value};
    use serde_json::json;

    fn behavior(of: serde_json::Value) -> CacheBehaviorInput {
        let fields = Value::from_json(&of).as_object().unwrap().clone();
        CacheBehavior::read(&fields, &mut Failures::new())
    }

    fn told(of: serde_json::Value) -> Vec<String> {
        let mut failures = Failures::new();
        check(&behavior(of), &Path::root(), &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let cookies = json!({ "forward": "whitelist", "whitelistedNames": ["session"] });
        let values = json!({ "queryString": true, "queryStringCacheKeys": ["page"], "headers": ["Host"], "cookies": cookies });
        let input = behavior(json!({ "targetOriginId": "site", "forwardedValues": values }));
        let mut failures = Failures::new();
        let behavior = CacheBehavior::settle_fields(&input, &Path::root(), &mut failures).unwrap();
        let values = behavior.forwarded_values.unwrap();
        assert_eq!(ForwardedValues::from_aws(&values.to_aws().unwrap()), values);
    }

    #[test]
    fn values_and_policies_do_not_go_together() {
        let values = json!({ "queryString": false, "cookies": { "forward": "none" } });
        assert_eq!(told(json!({ "forwardedValues": values })), [""; 0]);
        assert_eq!(told(json!({ "forwardedValues": values, "cachePolicyId": "a" })), ["forwardedValues"]);
        let lists = json!({ "queryString": false, "queryStringCacheKeys": ["a"], "cookies": { "forward": "whitelist" } });
        let expected = ["forwardedValues.cookies.whitelistedNames", "forwardedValues.queryStringCacheKeys"];
        assert_eq!(told(json!({ "forwardedValues": lists })), expected);
    }
}

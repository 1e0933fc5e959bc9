//! A bucket as a website: what it answers for the root of a path, for an error, and with a redirect.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput;
use aws_sdk_s3::types::{
    Condition, ErrorDocument, IndexDocument, Protocol, Redirect, RedirectAllRequestsTo, RoutingRule,
    WebsiteConfiguration,
};
use serde_json::{Map, Value as J, json};

use super::{BucketArgs, BucketInputs};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::model::{Failures, In, Json, Model, Path};

/// The website of a bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Website {
    /// The key of the object that is returned for 4XX errors.
    pub error_document: Option<String>,
    /// The suffix of requests for a directory, such as `index.html`. It contains no slash.
    #[model(check = check_suffix)]
    pub index_document: Option<String>,
    /// The host name to which all requests are redirected, such as `example.com` or
    /// `https://example.com`. Conflicts with all other properties.
    pub redirect_all_requests_to: Option<String>,
    /// The routing rules, which redirect individual requests, as JSON text or as a list of objects
    /// with `Condition` and `Redirect`.
    #[model(json)]
    pub routing_rules: Option<Json>,
}

impl Website {
    pub(super) fn from_aws(there: GetBucketWebsiteOutput) -> Self {
        let all = there.redirect_all_requests_to.map(|to| match to.protocol {
            Some(protocol) => format!("{}://{}", protocol.as_str(), to.host_name),
            None => to.host_name,
        });
        Website {
            error_document: there.error_document.map(|document| document.key),
            index_document: there.index_document.map(|document| document.suffix),
            redirect_all_requests_to: all,
            routing_rules: rules_to_json(there.routing_rules.as_deref().unwrap_or_default()),
        }
    }

    pub(super) fn to_aws(&self) -> Result<WebsiteConfiguration> {
        let error = self.error_document.as_ref().map(|key| ErrorDocument::builder().key(key).build());
        let index =
            self.index_document.as_ref().map(|suffix| IndexDocument::builder().suffix(suffix).build());
        let all = self.redirect_all_requests_to.as_ref().map(|to| {
            let (protocol, host) =
                to.split_once("://").map_or((None, to.as_str()), |(p, host)| (Some(p), host));
            let all = RedirectAllRequestsTo::builder().host_name(host);
            all.set_protocol(protocol.map(Protocol::from)).build()
        });
        Ok(WebsiteConfiguration::builder()
            .set_error_document(error.transpose()?)
            .set_index_document(index.transpose()?)
            .set_redirect_all_requests_to(all.transpose()?)
            .set_routing_rules(self.routing_rules.as_ref().map(rules_from_json))
            .build())
    }
}

pub(in crate::kinds::s3) async fn put_website(
    cx: &Cx,
    bucket: &str,
    website: WebsiteConfiguration,
) -> Result<()> {
    let put = cx.client::<Client>()?.put_bucket_website().bucket(bucket);
    put.website_configuration(website).send().await?;
    Ok(())
}

/// The redirects in a document, with the names of the API.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html>
pub(in crate::kinds::s3) fn rules_from_json(Json(rules): &Json) -> Vec<RoutingRule> {
    let text = |from: &J, name: &str| match &from[name] {
        J::String(text) => Some(text.clone()),
        J::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let rule = |rule: &J| {
        let (condition, redirect) = (&rule["Condition"], &rule["Redirect"]);
        let condition = condition.is_object().then(|| {
            Condition::builder()
                .set_http_error_code_returned_equals(text(condition, "HttpErrorCodeReturnedEquals"))
                .set_key_prefix_equals(text(condition, "KeyPrefixEquals"))
                .build()
        });
        let redirect = Redirect::builder()
            .set_host_name(text(redirect, "HostName"))
            .set_http_redirect_code(text(redirect, "HttpRedirectCode"))
            .set_protocol(text(redirect, "Protocol").map(|protocol| Protocol::from(protocol.as_str())))
            .set_replace_key_prefix_with(text(redirect, "ReplaceKeyPrefixWith"))
            .set_replace_key_with(text(redirect, "ReplaceKeyWith"))
            .build();
        RoutingRule::builder().set_condition(condition).redirect(redirect).build()
    };
    rules.as_array().into_iter().flatten().map(rule).collect()
}

/// The same document; nothing where there are none.
pub(in crate::kinds::s3) fn rules_to_json(rules: &[RoutingRule]) -> Option<Json> {
    let object = |parts: &[(&str, Option<&str>)]| -> Map<String, J> {
        parts.iter().filter_map(|(name, text)| Some(((*name).to_owned(), json!((*text)?)))).collect()
    };
    let rule = |rule: &RoutingRule| {
        let mut all = Map::new();
        if let Some(condition) = rule.condition() {
            let parts = [
                ("HttpErrorCodeReturnedEquals", condition.http_error_code_returned_equals()),
                ("KeyPrefixEquals", condition.key_prefix_equals()),
            ];
            all.insert("Condition".to_owned(), J::Object(object(&parts)));
        }
        if let Some(redirect) = rule.redirect() {
            let parts = [
                ("HostName", redirect.host_name()),
                ("HttpRedirectCode", redirect.http_redirect_code()),
                ("Protocol", redirect.protocol().map(|protocol| protocol.as_str())),
                ("ReplaceKeyPrefixWith", redirect.replace_key_prefix_with()),
                ("ReplaceKeyWith", redirect.replace_key_with()),
            ];
            all.insert("Redirect".to_owned(), J::Object(object(&parts)));
        }
        J::Object(all)
    };
    (!rules.is_empty()).then(|| Json(J::Array(rules.iter().map(rule).collect())))
}

pub(in crate::kinds::s3) fn check_suffix(suffix: &str) -> Result<(), String> {
    match suffix.is_empty() || suffix.contains('/') {
        true => Err(format!("is {suffix:?}; give the name of a file without a slash, such as index.html")),
        false => Ok(()),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_WebsiteConfiguration.html>
pub(super) fn check(args: &BucketInputs, failures: &mut Failures) {
    let Some(website) = args.website.get() else { return };
    let at = Path::from(BucketArgs::WEBSITE);
    let others =
        [website.error_document.is_set(), website.index_document.is_set(), website.routing_rules.is_set()];
    let to_all = website.redirect_all_requests_to.is_set();
    check_redirect(to_all, others.contains(&true), &at.key(Website::REDIRECT_ALL_REQUESTS_TO), failures);
    check_index(to_all, website.index_document.is_set(), &at.key(Website::INDEX_DOCUMENT), failures);
    check_rules(&website.routing_rules, &at.key(Website::ROUTING_RULES), failures);
}

pub(in crate::kinds::s3) fn check_redirect(to_all: bool, others: bool, at: &Path, failures: &mut Failures) {
    if to_all && others {
        failures.add(at.clone(), "redirects all requests, so that nothing else has an effect; give it alone");
    }
}

pub(in crate::kinds::s3) fn check_index(to_all: bool, index: bool, at: &Path, failures: &mut Failures) {
    if !to_all && !index {
        failures.add(at.clone(), "is missing; give it, such as index.html, or redirectAllRequestsTo");
    }
}

/// What AWS would not know in a document with redirects.
pub(in crate::kinds::s3) fn check_rules(rules: &In<Json>, at: &Path, failures: &mut Failures) {
    let Some(Json(rules)) = rules.get() else { return };
    let Some(rules) = rules.as_array() else {
        failures.add(at.clone(), "is not a list; give a list of objects with Condition and Redirect");
        return;
    };
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule["Redirect"].is_object()) {
        let names: Vec<&String> = rule.as_object().into_iter().flat_map(Map::keys).collect();
        failures.add(at.clone(), format!("has no Redirect in its rule {index}, which has {names:?}; give where the request is redirected"));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;

    fn told(website: J) -> Vec<String> {
        let fields = Value::from_json(&json!({ "website": website })).as_object().unwrap().clone();
        let mut failures = Failures::new();
        check(&BucketArgs::read(&fields, &mut Failures::new()), &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn a_website_has_an_index_or_is_elsewhere() {
        assert_eq!(told(json!({ "indexDocument": "index.html", "errorDocument": "404.html" })), [""; 0]);
        assert_eq!(told(json!({ "redirectAllRequestsTo": "https://example.com" })), [""; 0]);
        assert_eq!(told(json!({})), ["website.indexDocument"]);
        let both = json!({ "indexDocument": "index.html", "redirectAllRequestsTo": "example.com" });
        assert_eq!(told(both), ["website.redirectAllRequestsTo"]);
        let rules = json!({ "indexDocument": "index.html", "routingRules": [{ "redirect": {} }] });
        assert_eq!(told(rules), ["website.routingRules"]);
        assert!(check_suffix("a/index.html").is_err());
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let rules = json!([
            { "Condition": { "KeyPrefixEquals": "docs/" }, "Redirect": { "ReplaceKeyPrefixWith": "documents/" } },
            { "Redirect": { "HostName": "example.com", "Protocol": "https", "HttpRedirectCode": "302" } },
        ]);
        let website = Website {
            error_document: Some("404.html".to_owned()),
            index_document: Some("index.html".to_owned()),
            redirect_all_requests_to: None,
            routing_rules: Some(Json(rules)),
        };
        let read = |website: &Website| {
            let sent = website.to_aws().unwrap();
            Website::from_aws(
                GetBucketWebsiteOutput::builder()
                    .set_error_document(sent.error_document)
                    .set_index_document(sent.index_document)
                    .set_redirect_all_requests_to(sent.redirect_all_requests_to)
                    .set_routing_rules(sent.routing_rules)
                    .build(),
            )
        };
        assert_eq!(read(&website), website);
        let to = Some("https://example.com".to_owned());
        let moved = Website {
            error_document: None,
            index_document: None,
            redirect_all_requests_to: to,
            routing_rules: None,
        };
        assert_eq!(read(&moved), moved);
    }
}

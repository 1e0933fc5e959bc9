//! The website that a bucket serves.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{self, Protocol, WebsiteConfiguration};

use super::bucket::{
    check_index, check_redirect, check_rules, check_suffix, put_website, rules_from_json, rules_to_json,
};
use super::{check_bucket, place, setting, settings};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Observed, Update};
use crate::model::{Failures, Json, Model, Path, Prop};

/// The website that an S3 bucket serves over HTTP. The objects must be publicly readable, which a
/// new bucket blocks.
#[derive(Clone, Debug, Model)]
pub struct BucketWebsiteConfigurationArgs {
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
    /// The object that is returned for 4XX errors.
    #[model(in_place)]
    pub error_document: Option<WebsiteErrorDocument>,
    /// The object that is returned for requests for a directory.
    #[model(in_place)]
    pub index_document: Option<WebsiteIndexDocument>,
    /// The redirect target of all requests. Conflicts with all other properties.
    #[model(in_place)]
    pub redirect_all_requests_to: Option<WebsiteRedirectAll>,
    /// The routing rules, which redirect individual requests, as JSON text or as a list of objects
    /// with `Condition` and `Redirect`. Conflicts with `routingRules`.
    #[model(in_place, json)]
    pub routing_rule_details: Option<Json>,
    /// The routing rules, which redirect individual requests. AWS applies the first rule that
    /// matches.
    #[model(in_place, default = [], length = 0..=50)]
    pub routing_rules: Vec<RoutingRule>,
}

/// The object that is returned for 4XX errors.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct WebsiteErrorDocument {
    /// The key of the object.
    #[model(length = 1..=1024)]
    pub key: String,
}

/// The object that is returned for requests for a directory.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct WebsiteIndexDocument {
    /// The suffix that is added to requests for a directory, such as `index.html`. It contains no slash.
    #[model(check = check_suffix)]
    pub suffix: String,
}

/// The redirect target of all requests.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct WebsiteRedirectAll {
    /// The host name.
    pub host_name: String,
    /// The protocol of the redirect. Defaults to the protocol of the request.
    #[model(one_of = ["http", "https"])]
    pub protocol: Option<String>,
}

/// A routing rule, which redirects individual requests.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RoutingRule {
    /// The condition that requests must meet to be redirected. Defaults to all requests.
    pub condition: Option<RoutingCondition>,
    /// The redirect of the requests.
    pub redirect: RoutingRedirect,
}

/// The condition that requests must meet to be redirected.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RoutingCondition {
    /// The HTTP status code that the response would have, such as `404`.
    pub http_error_code_returned_equals: Option<String>,
    /// The prefix of the requested keys.
    pub key_prefix_equals: Option<String>,
}

/// The redirect of requests.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RoutingRedirect {
    /// The host name of the redirect. Defaults to the host name of the request.
    pub host_name: Option<String>,
    /// The HTTP status code of the redirect, such as `302`. Defaults to `301`.
    pub http_redirect_code: Option<String>,
    /// The protocol of the redirect. Defaults to the protocol of the request.
    #[model(one_of = ["http", "https"])]
    pub protocol: Option<String>,
    /// The text that replaces the prefix `keyPrefixEquals` of the condition. Conflicts with
    /// `replaceKeyWith`.
    pub replace_key_prefix_with: Option<String>,
    /// The key that replaces the whole key. Conflicts with `replaceKeyPrefixWith`.
    pub replace_key_with: Option<String>,
}

/// The outputs of a website.
#[derive(Clone, Debug, Model)]
pub struct BucketWebsiteConfigurationState {
    /// The domain of the website endpoint, for alias records: `s3-website-<region>.amazonaws.com`.
    pub website_domain: String,
    /// The website endpoint: `<bucket>.s3-website-<region>.amazonaws.com`.
    pub website_endpoint: String,
}

/// The website of a bucket.
pub struct BucketWebsiteConfiguration;

impl Kind for BucketWebsiteConfiguration {
    const TOKEN: &'static str = "agentic:s3:BucketWebsiteConfiguration";
    const ID: &'static str = "the name of the bucket";
    const IMPORT_ID: fn(&str) -> &str = settings::bucket_of;
    const ACTIONS: Actions = Actions {
        create: &["s3:GetBucketWebsite", "s3:PutBucketWebsite", "s3:GetBucketTagging"],
        read: &["s3:GetBucketWebsite"],
        update: &["s3:PutBucketWebsite"],
        delete: &["s3:DeleteBucketWebsite"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketWebsiteConfigurationArgs::BUCKET];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::BUCKET_WEBSITE_CONFIGURATION;

    type Args = BucketWebsiteConfigurationArgs;
    type State = BucketWebsiteConfigurationState;

    fn rules(args: &BucketWebsiteConfigurationInputs, failures: &mut Failures) {
        type Args = BucketWebsiteConfigurationArgs;
        let rules =
            args.routing_rules.is_unknown() || args.routing_rules.get().is_some_and(|it| !it.is_empty());
        let (details, index) = (args.routing_rule_details.is_set(), args.index_document.is_set());
        let to_all = args.redirect_all_requests_to.is_set();
        let others = rules || details || index || args.error_document.is_set();
        check_redirect(to_all, others, &Path::from(Args::REDIRECT_ALL_REQUESTS_TO), failures);
        check_index(to_all, index, &Path::from(Args::INDEX_DOCUMENT), failures);
        check_rules(&args.routing_rule_details, &Path::from(Args::ROUTING_RULE_DETAILS), failures);
        if rules && details {
            failures.add(Args::ROUTING_RULE_DETAILS, "conflicts with routingRules; give only one of them");
        }
        for (index, rule) in args.routing_rules.get().into_iter().flatten().enumerate() {
            let Some(redirect) = rule.get().and_then(|rule| rule.redirect.get()) else { continue };
            if redirect.replace_key_with.is_set() && redirect.replace_key_prefix_with.is_set() {
                let at = Path::from(Args::ROUTING_RULES).index(index).key(RoutingRule::REDIRECT);
                let reason = "conflicts with replaceKeyPrefixWith; give only one of them";
                failures.add(at.key(RoutingRedirect::REPLACE_KEY_WITH), reason);
            }
        }
    }

    async fn create(cx: &Cx, args: &BucketWebsiteConfigurationArgs) -> Result<String> {
        let there = find(cx, &args.bucket, args.routing_rule_details.is_some()).await;
        settings::give::<Self>(cx, &args.bucket, args, there, "website of the bucket", put(cx, args)).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        look(cx, id, false).await
    }

    async fn refresh(cx: &Cx, id: &str, old: &BucketWebsiteConfigurationArgs) -> Result<Option<Live<Self>>> {
        look(cx, id, old.routing_rule_details.is_some()).await
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<BucketWebsiteConfigurationArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &BucketWebsiteConfigurationArgs) -> Result<()> {
        cx.client::<Client>()?.delete_bucket_website().bucket(id).send().await?;
        Ok(())
    }
}

async fn look(cx: &Cx, id: &str, as_json: bool) -> Result<Option<Live<BucketWebsiteConfiguration>>> {
    let Some(args) = found(find(cx, id, as_json).await)?.flatten() else { return Ok(None) };
    let website_domain = place::website_domain(cx.region().unwrap_or_default());
    let website_endpoint = format!("{id}.{website_domain}");
    Ok(Some(Live { args, state: BucketWebsiteConfigurationState { website_domain, website_endpoint } }))
}

/// The website as it is told: its redirects as JSON where they are asked for like that.
async fn find(cx: &Cx, bucket: &str, as_json: bool) -> Result<Option<Observed<BucketWebsiteConfiguration>>> {
    let there = setting(cx.client::<Client>()?.get_bucket_website().bucket(bucket).send()).await?;
    let Some(there) = there else { return Ok(None) };
    let rules = there.routing_rules.unwrap_or_default();
    let details = if as_json { rules_to_json(&rules) } else { None };
    let rules = if as_json { Vec::new() } else { rules.iter().map(RoutingRule::from_aws).collect() };
    let args = BucketWebsiteConfigurationArgs {
        bucket: bucket.to_owned(),
        error_document: there.error_document.map(|it| WebsiteErrorDocument { key: it.key }),
        index_document: there.index_document.map(|it| WebsiteIndexDocument { suffix: it.suffix }),
        redirect_all_requests_to: there.redirect_all_requests_to.map(|to| WebsiteRedirectAll {
            host_name: to.host_name,
            protocol: to.protocol.map(|protocol| protocol.as_str().to_owned()),
        }),
        routing_rule_details: details,
        routing_rules: rules,
    };
    Ok(Some(args.into()))
}

async fn put(cx: &Cx, args: &BucketWebsiteConfigurationArgs) -> Result<()> {
    let error = args.error_document.as_ref().map(|it| types::ErrorDocument::builder().key(&it.key).build());
    let index =
        args.index_document.as_ref().map(|it| types::IndexDocument::builder().suffix(&it.suffix).build());
    let all = args.redirect_all_requests_to.as_ref().map(|to| {
        let protocol = to.protocol.as_deref().map(Protocol::from);
        types::RedirectAllRequestsTo::builder().host_name(&to.host_name).set_protocol(protocol).build()
    });
    let mut rules: Vec<_> = args.routing_rules.iter().map(RoutingRule::to_aws).collect();
    rules.extend(args.routing_rule_details.as_ref().map(rules_from_json).unwrap_or_default());
    let website = WebsiteConfiguration::builder()
        .set_error_document(error.transpose()?)
        .set_index_document(index.transpose()?)
        .set_redirect_all_requests_to(all.transpose()?)
        .set_routing_rules(Some(rules).filter(|rules| !rules.is_empty()));
    put_website(cx, &args.bucket, website.build()).await
}

impl RoutingRule {
    fn from_aws(there: &types::RoutingRule) -> Self {
        let redirect = there.redirect();
        let text = |text: fn(&types::Redirect) -> Option<&str>| redirect.and_then(text).map(str::to_owned);
        RoutingRule {
            condition: there.condition().map(|condition| RoutingCondition {
                http_error_code_returned_equals: condition.http_error_code_returned_equals.clone(),
                key_prefix_equals: condition.key_prefix_equals.clone(),
            }),
            redirect: RoutingRedirect {
                host_name: text(|it| it.host_name()),
                http_redirect_code: text(|it| it.http_redirect_code()),
                protocol: text(|it| it.protocol().map(|protocol| protocol.as_str())),
                replace_key_prefix_with: text(|it| it.replace_key_prefix_with()),
                replace_key_with: text(|it| it.replace_key_with()),
            },
        }
    }

    fn to_aws(&self) -> types::RoutingRule {
        let condition = self.condition.as_ref().map(|condition| {
            types::Condition::builder()
                .set_http_error_code_returned_equals(condition.http_error_code_returned_equals.clone())
                .set_key_prefix_equals(condition.key_prefix_equals.clone())
                .build()
        });
        let redirect = types::Redirect::builder()
            .set_host_name(self.redirect.host_name.clone())
            .set_http_redirect_code(self.redirect.http_redirect_code.clone())
            .set_protocol(self.redirect.protocol.as_deref().map(Protocol::from))
            .set_replace_key_prefix_with(self.redirect.replace_key_prefix_with.clone())
            .set_replace_key_with(self.redirect.replace_key_with.clone());
        types::RoutingRule::builder().set_condition(condition).redirect(redirect.build()).build()
    }
}

//! Cross-origin resource sharing.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{self, CorsConfiguration};

use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::s3::setting;
use crate::model::Model;

/// A cross-origin resource sharing (CORS) rule.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CorsRule {
    /// The headers that requests may have. Each may contain one `*` wildcard.
    #[model(default = [])]
    pub allowed_headers: Vec<String>,
    /// The HTTP methods that requests may use.
    #[model(one_of = ["GET", "PUT", "POST", "DELETE", "HEAD"])]
    pub allowed_methods: Vec<String>,
    /// The origins that requests may come from. Each may contain one `*` wildcard.
    pub allowed_origins: Vec<String>,
    /// The response headers that scripts of the origin may read.
    #[model(default = [])]
    pub expose_headers: Vec<String>,
    /// The time that browsers may cache the response to a preflight request, in seconds.
    pub max_age_seconds: Option<i64>,
}

impl CorsRule {
    pub(in crate::kinds::s3) fn from_aws(rule: &types::CorsRule) -> Self {
        CorsRule {
            allowed_headers: rule.allowed_headers().to_vec(),
            allowed_methods: rule.allowed_methods().to_vec(),
            allowed_origins: rule.allowed_origins().to_vec(),
            expose_headers: rule.expose_headers().to_vec(),
            max_age_seconds: rule.max_age_seconds.map(i64::from),
        }
    }

    pub(in crate::kinds::s3) fn to_aws(&self) -> Result<types::CorsRule> {
        let some = |texts: &[String]| Some(texts.to_vec()).filter(|texts| !texts.is_empty());
        Ok(types::CorsRule::builder()
            .set_allowed_headers(some(&self.allowed_headers))
            .set_allowed_methods(Some(self.allowed_methods.clone()))
            .set_allowed_origins(Some(self.allowed_origins.clone()))
            .set_expose_headers(some(&self.expose_headers))
            .set_max_age_seconds(self.max_age_seconds.map(|seconds| seconds as i32))
            .build()?)
    }
}

/// Brings the rules of a bucket from the old ones to the new ones. The call sets all of them.
pub(super) async fn put(cx: &Cx, bucket: &str, old: &[CorsRule], new: &[CorsRule]) -> Result<()> {
    let client = cx.client::<Client>()?;
    let there = match cx.is_new() {
        true => None,
        false => setting(client.get_bucket_cors().bucket(bucket).send()).await?,
    };
    let there = there.and_then(|there| there.cors_rules).unwrap_or_default();
    put_all_cors(cx, bucket, merge(there, old, new)?).await
}

/// Gives a bucket these rules and no others.
pub(in crate::kinds::s3) async fn put_all_cors(
    cx: &Cx,
    bucket: &str,
    rules: Vec<types::CorsRule>,
) -> Result<()> {
    let client = cx.client::<Client>()?;
    if rules.is_empty() {
        client.delete_bucket_cors().bucket(bucket).send().await?;
        return Ok(());
    }
    let rules = CorsConfiguration::builder().set_cors_rules(Some(rules)).build()?;
    client.put_bucket_cors().bucket(bucket).cors_configuration(rules).send().await?;
    Ok(())
}

/// The rules that a bucket is to have: those that stay as they are, with what no argument tells of
/// them, and those that somebody else has made since.
fn merge(there: Vec<types::CorsRule>, old: &[CorsRule], new: &[CorsRule]) -> Result<Vec<types::CorsRule>> {
    let told: Vec<_> = there.iter().map(CorsRule::from_aws).collect();
    let rule = |rule: &CorsRule| match told.iter().position(|told| told == rule) {
        Some(place) => Ok(there[place].clone()),
        None => rule.to_aws(),
    };
    let mut all = new.iter().map(rule).collect::<Result<Vec<_>>>()?;
    let unseen = there.iter().zip(&told).filter(|(_, told)| !old.contains(told) && !new.contains(told));
    all.extend(unseen.map(|(rule, _)| rule.clone()));
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_sent_is_what_is_read() {
        let rule = CorsRule {
            allowed_headers: vec!["*".into()],
            allowed_methods: vec!["GET".into()],
            allowed_origins: vec!["https://example.com".into()],
            expose_headers: Vec::new(),
            max_age_seconds: Some(60),
        };
        assert_eq!(CorsRule::from_aws(&rule.to_aws().unwrap()), rule);
        let mut own = rule.to_aws().unwrap();
        own.id = Some("own".to_owned());
        let theirs = CorsRule { max_age_seconds: Some(7), ..rule.clone() };
        let there = vec![own.clone(), theirs.to_aws().unwrap()];
        let known = std::slice::from_ref(&rule);
        let merged = merge(there, known, known).unwrap();
        assert_eq!(merged, [own, theirs.to_aws().unwrap()], "what no argument tells stays");
    }
}

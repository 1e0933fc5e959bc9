//! Which headers, cookies and query strings a policy is about.

use aws_sdk_cloudfront::types;

use super::quantity;
use crate::aws::error::Result;
use crate::model::{Failures, In, Model, Path, Prop, Value};

/// All, none, those that are listed, or all but those.
pub(super) const BEHAVIORS: [&str; 4] = ["none", "whitelist", "allExcept", "all"];

/// A list of names.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct PolicyNames {
    /// The names.
    #[model(set, default = [])]
    pub items: Vec<String>,
}

/// The cookies.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct PolicyCookies {
    /// The cookies: none, those listed (`whitelist`), all but those listed (`allExcept`), or all.
    #[model(one_of = BEHAVIORS)]
    pub cookie_behavior: String,
    /// The names of the cookies, for `whitelist` and `allExcept`.
    #[model(off = Value::is_off)]
    pub cookies: Option<PolicyNames>,
}

/// The query strings.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct PolicyQueryStrings {
    /// The query strings: none, those listed (`whitelist`), all but those listed (`allExcept`), or all.
    #[model(one_of = BEHAVIORS)]
    pub query_string_behavior: String,
    /// The names of the query strings, for `whitelist` and `allExcept`.
    #[model(off = Value::is_off)]
    pub query_strings: Option<PolicyNames>,
}

impl PolicyNames {
    pub(super) fn of(items: &[String]) -> Option<Self> {
        (!items.is_empty()).then(|| PolicyNames { items: items.to_vec() })
    }
}

/// The names, where there are any.
pub(super) fn listed(names: Option<&PolicyNames>) -> Option<Vec<String>> {
    names.map(|names| names.items.clone()).filter(|items| !items.is_empty())
}

pub(super) fn cookies(names: Option<&PolicyNames>) -> Result<Option<types::CookieNames>> {
    let Some(items) = listed(names) else { return Ok(None) };
    Ok(Some(types::CookieNames::builder().quantity(quantity(&items)).set_items(Some(items)).build()?))
}

pub(super) fn headers(names: Option<&PolicyNames>) -> Result<Option<types::Headers>> {
    let Some(items) = listed(names) else { return Ok(None) };
    Ok(Some(types::Headers::builder().quantity(quantity(&items)).set_items(Some(items)).build()?))
}

pub(super) fn query_strings(names: Option<&PolicyNames>) -> Result<Option<types::QueryStringNames>> {
    let Some(items) = listed(names) else { return Ok(None) };
    Ok(Some(types::QueryStringNames::builder().quantity(quantity(&items)).set_items(Some(items)).build()?))
}

/// A list goes with what needs one, and with nothing else.
pub(super) fn check<M>(
    behavior: &In<String>,
    names: &In<PolicyNamesInput>,
    at: &Path,
    list: Prop<M>,
    failures: &mut Failures,
) {
    let Some(behavior) = behavior.get() else { return };
    let is_listed =
        ["whitelist", "allExcept", "allViewerAndWhitelistCloudFront"].contains(&behavior.as_str());
    let known = names.get().and_then(|names| names.items.get());
    let is_empty = !names.is_set() || known.is_some_and(Vec::is_empty);
    match (is_listed, is_empty) {
        (true, true) => failures.add(at.key(list), format!("is missing; {behavior} requires it")),
        (false, false) => {
            failures
                .add(at.key(list), format!("has no effect with {behavior}; leave it out, or give whitelist"));
        }
        _ => {}
    }
}

pub(super) fn check_cookies(cookies: &In<PolicyCookiesInput>, at: &Path, failures: &mut Failures) {
    if let Some(cookies) = cookies.get() {
        check(&cookies.cookie_behavior, &cookies.cookies, at, PolicyCookies::COOKIES, failures);
    }
}

pub(super) fn check_query_strings(strings: &In<PolicyQueryStringsInput>, at: &Path, failures: &mut Failures) {
    if let Some(strings) = strings.get() {
        let (behavior, names) = (&strings.query_string_behavior, &strings.query_strings);
        check(behavior, names, at, PolicyQueryStrings::QUERY_STRINGS, failures);
    }
}

/// The cookies, in the form that functions return.
#[derive(Clone, Debug, Model)]
pub struct CookiesFound {
    /// The cookies: none, those listed (`whitelist`), all but those listed (`allExcept`), or all.
    pub cookie_behavior: String,
    /// The names of the cookies, as a list with at most one item.
    pub cookies: Vec<PolicyNames>,
}

/// The headers, in the form that functions return.
#[derive(Clone, Debug, Model)]
pub struct HeadersFound {
    /// The headers.
    pub header_behavior: String,
    /// The names of the headers, as a list with at most one item.
    pub headers: Vec<PolicyNames>,
}

/// The query strings, in the form that functions return.
#[derive(Clone, Debug, Model)]
pub struct QueryStringsFound {
    /// The query strings: none, those listed (`whitelist`), all but those listed (`allExcept`), or all.
    pub query_string_behavior: String,
    /// The names of the query strings, as a list with at most one item.
    pub query_strings: Vec<PolicyNames>,
}

impl CookiesFound {
    pub(super) fn of(there: PolicyCookies) -> Self {
        CookiesFound { cookie_behavior: there.cookie_behavior, cookies: there.cookies.into_iter().collect() }
    }
}

impl QueryStringsFound {
    pub(super) fn of(there: PolicyQueryStrings) -> Self {
        QueryStringsFound {
            query_string_behavior: there.query_string_behavior,
            query_strings: there.query_strings.into_iter().collect(),
        }
    }
}

/// A look-up goes by an ID or by a name.
pub(super) fn check_wish<M>(id: &In<String>, name: &In<String>, at: Prop<M>, failures: &mut Failures) {
    match (id.is_set(), name.is_set()) {
        (true, true) => failures.add(at, "conflicts with id; give only one of them"),
        (false, false) => failures.add(at, "is missing; give the name of the policy, or its id"),
        _ => {}
    }
}

//! What look-ups look for: the filters of EC2, and how to say them.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::Filter;

use super::filter;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::model::Model;

/// A filter of the API operation.
#[derive(Clone, Debug, Model)]
pub struct LookUpFilter {
    /// The name of the filter, such as `vpc-id`.
    pub name: String,
    /// The values of the filter. A resource matches if it has any of them.
    pub values: Vec<String>,
}

/// What is looked for.
#[derive(Default)]
pub(super) struct Search(Vec<Filter>);

impl Search {
    /// Only what has this value, where one is given.
    pub fn by(mut self, name: &str, value: Option<&str>) -> Self {
        self.0.extend(value.map(|value| filter(name, [value.to_owned()])));
        self
    }

    /// Only what has any of these values.
    pub fn by_any(mut self, name: &str, values: &[String]) -> Self {
        self.0.push(filter(name, values.iter().cloned()));
        self
    }

    /// Only what has all of these tags.
    pub fn by_tags(self, tags: &BTreeMap<String, String>) -> Self {
        tags.iter().fold(self, |search, (key, value)| search.by(&format!("tag:{key}"), Some(value)))
    }

    /// Only what matches the filters of the program.
    pub fn by_filters(self, filters: &[LookUpFilter]) -> Self {
        filters.iter().fold(self, |search, filter| search.by_any(&filter.name, &filter.values))
    }

    /// Only what has or has not this quality.
    pub fn by_flag(self, name: &str, value: Option<bool>) -> Self {
        self.by(name, value.map(|value| if value { "true" } else { "false" }))
    }

    pub fn filters(&self) -> Vec<Filter> {
        self.0.clone()
    }

    /// The only one of what was found.
    pub fn only<T>(&self, cx: &Cx, what: &str, found: Vec<T>, id: fn(&T) -> Option<&str>) -> Result<T> {
        match <[T; 1]>::try_from(found) {
            Ok([only]) => Ok(only),
            Err(found) if found.is_empty() => Err(self.nothing(cx, what)),
            Err(found) => {
                let ids: Vec<&str> = found.iter().filter_map(id).collect();
                let message = format!("{} {what}s match{}: {}", found.len(), self.said(), ids.join(", "));
                Err(Error::new(ErrorKind::Invalid, message)
                    .with_hint("Give more arguments to narrow the search."))
            }
        }
    }

    pub fn nothing(&self, cx: &Cx, what: &str) -> Error {
        let region = cx.region().unwrap_or("the region");
        Error::new(ErrorKind::NotFound, format!("no {what} in {region} matches{}", self.said()))
            .with_hint("Check the region and the account as well.")
    }

    fn said(&self) -> String {
        let one = |filter: &Filter| {
            format!("{} {}", filter.name().unwrap_or_default(), filter.values().join(" or "))
        };
        let all: Vec<String> = self.0.iter().map(one).collect();
        if all.is_empty() { String::new() } else { format!(" {}", all.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_said() {
        let tags = BTreeMap::from([("Name".to_owned(), "main".to_owned())]);
        let zones = ["a".to_owned(), "b".to_owned()];
        let search = Search::default().by("vpc-id", Some("vpc-1")).by("cidr", None);
        let search = search.by_tags(&tags).by_any("zone", &zones);
        assert_eq!(search.said(), " vpc-id vpc-1, tag:Name main, zone a or b");
        assert_eq!(Search::default().said(), "");
    }
}

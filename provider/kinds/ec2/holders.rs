//! What still uses a part of a network, named for a person.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, NetworkInterface};

use crate::aws::context::Cx;
use crate::aws::error::Result;

/// How many are named; the rest is counted.
const NAMED: usize = 5;

/// The network interfaces that match, each with what it belongs to.
pub(super) async fn interfaces(cx: &Cx, filters: Vec<Filter>) -> Result<Vec<String>> {
    let client = cx.client::<Client>()?;
    let pages = client.describe_network_interfaces().set_filters(Some(filters)).into_paginator();
    let found: Vec<NetworkInterface> = pages.items().send().try_collect().await?;
    Ok(found.iter().map(name_of).collect())
}

/// The ids of what matches, behind the word for it.
pub(super) fn named<'a>(what: &str, ids: impl IntoIterator<Item = Option<&'a str>>) -> Vec<String> {
    ids.into_iter().flatten().map(|id| format!("{what} {id}")).collect()
}

/// All that was found as one text; what could not be looked up, for want of a permission perhaps,
/// is left out.
pub(super) fn list(found: impl IntoIterator<Item = Result<Vec<String>>>) -> Option<String> {
    let all: Vec<String> = found.into_iter().flatten().flatten().collect();
    match all.len() {
        0 => None,
        n if n <= NAMED => Some(all.join(", ")),
        n => Some(format!("{} and {} more", all[..NAMED].join(", "), n - NAMED)),
    }
}

/// AWS describes the interfaces that its services make: `ELB app/web/0a1b2c`, `Interface for NAT
/// Gateway nat-0a1b2c`, `RDSNetworkInterface`.
fn name_of(interface: &NetworkInterface) -> String {
    let id = interface.network_interface_id().unwrap_or_default();
    match interface.description().filter(|text| !text.is_empty()) {
        Some(description) => format!("network interface {id} ({description})"),
        None => format!("network interface {id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::{Error, ErrorKind};

    #[test]
    fn the_first_few_are_named_and_the_rest_counted() {
        assert_eq!(list([Ok(Vec::new()), Err(Error::new(ErrorKind::AccessDenied, "no"))]), None);
        let subnets = named("subnet", [Some("subnet-1"), None, Some("subnet-2")]);
        assert_eq!(list([Ok(subnets)]).as_deref(), Some("subnet subnet-1, subnet subnet-2"));
        let many: Vec<String> = (1..=7).map(|n| n.to_string()).collect();
        assert_eq!(list([Ok(many)]).as_deref(), Some("1, 2, 3, 4, 5 and 2 more"));
    }

    #[test]
    fn an_interface_is_named_with_what_it_belongs_to() {
        let interface = NetworkInterface::builder().network_interface_id("eni-1");
        assert_eq!(name_of(&interface.clone().build()), "network interface eni-1");
        let of_balancer = interface.description("ELB app/web/1").build();
        assert_eq!(name_of(&of_balancer), "network interface eni-1 (ELB app/web/1)");
    }
}

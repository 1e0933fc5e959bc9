//! Address ranges in CIDR notation, and the sizes that AWS allows.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::model::Value;

/// Reads a range such as `10.1.0.0/16`; the address must be the first of the range.
pub fn parse(text: &str) -> Result<Ipv4Net, String> {
    let net: Ipv4Net = text
        .parse()
        .map_err(|_| format!("is {text:?}; give an IPv4 range in CIDR notation, such as 10.1.0.0/16"))?;
    if net.addr() == net.network() {
        Ok(net)
    } else {
        Err(format!("is {text:?}, which starts inside its range; give {}", net.trunc()))
    }
}

/// Any IPv4 range.
pub fn check(text: &str) -> Result<(), String> {
    parse(text).map(drop)
}

/// Any IPv6 range.
pub fn check_v6(text: &str) -> Result<(), String> {
    let net: Ipv6Net = text
        .parse()
        .map_err(|_| format!("is {text:?}; give an IPv6 range in CIDR notation, such as 2001:db8::/32"))?;
    if net.addr() == net.network() {
        Ok(())
    } else {
        Err(format!("is {text:?}, which starts inside its range; give {}", net.trunc()))
    }
}

/// A range the way AWS writes it: `2001:db8::/32` for `2001:DB8:0::/32`. Other texts stay as they are.
pub fn canonical(text: &str) -> String {
    text.parse::<IpNet>().map_or_else(|_| text.to_owned(), |net| net.to_string())
}

/// Whether two texts are the same range. For `#[model(same = ...)]`.
pub fn same(actual: &Value, wanted: &Value) -> bool {
    match (actual.as_str(), wanted.as_str()) {
        (Some(actual), Some(wanted)) => canonical(actual) == canonical(wanted),
        _ => false,
    }
}

/// The range of a VPC or subnet: /16 to /28.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>
pub fn check_vpc(text: &str) -> Result<(), String> {
    let net = parse(text)?;
    if (16..=28).contains(&net.prefix_len()) {
        Ok(())
    } else {
        Err(format!("is {text:?}; AWS allows sizes from /16 to /28"))
    }
}

/// The `count` ranges of size `prefix` that follow the first `skip` of them in `net`.
pub fn subnets(net: Ipv4Net, prefix: u8, skip: usize, count: usize) -> Result<Vec<Ipv4Net>, String> {
    let all: Vec<Ipv4Net> = net
        .subnets(prefix)
        .map_err(|_| format!("{net} has no room for ranges of size /{prefix}"))?
        .skip(skip)
        .take(count)
        .collect();
    if all.len() == count {
        Ok(all)
    } else {
        Err(format!("{net} has no room for {} ranges of size /{prefix}", skip + count))
    }
}

/// Whether two ranges share an address.
pub fn overlap(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b) || b.contains(&a)
}

/// The range that holds every address.
pub fn anywhere() -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_range_starts_with_its_first_address() {
        assert!(check("10.1.0.0/16").is_ok());
        assert_eq!(
            check("10.1.2.3/16").unwrap_err(),
            "is \"10.1.2.3/16\", which starts inside its range; give 10.1.0.0/16"
        );
        assert!(check("10.1.0.0").unwrap_err().contains("CIDR notation"));
        assert!(check_vpc("10.0.0.0/8").unwrap_err().contains("/16 to /28"));
    }

    #[test]
    fn ipv6_ranges_are_compared_by_what_they_hold() {
        assert!(check_v6("::/0").is_ok() && check_v6("2001:db8::/32").is_ok());
        assert!(check_v6("2001:db8::1/32").unwrap_err().ends_with("give 2001:db8::/32"));
        assert!(check_v6("10.0.0.0/8").unwrap_err().contains("IPv6"));
        let same = |a: &str, b: &str| same(&Value::from(a), &Value::from(b));
        assert!(same("2001:db8::/32", "2001:DB8:0::/32") && same("10.0.0.0/8", "10.0.0.0/8"));
        assert!(!same("10.0.0.0/8", "10.0.0.0/9"));
    }

    #[test]
    fn ranges_are_cut_in_order() {
        let cut = subnets("10.1.0.0/16".parse().unwrap(), 24, 1, 2).unwrap();
        assert_eq!(cut.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.1.1.0/24", "10.1.2.0/24"]);
        assert!(subnets("10.1.0.0/24".parse().unwrap(), 25, 1, 2).is_err());
        assert!(overlap("10.1.0.0/16".parse().unwrap(), "10.1.3.0/24".parse().unwrap()));
    }
}

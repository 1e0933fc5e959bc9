//! IPv4 ranges in CIDR notation, and the sizes that AWS allows.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

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
    fn ranges_are_cut_in_order() {
        let cut = subnets("10.1.0.0/16".parse().unwrap(), 24, 1, 2).unwrap();
        assert_eq!(cut.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.1.1.0/24", "10.1.2.0/24"]);
        assert!(subnets("10.1.0.0/24".parse().unwrap(), 25, 1, 2).is_err());
        assert!(overlap("10.1.0.0/16".parse().unwrap(), "10.1.3.0/24".parse().unwrap()));
    }
}

//! What the ids of EC2's things begin with.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>

/// Writes a check for each sort of id.
macro_rules! ids {
    ($($name:ident, $what:literal, [$($prefix:literal),+];)*) => {
        $(
            /// Holds an id against its sort.
            pub fn $name(id: &str) -> Result<(), String> {
                check(id, $what, &[$($prefix),+])
            }
        )*
    };
}

ids! {
    address, "an Elastic IP address", ["eipalloc-"];
    egress_gateway, "an egress-only internet gateway", ["eigw-"];
    endpoint, "a VPC endpoint", ["vpce-"];
    // A virtual private gateway too; a Carrier gateway; `local` is the route within the VPC.
    gateway, "an internet gateway", ["igw-", "vgw-", "cagw-", "local", "vpce-"];
    interface, "a network interface", ["eni-"];
    nat_gateway, "a NAT gateway", ["nat-"];
    network_acl, "a network ACL", ["acl-"];
    peering, "a VPC peering connection", ["pcx-"];
    prefix_list, "a prefix list", ["pl-"];
    route_table, "a route table", ["rtb-"];
    security_group, "a security group", ["sg-"];
    subnet, "a subnet", ["subnet-"];
    transit_gateway, "a transit gateway", ["tgw-"];
    vpc, "a VPC", ["vpc-"];
}

/// The security group of another account has that in front: `123456789012/sg-0a1b2c3d`.
pub fn any_security_group(id: &str) -> Result<(), String> {
    match id.split_once('/') {
        Some((account, own)) if account.chars().all(|c| c.is_ascii_digit()) => security_group(own),
        _ => security_group(id),
    }
}

fn check(id: &str, what: &str, prefixes: &[&str]) -> Result<(), String> {
    if prefixes.iter().any(|prefix| id.starts_with(prefix)) {
        return Ok(());
    }
    let prefix = prefixes.first().copied().unwrap_or_default();
    Err(format!("is {id:?}; give the ID of {what}, such as {prefix}0a1b2c3d4e5f67890"))
}

/// Holds a class of database instances against how those are called.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.html>
pub fn database_class(class: &str) -> Result<(), String> {
    sized(class, "db.", "a DB instance class", "db.t4g.medium")
}

/// Holds a node type against how those are called.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html>
pub fn cache_node(class: &str) -> Result<(), String> {
    sized(class, "cache.", "a node type", "cache.t4g.small")
}

fn sized(class: &str, prefix: &str, what: &str, example: &str) -> Result<(), String> {
    let Some(rest) = class.strip_prefix(prefix) else {
        let bare = class.split_once('.').filter(|(first, _)| ["db", "cache", "ml"].contains(first));
        let bare = bare.map_or(class, |(_, rest)| rest);
        let is_one = bare.contains('.') || bare == "serverless";
        return Err(match is_one {
            true => format!("is {class:?}; {what} begins with {prefix:?}: give \"{prefix}{bare}\""),
            false => format!("is {class:?}; give {what}, such as {example}"),
        });
    };
    let is_sound = rest == "serverless"
        || rest.contains('.')
            && rest.split('.').all(|part| !part.is_empty())
            && rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c));
    match is_sound {
        true => Ok(()),
        false => Err(format!("is {class:?}; give {what}, such as {example}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_sort_of_id_is_told() {
        assert!(vpc("vpc-0a1b").is_ok() && any_security_group("123456789012/sg-1").is_ok());
        let told = subnet("vpc-0a1b").err().unwrap_or_default();
        assert_eq!(told, "is \"vpc-0a1b\"; give the ID of a subnet, such as subnet-0a1b2c3d4e5f67890");
        assert!(security_group("web").is_err() && any_security_group("a/sg-1").is_err());
    }

    #[test]
    fn a_class_of_another_service_is_told() {
        for fine in ["db.t4g.medium", "db.serverless", "db.r5.large.tpc2.mem2x", "db.m8gd.2xlarge"] {
            assert_eq!(database_class(fine), Ok(()));
        }
        assert!(cache_node("cache.r7g.large").is_ok());
        let told = database_class("t4g.medium").err().unwrap_or_default();
        assert_eq!(
            told,
            "is \"t4g.medium\"; a DB instance class begins with \"db.\": give \"db.t4g.medium\""
        );
        assert!(
            database_class("cache.t4g.small").err().unwrap_or_default().contains("give \"db.t4g.small\"")
        );
        for bad in ["medium", "db.medium", "db.", "db.T4G.medium"] {
            assert!(database_class(bad).is_err(), "{bad}");
        }
    }
}

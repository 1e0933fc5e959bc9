//! The zones of a network: what their parts are called, and which ranges their subnets have.
//!
//! Names and ranges belong to a zone and not to its place in a list, so that zones come and go
//! without touching what is in the others.

use ipnet::Ipv4Net;

use super::{Need, Network, NetworkInput};
use crate::aws::cidr;
use crate::model::{Failures, In, Path};

/// A zone of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name, such as `us-east-1b`. Empty where only its place among the zones is known.
    pub name: String,
    /// What the names of its parts end with: `2` for `us-east-1b`, `bos-1a` for the Local Zone
    /// `us-east-1-bos-1a`.
    label: String,
    /// The place of its ranges, by its letter. Other zones than those of a letter have none.
    slot: Option<usize>,
}

impl Zone {
    pub fn named(name: &str) -> Self {
        let region = region_of(name);
        let rest = region.map_or(name, |region| &name[region.len()..]);
        let slot = match rest.as_bytes() {
            [letter @ b'a'..=b'z'] => Some(usize::from(letter - b'a')),
            _ => None,
        };
        let label =
            slot.map_or_else(|| rest.trim_start_matches('-').to_owned(), |slot| (slot + 1).to_string());
        Zone { name: name.to_owned(), label, slot }
    }

    /// The zone with this place among those with a letter, where no name is known.
    fn at(slot: usize) -> Self {
        Zone { name: String::new(), label: (slot + 1).to_string(), slot: Some(slot) }
    }

    /// The name of the zone's own subnet or the like.
    pub fn part(&self, label: &str) -> String {
        format!("{label}-{}", self.label)
    }

    /// The name of what is often there only once; that of the first zone says no number.
    pub fn numbered(&self, label: &str) -> String {
        if self.slot == Some(0) { label.to_owned() } else { self.part(label) }
    }

    pub fn has_letter(&self) -> bool {
        self.slot.is_some()
    }
}

/// The region that the name of a zone begins with: `us-east-1` for `us-east-1a` and
/// `us-east-1-bos-1a`.
fn region_of(zone: &str) -> Option<&str> {
    let digits = zone.find(|c: char| c.is_ascii_digit()).filter(|at| zone[..*at].ends_with('-'))?;
    let more = zone[digits..].find(|c: char| !c.is_ascii_digit()).unwrap_or(zone.len() - digits);
    Some(&zone[..digits + more])
}

/// The subnets of one tier: ranges in the order of the zones.
#[derive(Debug, PartialEq)]
pub struct Tier {
    pub name: &'static str,
    pub ranges: Vec<Ipv4Net>,
}

/// The number of zones in which there are subnets: two at least where something needs two.
pub fn at_least(zones: usize, needs: &[Need]) -> usize {
    if needs.is_empty() { zones } else { zones.max(2) }
}

/// Holds a network against the rules that need no look at AWS.
pub fn rules(network: &NetworkInput, needs: &[Need], at: &Path, failures: &mut Failures) {
    super::endpoints::rules(network, failures);
    if network.existing_vpc_id.is_set() {
        return;
    }
    let zones = match network.availability_zones.get() {
        Some(names) => {
            let known: Option<Vec<Zone>> = names.iter().map(|name| Some(Zone::named(name.get()?))).collect();
            if let Some(zones) = &known {
                once(zones, &at.key(Network::AVAILABILITY_ZONES), failures);
            }
            known
        }
        None if network.availability_zones.is_unknown() => None,
        // Which they are is known later; their letters are these, or later ones.
        None => network
            .zones
            .get()
            .and_then(|count| usize::try_from(*count).ok())
            .map(|count| (0..at_least(count, needs)).map(Zone::at).collect()),
    };
    let cidr = network.cidr_block.get().and_then(|text| cidr::parse(text).ok());
    if let (Some(cidr), Some(zones)) = (cidr, zones) {
        tiers(network, cidr, &zones, at, failures);
    }
}

fn once(zones: &[Zone], at: &Path, failures: &mut Failures) {
    for (index, zone) in zones.iter().enumerate() {
        if zones[..index].contains(zone) {
            failures.add(
                at.index(index),
                format!("is {:?}, which is given twice; give each zone once", zone.name),
            );
        }
    }
}

/// Holds zones against the region that they are to be in, and against those that the account has
/// there, as far as both are known.
pub fn in_region(
    zones: &[Zone],
    region: Option<&str>,
    offered: Option<&[String]>,
    at: &Path,
    failures: &mut Failures,
) {
    let Some(region) = region else { return };
    for (index, zone) in zones.iter().enumerate() {
        let reason = if region_of(&zone.name) != Some(region) {
            format!("is {:?}, which is not a zone of {region}; give names such as {region}a", zone.name)
        } else {
            match offered.filter(|offered| zone.has_letter() && !offered.contains(&zone.name)) {
                Some(offered) => {
                    format!(
                        "is {:?}, which {region} does not have; give some of {}",
                        zone.name,
                        offered.join(", ")
                    )
                }
                None => continue,
            }
        };
        failures.add(at.index(index), reason);
    }
}

/// The place of the database tier among the tiers.
const DATABASE: usize = 2;

/// The ranges of all tiers, where nothing is wrong with them.
///
/// Zones come in pairs by their letters, and each pair takes six ranges in a row: two public, two
/// private, two for databases. So the ranges of a zone are the same whatever others there are.
pub fn tiers(
    network: &NetworkInput,
    cidr: Ipv4Net,
    zones: &[Zone],
    at: &Path,
    failures: &mut Failures,
) -> Option<[Tier; 3]> {
    let before = failures.iter().count();
    let lists = [
        ("public", &network.public_cidr_blocks, "publicCidrBlocks"),
        ("private", &network.private_cidr_blocks, "privateCidrBlocks"),
        ("db", &network.database_cidr_blocks, "databaseCidrBlocks"),
    ];
    // At least 16 ranges, none larger than /24; AWS takes none smaller than /28.
    let common = (cidr.prefix_len() + 4).clamp(24, 28);
    let masks = masks(network);
    // A subnet is the first of its size in its place, and the largest decides how far those are apart.
    let prefix = masks.iter().flatten().copied().fold(common, u8::min).max(cidr.prefix_len());
    let all: Vec<Ipv4Net> = cidr.subnets(prefix).ok()?.collect();
    let usual = |tier: usize, zone: &Zone| {
        let place = all.get(1 + 6 * (zone.slot? / 2) + 2 * tier + zone.slot? % 2)?;
        place.subnets(masks[tier].unwrap_or(common).max(prefix)).ok()?.next()
    };
    let mut tiers = Vec::new();
    let mut lacking: Vec<&Zone> = Vec::new();
    for (index, (name, list, key)) in lists.into_iter().enumerate() {
        if list.is_unknown() {
            return None;
        }
        if list.is_set() && masks[index].is_some() {
            let mask = ["public", "private", "database"][index];
            let reason = format!(
                "conflicts with {key}, which says how large these subnets are; give only one of them"
            );
            failures.add(at.key(Network::CIDR_MASKS).key(mask), reason);
        }
        let ranges = match list.get() {
            Some(list) if list.is_empty() && index == DATABASE => Vec::new(),
            Some(list) => given(list, zones, &at.key(key), failures)?,
            None => {
                let lacks = zones.iter().filter(|zone| usual(index, zone).is_none());
                lacking.extend(lacks.filter(|zone| zone.has_letter()));
                for zone in zones.iter().filter(|zone| !zone.has_letter()) {
                    let name = &zone.name;
                    let reason = format!(
                        "is missing; ranges are derived from the letters of zones, and {name} has none: give one range for each zone, in the order of availabilityZones"
                    );
                    failures.add(at.key(key), reason);
                }
                zones.iter().filter_map(|zone| usual(index, zone)).collect()
            }
        };
        tiers.push(Tier { name, ranges });
    }
    lacking.dedup();
    if !lacking.is_empty() {
        failures.add(at.key(Network::CIDR_BLOCK), too_small(cidr, zones, &lacking));
    }
    let is_right = failures.iter().count() == before;
    // Without names it is not certain yet where the usual ranges are.
    let all_named = zones.iter().all(|zone| !zone.name.is_empty());
    if is_right && all_named {
        apart(cidr, &tiers, at, failures);
    }
    (failures.iter().count() == before).then(|| tiers.try_into().ok()).flatten()
}

/// The prefix lengths that a program gives, by tier.
fn masks(network: &NetworkInput) -> [Option<u8>; 3] {
    let given = network.cidr_masks.get();
    let mask =
        |mask: &In<i64>| mask.get().and_then(|mask| u8::try_from(*mask).ok()).filter(|mask| *mask <= 28);
    given.map_or([None; 3], |given| [mask(&given.public), mask(&given.private), mask(&given.database)])
}

/// The ranges that a program gives.
fn given(list: &[In<String>], zones: &[Zone], at: &Path, failures: &mut Failures) -> Option<Vec<Ipv4Net>> {
    if list.len() != zones.len() {
        let reason = format!("has {} ranges; give {}, one for each zone", list.len(), zones.len());
        failures.add(at.clone(), reason);
    }
    let mut ranges = Vec::new();
    for (index, text) in list.iter().enumerate() {
        let text = text.get()?;
        match cidr::check_vpc(text).and_then(|()| cidr::parse(text)) {
            Ok(range) => ranges.push(range),
            Err(reason) => failures.add(at.index(index), reason),
        }
    }
    Some(ranges)
}

fn too_small(cidr: Ipv4Net, zones: &[Zone], lacking: &[&Zone]) -> String {
    let mut names: Vec<&str> = lacking.iter().map(|zone| zone.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let of = match names.as_slice() {
        [] | ["", ..] => format!("{} zones", zones.len()),
        names => format!("{}, whose place in it depends on the letter of their zone", names.join(" and ")),
    };
    format!(
        "is {cidr}, too small for the subnets of {of}; give a larger range, or the ranges of all subnets in publicCidrBlocks, privateCidrBlocks and databaseCidrBlocks"
    )
}

/// Subnets lie in their VPC and have no address in common.
fn apart(cidr: Ipv4Net, tiers: &[Tier], at: &Path, failures: &mut Failures) {
    let all: Vec<Ipv4Net> = tiers.iter().flat_map(|tier| tier.ranges.iter().copied()).collect();
    for (index, range) in all.iter().enumerate() {
        if !cidr.contains(range) {
            failures.add(
                at.key(Network::CIDR_BLOCK),
                format!("is {cidr}, which does not contain the subnet {range}"),
            );
        }
        if let Some(other) = all[..index].iter().find(|other| cidr::overlap(**other, *range)) {
            failures.add(
                at.key(Network::CIDR_BLOCK),
                format!("is divided into {other} and {range}, which overlap"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ranges(cidr: &str, letters: &str) -> Vec<Vec<String>> {
        let mut failures = Failures::new();
        let zones: Vec<Zone> =
            letters.chars().map(|letter| Zone::named(&format!("us-east-1{letter}"))).collect();
        let network = NetworkInput::default();
        let tiers = tiers(&network, cidr.parse().unwrap(), &zones, &Path::root(), &mut failures);
        let tiers = tiers.unwrap_or_else(|| panic!("{failures}"));
        tiers.iter().map(|tier| tier.ranges.iter().map(ToString::to_string).collect()).collect()
    }

    fn list<const N: usize>(items: [&str; N]) -> In<Vec<In<String>>> {
        In::list(items.map(In::from))
    }

    fn network<const N: usize>(cidr: &str, zones: [&str; N]) -> NetworkInput {
        NetworkInput { cidr_block: cidr.into(), availability_zones: list(zones), ..Default::default() }
    }

    fn told(network: &NetworkInput) -> String {
        let mut failures = Failures::new();
        rules(network, &[], &Path::root().key("network"), &mut failures);
        failures.to_string()
    }

    #[test]
    fn ranges_belong_to_a_zone_whatever_others_there_are() {
        let both = ranges("10.1.0.0/16", "ab");
        assert_eq!(both[0], ["10.1.1.0/24", "10.1.2.0/24"]);
        assert_eq!(both[1], ["10.1.3.0/24", "10.1.4.0/24"]);
        assert_eq!(both[2], ["10.1.5.0/24", "10.1.6.0/24"]);
        let all = ranges("10.1.0.0/16", "abcdef");
        for letters in ["a", "b", "ab", "ba", "bc", "abc", "cdba", "fb"] {
            for (tier, all) in ranges("10.1.0.0/16", letters).iter().zip(&all) {
                let expected: Vec<String> =
                    letters.bytes().map(|letter| all[usize::from(letter - b'a')].clone()).collect();
                assert_eq!(tier, &expected, "{letters}");
            }
        }
        assert_eq!(ranges("10.0.0.0/20", "ab")[0], ["10.0.1.0/24", "10.0.2.0/24"]);
        assert_eq!(ranges("10.0.0.0/24", "ab")[2], ["10.0.0.80/28", "10.0.0.96/28"]);
    }

    #[test]
    fn subnets_have_the_sizes_that_are_asked_for_and_keep_their_places() {
        let ranges = |letters: &str, masks: [Option<i64>; 3]| {
            let [public, private, database] = masks.map(In::from);
            let zones: Vec<Zone> =
                letters.chars().map(|letter| Zone::named(&format!("us-east-1{letter}"))).collect();
            let masks = super::super::NetworkCidrMasksInput { public, private, database };
            let network = NetworkInput { cidr_masks: masks.into(), ..Default::default() };
            let mut failures = Failures::new();
            let tiers = tiers(&network, "10.1.0.0/16".parse().unwrap(), &zones, &Path::root(), &mut failures);
            let tiers = tiers.unwrap_or_else(|| panic!("{failures}"));
            tiers.map(|tier| tier.ranges.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let asked = [Some(24), Some(24), Some(28)];
        let two = ranges("ab", asked);
        assert_eq!(two[0], ["10.1.1.0/24", "10.1.2.0/24"]);
        assert_eq!(two[1], ["10.1.3.0/24", "10.1.4.0/24"]);
        assert_eq!(two[2], ["10.1.5.0/28", "10.1.6.0/28"]);
        for (tier, all) in two.iter().zip(ranges("abc", asked)) {
            assert_eq!(tier, &all[..2], "a zone more renumbers those that are there");
        }
        // Larger ones lie further apart.
        assert_eq!(ranges("ab", [None, Some(20), None])[1], ["10.1.48.0/20", "10.1.64.0/20"]);
        assert_eq!(ranges("ab", [None, Some(20), None])[2], ["10.1.80.0/24", "10.1.96.0/24"]);
        let network = NetworkInput {
            cidr_masks: super::super::NetworkCidrMasksInput { public: Some(17).into(), ..Default::default() }
                .into(),
            ..network("10.1.0.0/16", ["us-east-1a"])
        };
        assert!(told(&network).contains("too small for the subnets of us-east-1a"));
    }

    #[test]
    fn names_belong_to_a_zone() {
        let parts = |name: &str| {
            let zone = Zone::named(name);
            (zone.part("public-subnet"), zone.numbered("nat"), zone.has_letter())
        };
        let expected = |part: &str, numbered: &str, letter| (part.to_owned(), numbered.to_owned(), letter);
        assert_eq!(parts("us-east-1a"), expected("public-subnet-1", "nat", true));
        assert_eq!(parts("us-gov-west-1c"), expected("public-subnet-3", "nat-3", true));
        assert_eq!(parts("us-east-1-bos-1a"), expected("public-subnet-bos-1a", "nat-bos-1a", false));
        let wavelength = parts("us-east-1-wl1-bos-wlz-1");
        assert_eq!(wavelength, expected("public-subnet-wl1-bos-wlz-1", "nat-wl1-bos-wlz-1", false));
        assert_eq!(parts("somewhere"), expected("public-subnet-somewhere", "nat-somewhere", false));
    }

    #[test]
    fn ranges_that_do_not_fit_are_refused() {
        assert_eq!(told(&network("10.1.0.0/16", ["us-east-1a", "us-east-1f"])), "");
        let counted = |zones: i64| NetworkInput {
            cidr_block: "10.0.0.0/24".into(),
            zones: zones.into(),
            ..Default::default()
        };
        assert_eq!(told(&counted(2)), "");
        assert!(told(&counted(6)).contains("too small for the subnets of 6 zones"));
        let late = told(&network("10.0.0.0/20", ["us-east-1a", "us-east-1f"]));
        assert!(
            late.contains("too small for the subnets of us-east-1f,") && late.contains("publicCidrBlocks")
        );
        let two = ["us-east-1a", "us-east-1b"];
        let overlapping = NetworkInput {
            public_cidr_blocks: list(["10.1.3.0/24", "10.2.0.0/24"]),
            ..network("10.1.0.0/16", two)
        };
        let told_of = told(&overlapping);
        assert!(told_of.contains("does not contain the subnet 10.2.0.0/24") && told_of.contains("overlap"));
        let no_databases = NetworkInput { database_cidr_blocks: list([]), ..network("10.1.0.0/16", two) };
        assert_eq!(told(&no_databases), "");
        let one = NetworkInput { private_cidr_blocks: list(["10.1.9.0/24"]), ..network("10.1.0.0/16", two) };
        assert!(told(&one).contains("network.privateCidrBlocks: has 1 ranges; give 2"));
    }

    #[test]
    fn a_zone_without_a_letter_needs_its_ranges() {
        let zones = ["us-east-1a", "us-east-1-bos-1a"];
        let lacking = told(&network("10.1.0.0/16", zones));
        for key in ["publicCidrBlocks", "privateCidrBlocks", "databaseCidrBlocks"] {
            assert!(lacking.contains(&format!("network.{key}: is missing; ranges are derived")), "{lacking}");
        }
        let whole = NetworkInput {
            public_cidr_blocks: list(["10.1.1.0/24", "10.1.2.0/24"]),
            private_cidr_blocks: list(["10.1.3.0/24", "10.1.4.0/24"]),
            database_cidr_blocks: list([]),
            ..network("10.1.0.0/16", zones)
        };
        assert_eq!(told(&whole), "");
    }

    #[test]
    fn zones_are_those_of_the_region_each_once() {
        let twice = told(&network("10.1.0.0/16", ["us-east-1a", "us-east-1a"]));
        assert!(twice.starts_with("network.availabilityZones[1]: is \"us-east-1a\", which is given twice"));
        let in_region = |names: &[&str], region: Option<&str>| {
            let mut failures = Failures::new();
            let zones: Vec<Zone> = names.iter().map(|name| Zone::named(name)).collect();
            let offered = ["us-east-1a".to_owned(), "us-east-1b".to_owned()];
            super::in_region(&zones, region, Some(&offered), &Path::root().key("zones"), &mut failures);
            failures.to_string()
        };
        assert_eq!(in_region(&["us-east-1a", "us-east-1-bos-1a"], Some("us-east-1")), "");
        assert_eq!(in_region(&["eu-west-1a"], None), "");
        let other = in_region(&["us-east-1a", "us-east-2a", "us-east-11a"], Some("us-east-1"));
        assert!(other.contains("zones[1]: is \"us-east-2a\", which is not a zone of us-east-1"), "{other}");
        assert!(other.contains("zones[2]"), "{other}");
        let unknown = in_region(&["us-east-1z"], Some("us-east-1"));
        assert!(unknown.contains("does not have; give some of us-east-1a, us-east-1b"), "{unknown}");
    }
}

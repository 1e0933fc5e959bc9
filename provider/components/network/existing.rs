//! The network of a VPC that is there already.

use std::collections::{BTreeMap, BTreeSet};

use super::{Need, Network, NetworkInput, Of, Places, at_network};
use crate::components::{Built, Scope, Trouble};
use crate::kinds::ec2::{GetVpcTiers, GetVpcTiersInputs};
use crate::model::{Failures, In, Model};

pub(super) async fn existing(at: &Scope, network: &NetworkInput, needs: &[Need]) -> Built<Places> {
    let vpc_id = network.existing_vpc_id.clone();
    let found = at.look_up::<GetVpcTiers>(GetVpcTiersInputs { vpc_id: vpc_id.clone() }).await?;
    let ids = |pick: fn(&Tiers) -> In<Vec<In<String>>>| found.clone().and_then(|tiers| pick(&tiers));
    let private = ids(|tiers| tiers.private_subnet_ids.clone());
    let isolated = ids(|tiers| tiers.isolated_subnet_ids.clone());
    let none_isolated = isolated.get().is_some_and(Vec::is_empty);
    let tables = |tiers: &[&str]| {
        let tiers: Vec<String> = tiers.iter().map(|&tier| tier.to_owned()).collect();
        found.clone().map(move |found| of_tiers(&found, &tiers))
    };
    let places = Places {
        vpc_id,
        cidr_block: found.clone().and_then(|tiers| tiers.cidr_block.clone()),
        availability_zones: found.clone().map(|tiers| {
            let zones: BTreeSet<String> = ids_and_zones(&In::known(tiers)).into_values().collect();
            zones.into_iter().map(In::from).collect()
        }),
        // Whose they are this stack does not know.
        nat_addresses: In::list([]),
        tables: [
            tables(&["public"]),
            tables(&["private"]),
            tables(if none_isolated { &["private"] } else { &["isolated"] }),
        ],
        public_tasks: ids(|tiers| tiers.public_subnet_ids.clone()),
        private_each: found.clone().map(|tiers| one_each(&tiers)),
        all_tables: tables(&["public", "private", "isolated"]),
        public: ids(|tiers| tiers.public_subnet_ids.clone()),
        // Databases may as well be where services are, as long as the internet is not.
        database: if none_isolated { private.clone() } else { isolated },
        private,
        public_way: Vec::new(),
        private_way: Vec::new(),
    };
    let zones = ids_and_zones(&found);
    let mut failures = Failures::new();
    for &(of, what) in needs {
        let (tier, ids) = match of {
            Of::Public => ("public", &places.public),
            Of::Private => ("private", &places.private),
            Of::Database => ("isolated", &places.database),
        };
        let Some(ids) = ids.get() else { continue };
        let in_tier: BTreeSet<&String> = ids.iter().filter_map(|id| zones.get(id.get()?)).collect();
        if in_tier.len() < 2 {
            let vpc = places.vpc_id.get().map_or("", String::as_str);
            let reason = format!(
                "is {vpc}, whose {tier} subnets are in {} zones, but {what} needs two; give it such subnets in another zone, or another VPC",
                in_tier.len()
            );
            failures.add(at_network().key(Network::EXISTING_VPC_ID), reason);
        }
    }
    let has_endpoints = network.endpoints.get().is_some_and(|endpoints| !endpoints.is_empty());
    if has_endpoints && places.private.get().is_some_and(Vec::is_empty) {
        let vpc = places.vpc_id.get().map_or("", String::as_str);
        let reason = format!("are for private subnets, and {vpc} has none; give it some, or leave them out");
        failures.add(at_network().key(Network::ENDPOINTS), reason);
    }
    if failures.is_empty() { Ok(places) } else { Err(Trouble::Invalid(failures)) }
}

/// The first private subnet of each zone: an endpoint takes one of a zone.
fn one_each(found: &Tiers) -> Vec<In<String>> {
    let subnets = found.subnets.get().into_iter().flatten().filter_map(In::get);
    let private = subnets.filter(|subnet| subnet.tier.get().is_some_and(|tier| tier == "private"));
    let mut zones = BTreeMap::new();
    for (zone, id) in private.filter_map(|it| Some((it.availability_zone.get()?, it.id.get()?))) {
        zones.entry(zone.clone()).or_insert_with(|| id.clone());
    }
    zones.into_values().map(In::from).collect()
}

/// The route tables of the subnets of these tiers.
fn of_tiers(found: &Tiers, tiers: &[String]) -> Vec<In<String>> {
    let subnets = found.subnets.get().into_iter().flatten().filter_map(In::get);
    let of_tier = subnets.filter(|subnet| subnet.tier.get().is_some_and(|tier| tiers.contains(tier)));
    let tables: BTreeSet<String> =
        of_tier.filter_map(|subnet| subnet.route_table_id.get().cloned()).collect();
    tables.into_iter().map(In::from).collect()
}

/// The zone of each subnet, as far as they are known.
fn ids_and_zones(found: &In<Tiers>) -> BTreeMap<String, String> {
    let subnets = found.get().and_then(|tiers| tiers.subnets.get()).into_iter().flatten();
    let known = subnets.filter_map(In::get);
    known.filter_map(|it| Some((it.id.get()?.clone(), it.availability_zone.get()?.clone()))).collect()
}

type Tiers = <<GetVpcTiers as crate::kinds::Function>::Result as Model>::Input;

//! The network of a stack: public, private and database subnets in each zone, or those of a VPC
//! that is there already.

use futures::future::{try_join_all, try_join3};
use ipnet::Ipv4Net;

use super::naming::Names;
use super::tags::Tags;
use super::{Built, Child, Options, Scope, Trouble, must_know};
use crate::aws::cidr;
use crate::kinds::ec2::{
    Eip, EipInputs, GetAvailabilityZones, GetAvailabilityZonesInputs, GetVpcTiers, GetVpcTiersInputs,
    InternetGateway, InternetGatewayInputs, NatGateway, NatGatewayInputs, Route, RouteInputs, RouteTable,
    RouteTableAssociation, RouteTableAssociationInputs, RouteTableInputs, Subnet, SubnetInputs, Vpc,
    VpcInputs,
};
use crate::model::{Failures, In, Model, Path};

/// The network that the parts of a stack are in.
#[derive(Clone, Debug, Model)]
pub struct Network {
    /// The IPv4 range of the VPC in CIDR notation, from /16 to /24.
    #[model(default = "10.0.0.0/16", check = check_range)]
    pub cidr_block: String,
    /// The availability zones by name, such as `us-east-1a`. Otherwise the first `zones` of the
    /// region. Zones added later leave the subnets of the others as they are.
    pub availability_zones: Option<Vec<String>>,
    /// How many availability zones.
    #[model(default = 2, range = 1..=6)]
    pub zones: i64,
    /// How private subnets reach the internet: not at all, through one NAT gateway, or through one
    /// in each zone. A NAT gateway is billed by the hour and by the gigabyte.
    #[model(default = "single", one_of = ["none", "single", "perAz"])]
    pub nat: String,
    /// The ranges of the public subnets, one a zone, where the usual ones do not fit.
    pub public_cidr_blocks: Option<Vec<String>>,
    /// The ranges of the private subnets, one a zone, where the usual ones do not fit.
    pub private_cidr_blocks: Option<Vec<String>>,
    /// The ranges of the database subnets, one a zone, where the usual ones do not fit. With an
    /// empty list there are none, and databases are in the private subnets.
    pub database_cidr_blocks: Option<Vec<String>>,
    /// The id of a VPC that is there already. Its subnets are used by what their routes say: those
    /// with a route to an internet gateway are public, those with another route out are private,
    /// the rest are for databases.
    pub existing_vpc_id: Option<String>,
}

/// Where the parts of a stack are put.
pub struct Places {
    pub vpc_id: In<String>,
    pub public: In<Vec<In<String>>>,
    pub private: In<Vec<In<String>>>,
    pub database: In<Vec<In<String>>>,
    /// What must be there before anything in a private subnet can reach the internet, or be
    /// reached in a public one.
    pub routes: Vec<String>,
}

/// The subnets of one tier: names and ranges, zone by zone.
#[derive(Debug, PartialEq)]
pub struct Tier {
    name: &'static str,
    ranges: Vec<Ipv4Net>,
}

/// Holds a network against the rules that need no look at AWS.
pub fn rules(network: &NetworkInput, at: &Path, failures: &mut Failures) {
    if network.existing_vpc_id.is_set() {
        return;
    }
    let zones = zone_count(network);
    let (Some(cidr), Some(zones)) = (network.cidr_block.get().and_then(|text| cidr::parse(text).ok()), zones)
    else {
        return;
    };
    let Some(tiers) = tiers(network, cidr, zones, at, failures) else { return };
    let all: Vec<Ipv4Net> = tiers.iter().flat_map(|tier| tier.ranges.iter().copied()).collect();
    for (index, range) in all.iter().enumerate() {
        if !cidr.contains(range) {
            failures.add(at.key("cidrBlock"), format!("is {cidr}, which does not hold the subnet {range}"));
        }
        if let Some(other) = all[..index].iter().find(|other| cidr::overlap(**other, *range)) {
            failures.add(at.key("cidrBlock"), format!("is cut into {other} and {range}, which overlap"));
        }
    }
}

/// A network that can be made, or is there.
pub enum Plan {
    Existing(Places),
    New { cidr: String, zones: Vec<String>, tiers: [Tier; 3], nat: String },
}

/// Settles all that can be wrong with a network, before anything is made.
pub async fn plan(at: &Scope, network: &NetworkInput) -> Built<Plan> {
    if network.existing_vpc_id.is_set() {
        return existing(at, network).await.map(Plan::Existing);
    }
    let cidr = must_know(&network.cidr_block, "network.cidrBlock")?.cloned().unwrap_or_default();
    let nat = must_know(&network.nat, "network.nat")?.cloned().unwrap_or_default();
    let zones = zone_names(at, network).await?;
    let mut failures = Failures::new();
    let root = Path::from("network");
    let tiers = match cidr::parse(&cidr) {
        Ok(range) => tiers(network, range, zones.len(), &root, &mut failures),
        Err(reason) => {
            failures.add(root.key("cidrBlock"), reason);
            None
        }
    };
    match tiers.filter(|_| failures.is_empty()) {
        Some(tiers) => Ok(Plan::New { cidr, zones, tiers, nat }),
        None => Err(Trouble::Invalid(failures)),
    }
}

/// Makes a network that was planned.
pub async fn build(at: &Scope, plan: Plan, names: &Names, tags: &Tags) -> Built<Places> {
    let (cidr, zones, [public, private, database], nat) = match plan {
        Plan::Existing(places) => return Ok(places),
        Plan::New { cidr, zones, tiers, nat } => (cidr, zones, tiers, nat),
    };
    let vpc = VpcInputs {
        cidr_block: cidr.into(),
        enable_dns_hostnames: true.into(),
        enable_dns_support: true.into(),
        tags: tags.named(&names.of("vpc")),
        ..VpcInputs::default()
    };
    let vpc: Child<Vpc> = at.child("vpc", vpc, Options::default()).await?;
    let maker = Maker { at, names, tags, vpc: &vpc, zones: &zones };
    let (public, private, database) =
        try_join3(maker.public(public, &nat), maker.subnets(private), maker.isolated(database)).await?;
    let private_routes = maker.private_routes(&private, &public).await?;
    let ids = |subnets: &[Child<Subnet>]| In::list(subnets.iter().map(|subnet| subnet.id.clone()));
    Ok(Places {
        vpc_id: vpc.id.clone(),
        public: ids(&public.subnets),
        database: ids(if database.is_empty() { &private } else { &database }),
        private: ids(&private),
        routes: [public.route.urn].into_iter().chain(private_routes).collect(),
    })
}

/// What the public tier consists of.
struct Public {
    subnets: Vec<Child<Subnet>>,
    route: Child<Route>,
    gateways: Vec<Child<NatGateway>>,
}

/// Makes the parts of one network.
struct Maker<'a> {
    at: &'a Scope,
    names: &'a Names,
    tags: &'a Tags,
    vpc: &'a Child<Vpc>,
    zones: &'a [String],
}

impl Maker<'_> {
    async fn public(&self, tier: Tier, nat: &str) -> Built<Public> {
        let gateway = InternetGatewayInputs {
            vpc_id: self.vpc.id.clone(),
            tags: self.tags.named(&self.names.of("igw")),
        };
        let gateway = self.at.child::<InternetGateway>("igw", gateway, Options::default());
        let (gateway, subnets, table) =
            try_join3(gateway, self.subnets(tier), self.table("public-rt")).await?;
        let route = RouteInputs {
            route_table_id: table.id.clone(),
            destination_cidr_block: cidr::anywhere().to_string().into(),
            gateway_id: gateway.id.clone(),
            ..RouteInputs::default()
        };
        let (route, _) = futures::try_join!(
            self.at.child::<Route>("public-route", route, Options::default()),
            self.associate("public", &subnets, |_| &table),
        )?;
        let count = match nat {
            "none" => 0,
            "single" => 1.min(subnets.len()),
            _ => subnets.len(),
        };
        let gateways = subnets.iter().take(count).enumerate();
        let gateways =
            try_join_all(gateways.map(|(index, subnet)| self.nat(numbered("nat", index), subnet, &route)));
        Ok(Public { gateways: gateways.await?, subnets, route })
    }

    async fn nat(
        &self,
        label: String,
        subnet: &Child<Subnet>,
        route: &Child<Route>,
    ) -> Built<Child<NatGateway>> {
        let address = EipInputs {
            tags: self.tags.named(&self.names.of(&format!("{label}-eip"))),
            ..EipInputs::default()
        };
        let address: Child<Eip> = self.at.child(&format!("{label}-eip"), address, Options::default()).await?;
        let gateway = NatGatewayInputs {
            allocation_id: address.id.clone(),
            subnet_id: subnet.id.clone(),
            tags: self.tags.named(&self.names.of(&label)),
            ..NatGatewayInputs::default()
        };
        // AWS wants the internet gateway to be reachable before.
        self.at.child(&label, gateway, Options::default().after([&route.urn])).await
    }

    /// The tables of the private tier, with a way out where there are NAT gateways. Gives the URNs
    /// of the routes.
    async fn private_routes(&self, subnets: &[Child<Subnet>], public: &Public) -> Built<Vec<String>> {
        let labels = (0..public.gateways.len().max(1)).map(|index| numbered("private-rt", index));
        let tables = try_join_all(labels.map(|label| async move { self.table(&label).await })).await?;
        let routes = tables.iter().zip(&public.gateways).enumerate().map(|(index, (table, gateway))| {
            let route = RouteInputs {
                route_table_id: table.id.clone(),
                destination_cidr_block: cidr::anywhere().to_string().into(),
                nat_gateway_id: gateway.id.clone(),
                ..RouteInputs::default()
            };
            let label = numbered("private-route", index);
            async move { self.at.child::<Route>(&label, route, Options::default()).await }
        });
        let associations = self.associate("private", subnets, |index| &tables[index.min(tables.len() - 1)]);
        let (routes, _) = futures::try_join!(try_join_all(routes), associations)?;
        Ok(routes.into_iter().map(|route| route.urn).collect())
    }

    /// Subnets with a table of their own that leads nowhere but through the VPC.
    async fn isolated(&self, tier: Tier) -> Built<Vec<Child<Subnet>>> {
        if tier.ranges.is_empty() {
            return Ok(Vec::new());
        }
        let (subnets, table) = futures::try_join!(self.subnets(tier), self.table("db-rt"))?;
        self.associate("db", &subnets, |_| &table).await?;
        Ok(subnets)
    }

    async fn table(&self, label: &str) -> Built<Child<RouteTable>> {
        let table =
            RouteTableInputs { vpc_id: self.vpc.id.clone(), tags: self.tags.named(&self.names.of(label)) };
        self.at.child(label, table, Options::default()).await
    }

    async fn subnets(&self, tier: Tier) -> Built<Vec<Child<Subnet>>> {
        let subnets = tier.ranges.iter().zip(self.zones).enumerate().map(|(index, (range, zone))| {
            let label = format!("{}-subnet-{}", tier.name, index + 1);
            let subnet = SubnetInputs {
                vpc_id: self.vpc.id.clone(),
                cidr_block: range.to_string().into(),
                availability_zone: zone.clone().into(),
                tags: self.tags.named(&self.names.of(&label)),
                ..SubnetInputs::default()
            };
            async move { self.at.child(&label, subnet, Options::default()).await }
        });
        try_join_all(subnets).await
    }

    async fn associate<'t>(
        &self,
        tier: &str,
        subnets: &[Child<Subnet>],
        table: impl Fn(usize) -> &'t Child<RouteTable>,
    ) -> Built<()> {
        let associations =
            subnets.iter().enumerate().map(|(index, subnet)| {
                let association = RouteTableAssociationInputs {
                    subnet_id: subnet.id.clone(),
                    route_table_id: table(index).id.clone(),
                    ..RouteTableAssociationInputs::default()
                };
                let label = format!("{tier}-subnet-{}-rt", index + 1);
                async move {
                    self.at.child::<RouteTableAssociation>(&label, association, Options::default()).await
                }
            });
        try_join_all(associations).await.map(drop)
    }
}

/// The name of one of several; the first keeps its name when others come to stand beside it.
fn numbered(label: &str, index: usize) -> String {
    if index == 0 { label.to_owned() } else { format!("{label}-{}", index + 1) }
}

async fn existing(at: &Scope, network: &NetworkInput) -> Built<Places> {
    let vpc_id = network.existing_vpc_id.clone();
    let found = at.look_up::<GetVpcTiers>(GetVpcTiersInputs { vpc_id: vpc_id.clone() }).await?;
    let ids = |pick: fn(&Tiers) -> In<Vec<In<String>>>| found.clone().and_then(|tiers| pick(&tiers));
    let private = ids(|tiers| tiers.private_subnet_ids.clone());
    let isolated = ids(|tiers| tiers.isolated_subnet_ids.clone());
    let none_isolated = isolated.get().is_some_and(Vec::is_empty);
    Ok(Places {
        vpc_id,
        public: ids(|tiers| tiers.public_subnet_ids.clone()),
        // Databases may as well be where services are, as long as the internet is not.
        database: if none_isolated { private.clone() } else { isolated },
        private,
        routes: Vec::new(),
    })
}

type Tiers = <<GetVpcTiers as crate::kinds::Function>::Result as Model>::Input;

fn check_range(text: &str) -> Result<(), String> {
    let range = cidr::parse(text)?;
    if (16..=24).contains(&range.prefix_len()) {
        Ok(())
    } else {
        Err(format!("is {text:?}; give a range from /16 to /24, which holds the subnets of three tiers"))
    }
}

fn zone_count(network: &NetworkInput) -> Option<usize> {
    match network.availability_zones.get() {
        Some(zones) => Some(zones.len()),
        None if network.availability_zones.is_unknown() => None,
        None => network.zones.get().and_then(|count| usize::try_from(*count).ok()),
    }
}

async fn zone_names(at: &Scope, network: &NetworkInput) -> Built<Vec<String>> {
    if let Some(zones) = must_know(&network.availability_zones, "network.availabilityZones")? {
        let named = zones.iter().map(|zone| must_know(zone, "network.availabilityZones"));
        return Ok(named.collect::<Built<Vec<_>>>()?.into_iter().flatten().cloned().collect());
    }
    let wanted = must_know(&network.zones, "network.zones")?.copied().unwrap_or(2);
    let wanted = usize::try_from(wanted).unwrap_or_default();
    let found = at.look_up::<GetAvailabilityZones>(GetAvailabilityZonesInputs::default()).await?;
    let names = found.get().and_then(|zones| zones.names.get().cloned()).unwrap_or_default();
    let names: Vec<String> = names.iter().filter_map(|name| name.get().cloned()).take(wanted).collect();
    if names.len() == wanted {
        return Ok(names);
    }
    let mut failures = Failures::new();
    let region = at.region().unwrap_or("the region");
    failures.add(
        Path::from("network").key("zones"),
        format!("is {wanted}, but {region} has {} zones", names.len()),
    );
    Err(Trouble::Invalid(failures))
}

/// The place of the database tier among the tiers.
const DATABASE: usize = 2;

/// The ranges of all tiers.
///
/// Zones come in pairs, and each pair takes six ranges in a row: two public, two private, two for
/// databases. So a zone that is added later leaves the ranges of the others as they are.
fn tiers(
    network: &NetworkInput,
    cidr: Ipv4Net,
    zones: usize,
    at: &Path,
    failures: &mut Failures,
) -> Option<[Tier; 3]> {
    // At least 16 ranges, none larger than /24; AWS takes none smaller than /28.
    let prefix = (cidr.prefix_len() + 4).clamp(24, 28);
    let all: Vec<Ipv4Net> = cidr.subnets(prefix).ok()?.collect();
    let usual = |tier: usize| -> Option<Vec<Ipv4Net>> {
        (0..zones).map(|zone| all.get(1 + 6 * (zone / 2) + 2 * tier + zone % 2).copied()).collect()
    };
    let mut given = |name: &'static str, tier: usize, list: &In<Vec<In<String>>>, key: &str| {
        let Some(list) = list.get() else {
            let ranges = usual(tier);
            if ranges.is_none() {
                let reason =
                    format!("is {cidr}, too small for the subnets of {zones} zones; give a larger range");
                failures.add(at.key("cidrBlock"), reason);
            }
            return ranges.map(|ranges| Tier { name, ranges });
        };
        if list.is_empty() && tier == DATABASE {
            return Some(Tier { name, ranges: Vec::new() });
        }
        if list.len() != zones {
            failures.add(at.key(key), format!("has {} ranges; give {zones}, one a zone", list.len()));
        }
        let mut ranges = Vec::new();
        for (index, text) in list.iter().enumerate() {
            match cidr::check_vpc(text.get()?)
                .and_then(|()| cidr::parse(text.get().map_or("", String::as_str)))
            {
                Ok(range) => ranges.push(range),
                Err(reason) => failures.add(at.key(key).index(index), reason),
            }
        }
        (ranges.len() == zones).then_some(Tier { name, ranges })
    };
    let tiers = [
        given("public", 0, &network.public_cidr_blocks, "publicCidrBlocks"),
        given("private", 1, &network.private_cidr_blocks, "privateCidrBlocks"),
        given("db", DATABASE, &network.database_cidr_blocks, "databaseCidrBlocks"),
    ];
    match tiers {
        [Some(public), Some(private), Some(database)] => Some([public, private, database]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ranges(cidr: &str, zones: usize) -> Vec<Vec<String>> {
        let mut failures = Failures::new();
        let network = NetworkInput::default();
        let tiers = tiers(&network, cidr.parse().unwrap(), zones, &Path::root(), &mut failures);
        tiers.unwrap().iter().map(|tier| tier.ranges.iter().map(ToString::to_string).collect()).collect()
    }

    #[test]
    fn a_zone_that_is_added_leaves_the_ranges_of_the_others() {
        let two = ranges("10.1.0.0/16", 2);
        assert_eq!(two[0], ["10.1.1.0/24", "10.1.2.0/24"]);
        assert_eq!(two[1], ["10.1.3.0/24", "10.1.4.0/24"]);
        assert_eq!(two[2], ["10.1.5.0/24", "10.1.6.0/24"]);
        for zones in [1, 3, 4] {
            for (more, two) in ranges("10.1.0.0/16", zones).iter().zip(&two) {
                let same = more.len().min(two.len());
                assert_eq!(more[..same], two[..same]);
            }
        }
    }

    #[test]
    fn a_small_range_is_cut_into_smaller_ones() {
        assert_eq!(ranges("10.0.0.0/20", 2)[0], ["10.0.1.0/24", "10.0.2.0/24"]);
        assert_eq!(ranges("10.0.0.0/24", 2)[2], ["10.0.0.80/28", "10.0.0.96/28"]);
    }

    #[test]
    fn ranges_that_do_not_fit_are_refused() {
        let failures = |network: NetworkInput| {
            let mut failures = Failures::new();
            rules(&network, &Path::from("network"), &mut failures);
            failures.to_string()
        };
        let network =
            |cidr: &str| NetworkInput { cidr_block: cidr.into(), zones: 2.into(), ..NetworkInput::default() };
        assert_eq!(failures(network("10.1.0.0/16")), "");
        let six = NetworkInput { zones: 6.into(), ..network("10.0.0.0/24") };
        assert!(failures(six).contains("too small for the subnets of 6 zones"));
        let list = |items: [&str; 2]| In::list(items.map(In::from));
        let overlapping = NetworkInput {
            public_cidr_blocks: list(["10.1.3.0/24", "10.2.0.0/24"]),
            ..network("10.1.0.0/16")
        };
        let told = failures(overlapping);
        assert!(told.contains("does not hold the subnet 10.2.0.0/24") && told.contains("overlap"), "{told}");
        let no_databases = NetworkInput { database_cidr_blocks: In::list([]), ..network("10.1.0.0/16") };
        assert_eq!(failures(no_databases), "");
        let one = NetworkInput {
            private_cidr_blocks: In::list([In::from("10.1.9.0/24")]),
            ..network("10.1.0.0/16")
        };
        assert!(failures(one).contains("network.privateCidrBlocks: has 1 ranges; give 2"));
    }
}

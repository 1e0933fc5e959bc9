//! The network of a stack: public, private and database subnets in each zone, or those of a VPC
//! that is there already.

mod endpoints;
mod existing;
mod zones;

use super::{Built, Child, Options, Scope, Trouble, must_know};
use crate::aws::cidr;
use crate::aws::ids;
use crate::kinds::ec2::{
    DefaultSecurityGroup, DefaultSecurityGroupInputs, Eip, EipInputs, GetAvailabilityZones,
    GetAvailabilityZonesInputs, InternetGateway, InternetGatewayInputs, NatGateway, NatGatewayInputs, Route,
    RouteInputs, RouteTable, RouteTableAssociation, RouteTableAssociationInputs, RouteTableInputs, Subnet,
    SubnetInputs, Vpc, VpcInputs,
};
use crate::model::{Failures, In, Model, Path};
use existing::existing;
use zones::{Tier, Zone};

pub use endpoints::{FOR_TASKS, NetworkFlowLogs};
pub use zones::rules;

/// The network of a stack.
#[derive(Clone, Debug, Model)]
pub struct Network {
    /// The IPv4 range of the VPC in CIDR notation, from /16 to /24. A change replaces the VPC and
    /// everything in it, new before old. Databases and caches cannot be moved to another VPC, so
    /// the change is refused if the stack has any.
    #[model(default = "10.0.0.0/16", check = check_range)]
    pub cidr_block: String,
    /// The names of the Availability Zones, such as `us-east-1a`. Defaults to the first zones of
    /// the region; `zones` is their number. Zones can be added and removed later without any effect
    /// on the subnets of other zones. The subnet ranges are derived from the letter of each zone,
    /// and must be specified for Local Zones.
    pub availability_zones: Option<Vec<String>>,
    /// The number of Availability Zones for tasks and NAT gateways. With 1, load balancers and
    /// databases have subnets in a second zone as well, because AWS requires two zones for them.
    #[model(default = 2, range = 1..=6)]
    pub zones: i64,
    /// The NAT gateways through which private subnets reach the internet: none (`none`), a single
    /// one in the first Availability Zone (`single`), one in each zone (`perAz`), or a regional
    /// one, which extends to the zones that are used (`regional`). With `none`, tasks run in public
    /// subnets with public IP addresses, unless `endpoints` are specified. AWS charges for a NAT
    /// gateway by the hour and by the gigabyte.
    #[model(default = "single", one_of = ["none", "single", "perAz", "regional"])]
    pub nat: String,
    /// The AWS services that private subnets reach through VPC endpoints, by the part of the
    /// endpoint name after the region, such as `ecr.api`, `ecr.dkr`, `logs`, `secretsmanager` or
    /// `s3`. The endpoints of `s3` and `dynamodb` are free of charge; AWS charges for the others by
    /// the hour and zone. Without NAT gateways, tasks with images in ECR need `ecr.api`, `ecr.dkr`,
    /// `s3` and `logs`, and `secretsmanager` for secrets.
    #[model(default = [], check = endpoints::check_service)]
    pub endpoints: Vec<String>,
    /// The flow logs of the VPC, which record its IP traffic. If omitted, no flow log is created.
    pub flow_logs: Option<NetworkFlowLogs>,
    /// Whether all rules of the default security group of a new VPC are removed, so that a resource
    /// without a security group of its own is not reachable. The resources of the stack do not use
    /// the default security group.
    #[model(default = true)]
    pub close_default_security_group: bool,
    /// The prefix lengths of the subnets, such as 24 for 251 usable addresses. If omitted, all
    /// subnets have the same prefix length, which depends on `cidrBlock`. A change replaces the
    /// subnets.
    pub cidr_masks: Option<NetworkCidrMasks>,
    /// The IPv4 ranges of the public subnets, one for each zone in the order of
    /// `availabilityZones`. If omitted, the ranges are derived from `cidrBlock`.
    pub public_cidr_blocks: Option<Vec<String>>,
    /// The IPv4 ranges of the private subnets, one for each zone in the order of
    /// `availabilityZones`. If omitted, the ranges are derived from `cidrBlock`.
    pub private_cidr_blocks: Option<Vec<String>>,
    /// The IPv4 ranges of the database subnets, one for each zone in the order of
    /// `availabilityZones`. If omitted, the ranges are derived from `cidrBlock`. With an empty
    /// list, no database subnets are created, and databases are in the private subnets.
    pub database_cidr_blocks: Option<Vec<String>>,
    /// The ID of an existing VPC to use. Its subnets are classified by their routes: those with a
    /// route to an internet gateway are public, those with another default route are private, and
    /// all others are for databases.
    #[model(check = ids::vpc)]
    pub existing_vpc_id: Option<String>,
}

/// The prefix lengths of the subnets of a network, by tier.
#[derive(Clone, Debug, Model)]
pub struct NetworkCidrMasks {
    /// The prefix length of the public subnets. If omitted, the prefix length depends on
    /// `cidrBlock`.
    #[model(range = 16..=28)]
    pub public: Option<i64>,
    /// The prefix length of the private subnets. If omitted, the prefix length depends on
    /// `cidrBlock`.
    #[model(range = 16..=28)]
    pub private: Option<i64>,
    /// The prefix length of the database subnets. If omitted, the prefix length depends on
    /// `cidrBlock`.
    #[model(range = 16..=28)]
    pub database: Option<i64>,
}

/// Where the parts of a stack are put.
pub struct Places {
    pub vpc_id: In<String>,
    pub public: In<Vec<In<String>>>,
    /// The public subnets that tasks may be in.
    pub public_tasks: In<Vec<In<String>>>,
    /// One private subnet in each zone.
    pub private_each: In<Vec<In<String>>>,
    /// The route tables of all subnets.
    pub all_tables: In<Vec<In<String>>>,
    pub private: In<Vec<In<String>>>,
    pub database: In<Vec<In<String>>>,
    pub cidr_block: In<String>,
    pub availability_zones: In<Vec<In<String>>>,
    /// The public addresses of the NAT gateways.
    pub nat_addresses: In<Vec<In<String>>>,
    /// The route tables of public, private and database subnets.
    pub tables: [In<Vec<In<String>>>; 3],
    /// What must be there before anything in a public subnet reaches the internet, and is reached.
    pub public_way: Vec<String>,
    /// What must be there before anything in a private subnet reaches what it may reach.
    pub private_way: Vec<String>,
}

impl Places {
    /// No network at all.
    pub fn none() -> Self {
        let (nothing, nowhere) = (|| In::list([]), || In::from(String::new()));
        Places {
            vpc_id: nowhere(),
            public: nothing(),
            public_tasks: nothing(),
            private_each: nothing(),
            all_tables: nothing(),
            private: nothing(),
            database: nothing(),
            cidr_block: nowhere(),
            availability_zones: nothing(),
            nat_addresses: nothing(),
            tables: [nothing(), nothing(), nothing()],
            public_way: Vec::new(),
            private_way: Vec::new(),
        }
    }

    /// The subnets that tasks are in, and what must be there before these reach what they may.
    pub fn tier(&self, is_public: bool) -> (&In<Vec<In<String>>>, &[String]) {
        match is_public {
            true => (&self.public_tasks, &self.public_way),
            false => (&self.private, &self.private_way),
        }
    }
}

/// A network that can be made, or is there.
pub enum Plan {
    Existing(Box<Places>),
    New(New),
}

/// A network that is to be made.
pub struct New {
    cidr: String,
    zones: Vec<Zone>,
    /// In how many of the zones there are tasks.
    spread: usize,
    tiers: [Tier; 3],
    nat: String,
    is_closed: bool,
}

/// What has to have subnets in two zones: of which tier, and what it is.
pub type Need = (Of, &'static str);

/// A tier of subnets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Public,
    Private,
    Database,
}

/// Settles all that can be wrong with a network, before anything is made.
pub async fn plan(at: &Scope, network: &NetworkInput, needs: &[Need]) -> Built<Plan> {
    if network.existing_vpc_id.is_set() {
        return existing(at, network, needs).await.map(Box::new).map(Plan::Existing);
    }
    let cidr =
        must_know(&network.cidr_block, at_network().key(Network::CIDR_BLOCK))?.cloned().unwrap_or_default();
    let nat = must_know(&network.nat, at_network().key(Network::NAT))?.cloned().unwrap_or_default();
    let mut failures = Failures::new();
    let root = at_network();
    must_know(&network.cidr_masks, root.key(Network::CIDR_MASKS))?;
    must_know(&network.endpoints, root.key(Network::ENDPOINTS))?;
    let (zones, spread) = zones(at, network, needs, &mut failures).await?;
    let tiers = match cidr::parse(&cidr) {
        Ok(range) => zones::tiers(network, range, &zones, &root, &mut failures),
        Err(reason) => {
            failures.add(root.key(Network::CIDR_BLOCK), reason);
            None
        }
    };
    match tiers.filter(|_| failures.is_empty()) {
        Some(mut tiers) => {
            let is_closed = network.close_default_security_group.get() != Some(&false);
            for (of, tier) in [Of::Public, Of::Private, Of::Database].into_iter().zip(&mut tiers) {
                if !needs.iter().any(|(needing, _)| *needing == of) {
                    tier.ranges.truncate(spread);
                }
            }
            Ok(Plan::New(New { cidr, zones, spread, tiers, nat, is_closed }))
        }
        None => Err(Trouble::Invalid(failures)),
    }
}

/// Makes a network that was planned, with the endpoints and the record that the program asks for.
pub fn build(at: &Scope, plan: Plan, network: &NetworkInput) -> Places {
    let mut places = match plan {
        Plan::Existing(places) => *places,
        Plan::New(new) => make(at, new),
    };
    let needed = endpoints::endpoints(at, network, &places);
    places.private_way.extend(needed);
    endpoints::flow_logs(at, network, &places);
    places
}

fn make(at: &Scope, new: New) -> Places {
    let New { cidr, zones, spread, tiers: [public, private, database], nat, is_closed } = new;
    let vpc = VpcInputs {
        cidr_block: cidr.as_str().into(),
        enable_dns_hostnames: true.into(),
        enable_dns_support: true.into(),
        ..VpcInputs::default()
    };
    let vpc: Child<Vpc> = at.child("vpc", vpc, Options::shown());
    if is_closed {
        let closed =
            DefaultSecurityGroupInputs { vpc_id: vpc.id.clone(), ..DefaultSecurityGroupInputs::default() };
        at.child::<DefaultSecurityGroup>("default-security-group", closed, Options::default());
    }
    let maker = Maker { at, vpc: &vpc, zones: &zones, spread };
    let public = maker.public(public, &nat);
    let (private, (database, database_tables)) = (maker.subnets(private), maker.isolated(database));
    let (private_way, private_tables) = maker.private_way(&private, &public);
    let tables = |tables: &[Child<RouteTable>]| In::list(tables.iter().map(|table| table.id.clone()));
    let names = zones.iter().filter(|zone| !zone.name.is_empty());
    let ids = |subnets: &[Child<Subnet>]| In::list(subnets.iter().map(|subnet| subnet.id.clone()));
    let all = private_tables.iter().chain(&database_tables).chain([&public.table]);
    Places {
        vpc_id: vpc.id.clone(),
        public_tasks: ids(&public.subnets[..spread.min(public.subnets.len())]),
        private_each: ids(&private),
        all_tables: In::list(all.map(|table| table.id.clone())),
        public: ids(&public.subnets),
        database: ids(if database.is_empty() { &private } else { &database }),
        private: ids(&private),
        cidr_block: cidr.into(),
        availability_zones: In::list(names.map(|zone| In::from(zone.name.clone()))),
        nat_addresses: In::list(public.addresses),
        tables: [
            tables(&[public.table]),
            tables(&private_tables),
            tables(if database.is_empty() { &private_tables } else { &database_tables }),
        ],
        public_way: public.way,
        private_way,
    }
}

/// What the public tier consists of.
struct Public {
    subnets: Vec<Child<Subnet>>,
    /// What leads to the internet.
    way: Vec<String>,
    gateways: Vec<Child<NatGateway>>,
    /// The addresses of the gateways.
    addresses: Vec<In<String>>,
    table: Child<RouteTable>,
    /// Whether there is a gateway for each zone.
    per_zone: bool,
}

/// Makes the parts of one network.
struct Maker<'a> {
    at: &'a Scope,
    vpc: &'a Child<Vpc>,
    zones: &'a [Zone],
    /// In how many of the zones there are tasks.
    spread: usize,
}

impl Maker<'_> {
    fn public(&self, tier: Tier, nat: &str) -> Public {
        let gateway =
            InternetGatewayInputs { vpc_id: self.vpc.id.clone(), ..InternetGatewayInputs::default() };
        let gateway = self.at.child::<InternetGateway>("igw", gateway, self.here());
        let (subnets, table) = (self.subnets(tier), self.table("public-rt"));
        let route = RouteInputs {
            route_table_id: table.id.clone(),
            destination_cidr_block: cidr::anywhere().to_string().into(),
            gateway_id: gateway.id.clone(),
            ..RouteInputs::default()
        };
        let route = self.at.child::<Route>("public-route", route, Options::default());
        let mut way = self.associate("public-subnet", &subnets, Vec::new(), |_| &table);
        way.push(route.urn);
        let count = match nat {
            "none" | "regional" => 0,
            "single" => 1.min(subnets.len()),
            _ => self.spread.min(subnets.len()),
        };
        let gateways = subnets.iter().zip(self.zones).take(count);
        let gateways = gateways.map(|(subnet, zone)| self.nat(&zone.numbered("nat"), subnet, &way));
        let (mut gateways, addresses): (Vec<_>, Vec<_>) = gateways.unzip();
        if nat == "regional" {
            gateways.push(self.regional_nat(&way));
        }
        Public { gateways, addresses, table, subnets, way, per_zone: nat == "perAz" }
    }

    /// A NAT gateway, and its address.
    fn nat(&self, label: &str, subnet: &Child<Subnet>, way: &[String]) -> (Child<NatGateway>, In<String>) {
        let address = EipInputs::default();
        // A new gateway stands beside the old one for a while, and so must their addresses.
        let address: Child<Eip> = self.at.child(&format!("{label}-eip"), address, self.here());
        let gateway = NatGatewayInputs {
            allocation_id: address.id.clone(),
            subnet_id: subnet.id.clone(),
            ..NatGatewayInputs::default()
        };
        // AWS wants the internet gateway to be reachable before.
        (self.at.child(label, gateway, self.here().after(way)), address.out.public_ip)
    }

    /// A NAT gateway of all zones, for which AWS allocates the addresses.
    fn regional_nat(&self, way: &[String]) -> Child<NatGateway> {
        let gateway = NatGatewayInputs {
            availability_mode: "regional".into(),
            vpc_id: self.vpc.id.clone(),
            ..NatGatewayInputs::default()
        };
        self.at.child("nat-regional", gateway, Options::shown().after(way))
    }

    /// What cannot leave its VPC is made anew with it.
    fn here(&self) -> Options {
        Options::shown().within(&self.vpc.id)
    }

    /// The tables of the private tier, with a way out where there are NAT gateways.
    fn private_way(
        &self,
        subnets: &[Child<Subnet>],
        public: &Public,
    ) -> (Vec<String>, Vec<Child<RouteTable>>) {
        let ends: Vec<Option<&Zone>> = if public.per_zone {
            self.zones.iter().take(self.spread).map(Some).collect()
        } else {
            vec![None]
        };
        let label =
            |what: &str, end: Option<&Zone>| end.map_or_else(|| what.to_owned(), |zone| zone.numbered(what));
        let tables: Vec<Child<RouteTable>> =
            ends.iter().map(|end| self.table(&label("private-rt", *end))).collect();
        let routes = tables.iter().zip(&public.gateways).zip(&ends);
        let routes = routes.map(|((table, gateway), end)| {
            let route = RouteInputs {
                route_table_id: table.id.clone(),
                destination_cidr_block: cidr::anywhere().to_string().into(),
                nat_gateway_id: gateway.id.clone(),
                ..RouteInputs::default()
            };
            self.at.child::<Route>(&label("private-route", *end), route, Options::default()).urn
        });
        let routes: Vec<String> = routes.collect();
        // What runs in a subnet moves to a table that leads out already.
        let of_table = |index: usize| index.min(tables.len() - 1);
        let ways =
            subnets.iter().enumerate().map(|(index, _)| routes.get(of_table(index)).cloned()).collect();
        let associations = self.associate("private-subnet", subnets, ways, |index| &tables[of_table(index)]);
        (routes.into_iter().chain(associations).collect(), tables)
    }

    /// Subnets with a table of their own that leads nowhere but through the VPC.
    fn isolated(&self, tier: Tier) -> (Vec<Child<Subnet>>, Vec<Child<RouteTable>>) {
        if tier.ranges.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let (subnets, table) = (self.subnets(tier), self.table("db-rt"));
        self.associate("db-subnet", &subnets, Vec::new(), |_| &table);
        (subnets, vec![table])
    }

    fn table(&self, label: &str) -> Child<RouteTable> {
        let table = RouteTableInputs { vpc_id: self.vpc.id.clone(), ..RouteTableInputs::default() };
        self.at.child(label, table, Options::shown())
    }

    fn subnets(&self, tier: Tier) -> Vec<Child<Subnet>> {
        let subnets = tier.ranges.iter().zip(self.zones).map(|(range, zone)| {
            let label = zone.part(&format!("{}-subnet", tier.name));
            let subnet = SubnetInputs {
                vpc_id: self.vpc.id.clone(),
                cidr_block: range.to_string().into(),
                availability_zone: zone.name.clone().into(),
                ..SubnetInputs::default()
            };
            self.at.child(&label, subnet, Options::shown())
        });
        subnets.collect()
    }

    /// Gives each subnet its table, after the route of which the URN is given. Gives the URNs of the
    /// associations.
    fn associate<'t>(
        &self,
        label: &str,
        subnets: &[Child<Subnet>],
        ways: Vec<Option<String>>,
        table: impl Fn(usize) -> &'t Child<RouteTable>,
    ) -> Vec<String> {
        let associations = subnets.iter().zip(self.zones).enumerate().map(|(index, (subnet, zone))| {
            let association = RouteTableAssociationInputs {
                subnet_id: subnet.id.clone(),
                route_table_id: table(index).id.clone(),
                ..RouteTableAssociationInputs::default()
            };
            let label = format!("{}-rt", zone.part(label));
            let options = Options::default().after(ways.get(index).into_iter().flatten());
            self.at.child::<RouteTableAssociation>(&label, association, options).urn
        });
        associations.collect()
    }
}

fn check_range(text: &str) -> Result<(), String> {
    let range = cidr::parse(text)?;
    if (16..=24).contains(&range.prefix_len()) {
        Ok(())
    } else {
        Err(format!("is {text:?}; give a range from /16 to /24, which holds the subnets of three tiers"))
    }
}

/// Where a stack is told of its network.
fn at_network() -> Path {
    Path::root().key("network")
}

/// The zones that the program names, or the first of the region, and in how many of them there are
/// tasks.
async fn zones(
    at: &Scope,
    network: &NetworkInput,
    needs: &[Need],
    failures: &mut Failures,
) -> Built<(Vec<Zone>, usize)> {
    let root = at_network();
    if let Some(zones) =
        must_know(&network.availability_zones, at_network().key(Network::AVAILABILITY_ZONES))?
    {
        let named = zones.iter().map(|zone| must_know(zone, at_network().key(Network::AVAILABILITY_ZONES)));
        let named = named.collect::<Built<Vec<_>>>()?;
        let zones: Vec<Zone> = named.into_iter().flatten().map(|name| Zone::named(name)).collect();
        // Who may not look, or cannot yet, hears of it from AWS.
        let offered = zone_names(at).await.ok().filter(|offered| !offered.is_empty());
        let at_zones = root.key(Network::AVAILABILITY_ZONES);
        zones::in_region(&zones, at.region(), offered.as_deref(), &at_zones, failures);
        let spread = zones.len();
        return Ok((zones, spread));
    }
    let wanted = must_know(&network.zones, at_network().key(Network::ZONES))?.copied().unwrap_or(2);
    let spread = usize::try_from(wanted).unwrap_or_default();
    let wanted = zones::at_least(spread, needs);
    let names = zone_names(at).await?;
    if names.len() < wanted {
        let region = at.region().unwrap_or("the region");
        failures
            .add(root.key(Network::ZONES), format!("is {wanted}, but {region} has {} zones", names.len()));
    }
    Ok((names.iter().take(wanted).map(|name| Zone::named(name)).collect(), spread))
}

/// The names of the region's zones.
async fn zone_names(at: &Scope) -> Built<Vec<String>> {
    let found = at.look_up::<GetAvailabilityZones>(GetAvailabilityZonesInputs::default()).await?;
    let names = found.get().and_then(|zones| zones.names.get().cloned()).unwrap_or_default();
    Ok(names.iter().filter_map(|name| name.get().cloned()).collect())
}

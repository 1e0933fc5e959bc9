//! The availability zones of a region.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::AvailabilityZone;

use super::search::Search;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::Function;
use crate::model::Model;

/// Lists the Availability Zones of a region in the order of their names. Local Zones and Wavelength
/// Zones are included only with `allAvailabilityZones`.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetAvailabilityZonesArgs {
    /// Whether to include Local Zones and Wavelength Zones, regardless of their opt-in status.
    #[model(default = false)]
    pub all_availability_zones: bool,
    /// The names of zones to exclude.
    #[model(default = [])]
    pub exclude_names: Vec<String>,
    /// The IDs of zones to exclude, such as `use1-az3`.
    #[model(default = [])]
    pub exclude_zone_ids: Vec<String>,
    /// Filters of the API operation DescribeAvailabilityZones.
    #[model(default = [])]
    pub filters: Vec<GetAvailabilityZonesFilter>,
    /// The state of the zones. If omitted, zones in any state are listed.
    #[model(one_of = ["available", "information", "impaired", "unavailable", "constrained"])]
    pub state: Option<String>,
}

/// A filter of the API operation DescribeAvailabilityZones.
#[derive(Clone, Debug, Model)]
pub struct GetAvailabilityZonesFilter {
    /// The name of the filter, such as `opt-in-status`.
    pub name: String,
    /// The values of the filter. A zone matches if it matches any of them.
    pub values: Vec<String>,
}

/// The availability zones of a region.
#[derive(Clone, Debug, Model)]
pub struct GetAvailabilityZonesResult {
    /// The name of the region.
    pub id: String,
    /// The names of the zones, such as `us-east-1a`.
    pub names: Vec<String>,
    /// The IDs of the zones, such as `use1-az1`, in the order of the names.
    pub zone_ids: Vec<String>,
}

/// Lists the availability zones of a region.
pub struct GetAvailabilityZones;

impl Function for GetAvailabilityZones {
    const TOKEN: &'static str = "agentic:index:getAvailabilityZones";
    const ACTIONS: &'static [&'static str] = &["ec2:DescribeAvailabilityZones"];

    type Args = GetAvailabilityZonesArgs;
    type Result = GetAvailabilityZonesResult;

    async fn call(cx: &Cx, args: &GetAvailabilityZonesArgs) -> Result<GetAvailabilityZonesResult> {
        let search = Search::default().by("state", args.state.as_deref());
        let search = args.filters.iter().fold(search, |search, f| search.by_any(&f.name, &f.values));
        let call = cx.client::<Client>()?.describe_availability_zones();
        let call = call.set_all_availability_zones(args.all_availability_zones.then_some(true));
        let found = call.set_filters(Some(search.filters())).send().await?.availability_zones;
        let zones = choose(found.unwrap_or_default(), args);
        Ok(GetAvailabilityZonesResult {
            id: cx.region().unwrap_or_default().to_owned(),
            names: zones.iter().map(|(name, _)| name.clone()).collect(),
            zone_ids: zones.into_iter().map(|(_, id)| id).collect(),
        })
    }
}

/// The names and ids of the zones that are asked for.
fn choose(found: Vec<AvailabilityZone>, args: &GetAvailabilityZonesArgs) -> Vec<(String, String)> {
    let is_one = |zone: &AvailabilityZone| zone.zone_type().is_none_or(|kind| kind == "availability-zone");
    let mut zones: Vec<(String, String)> = found
        .into_iter()
        .filter(|zone| args.all_availability_zones || is_one(zone))
        .filter_map(|zone| Some((zone.zone_name?, zone.zone_id.unwrap_or_default())))
        .filter(|(name, id)| !args.exclude_names.contains(name) && !args.exclude_zone_ids.contains(id))
        .collect();
    zones.sort();
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_come_in_order_and_without_what_is_left_out() {
        let zone = |name: &str, id: &str, kind: &str| {
            AvailabilityZone::builder().zone_name(name).zone_id(id).zone_type(kind).build()
        };
        let found = vec![
            zone("us-east-1c", "use1-az1", "availability-zone"),
            zone("us-east-1-bos-1a", "use1-bos1-az1", "local-zone"),
            zone("us-east-1e", "use1-az3", "availability-zone"),
            zone("us-east-1b", "use1-az2", "availability-zone"),
            zone("us-east-1a", "use1-az6", "availability-zone"),
        ];
        let args = GetAvailabilityZonesArgs {
            all_availability_zones: false,
            exclude_names: vec!["us-east-1b".to_owned()],
            exclude_zone_ids: vec!["use1-az3".to_owned()],
            filters: Vec::new(),
            state: None,
        };
        let names = |args: &GetAvailabilityZonesArgs| {
            choose(found.clone(), args).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names(&args), ["us-east-1a", "us-east-1c"]);
        let all = GetAvailabilityZonesArgs { all_availability_zones: true, ..args };
        assert_eq!(names(&all), ["us-east-1-bos-1a", "us-east-1a", "us-east-1c"]);
    }
}

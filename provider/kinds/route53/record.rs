//! A DNS record.

mod find;

use std::time::Duration;

use aws_sdk_route53::types::{ChangeAction, ResourceRecordSet};

use super::change::{self, is_everywhere};
use super::name::{self, same_name, same_target, same_zone};
use super::record_set::{keep_untold, observed, same_values};
use super::zone_name;
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, Update, begin, claim_alike, is_wanted};
use crate::model::{Failures, Model, Value};
use find::{Key, find};

/// A DNS record in a Route 53 hosted zone: values with a time to live, or an alias of an AWS
/// resource.
#[derive(Clone, Debug, Model)]
pub struct RecordArgs {
    /// The alias target, such as a load balancer, a CloudFront distribution or another record.
    /// Conflicts with `records` and `ttl`.
    #[model(in_place, default = [], length = 0..=1)]
    pub aliases: Vec<RecordAlias>,
    /// Whether an existing record is overwritten. If `false`, an existing record is left unchanged
    /// and the creation fails.
    #[model(in_place, write_only, default = false)]
    pub allow_overwrite: bool,
    /// The failover routing policy: primary or secondary record.
    #[model(in_place, default = [], length = 0..=1)]
    pub failover_routing_policies: Vec<RecordFailoverRoutingPolicy>,
    /// The geolocation routing policy: the location of the users that get this record.
    #[model(in_place, default = [], length = 0..=1)]
    pub geolocation_routing_policies: Vec<RecordGeolocationRoutingPolicy>,
    /// The ID of a health check. The record is returned only while the health check is healthy.
    #[model(in_place)]
    pub health_check_id: Option<String>,
    /// The latency routing policy: the region whose closest users get this record.
    #[model(in_place, default = [], length = 0..=1)]
    pub latency_routing_policies: Vec<RecordLatencyRoutingPolicy>,
    /// Whether the record uses multivalue answer routing, which returns up to eight healthy records
    /// together.
    #[model(in_place)]
    pub multivalue_answer_routing_policy: Option<bool>,
    /// The name of the record, either fully qualified or relative to the hosted zone.
    #[model(replace, same = same_name)]
    pub name: String,
    /// The values of the record, such as IP addresses. TXT values require no quotation marks, and
    /// can have any length.
    #[model(in_place, same = same_values, default = [])]
    pub records: Vec<String>,
    /// The identifier that distinguishes records with the same name and type. Requires a routing
    /// policy.
    #[model(replace, length = 1..=128)]
    pub set_identifier: Option<String>,
    /// The time that resolvers may cache the record, in seconds.
    #[model(in_place, range = 0..=2_147_483_647)]
    pub ttl: Option<i64>,
    /// The record type.
    #[model(replace, one_of = [
        "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP",
        "SVCB", "TLSA", "TXT"
    ])]
    pub r#type: String,
    /// The weighted routing policy: the share of the answers that contain this record.
    #[model(in_place, default = [], length = 0..=1)]
    pub weighted_routing_policies: Vec<RecordWeightedRoutingPolicy>,
    /// The ID of the hosted zone.
    #[model(replace, same = same_zone)]
    pub zone_id: String,
}

/// The target of an alias record.
#[derive(Clone, Debug, Model)]
pub struct RecordAlias {
    /// Whether the record is returned only while its target is healthy.
    pub evaluate_target_health: bool,
    /// The DNS name of the target.
    #[model(same = same_target)]
    pub name: String,
    /// The ID of the hosted zone of the target, such as the `zoneId` of a load balancer.
    #[model(same = same_zone)]
    pub zone_id: String,
}

/// A failover routing policy.
#[derive(Clone, Debug, Model)]
pub struct RecordFailoverRoutingPolicy {
    /// The failover type: the `PRIMARY` record is returned while it is healthy, and the `SECONDARY`
    /// record otherwise.
    #[model(one_of = ["PRIMARY", "SECONDARY"])]
    pub r#type: String,
}

/// A geolocation routing policy.
#[derive(Clone, Debug, Model)]
pub struct RecordGeolocationRoutingPolicy {
    /// The two-letter code of the continent, such as `EU`.
    #[model(one_of = ["AF", "AN", "AS", "EU", "OC", "NA", "SA"])]
    pub continent: Option<String>,
    /// The two-letter code of the country, such as `DE`, or `*` for all users without a more
    /// specific record.
    #[model(length = 1..=2)]
    pub country: Option<String>,
    /// The code of a state of the United States or of a region of Ukraine.
    #[model(length = 1..=3)]
    pub subdivision: Option<String>,
}

/// A latency routing policy.
#[derive(Clone, Debug, Model)]
pub struct RecordLatencyRoutingPolicy {
    /// The AWS region that the latency is measured to.
    pub region: String,
}

/// A weighted routing policy.
#[derive(Clone, Debug, Model)]
pub struct RecordWeightedRoutingPolicy {
    /// The weight of the record, relative to the weights of the others.
    #[model(range = 0..=255)]
    pub weight: i64,
}

/// The outputs of a record.
#[derive(Clone, Debug, Model)]
pub struct RecordState {
    /// The fully qualified domain name, without the trailing dot.
    pub fqdn: String,
    /// The name of the hosted zone.
    pub zone_name: String,
}

/// A DNS record.
pub struct Record;

/// The change that the record waits for, and what the record is then.
#[derive(Clone)]
struct Pending {
    change: String,
    key: Key,
    set: Option<ResourceRecordSet>,
}

impl Kind for Record {
    const TOKEN: &'static str = "agentic:route53:Record";
    const ID: &'static str = "the ID of the hosted zone, the full name, the type and the set identifier, if any, separated by underscores, such as `Z0123456789_www.example.com_A`";
    const ACTIONS: Actions = Actions {
        create: &[
            "route53:ChangeResourceRecordSets",
            "route53:GetChange",
            "route53:GetHostedZone",
            "route53:ListResourceRecordSets",
        ],
        read: &["route53:GetHostedZone", "route53:ListResourceRecordSets"],
        update: &["route53:ChangeResourceRecordSets", "route53:GetChange", "route53:GetHostedZone"],
        delete: &["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"],
    };
    // "Changes generally propagate to all Route 53 name servers within 60 seconds":
    // https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    const READY: Option<Wait> = Some(Wait {
        goal: "all name servers of Route 53 have the record",
        usual: [25, 60],
        budget: Duration::from_secs(30 * 60),
    });
    const ALONE: bool = true;
    const GLOBAL: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::RECORD;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = RecordArgs;
    type State = RecordState;

    fn rules(args: &RecordInputs, failures: &mut Failures) {
        let has = |count: Option<usize>| count.is_some_and(|count| count > 0);
        let alias = args.aliases.is_unknown() || has(args.aliases.get().map(Vec::len));
        let values = args.records.is_unknown() || has(args.records.get().map(Vec::len));
        match (alias, values) {
            (false, false) => failures.add(RecordArgs::RECORDS, "is missing; give records or aliases"),
            (true, true) if !args.aliases.is_unknown() && !args.records.is_unknown() => {
                failures.add(RecordArgs::ALIASES, "conflicts with records; give only one of them");
            }
            _ => {}
        }
        if alias && !values && args.ttl.is_set() && !args.aliases.is_unknown() {
            failures.add(
                RecordArgs::TTL,
                "cannot be set for an alias, which has that of its target; leave it out",
            );
        }
        if values && !alias && !args.ttl.is_set() {
            failures.add(
                RecordArgs::TTL,
                "is missing; give the time in seconds that resolvers may cache the record, such as 300",
            );
        }
        let policies = [
            (RecordArgs::FAILOVER_ROUTING_POLICIES, args.failover_routing_policies.get().map(Vec::len)),
            (RecordArgs::GEOLOCATION_ROUTING_POLICIES, args.geolocation_routing_policies.get().map(Vec::len)),
            (RecordArgs::LATENCY_ROUTING_POLICIES, args.latency_routing_policies.get().map(Vec::len)),
            (RecordArgs::WEIGHTED_ROUTING_POLICIES, args.weighted_routing_policies.get().map(Vec::len)),
            (
                RecordArgs::MULTIVALUE_ANSWER_ROUTING_POLICY,
                args.multivalue_answer_routing_policy.get().map(|answer| usize::from(*answer)),
            ),
        ];
        // https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
        let given: Vec<_> =
            policies.into_iter().filter(|(_, count)| has(*count)).map(|(name, _)| name).collect();
        if let [first, second, ..] = given[..] {
            failures.add(second, format!("conflicts with {first}; a record has one routing policy"));
        }
        match (given.first(), args.set_identifier.is_set()) {
            (Some(policy), false) => {
                failures.add(
                    RecordArgs::SET_IDENTIFIER,
                    format!("is missing; with {policy} each record of the name needs its own"),
                );
            }
            (None, true)
                if !args.multivalue_answer_routing_policy.is_unknown()
                    && policies.iter().all(|(name, count)| {
                        count.is_some() || *name == RecordArgs::MULTIVALUE_ANSWER_ROUTING_POLICY
                    }) =>
            {
                failures
                    .add(RecordArgs::SET_IDENTIFIER, "requires a routing policy; give one, or leave it out");
            }
            _ => {}
        }
    }

    /// With and without the name of the zone, it is the same name.
    fn review(review: &mut Review<Self>) -> Result<()> {
        let known = |output: &str| review.outputs.get(output).and_then(Value::as_str);
        if let (Some(name), Some(fqdn), Some(zone)) =
            (review.new.name.get(), known("fqdn"), known("zoneName"))
            && !review.changes(RecordArgs::ZONE_ID)
            && name::full(name, zone) == fqdn
        {
            review.forget(RecordArgs::NAME);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &RecordArgs) -> Result<String> {
        let zone = name::zone_id(&args.zone_id);
        let full_name = name::full(&args.name, &zone_name(cx, zone).await?);
        let key = Key {
            zone: zone.to_owned(),
            name: full_name,
            kind: args.r#type.clone(),
            set: args.set_identifier.clone(),
        };
        let action = match find(cx, &key).await? {
            None => ChangeAction::Create,
            Some(_) if args.allow_overwrite => ChangeAction::Upsert,
            Some(there) if is_as_asked(args, &key, &there) => {
                let tells = tells_whose_it_is(args);
                claim_alike::<Self>(cx, &key.id(), "record", async { Ok(tells) }).await?;
                return Ok(key.id());
            }
            Some(_) => return Err(taken(&key)),
        };
        begin(cx, &key.id());
        change(cx, &key, action, args.to_aws(&key.name)?).await?;
        Ok(key.id())
    }

    async fn ready(cx: &Cx, _id: &str, _args: &RecordArgs) -> Result<Poll> {
        let Some(Pending { change, key, set }) = cx.noted() else { return Ok(Poll::Ready(())) };
        if !is_everywhere(cx, &change).await? {
            return Ok(Poll::Pending("not yet on all name servers".to_owned()));
        }
        if let Some(set) = set {
            cx.keep(key, Ok::<_, Error>(set));
        }
        Ok(Poll::Ready(()))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let key = Key::read(id)?;
        let Some(set) = find(cx, &key).await? else { return Ok(None) };
        let state =
            RecordState { fqdn: name::canonical(set.name()), zone_name: zone_name(cx, &key.zone).await? };
        Ok(Some(Live { args: observed(&key.zone, &set), state }))
    }

    async fn refresh(cx: &Cx, id: &str, old: &RecordArgs) -> Result<Option<Live<Self>>> {
        let Some(mut live) = Self::read(cx, id).await? else { return Ok(None) };
        if name::full(&old.name, &live.state.zone_name) == live.state.fqdn {
            live.args.name = Some(old.name.clone());
        }
        Ok(Some(live))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<RecordArgs>) -> Result<()> {
        if !update.any_but(&[RecordArgs::ALLOW_OVERWRITE]) {
            return Ok(());
        }
        let key = Key::read(id)?;
        let mut set = update.new.to_aws(&key.name)?;
        if let Some(there) = find(cx, &key).await? {
            keep_untold(&there, &mut set);
        }
        change(cx, &key, ChangeAction::Upsert, set).await
    }

    async fn delete(cx: &Cx, id: &str, args: &RecordArgs) -> Result<()> {
        let key = Key::read(id)?;
        match change(cx, &key, ChangeAction::Delete, args.to_aws(&key.name)?).await {
            // AWS wants to be told exactly what it has, and somebody has changed that.
            Err(error) if matches!(error.code(), Some("InvalidChangeBatch" | "InvalidInput")) => {
                match find(cx, &key).await? {
                    Some(there) => change(cx, &key, ChangeAction::Delete, there).await,
                    None => Ok(()),
                }
            }
            deleted => deleted,
        }
    }
}

async fn change(cx: &Cx, key: &Key, action: ChangeAction, set: ResourceRecordSet) -> Result<()> {
    let stays = (action != ChangeAction::Delete).then(|| set.clone());
    if let Some(change) = change::change(cx, &key.zone, action, set).await? {
        cx.note(Pending { change, key: key.clone(), set: stays });
    }
    Ok(())
}

/// Whether what the record says tells whose it is: an alias of something else of AWS's, which has a
/// name of its own, or the proof for a certificate, which is the same for all certificates of a name
/// in the account.
fn tells_whose_it_is(args: &RecordArgs) -> bool {
    let proves = |value: &String| value.trim_end_matches('.').ends_with(".acm-validations.aws");
    !args.aliases.is_empty() || args.r#type == "CNAME" && args.records.iter().any(proves)
}

/// Whether a record that is there is the one that is to be made.
fn is_as_asked(args: &RecordArgs, key: &Key, there: &ResourceRecordSet) -> bool {
    let wanted = RecordArgs { name: key.name.clone(), ..args.clone() };
    is_wanted(observed(&key.zone, there), &wanted)
}

fn taken(key: &Key) -> Error {
    let message =
        format!("there is a record {} of the type {} already, with other values", key.name, key.kind);
    let hint = format!("Take it over with `pulumi import` and the id {}, or set allowOverwrite.", key.id());
    Error::new(ErrorKind::AlreadyExists, message).with_hint(hint)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_sdk_route53::types::RrType;
    use serde_json::{Value as J, json};

    #[test]
    fn whom_a_record_is_for_stays() {
        use aws_sdk_route53::types::CidrRoutingConfig;
        let cidr = CidrRoutingConfig::builder().collection_id("c").location_name("office").build().unwrap();
        let set = || ResourceRecordSet::builder().name("a.example").r#type(RrType::A).set_identifier("x");
        let there = set().cidr_routing_config(cidr.clone()).build().unwrap();
        let mut wanted = set().ttl(60).build().unwrap();
        keep_untold(&there, &mut wanted);
        assert_eq!((wanted.cidr_routing_config(), wanted.ttl), (Some(&cidr), Some(60)));
    }

    #[test]
    fn an_id_tells_the_record_whatever_its_name() {
        for (zone, name, kind, set) in [
            ("Z1", "www.example.com", "A", None),
            ("Z1", "_0a1b.www.example.com", "CNAME", None),
            ("Z1", "_dmarc.example.com", "TXT", Some("blue_A")),
            ("Z1", "*.example.com", "AAAA", Some("x")),
        ] {
            let set = set.map(str::to_owned);
            let key = Key { zone: zone.into(), name: name.into(), kind: kind.into(), set };
            assert_eq!(Key::read(&key.id()).unwrap(), key);
        }
        assert!(Key::read("Z1").is_err() && Key::read("Z1_www.example.com_X").is_err());
    }

    fn failures(record: J) -> Vec<String> {
        let mut failures = Failures::new();
        let fields = Value::from_json(&record).as_object().unwrap().clone();
        Record::rules(&RecordArgs::read(&fields, &mut Failures::new()), &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn a_record_has_values_or_an_alias_and_a_policy_with_an_identifier() {
        let base = |more: J| {
            let mut record = json!({"name": "www", "type": "A", "zoneId": "Z1"});
            record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            record
        };
        let alias = json!([{"name": "a", "zoneId": "Z2", "evaluateTargetHealth": true}]);
        assert_eq!(failures(base(json!({"records": ["1.2.3.4"], "ttl": 60}))), Vec::<String>::new());
        assert_eq!(failures(base(json!({"aliases": alias}))), Vec::<String>::new());
        assert_eq!(failures(base(json!({}))), ["records"]);
        assert_eq!(failures(base(json!({"records": ["1.2.3.4"]}))), ["ttl"]);
        assert_eq!(failures(base(json!({"aliases": alias, "ttl": 60}))), ["ttl"]);
        let weighted = json!({"aliases": alias, "weightedRoutingPolicies": [{"weight": 1}]});
        assert_eq!(failures(base(weighted)), ["setIdentifier"]);
        assert_eq!(failures(base(json!({"aliases": alias, "setIdentifier": "x"}))), ["setIdentifier"]);
    }

    #[test]
    fn what_an_earlier_attempt_made_is_known_again() {
        let fields = json!({
            "name": "www", "type": "A", "zoneId": "/hostedzone/Z1", "allowOverwrite": true,
            "aliases": [{"name": "Web.elb.amazonaws.com", "zoneId": "Z2", "evaluateTargetHealth": true}],
        });
        let fields = Value::from_json(&fields).as_object().unwrap().clone();
        let input = RecordArgs::read(&fields, &mut Failures::new());
        let args =
            RecordArgs::settle_fields(&input, &crate::model::Path::root(), &mut Failures::new()).unwrap();
        let key = Key { zone: "Z1".into(), name: "www.example.com".into(), kind: "A".into(), set: None };
        assert!(is_as_asked(&args, &key, &args.to_aws("www.example.com").unwrap()));
        let other = RecordArgs {
            aliases: Vec::new(),
            records: vec!["1.2.3.4".into()],
            ttl: Some(60),
            ..args.clone()
        };
        assert!(!is_as_asked(&args, &key, &other.to_aws("www.example.com").unwrap()));
    }
}

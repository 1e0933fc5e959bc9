//! Finding records, many in one call.

use std::collections::{HashMap, VecDeque};

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{ResourceRecordSet, RrType};
use futures::future::{join_all, try_join_all};

use super::Record;
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result, found};
use crate::kinds::route53::name;
use crate::kinds::{Kind, bad_id};

/// What tells a record from all others.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Key {
    pub(super) zone: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) set: Option<String>,
}

impl Key {
    pub(super) fn of(zone: &str, set: &ResourceRecordSet) -> Self {
        Key {
            zone: zone.to_owned(),
            name: name::canonical(set.name()),
            kind: set.r#type().as_str().to_owned(),
            set: set.set_identifier.clone(),
        }
    }

    /// The place in a list of AWS's, which goes by the labels of the name from the last to the first.
    pub(super) fn order(&self) -> (Vec<String>, String, Option<String>) {
        let labels = self.name.split('.').rev().map(str::to_owned);
        (labels.collect(), self.kind.clone(), self.set.clone())
    }

    pub(super) fn id(&self) -> String {
        let Key { zone, name, kind, set } = self;
        let set = set.as_ref().map(|set| format!("_{set}")).unwrap_or_default();
        format!("{zone}_{name}_{kind}{set}")
    }

    /// Names and set identifiers may have underscores too; a type in upper case ends the name.
    pub(super) fn read(id: &str) -> Result<Self> {
        let types = RrType::values();
        let (zone, rest) = id.split_once('_').ok_or_else(|| bad_id(id, Record::ID))?;
        let ends = rest.match_indices('_').find_map(|(at, _)| {
            let after = &rest[at + 1..];
            let kind = after.split('_').next().unwrap_or_default();
            types.contains(&kind).then_some((at, kind, after.get(kind.len() + 1..)))
        });
        let (at, kind, set) = ends.ok_or_else(|| bad_id(id, Record::ID))?;
        Ok(Key {
            zone: zone.to_owned(),
            name: name::canonical(&rest[..at]),
            kind: kind.to_owned(),
            set: set.map(str::to_owned),
        })
    }
}

/// How many records one call tells.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html>
const PAGE: usize = 300;

pub(super) async fn find(cx: &Cx, key: &Key) -> Result<Option<ResourceRecordSet>> {
    let client = cx.client::<Client>()?;
    let found = cx.batched(usize::MAX, key.clone(), move |keys| {
        let client = client.clone();
        async move {
            let mut zones: HashMap<String, Vec<Key>> = HashMap::new();
            for key in keys {
                zones.entry(key.zone.clone()).or_default().push(key);
            }
            // A zone that may not be read does not hide the others.
            let zones = zones.into_values().map(|keys| async {
                match find_in_zone(&client, keys.clone()).await {
                    Ok(found) => found.into_iter().map(|(key, set)| (key, Ok(set))).collect(),
                    Err(error) => keys.into_iter().map(|key| (key, Err(error.clone()))).collect::<Vec<_>>(),
                }
            });
            Ok(join_all(zones).await.into_iter().flatten().collect())
        }
    });
    found.await?.transpose()
}

/// Records come in the order of their names: from the first that is wanted, each call tells of those
/// that follow, and the next begins at the first that is still wanted beyond them.
async fn find_in_zone(client: &Client, mut keys: Vec<Key>) -> Result<Vec<(Key, ResourceRecordSet)>> {
    keys.sort_by_cached_key(Key::order);
    let mut wanted: VecDeque<Key> = keys.into();
    let (mut found, mut passed) = (Vec::new(), Vec::new());
    while wanted.len() > 1 {
        let page = list(client, &wanted[0], PAGE).await?;
        let last = page.last().map(|set| Key::of(&wanted[0].zone, set).order());
        let mut page: HashMap<Key, ResourceRecordSet> =
            page.into_iter().map(|set| (Key::of(&wanted[0].zone, &set), set)).collect();
        let before = wanted.len();
        while let Some(key) = wanted.pop_front() {
            match page.remove(&key) {
                Some(set) => found.push((key, set)),
                None if last.as_ref().is_some_and(|last| key.order() > *last)
                    && wanted.len() + 1 < before =>
                {
                    wanted.push_front(key);
                    break;
                }
                None => passed.push(key),
            }
        }
    }
    // What did not come in its place is asked for alone before it counts as gone.
    passed.extend(wanted);
    let alone = passed.into_iter().map(|key| async {
        let found = find_alone(client, &key).await?;
        Ok::<_, Error>((key, found))
    });
    let alone = try_join_all(alone).await?;
    found.extend(alone.into_iter().filter_map(|(key, set)| Some((key, set?))));
    Ok(found)
}

/// The record is the first of those listed, or among those of its name and type, of which there are a
/// hundred at most.
async fn find_alone(client: &Client, key: &Key) -> Result<Option<ResourceRecordSet>> {
    let most = if key.set.is_some() { 100 } else { 1 };
    let listed = list(client, key, most).await?;
    Ok(listed.into_iter().find(|set| Key::of(&key.zone, set) == *key))
}

/// The records from this one on.
async fn list(client: &Client, from: &Key, most: usize) -> Result<Vec<ResourceRecordSet>> {
    let call = client.list_resource_record_sets().hosted_zone_id(&from.zone).max_items(most as i32);
    let call = call.start_record_name(&from.name).start_record_type(RrType::from(from.kind.as_str()));
    let answer = found(call.send().await)?;
    Ok(answer.map(|answer| answer.resource_record_sets).unwrap_or_default())
}

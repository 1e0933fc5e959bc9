//! Changes of records: those of a zone that are to be made at the same moment in one call, which is also
//! one change to wait for.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecordSet};

use crate::aws::context::Cx;
use crate::aws::error::{Error, Result};

/// How many records one call changes. AWS takes up to 1,000 values, and 32,000 characters of them; what
/// it refuses as too much is sent record by record.
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html>
const MOST: usize = 100;

/// One record, and what is to be done with it.
#[derive(Clone, PartialEq)]
struct Wanted {
    action: ChangeAction,
    set: ResourceRecordSet,
    /// Two resources that want the same are two changes, of which AWS refuses one.
    whose: String,
}

impl Eq for Wanted {}

impl Hash for Wanted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.action.as_str(), self.set.name(), self.set.r#type().as_str(), &self.whose).hash(state);
    }
}

/// Changes a record. Gives the ID of the change, which goes on until all name servers have it.
pub(super) async fn change(
    cx: &Cx,
    zone: &str,
    action: ChangeAction,
    set: ResourceRecordSet,
) -> Result<Option<String>> {
    let client = cx.client::<Client>()?;
    let wanted = Wanted { action, set, whose: cx.reference() };
    let made = cx.in_one_call(MOST, wanted, zone.to_owned(), move |all: Vec<Wanted>, zone: String| {
        let client = client.clone();
        async move {
            let changes = all.into_iter().map(|wanted| {
                Change::builder().action(wanted.action).resource_record_set(wanted.set).build()
            });
            let changes: Vec<Change> = changes.collect::<Result<_, _>>()?;
            let batch = ChangeBatch::builder().set_changes(Some(changes)).build()?;
            let call = client.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch);
            let answer = call.send().await?;
            Ok::<_, Error>(answer.change_info.map(|change| change.id))
        }
    });
    Ok(made.await?.flatten())
}

/// The changes that all name servers have: that stays so.
#[derive(Clone, Default)]
struct Done(Arc<Mutex<HashSet<String>>>);

/// Whether all name servers have a change. Those who wait for the same one are told by one call.
pub(super) async fn is_everywhere(cx: &Cx, change: &str) -> Result<bool> {
    let done = cx.aws.shared::<Done, Done>("", Done::default);
    let done = || done.0.lock().unwrap_or_else(PoisonError::into_inner);
    if done().contains(change) {
        return Ok(true);
    }
    let client = cx.client::<Client>()?;
    let look = move |change: String| {
        let get = client.get_change().id(change);
        async { Ok::<_, Error>(get.send().await?.change_info.map(|change| change.status)) }
    };
    let is_done = cx.alone(change.to_owned(), look).await? == Some(ChangeStatus::Insync);
    if is_done {
        done().insert(change.to_owned());
    }
    Ok(is_done)
}

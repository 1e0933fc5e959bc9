//! Amazon Route 53: DNS records, hosted zones and health checks.

mod change;
mod codes;
mod health_check;
mod hosted_zone;
mod name;
mod record;
mod record_set;
mod tagged;
mod text;
mod unsupported;
mod zone;

pub use health_check::*;
pub use hosted_zone::*;
pub use record::*;
pub use zone::*;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_route53::Client;
use aws_sdk_route53::types::ChangeInfo;

use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::wait::Poll;

/// The change that a zone waits for.
#[derive(Clone)]
struct Pending(String);

impl Pending {
    /// Notes what Route 53 was asked for in this operation.
    fn note(cx: &Cx, change: Option<&ChangeInfo>) {
        if let Some(change) = change {
            cx.note(Pending(change.id().to_owned()));
        }
    }

    /// Whether all name servers have what was asked for.
    async fn look(cx: &Cx) -> Result<Poll> {
        let Some(Pending(change)) = cx.noted() else { return Ok(Poll::Ready(())) };
        Ok(match change::is_everywhere(cx, &change).await? {
            true => Poll::Ready(()),
            false => Poll::Pending("not yet on all name servers".to_owned()),
        })
    }
}

/// The names of zones, which never change, by their ids.
#[derive(Clone, Default)]
struct ZoneNames(Arc<Mutex<HashMap<String, String>>>);

/// The name of a zone, without the dot at its end.
async fn zone_name(cx: &Cx, zone_id: &str) -> Result<String> {
    let known = cx.aws.shared::<ZoneNames, ZoneNames>("", ZoneNames::default);
    let names = || known.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = names().get(zone_id) {
        return Ok(name.clone());
    }
    let client = cx.client::<Client>()?;
    // Whoever asks meanwhile waits for the same answer.
    let asked = cx.batched(1, zone_id.to_owned(), move |zones: Vec<String>| {
        let client = client.clone();
        async move {
            let mut names = HashMap::new();
            for zone in zones {
                let answer = client.get_hosted_zone().id(&zone).send().await?;
                let name = name::canonical(answer.hosted_zone().map(|zone| zone.name()).unwrap_or_default());
                names.insert(zone, name);
            }
            Ok(names)
        }
    });
    let name = asked.await?.unwrap_or_default();
    names().insert(zone_id.to_owned(), name.clone());
    Ok(name)
}

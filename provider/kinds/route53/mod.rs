//! Amazon Route 53: DNS records and hosted zones.

mod change;
mod name;
mod record;
mod record_set;
mod text;
mod unsupported;
mod zone;

pub use record::*;
pub use zone::*;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_route53::Client;

use crate::aws::context::Cx;
use crate::aws::error::Result;

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

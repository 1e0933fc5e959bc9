//! What the targets of a rule are.

use std::collections::HashMap;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types;

use crate::aws::context::Cx;
use crate::aws::error::{ErrorKind, Result};

/// The targets of a rule, or nothing where there is no such rule; one call serves all its targets.
pub(super) async fn event_targets(cx: &Cx, bus: &str, rule: &str) -> Result<Option<Vec<types::Target>>> {
    let client = cx.client::<Client>()?;
    cx.batched(1, (bus.to_owned(), rule.to_owned()), move |rules| {
        let client = client.clone();
        async move {
            let mut lists = HashMap::new();
            for (bus, rule) in rules {
                match list(&client, &bus, &rule).await {
                    Ok(list) => drop(lists.insert((bus, rule), list)),
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(lists)
        }
    })
    .await
}

async fn list(client: &Client, bus: &str, rule: &str) -> Result<Vec<types::Target>> {
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let list = client.list_targets_by_rule().event_bus_name(bus).rule(rule).set_next_token(token);
        let page = list.send().await?;
        all.extend(page.targets.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            return Ok(all);
        }
    }
}

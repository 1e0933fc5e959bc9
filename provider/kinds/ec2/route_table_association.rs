//! Which route table a subnet uses.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{RouteTable, RouteTableAssociation as Association, RouteTableAssociationStateCode};
use futures::future::try_join_all;

use super::route_table;
use super::subnet::Subnet;
use super::{FILTER_VALUES, exactly_one, filter};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::kinds::operations::InState;
use crate::kinds::{Actions, Kind, Live, Update, bad_id, begin, claim_alike, is_free};
use crate::model::{Failures, Model};

/// Associates a route table with a subnet or with a gateway. A subnet without an association uses
/// the main route table of its VPC.
#[derive(Clone, Debug, Model)]
pub struct RouteTableAssociationArgs {
    /// The ID of an internet gateway or virtual private gateway, whose incoming traffic the route
    /// table directs. Conflicts with `subnetId`.
    #[model(replace, check = ids::gateway)]
    pub gateway_id: Option<String>,
    /// The ID of the route table. A change takes effect without interruption.
    #[model(in_place, check = ids::route_table)]
    pub route_table_id: String,
    /// The ID of the subnet. Conflicts with `gatewayId`.
    #[model(replace, check = ids::subnet)]
    pub subnet_id: Option<String>,
}

/// What AWS says of the association of a route table.
#[derive(Clone, Debug, Model)]
pub struct RouteTableAssociationState {
    /// The ID of the association. It changes when the route table changes.
    #[model(in_place)]
    pub association_id: String,
}

/// Which route table a subnet uses.
pub struct RouteTableAssociation;

impl Kind for RouteTableAssociation {
    const TOKEN: &'static str = "agentic:ec2:RouteTableAssociation";
    // Not the association's own id, which AWS changes with the table.
    const ID: &'static str = "the ID of the subnet or gateway, such as `subnet-0a1b2c3d4e5f67890`";
    // `subnet-0a1b2c/rtb-0a1b2c`.
    const IMPORT_ID: fn(&str) -> &str = |id| id.split('/').next().unwrap_or(id);
    const ACTIONS: Actions = Actions {
        create: &["ec2:AssociateRouteTable", "ec2:DescribeRouteTables"],
        read: &["ec2:DescribeRouteTables"],
        update: &["ec2:ReplaceRouteTableAssociation", "ec2:DescribeRouteTables"],
        delete: &["ec2:DisassociateRouteTable", "ec2:DescribeRouteTables"],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the route table is associated",
        usual: [0, 5],
        budget: Duration::from_secs(5 * 60),
    });

    type Args = RouteTableAssociationArgs;
    type State = RouteTableAssociationState;

    fn rules(args: &RouteTableAssociationInputs, failures: &mut Failures) {
        let sides = [
            (RouteTableAssociationArgs::SUBNET_ID, &args.subnet_id),
            (RouteTableAssociationArgs::GATEWAY_ID, &args.gateway_id),
        ];
        exactly_one(failures, "an association is with a subnet or with a gateway", &sides);
    }

    async fn create(cx: &Cx, args: &RouteTableAssociationArgs) -> Result<String> {
        let id = args.subnet_id.clone().or_else(|| args.gateway_id.clone()).unwrap_or_default();
        let is_free = is_free::<Subnet, Self>(cx, &id, &id);
        match if is_free { None } else { find(cx, &id).await? } {
            Some(there) if there.route_table_id() == Some(args.route_table_id.as_str()) => {
                let of_state = route_table::is_of_state(cx, &args.route_table_id);
                claim_alike::<Self>(cx, &id, "association with the route table", of_state).await?;
                return Ok(id);
            }
            Some(there) => return Err(other_table(&id, &there)),
            None => {}
        }
        begin(cx, &id);
        let made = cx
            .client::<Client>()?
            .associate_route_table()
            .route_table_id(&args.route_table_id)
            .set_subnet_id(args.subnet_id.clone())
            .set_gateway_id(args.gateway_id.clone())
            .send()
            .await?;
        let association = Association::builder()
            .set_route_table_association_id(made.association_id)
            .set_association_state(made.association_state)
            .route_table_id(&args.route_table_id)
            .set_subnet_id(args.subnet_id.clone())
            .set_gateway_id(args.gateway_id.clone());
        cx.tell(id.clone(), association.build());
        Ok(id)
    }

    async fn ready(cx: &Cx, id: &str, _args: &RouteTableAssociationArgs) -> Result<Poll> {
        let Some(association) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        let Some(state) = &association.association_state else { return Ok(Poll::Ready(())) };
        Ok(match &state.state {
            Some(RouteTableAssociationStateCode::Failed) => {
                let reason = state.status_message().unwrap_or("AWS gives no reason");
                let message = format!("AWS could not associate the route table with {id}: {reason}");
                Poll::Failed(Error::new(ErrorKind::Failed, message))
            }
            Some(RouteTableAssociationStateCode::Associated) | None => Poll::Ready(()),
            Some(other) => Poll::Pending(other.to_string()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if !["subnet-", "igw-", "vgw-"].iter().any(|prefix| id.starts_with(prefix)) {
            return Err(bad_id(id, Self::ID));
        }
        let Some(association) = find(cx, id).await? else { return Ok(None) };
        let is_gateway = !is_subnet(id);
        Ok(Some(Live {
            args: RouteTableAssociationObserved {
                gateway_id: Some(is_gateway.then(|| id.to_owned())),
                route_table_id: association.route_table_id,
                subnet_id: Some((!is_gateway).then(|| id.to_owned())),
            },
            state: RouteTableAssociationState {
                association_id: association.route_table_association_id.unwrap_or_default(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<RouteTableAssociationArgs>) -> Result<()> {
        if update.any(&[RouteTableAssociationArgs::ROUTE_TABLE_ID]) {
            let association = existing(cx, id).await?;
            cx.client::<Client>()?
                .replace_route_table_association()
                .association_id(association)
                .route_table_id(&update.new.route_table_id)
                .send()
                .await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &RouteTableAssociationArgs) -> Result<()> {
        if let Some(known) = InState::text(cx, "associationId") {
            match disassociate(cx, known).await {
                // Another table may have taken its place.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                done => return done,
            }
        }
        disassociate(cx, existing(cx, id).await?).await
    }
}

fn other_table(id: &str, there: &Association) -> Error {
    let table = there.route_table_id().unwrap_or("another route table");
    Error::new(ErrorKind::AlreadyExists, format!("{id} is associated with {table} already")).with_hint(format!(
        "Remove that association, or import it as {id}. If the resource in your program was renamed, give it an alias."
    ))
}

async fn disassociate(cx: &Cx, association: String) -> Result<()> {
    cx.client::<Client>()?.disassociate_route_table().association_id(association).send().await?;
    Ok(())
}

/// The association's own id.
async fn existing(cx: &Cx, id: &str) -> Result<String> {
    let found = find(cx, id).await?.and_then(|association| association.route_table_association_id);
    found.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("{id} is associated with no route table")))
}

fn is_subnet(id: &str) -> bool {
    id.starts_with("subnet-")
}

/// The association of a subnet or gateway, unless it is on its way out.
async fn find(cx: &Cx, id: &str) -> Result<Option<Association>> {
    if is_subnet(id) {
        let client = cx.client::<Client>()?;
        let load = move |ids| {
            let client = client.clone();
            async move { load(&client, "association.subnet-id", ids, |it| it.subnet_id.clone()).await }
        };
        return cx.batched(FILTER_VALUES, id.to_owned(), load).await;
    }
    let client = cx.client::<Client>()?;
    let load = move |ids| {
        let client = client.clone();
        async move { load(&client, "association.gateway-id", ids, |it| it.gateway_id.clone()).await }
    };
    cx.batched(FILTER_VALUES, id.to_owned(), load).await
}

/// The associations by what they are of. What is not among many is asked for alone before it counts
/// as gone: a table that has more associations than were asked for may have been passed over.
async fn load(
    client: &Client,
    name: &str,
    ids: Vec<String>,
    of: fn(&Association) -> Option<String>,
) -> Result<HashMap<String, Association>> {
    let ask = async |ids: Vec<String>| -> Result<HashMap<String, Association>> {
        let pages = client.describe_route_tables().filters(filter(name, ids)).into_paginator();
        Ok(by_id(pages.items().send().try_collect().await?, of))
    };
    let mut found = ask(ids.clone()).await?;
    let missing: Vec<String> = ids.iter().filter(|id| !found.contains_key(*id)).cloned().collect();
    if ids.len() > 1 {
        for answer in try_join_all(missing.into_iter().map(|id| ask(vec![id]))).await? {
            found.extend(answer);
        }
    }
    Ok(found)
}

fn by_id(
    tables: Vec<RouteTable>,
    id: impl Fn(&Association) -> Option<String>,
) -> HashMap<String, Association> {
    let all = tables.into_iter().flat_map(|table| table.associations.unwrap_or_default());
    all.filter(is_there).filter_map(|association| Some((id(&association)?, association))).collect()
}

fn is_there(association: &Association) -> bool {
    let state = association.association_state().and_then(|state| state.state());
    !matches!(
        state,
        Some(RouteTableAssociationStateCode::Disassociating | RouteTableAssociationStateCode::Disassociated)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::RouteTableAssociationState as AssociationState;

    #[test]
    fn an_association_that_is_on_its_way_out_is_gone() {
        let association = |subnet: &str, state: RouteTableAssociationStateCode| {
            let state = AssociationState::builder().state(state).build();
            Association::builder().subnet_id(subnet).association_state(state).build()
        };
        let table = RouteTable::builder()
            .associations(association("subnet-1", RouteTableAssociationStateCode::Disassociated))
            .associations(association("subnet-2", RouteTableAssociationStateCode::Associated))
            .associations(Association::builder().main(true).build());
        let found = by_id(vec![table.build()], |association| association.subnet_id.clone());
        assert_eq!(found.keys().collect::<Vec<_>>(), ["subnet-2"]);
    }

    #[test]
    fn another_table_is_named() {
        let there = Association::builder().route_table_id("rtb-2").build();
        let text = other_table("subnet-1", &there).to_string();
        assert!(
            text.starts_with("subnet-1 is associated with rtb-2 already. Remove that association"),
            "{text}"
        );
    }
}

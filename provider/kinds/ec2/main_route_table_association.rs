//! Which route table subnets use that name none.

use std::collections::HashMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{RouteTable, RouteTableAssociation as Association};

use super::{FILTER_VALUES, filter, route_table, tag_pairs};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::owner::TOKEN;
use crate::kinds::operations::InState;
use crate::kinds::{Actions, Kind, Live, Update, bad_id, begin, claim_alike};
use crate::model::Model;

/// Makes a route table the main route table of its VPC, which applies to subnets without an association
/// of their own.
///
/// Deleting this resource makes the previous main route table the main one again.
#[derive(Clone, Debug, Model)]
pub struct MainRouteTableAssociationArgs {
    /// The ID of the route table. A change takes effect without interruption.
    #[model(in_place, check = ids::route_table)]
    pub route_table_id: String,
    /// The ID of the VPC.
    #[model(replace, check = ids::vpc)]
    pub vpc_id: String,
}

/// What there was before.
#[derive(Clone, Debug, Model)]
pub struct MainRouteTableAssociationState {
    /// The ID of the previous main route table. Empty if it is not known.
    pub original_route_table_id: String,
}

/// Which route table subnets use that name none.
pub struct MainRouteTableAssociation;

impl Kind for MainRouteTableAssociation {
    const TOKEN: &'static str = "agentic:ec2:MainRouteTableAssociation";
    // Not the association's own id, which AWS changes with the table.
    const ID: &'static str = "the ID of the VPC, such as `vpc-0a1b2c3d4e5f67890`";
    const ACTIONS: Actions = Actions {
        create: &["ec2:ReplaceRouteTableAssociation", "ec2:DescribeRouteTables"],
        read: &["ec2:DescribeRouteTables"],
        update: &["ec2:ReplaceRouteTableAssociation", "ec2:DescribeRouteTables"],
        delete: &["ec2:ReplaceRouteTableAssociation", "ec2:DescribeRouteTables"],
    };
    const APART: &'static [crate::model::Prop<MainRouteTableAssociationArgs>] =
        &[MainRouteTableAssociationArgs::VPC_ID];

    type Args = MainRouteTableAssociationArgs;
    type State = MainRouteTableAssociationState;

    async fn create(cx: &Cx, args: &MainRouteTableAssociationArgs) -> Result<String> {
        let id = args.vpc_id.clone();
        let tables = tables(cx, &id).await?;
        let Some((table, association)) = main(&tables) else {
            let message = format!("AWS does not return the main route table of the VPC {id}");
            return Err(Error::new(ErrorKind::NotReady, message));
        };
        if table == args.route_table_id {
            let of_state = route_table::is_of_state(cx, table);
            claim_alike::<Self>(cx, &id, "main route table association", of_state).await?;
            return Ok(id);
        }
        cx.note(Original(table.to_owned()));
        begin(cx, &id);
        replace(cx, association, &args.route_table_id).await?;
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if !id.starts_with("vpc-") {
            return Err(bad_id(id, Self::ID));
        }
        let tables = tables(cx, id).await?;
        let Some((table, _)) = main(&tables) else { return Ok(None) };
        let noted = cx.noted::<Original>().map(|Original(table)| table);
        let known = noted.or_else(|| InState::text(cx, "originalRouteTableId"));
        // As it was before: somebody has put it back.
        if known.as_deref() == Some(table) {
            return Ok(None);
        }
        let original = known.or_else(|| original(&tables)).unwrap_or_default();
        Ok(Some(Live {
            args: MainRouteTableAssociationArgs { route_table_id: table.to_owned(), vpc_id: id.to_owned() }
                .into(),
            state: MainRouteTableAssociationState { original_route_table_id: original },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<MainRouteTableAssociationArgs>) -> Result<()> {
        let wanted = &update.new.route_table_id;
        if InState::text(cx, "originalRouteTableId").as_ref() == Some(wanted) {
            // A program asks for the table of before: there is none to go back to.
            cx.note(Original(String::new()));
        }
        match main(&tables(cx, id).await?) {
            Some((table, _)) if table == wanted => Ok(()),
            Some((_, association)) => replace(cx, association, wanted).await,
            None => Err(Error::new(ErrorKind::NotFound, format!("{id} has no visible main route table"))),
        }
    }

    async fn delete(cx: &Cx, id: &str, args: &MainRouteTableAssociationArgs) -> Result<()> {
        let tables = tables(cx, id).await?;
        let Some((table, association)) = main(&tables) else { return Ok(()) };
        let original = InState::text(cx, "originalRouteTableId").unwrap_or_default();
        let is_there = tables.iter().any(|table| table.route_table_id() == Some(original.as_str()));
        if table != args.route_table_id || table == original {
            return Ok(());
        }
        if !is_there {
            let what = if original.is_empty() { "the one before it" } else { &original };
            cx.progress.tell(&format!("left {table} the main route table of {id}: {what} is gone"));
            return Ok(());
        }
        replace(cx, association, &original).await
    }
}

/// The table that was the main one before this operation.
#[derive(Clone)]
struct Original(String);

async fn replace(cx: &Cx, association: &str, table: &str) -> Result<()> {
    let call = cx.client::<Client>()?.replace_route_table_association().association_id(association);
    call.route_table_id(table).send().await?;
    Ok(())
}

/// The main table, and the ID of its association with the VPC.
fn main(tables: &[RouteTable]) -> Option<(&str, &str)> {
    let is_main = |association: &&Association| association.main == Some(true);
    tables.iter().find_map(|table| {
        let association = table.associations().iter().find(is_main)?;
        Some((table.route_table_id()?, association.route_table_association_id()?))
    })
}

/// The table that AWS made with the VPC, where that is clear: the only one that no stack has made and
/// nothing is associated with.
fn original(tables: &[RouteTable]) -> Option<String> {
    let is_made = |table: &RouteTable| tag_pairs(table.tags()).any(|(key, _)| key == TOKEN);
    let mut left = tables.iter().filter(|table| table.associations().is_empty() && !is_made(table));
    match (left.next(), left.next()) {
        (Some(only), None) => only.route_table_id.clone(),
        _ => None,
    }
}

/// The route tables of a VPC.
async fn tables(cx: &Cx, vpc: &str) -> Result<Vec<RouteTable>> {
    let client = cx.client::<Client>()?;
    let found = cx.batched(FILTER_VALUES, vpc.to_owned(), move |vpcs| {
        let pages = client.describe_route_tables().filters(filter("vpc-id", vpcs)).into_paginator();
        async move {
            let mut found: HashMap<String, Vec<RouteTable>> = HashMap::new();
            let all: Vec<RouteTable> = pages.items().send().try_collect().await?;
            for table in all {
                found.entry(table.vpc_id.clone().unwrap_or_default()).or_default().push(table);
            }
            Ok(found)
        }
    });
    Ok(found.await?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::Tag;

    fn table(id: &str) -> aws_sdk_ec2::types::builders::RouteTableBuilder {
        RouteTable::builder().route_table_id(id)
    }

    #[test]
    fn the_table_of_before_is_told_where_it_is_clear() {
        let associated = Association::builder().main(true).route_table_association_id("rtbassoc-1").build();
        let ours = table("rtb-2").tags(Tag::builder().key(TOKEN).value("1").build());
        let tables = [table("rtb-1").build(), ours.associations(associated).build()];
        assert_eq!(main(&tables), Some(("rtb-2", "rtbassoc-1")));
        assert_eq!(original(&tables).as_deref(), Some("rtb-1"));
        let several = [table("rtb-1").build(), table("rtb-3").build()];
        assert_eq!(original(&several), None);
    }
}

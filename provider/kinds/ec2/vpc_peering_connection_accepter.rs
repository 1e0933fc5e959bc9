//! The accepter's side of a connection between two VPCs that is made elsewhere.

use std::time::Duration;

use super::PeeringSide;
use super::vpc_peering_connection::{accept, code, failed, find, is_over, set_options};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, set_up};
use crate::model::{Model, Prop};

use aws_sdk_ec2::types::VpcPeeringConnectionStateReasonCode as Code;

/// The accepter's side of a VPC peering connection that another account, another region or an
/// `ec2.VpcPeeringConnection` without `autoAccept` requests: accepts the connection and sets its
/// options. Deleting this resource leaves the connection as it is.
#[derive(Clone, Debug, Model)]
pub struct VpcPeeringConnectionAccepterArgs {
    /// The options of the accepter's VPC. The options can be set only once the connection is
    /// accepted.
    #[model(in_place, aws_default, told)]
    pub accepter: Option<PeeringSide>,
    /// Whether the connection is accepted. A connection that is accepted stays so.
    #[model(in_place, write_only, default = false)]
    pub auto_accept: bool,
    /// The options of the requester's VPC, which can be set from its own account and region only.
    #[model(in_place, aws_default, told)]
    pub requester: Option<PeeringSide>,
    /// The ID of the VPC peering connection.
    #[model(replace, check = ids::peering)]
    pub vpc_peering_connection_id: String,
}

/// The outputs of an accepter.
#[derive(Clone, Debug, Model)]
pub struct VpcPeeringConnectionAccepterState {
    /// The status of the connection, such as `pending-acceptance` or `active`.
    #[model(in_place)]
    pub accept_status: String,
    /// The ID of the account of the requester's VPC.
    pub peer_owner_id: String,
    /// The region of the accepter's VPC.
    pub peer_region: String,
    /// The ID of the requester's VPC.
    pub peer_vpc_id: String,
    /// The ID of the accepter's VPC.
    pub vpc_id: String,
}

/// The accepter's side of a connection.
pub struct VpcPeeringConnectionAccepter;

impl Kind for VpcPeeringConnectionAccepter {
    const TOKEN: &'static str = "agentic:ec2:VpcPeeringConnectionAccepter";
    const ID: &'static str = "the ID of the connection, such as `pcx-0a1b2c3d4e5f67890`";
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:AcceptVpcPeeringConnection",
            "ec2:DescribeVpcPeeringConnections",
            "ec2:ModifyVpcPeeringConnectionOptions",
        ],
        read: &["ec2:DescribeVpcPeeringConnections"],
        update: &[
            "ec2:AcceptVpcPeeringConnection",
            "ec2:DescribeVpcPeeringConnections",
            "ec2:ModifyVpcPeeringConnectionOptions",
        ],
        delete: &[],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the peering connection is active",
        usual: [2, 30],
        budget: Duration::from_secs(5 * 60),
    });
    const APART: &'static [Prop<Self::Args>] = &[VpcPeeringConnectionAccepterArgs::VPC_PEERING_CONNECTION_ID];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::VPC_PEERING_CONNECTION_ACCEPTER;

    type Args = VpcPeeringConnectionAccepterArgs;
    type State = VpcPeeringConnectionAccepterState;

    async fn create(cx: &Cx, args: &VpcPeeringConnectionAccepterArgs) -> Result<String> {
        let id = &args.vpc_peering_connection_id;
        match find(cx, id).await? {
            Some(connection) if code(&connection) == Some(&Code::Failed) => Err(failed(&connection)),
            Some(connection) if is_over(&connection) => {
                let status = code(&connection).map_or("over", Code::as_str);
                let message = format!("the peering connection {id} is {status}");
                Err(Error::new(ErrorKind::Invalid, message)
                    .with_hint("Request the connection again, and give its new ID."))
            }
            Some(_) => Ok(id.clone()),
            None => {
                let region = cx.region().unwrap_or_default();
                let message = format!("there is no peering connection {id} in {region}");
                Err(Error::new(ErrorKind::NotFound, message)
                    .with_hint("Give the region of the accepter's VPC as the property region."))
            }
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &VpcPeeringConnectionAccepterArgs) -> Result<()> {
        if args.auto_accept {
            accept(cx, id).await?;
        }
        match args.accepter.is_some() || args.requester.is_some() {
            true => set_up::<Self>(cx, id, args).await,
            false => Ok(()),
        }
    }

    async fn ready(cx: &Cx, id: &str, args: &VpcPeeringConnectionAccepterArgs) -> Result<Poll> {
        let Some(connection) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match code(&connection) {
            Some(Code::Active) => Poll::Ready(()),
            Some(Code::PendingAcceptance) if !args.auto_accept => Poll::Ready(()),
            Some(Code::Failed) => Poll::Failed(failed(&connection)),
            other => Poll::Pending(other.map_or("not visible yet", Code::as_str).to_owned()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(connection) = find(cx, id).await?.filter(|connection| !is_over(connection)) else {
            return Ok(None);
        };
        let (requester, accepter) = (connection.requester_vpc_info(), connection.accepter_vpc_info());
        Ok(Some(Live {
            args: VpcPeeringConnectionAccepterObserved {
                accepter: Some(accepter.map(PeeringSide::from_aws)),
                auto_accept: None,
                requester: Some(requester.map(PeeringSide::from_aws)),
                vpc_peering_connection_id: Some(id.to_owned()),
            },
            state: VpcPeeringConnectionAccepterState {
                accept_status: code(&connection).map_or("", Code::as_str).to_owned(),
                peer_owner_id: requester.and_then(|info| info.owner_id.clone()).unwrap_or_default(),
                peer_region: accepter.and_then(|info| info.region.clone()).unwrap_or_default(),
                peer_vpc_id: requester.and_then(|info| info.vpc_id.clone()).unwrap_or_default(),
                vpc_id: accepter.and_then(|info| info.vpc_id.clone()).unwrap_or_default(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<VpcPeeringConnectionAccepterArgs>) -> Result<()> {
        let new = &update.new;
        if update.any(&[VpcPeeringConnectionAccepterArgs::AUTO_ACCEPT]) && new.auto_accept {
            accept(cx, id).await?;
        }
        let differs = |side| update.any(&[side]);
        let accepter = new.accepter.as_ref();
        let accepter = accepter.filter(|_| differs(VpcPeeringConnectionAccepterArgs::ACCEPTER));
        let requester = new.requester.as_ref();
        let requester = requester.filter(|_| differs(VpcPeeringConnectionAccepterArgs::REQUESTER));
        set_options(cx, id, accepter, requester).await
    }

    /// The connection is up to whoever requested it.
    async fn delete(_cx: &Cx, _id: &str, _args: &VpcPeeringConnectionAccepterArgs) -> Result<()> {
        Ok(())
    }
}

//! A connection between two VPCs.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, PeeringConnectionOptionsRequest, ResourceType, VpcPeeringConnectionStateReasonCode as Code,
    VpcPeeringConnectionVpcInfo,
};

use super::{Ec2Tags, left_behind, tag_map, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, set_up};
use crate::model::{Failures, Model};

/// A VPC peering connection: lets two VPCs reach each other by their private addresses, once it is
/// accepted and both have routes to it. Within an Availability Zone, traffic is free of charge.
#[derive(Clone, Debug, Model)]
pub struct VpcPeeringConnectionArgs {
    /// The options of the accepter's VPC. The options can be set only once the connection is
    /// accepted.
    #[model(in_place, aws_default, told)]
    pub accepter: Option<PeeringSide>,
    /// Whether the connection is accepted automatically. Only for two VPCs of the same account and
    /// region; otherwise use `ec2.VpcPeeringConnectionAccepter`.
    #[model(in_place, write_only, default = false)]
    pub auto_accept: bool,
    /// The ID of the account of the accepter's VPC. Defaults to the account of the provider.
    #[model(replace, aws_default, told, check = check_account)]
    pub peer_owner_id: Option<String>,
    /// The region of the accepter's VPC. Defaults to the region of the provider.
    #[model(replace, aws_default, told)]
    pub peer_region: Option<String>,
    /// The ID of the accepter's VPC.
    #[model(replace, check = ids::vpc)]
    pub peer_vpc_id: String,
    /// The options of the requester's VPC. The options can be set only once the connection is
    /// accepted.
    #[model(in_place, aws_default, told)]
    pub requester: Option<PeeringSide>,
    /// The tags of the connection.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The ID of the requester's VPC.
    #[model(replace, check = ids::vpc)]
    pub vpc_id: String,
}

/// The options of one of the two VPCs.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct PeeringSide {
    /// Whether public DNS names of the VPC resolve to private IP addresses when queried from the
    /// other VPC.
    #[model(default = false)]
    pub allow_remote_vpc_dns_resolution: bool,
}

/// What AWS says of a VPC peering connection.
#[derive(Clone, Debug, Model)]
pub struct VpcPeeringConnectionState {
    /// The status of the connection, such as `pending-acceptance` or `active`.
    #[model(in_place)]
    pub accept_status: String,
}

/// A connection between two VPCs.
pub struct VpcPeeringConnection;

impl Kind for VpcPeeringConnection {
    const TOKEN: &'static str = "agentic:ec2:VpcPeeringConnection";
    const ID: &'static str = "the ID of the connection, such as `pcx-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ec2:AcceptVpcPeeringConnection",
            "ec2:CreateVpcPeeringConnection",
            "ec2:DescribeTags",
            "ec2:DescribeVpcPeeringConnections",
            "ec2:ModifyVpcPeeringConnectionOptions",
        ],
        read: &["ec2:DescribeVpcPeeringConnections"],
        update: &["ec2:AcceptVpcPeeringConnection", "ec2:ModifyVpcPeeringConnectionOptions"],
        delete: &["ec2:DeleteVpcPeeringConnection", "ec2:DescribeVpcPeeringConnections"],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the peering connection exists",
        usual: [2, 30],
        budget: Duration::from_secs(5 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the peering connection is deleted",
        usual: [1, 30],
        budget: Duration::from_secs(5 * 60),
    });

    type Args = VpcPeeringConnectionArgs;
    type State = VpcPeeringConnectionState;

    fn rules(args: &VpcPeeringConnectionInputs, failures: &mut Failures) {
        let accepts = args.auto_accept.get() == Some(&true);
        if accepts && args.peer_region.get().is_some() {
            let reason = "is only for VPCs of the same region; leave it out, and accept the connection there with ec2.VpcPeeringConnectionAccepter";
            failures.add(VpcPeeringConnectionArgs::AUTO_ACCEPT, reason);
        }
        if let (Some(one), Some(other)) = (args.vpc_id.get(), args.peer_vpc_id.get())
            && one == other
        {
            failures.add(VpcPeeringConnectionArgs::PEER_VPC_ID, "is that of the same VPC; give another one");
        }
    }

    async fn create(cx: &Cx, args: &VpcPeeringConnectionArgs) -> Result<String> {
        if let Some(id) = left_behind::<Self>(cx, "VPC peering connection", args).await? {
            return Ok(id);
        }
        let made = cx
            .client::<Client>()?
            .create_vpc_peering_connection()
            .vpc_id(&args.vpc_id)
            .peer_vpc_id(&args.peer_vpc_id)
            .set_peer_owner_id(args.peer_owner_id.clone())
            .set_peer_region(args.peer_region.clone())
            .tag_specifications(tagged(cx, ResourceType::VpcPeeringConnection, &args.tags))
            .send()
            .await?;
        let id = made.vpc_peering_connection.and_then(|made| made.vpc_peering_connection_id);
        Ok(id.unwrap_or_default())
    }

    async fn configure(cx: &Cx, id: &str, args: &VpcPeeringConnectionArgs) -> Result<()> {
        if args.auto_accept {
            accept(cx, id).await?;
        }
        match args.accepter.is_some() || args.requester.is_some() {
            true => set_up::<Self>(cx, id, args).await,
            false => Ok(()),
        }
    }

    async fn ready(cx: &Cx, id: &str, args: &VpcPeeringConnectionArgs) -> Result<Poll> {
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
        let status = code(&connection).map_or("", Code::as_str).to_owned();
        Ok(Some(Live {
            args: VpcPeeringConnectionObserved {
                accepter: Some(accepter.map(PeeringSide::from_aws)),
                auto_accept: None,
                peer_owner_id: Some(accepter.and_then(|info| info.owner_id.clone())),
                peer_region: Some(accepter.and_then(|info| info.region.clone())),
                peer_vpc_id: accepter.and_then(|info| info.vpc_id.clone()),
                requester: Some(requester.map(PeeringSide::from_aws)),
                tags: Some(tag_map(connection.tags())),
                vpc_id: requester.and_then(|info| info.vpc_id.clone()),
            },
            state: VpcPeeringConnectionState { accept_status: status },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<VpcPeeringConnectionArgs>) -> Result<()> {
        let new = &update.new;
        if update.any(&[VpcPeeringConnectionArgs::AUTO_ACCEPT]) && new.auto_accept {
            accept(cx, id).await?;
        }
        let (accepter, requester) = (
            new.accepter.as_ref().filter(|_| update.any(&[VpcPeeringConnectionArgs::ACCEPTER])),
            new.requester.as_ref().filter(|_| update.any(&[VpcPeeringConnectionArgs::REQUESTER])),
        );
        set_options(cx, id, accepter, requester).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &VpcPeeringConnectionArgs) -> Result<()> {
        let call = cx.client::<Client>()?.delete_vpc_peering_connection();
        call.vpc_peering_connection_id(id).send().await?;
        Ok(())
    }
}

impl PeeringSide {
    pub(super) fn from_aws(info: &VpcPeeringConnectionVpcInfo) -> Self {
        let options = info.peering_options();
        let resolves = options.and_then(|options| options.allow_dns_resolution_from_remote_vpc);
        PeeringSide { allow_remote_vpc_dns_resolution: resolves.unwrap_or_default() }
    }

    fn to_aws(&self) -> PeeringConnectionOptionsRequest {
        PeeringConnectionOptionsRequest::builder()
            .allow_dns_resolution_from_remote_vpc(self.allow_remote_vpc_dns_resolution)
            .build()
    }
}

/// Sets the options of these sides.
pub(super) async fn set_options(
    cx: &Cx,
    id: &str,
    accepter: Option<&PeeringSide>,
    requester: Option<&PeeringSide>,
) -> Result<()> {
    if accepter.is_some() || requester.is_some() {
        let call = cx.client::<Client>()?.modify_vpc_peering_connection_options();
        call.vpc_peering_connection_id(id)
            .set_accepter_peering_connection_options(accepter.map(PeeringSide::to_aws))
            .set_requester_peering_connection_options(requester.map(PeeringSide::to_aws))
            .send()
            .await?;
    }
    Ok(())
}

/// Accepts the connection, as soon as AWS has asked the other side.
pub(super) async fn accept(cx: &Cx, id: &str) -> Result<()> {
    let not_ready =
        |what: &str| Error::new(ErrorKind::NotReady, format!("the peering connection {id} {what}"));
    let connection = find(cx, id).await?.ok_or_else(|| not_ready("is not visible yet"))?;
    match code(&connection) {
        Some(Code::PendingAcceptance) => {
            let call = cx.client::<Client>()?.accept_vpc_peering_connection();
            call.vpc_peering_connection_id(id).send().await?;
            Ok(())
        }
        Some(Code::InitiatingRequest) => Err(not_ready("is being requested")),
        Some(Code::Failed) => Err(failed(&connection)),
        _ => Ok(()),
    }
}

pub(super) async fn find(cx: &Cx, id: &str) -> Result<Option<types::VpcPeeringConnection>> {
    let call = cx.client::<Client>()?.describe_vpc_peering_connections().vpc_peering_connection_ids(id);
    let answer = found(call.send().await)?;
    Ok(answer.and_then(|answer| answer.vpc_peering_connections?.into_iter().next()))
}

pub(super) fn code(connection: &types::VpcPeeringConnection) -> Option<&Code> {
    connection.status().and_then(|status| status.code())
}

/// AWS shows for some hours what has come to nothing.
/// <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html>
pub(super) fn is_over(connection: &types::VpcPeeringConnection) -> bool {
    matches!(
        code(connection),
        Some(Code::Deleted | Code::Deleting | Code::Expired | Code::Failed | Code::Rejected)
    )
}

pub(super) fn failed(connection: &types::VpcPeeringConnection) -> Error {
    let reason = connection.status().and_then(|status| status.message()).unwrap_or("AWS gives no reason");
    let reason = reason.trim_end_matches('.');
    Error::new(ErrorKind::Failed, format!("the peering connection failed: {reason}"))
        .with_hint("The ranges of the VPCs must not overlap, and both VPCs must exist.")
}

fn check_account(id: &str) -> Result<(), String> {
    match id.len() == 12 && id.chars().all(|c| c.is_ascii_digit()) {
        true => Ok(()),
        false => Err(format!("is {id:?}; give the ID of an account, which has 12 digits")),
    }
}

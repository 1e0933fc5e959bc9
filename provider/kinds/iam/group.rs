//! A group of users.

use aws_sdk_iam::Client;
use aws_sdk_iam::types;

use super::IAM;
use super::check_path;
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Update, begin, claim_alike, is_wanted, taken};
use crate::model::Model;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html>
const GROUP: NameRule = NameRule { what: "IAM group", max: 128, alphabet: IAM, ..PLAIN };

/// An IAM group: a set of users with common permissions.
#[derive(Clone, Debug, Model)]
pub struct GroupArgs {
    /// The name of the group, unique within the account.
    #[model(replace, autoname)]
    pub name: String,
    /// The path of the group. It starts and ends with a slash.
    #[model(in_place, default = "/", check = check_path)]
    pub path: String,
}

/// What AWS says of a group.
#[derive(Clone, Debug, Model)]
pub struct GroupState {
    /// The ARN of the group.
    #[model(follows = [GroupArgs::PATH])]
    pub arn: String,
    /// The stable and unique ID of the group, such as `AGPA1234567890EXAMPLE`.
    pub unique_id: String,
}

/// A group of users.
pub struct Group;

impl Kind for Group {
    const TOKEN: &'static str = "agentic:iam:Group";
    const ID: &'static str = "the name of the group";
    const ACTIONS: Actions = Actions {
        create: &["iam:GetGroup", "iam:CreateGroup"],
        read: &["iam:GetGroup"],
        update: &["iam:UpdateGroup"],
        delete: &["iam:DeleteGroup"],
    };
    const NAME: Option<&'static NameRule> = Some(&GROUP);
    const GLOBAL: bool = true;

    type Args = GroupArgs;
    type State = GroupState;

    async fn create(cx: &Cx, args: &GroupArgs) -> Result<String> {
        // A group has no tags that could say whose it is.
        match find(cx, &args.name).await?.map(live) {
            Some(there) if is_wanted(there.args.clone(), args) => {
                claim_alike::<Self>(cx, &args.name, "IAM group", async { Ok(false) }).await?;
            }
            Some(_) => return Err(taken(None, "IAM group", &args.name)),
            None => {
                begin(cx, &args.name);
                let call = cx.client::<Client>()?.create_group().group_name(&args.name);
                call.path(&args.path).send().await?;
            }
        }
        Ok(args.name.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        Ok(find(cx, id).await?.map(live))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<GroupArgs>) -> Result<()> {
        let call = cx.client::<Client>()?.update_group().group_name(id);
        call.new_path(&update.new.path).send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &GroupArgs) -> Result<()> {
        cx.client::<Client>()?.delete_group().group_name(id).send().await?;
        Ok(())
    }
}

fn live(group: types::Group) -> Live<Group> {
    Live {
        args: GroupObserved { name: Some(group.group_name), path: Some(group.path) },
        state: GroupState { arn: group.arn, unique_id: group.group_id },
    }
}

async fn find(cx: &Cx, name: &str) -> Result<Option<types::Group>> {
    // The answer has the users of the group too, of which one is enough.
    let call = cx.client::<Client>()?.get_group().group_name(name).max_items(1);
    Ok(found(call.send().await)?.and_then(|answer| answer.group))
}

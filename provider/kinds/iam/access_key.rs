//! An access key of a user, of which AWS tells the secret once.

mod smtp;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{self, StatusType};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::unsupported;
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::held::OutcomeUnknown;
use crate::kinds::operations::InState;
use crate::kinds::{Actions, Kind, Live, Update, set_up};
use crate::model::Model;

/// An access key of an IAM user: the credentials for programs that run outside of AWS. Programs on
/// AWS should use roles instead.
///
/// AWS returns the secret only when the key is created. The secret is encrypted in the state, and
/// is not available for an imported key.
#[derive(Clone, Debug, Model)]
pub struct AccessKeyArgs {
    /// The status of the access key. An inactive key gives no access.
    #[model(in_place, default = "Active", one_of = ["Active", "Inactive"])]
    pub status: String,
    /// The name of the user. A user has at most two access keys.
    #[model(replace, length = 1..=128)]
    pub user: String,
}

/// What AWS says of an access key.
#[derive(Clone, Debug, Model)]
pub struct AccessKeyState {
    /// The date and time of the creation of the access key.
    pub create_date: String,
    /// The secret access key. Empty if the access key was imported.
    #[model(secret, told)]
    pub secret: Option<String>,
    /// The password for the SMTP interface of Amazon SES in the region of the provider. The user name
    /// is the ID of the access key. Empty if the access key was imported.
    #[model(name = "sesSmtpPasswordV4", secret, told)]
    pub ses_smtp_password_v4: Option<String>,
}

/// An access key.
pub struct AccessKey;

/// The key that this operation has made. No look tells the secret again.
#[derive(Clone)]
struct Made {
    key: Known,
    secret: String,
}

/// What AWS tells of a key at any time.
#[derive(Clone)]
struct Known {
    id: String,
    user: String,
    status: String,
    created: Option<DateTime>,
}

/// The keys that a user had before one more was asked for.
#[derive(Clone)]
struct Before(BTreeSet<String>);

impl Kind for AccessKey {
    const TOKEN: &'static str = "agentic:iam:AccessKey";
    const ID: &'static str = "the ID of the access key, such as `AKIAIOSFODNN7EXAMPLE`";
    const ACTIONS: Actions = Actions {
        create: &["iam:ListAccessKeys", "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey"],
        read: &["iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"],
        update: &["iam:UpdateAccessKey"],
        delete: &["iam:DeleteAccessKey"],
    };
    const GLOBAL: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = unsupported::ACCESS_KEY;

    type Args = AccessKeyArgs;
    type State = AccessKeyState;

    async fn create(cx: &Cx, args: &AccessKeyArgs) -> Result<String> {
        // One at a time, so that what is new beside a lost answer is what the lost call has made.
        let turn = Turns::of(cx, &args.user);
        let _mine = turn.lock().await;
        let mut there: BTreeSet<String> =
            keys(cx, &args.user).await?.unwrap_or_default().into_iter().map(|key| key.id).collect();
        if let (Some(Before(before)), Some(_)) = (cx.noted(), cx.noted::<OutcomeUnknown>()) {
            take_back(cx, &args.user, &before, &mut there).await?;
        }
        cx.note(Before(there));
        let made = cx.client::<Client>()?.create_access_key().user_name(&args.user).send().await?;
        let Some(made) = made.access_key else { return Ok(String::new()) };
        let key = Known {
            id: made.access_key_id.clone(),
            user: made.user_name,
            status: made.status.as_str().to_owned(),
            created: made.create_date,
        };
        cx.note(Made { key, secret: made.secret_access_key });
        Ok(made.access_key_id)
    }

    async fn configure(cx: &Cx, id: &str, args: &AccessKeyArgs) -> Result<()> {
        set_up::<Self>(cx, id, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if let Some(Made { key, secret }) = cx.noted::<Made>().filter(|made| made.key.id == id) {
            let password = smtp::password(&secret, cx.region().unwrap_or_default());
            return Ok(Some(live(key, Some(secret), Some(password))));
        }
        let in_state = |output: &str| InState::text(cx, output).filter(|text| !text.is_empty());
        let user = match in_state(AccessKeyArgs::USER.name()) {
            Some(user) => Some(user),
            None => user_of(cx, id).await?,
        };
        let Some(user) = user else { return Ok(None) };
        let all = keys(cx, &user).await?.unwrap_or_default();
        Ok(all.into_iter().find(|key| key.id == id).map(|key| {
            let secret = in_state(AccessKeyState::SECRET.name());
            live(key, secret, in_state(AccessKeyState::SES_SMTP_PASSWORD_V4.name()))
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<AccessKeyArgs>) -> Result<()> {
        if !update.any(&[AccessKeyArgs::STATUS]) {
            return Ok(());
        }
        let status = &update.new.status;
        let call = cx.client::<Client>()?.update_access_key().user_name(&update.new.user);
        call.access_key_id(id).status(StatusType::from(status.as_str())).send().await?;
        if let Some(made) = cx.noted::<Made>() {
            cx.note(Made { key: Known { status: status.clone(), ..made.key }, ..made });
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &AccessKeyArgs) -> Result<()> {
        remove(cx, &args.user, id).await
    }
}

fn live(key: Known, secret: Option<String>, ses_smtp_password_v4: Option<String>) -> Live<AccessKey> {
    let create_date = key.created.and_then(|date| date.fmt(Format::DateTime).ok()).unwrap_or_default();
    Live {
        args: AccessKeyObserved { status: Some(key.status), user: Some(key.user) },
        state: AccessKeyState { create_date, secret, ses_smtp_password_v4 },
    }
}

/// The keys of a user; nothing where there is no such user.
async fn keys(cx: &Cx, user: &str) -> Result<Option<Vec<Known>>> {
    let pages = cx.client::<Client>()?.list_access_keys().user_name(user).into_paginator().items().send();
    let all: Option<Vec<types::AccessKeyMetadata>> = found(pages.try_collect().await)?;
    let known = |key: types::AccessKeyMetadata| Known {
        id: key.access_key_id.unwrap_or_default(),
        user: user.to_owned(),
        status: key.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        created: key.create_date,
    };
    Ok(all.map(|all| all.into_iter().map(known).collect()))
}

/// Whose key this is, as far as nothing but its ID is known.
async fn user_of(cx: &Cx, id: &str) -> Result<Option<String>> {
    let answer = cx.client::<Client>()?.get_access_key_last_used().access_key_id(id).send().await;
    Ok(found(answer)?.and_then(|answer| answer.user_name))
}

async fn remove(cx: &Cx, user: &str, id: &str) -> Result<()> {
    cx.client::<Client>()?.delete_access_key().user_name(user).access_key_id(id).send().await?;
    Ok(())
}

/// Deletes the key whose secret went with a lost answer: the only one that is new. Of several, nobody
/// can tell which it is.
async fn take_back(
    cx: &Cx,
    user: &str,
    before: &BTreeSet<String>,
    there: &mut BTreeSet<String>,
) -> Result<()> {
    let new: Vec<String> = there.difference(before).cloned().collect();
    match new.as_slice() {
        [lost] => {
            found(remove(cx, user, lost).await)?;
            there.remove(lost);
            cx.progress.tell(&format!("deleted the access key {lost}, whose secret was lost with the response of AWS"));
        }
        [] => {}
        several => cx.progress.tell(&format!(
            "the secret of a new access key of the user {user} was lost with the response of AWS: delete the one of {} that nothing uses",
            several.join(" and ")
        )),
    }
    Ok(())
}

/// Who may create a key of a user now.
#[derive(Clone, Default)]
struct Turns(Arc<Mutex<HashMap<String, Turn>>>);

type Turn = Arc<tokio::sync::Mutex<()>>;

impl Turns {
    fn of(cx: &Cx, user: &str) -> Turn {
        let turns = cx.aws.shared::<Turns, Turns>("", Turns::default);
        let mut turns = turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry(user.to_owned()).or_default().clone()
    }
}

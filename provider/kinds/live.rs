//! What AWS has, for kinds that look at it themselves, and what they say as an update would.

use super::contract::{Kind, Live, Observed, Update};
use super::tagging::{Named, TAGS, hide_tags};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::model::{Arguments, Model, Object, fill_defaults};

/// The resource as AWS has it, with the tags that are the user's; `asked` is what is wanted of it, where
/// that is known.
pub(super) async fn look<K: Kind>(cx: &Cx, id: &str, asked: Option<&K::Args>) -> Result<Option<Live<K>>> {
    let mut live = look_whole::<K>(cx, id, asked).await?;
    if let Some(live) = &mut live {
        hide_tags::<K::Args>(&mut live.args);
    }
    Ok(live)
}

/// The same with all tags, ours among them.
pub(super) async fn look_whole<K: Kind>(
    cx: &Cx,
    id: &str,
    asked: Option<&K::Args>,
) -> Result<Option<Live<K>>> {
    let live = match asked {
        Some(asked) => K::refresh(cx, id, asked).await?,
        None => K::read(cx, id).await?,
    };
    let Some(mut live) = live else { return Ok(None) };
    if let Some(tags @ None) = K::Args::observed_tags(&mut live.args) {
        *tags = K::TAGS.list(cx, &Named::by(K::ARN, id, &live.state.encode_fields())).await?;
    }
    Ok(Some(live))
}

pub(super) fn not_shown(id: &str) -> Error {
    Error::new(ErrorKind::NotReady, format!("{id} exists but is not visible yet"))
}

/// Says what the call that made the resource could not say as an update would: what differs from
/// what AWS gives it by itself.
pub async fn set_up<K: Kind>(cx: &Cx, id: &str, args: &K::Args) -> Result<()> {
    let Some(live) = K::refresh(cx, id, args).await? else { return Err(not_shown(id)) };
    set_up_from::<K>(cx, id, args, live.args).await
}

/// The same, for what is new and has the defaults of the arguments, which are AWS's.
pub async fn set_up_new<K: Kind>(cx: &Cx, id: &str, args: &K::Args) -> Result<()> {
    let (mut defaults, mut usual) = (Object::new(), Observed::<K>::default());
    fill_defaults(K::Args::TABLE, &mut defaults);
    K::Args::observe(&mut usual, &defaults);
    set_up_from::<K>(cx, id, args, usual).await
}

/// The same, where it is known what AWS gives it by itself.
pub async fn set_up_from<K: Kind>(cx: &Cx, id: &str, args: &K::Args, there: Observed<K>) -> Result<()> {
    let mut update = Update::towards(args, there);
    update.changed = update.in_place().filter(|changed| changed.name() != TAGS).collect();
    if update.changed.is_empty() {
        return Ok(());
    }
    cx.forget();
    K::update(cx, id, &update).await
}

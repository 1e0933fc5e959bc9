//! What is there already when a resource is to be created: our own, from an attempt that broke off
//! or because it was to stay, or somebody else's.

use super::{Kind, Update};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::diff;
use crate::model::{Model, Object};

/// The error for a name under which there is something that this resource is not. `error` is what
/// AWS said, where it was asked.
pub fn taken(error: impl Into<Option<Error>>, what: &str, name: &str) -> Error {
    let error = error.into().unwrap_or_else(|| Error::new(ErrorKind::AlreadyExists, ""));
    error
        .with_message(format!("there is another {what} of the name {name:?} already"))
        .with_hint("Choose another name, or take over what is there with `pulumi import`.")
}

/// Whether what AWS has is what is wanted, for what has no tags to say whose it is.
pub fn alike<M: Model>(actual: &M, wanted: &M) -> bool {
    let (actual, wanted) = (actual.encode_fields(), wanted.encode_fields());
    diff::compare(M::TABLE, &actual, &Object::new(), &wanted).is_empty()
}

/// Brings what is there of this very resource to what is wanted of it now, and gives its id.
pub async fn adopt<K: Kind>(cx: &Cx, id: &str, args: &K::Args) -> Result<String>
where
    K::Args: Clone,
{
    let Some(live) = K::refresh(cx, id, args).await? else {
        return Err(Error::new(ErrorKind::NotReady, format!("{id} exists but does not show yet")));
    };
    let wanted = args.encode_fields();
    let mut differences = diff::compare(K::Args::TABLE, &live.args.encode_fields(), &Object::new(), &wanted);
    differences.retain(|difference| {
        let field = difference.path.top().and_then(|top| K::Args::TABLE.field(top));
        field.is_some_and(|field| !field.write_only)
    });
    if let Some(fixed) = differences.iter().find(|difference| difference.replace) {
        let message =
            format!("{id} is there from an earlier attempt, and its {} cannot be changed", fixed.path);
        let hint = "Choose another name, or delete it if nothing needs it.";
        return Err(Error::new(ErrorKind::AlreadyExists, message).with_hint(hint));
    }
    let mut changed: Vec<String> =
        differences.iter().filter_map(|difference| difference.path.top().map(str::to_owned)).collect();
    changed.dedup();
    if !changed.is_empty() {
        K::update(cx, id, &Update { old: live.args, new: args.clone(), changed }).await?;
    }
    Ok(id.to_owned())
}

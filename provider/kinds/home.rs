//! Where a resource is: the region is an input that Check fills in, the account an output that nobody
//! sees. So neither another environment nor other credentials change, forget or delete what is
//! elsewhere.

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::model::{Object, Value};

/// Where resources go that name no region.
#[derive(Default)]
pub struct Home<'a> {
    pub region: Option<&'a str>,
    /// Whether the provider's own configuration names it, and not the environment of whoever runs it.
    pub is_configured: bool,
}

/// The output that says the account. Pulumi shows nothing that begins like this.
const ACCOUNT: &str = "__account";

/// Outputs with the account in which the resource is.
pub fn noted(mut outputs: Object, account: Option<&str>) -> Object {
    if let Some(account) = account {
        outputs.insert(ACCOUNT.to_owned(), Value::from(account));
    }
    outputs
}

/// Refuses to go on with a resource of another account than that of the credentials.
pub async fn stays(cx: &Cx, outputs: &Object) -> Result<()> {
    let Some(there) = outputs.get(ACCOUNT).and_then(Value::as_str) else { return Ok(()) };
    match cx.aws.account().await {
        Some(here) if here != there => {
            let message = format!(
                "the resource is in the account {there}, but the credentials are of the account {here}: nothing is done"
            );
            let hint =
                format!("Use a profile or role of {there}. For the account {here}, use a stack of its own.");
            Err(Error::new(ErrorKind::AccessDenied, message).with_hint(hint))
        }
        _ => Ok(()),
    }
}

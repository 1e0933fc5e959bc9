//! A service whose tokens AWS trusts, such as that of GitHub Actions.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;

use super::{pairs, tag_map, tagged};
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, bad_id, claim};
use crate::model::{Model, Value};

/// An IAM identity provider for OpenID Connect (OIDC): roles can trust it, so that a service such as
/// GitHub Actions needs no access key.
#[derive(Clone, Debug, Model)]
pub struct OpenIdConnectProviderArgs {
    /// The client IDs, also called audiences, that tokens may be issued for, such as
    /// `sts.amazonaws.com`.
    // https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
    #[model(in_place, set, length = 1..=100, check = check_client)]
    pub client_id_lists: Vec<String>,
    /// The tags of the provider.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The SHA-1 thumbprints of the certificate authorities that sign the certificate of the
    /// provider, in hexadecimal digits. If omitted, AWS determines the thumbprint of the top
    /// intermediate certificate authority.
    #[model(in_place, set, aws_default, told, length = 0..=5, check = check_thumbprint)]
    pub thumbprint_lists: Option<Vec<String>>,
    /// The URL of the provider, such as `https://token.actions.githubusercontent.com`. The output
    /// does not include `https://`, like the condition keys of trust policies.
    #[model(replace, aws_default, imported, same = same_url, check = check_url)]
    pub url: String,
}

/// What AWS says of an OIDC provider.
#[derive(Clone, Debug, Model)]
pub struct OpenIdConnectProviderState {
    /// The ARN of the provider.
    pub arn: String,
}

/// A service whose tokens AWS trusts.
pub struct OpenIdConnectProvider;

impl Kind for OpenIdConnectProvider {
    const TOKEN: &'static str = "agentic:iam:OpenIdConnectProvider";
    const ID: &'static str = "the ARN of the provider";
    const TAGS: TaggedBy = TaggedBy::service::<ProviderTags>();
    const ACTIONS: Actions = Actions {
        create: &["iam:CreateOpenIDConnectProvider", "iam:GetOpenIDConnectProvider"],
        read: &["iam:GetOpenIDConnectProvider"],
        update: &[
            "iam:AddClientIDToOpenIDConnectProvider",
            "iam:RemoveClientIDFromOpenIDConnectProvider",
            "iam:UpdateOpenIDConnectProviderThumbprint",
        ],
        delete: &["iam:DeleteOpenIDConnectProvider"],
    };
    const GLOBAL: bool = true;

    type Args = OpenIdConnectProviderArgs;
    type State = OpenIdConnectProviderState;

    async fn create(cx: &Cx, args: &OpenIdConnectProviderArgs) -> Result<String> {
        let call = cx.client::<Client>()?.create_open_id_connect_provider();
        let call = call.url(format!("{SCHEME}{}", bare(&args.url)));
        let call = call.set_client_id_list(Some(args.client_id_lists.clone()));
        let call = call.set_thumbprint_list(args.thumbprint_lists.clone().filter(|list| !list.is_empty()));
        match call.set_tags(Some(tagged(cx, &args.tags)?)).send().await.map_err(Error::from) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let arn = arn(cx, &args.url).await?;
                claim::<Self>(cx, &arn, args, error, "OIDC provider").await
            }
            made => Ok(made?.open_id_connect_provider_arn.unwrap_or_default()),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if !id.contains(":oidc-provider/") {
            return Err(bad_id(id, Self::ID));
        }
        let call = cx.client::<Client>()?.get_open_id_connect_provider().open_id_connect_provider_arn(id);
        let Some(provider) = found(call.send().await)? else { return Ok(None) };
        let tags = tag_map(provider.tags());
        Ok(Some(Live {
            args: OpenIdConnectProviderObserved {
                client_id_lists: Some(provider.client_id_list.unwrap_or_default()),
                tags: Some(tags),
                thumbprint_lists: Some(Some(provider.thumbprint_list.unwrap_or_default())),
                url: provider.url,
            },
            state: OpenIdConnectProviderState { arn: id.to_owned() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<OpenIdConnectProviderArgs>) -> Result<()> {
        let (client, Update { old, new, .. }) = (cx.client::<Client>()?, update);
        if update.any(&[OpenIdConnectProviderArgs::CLIENT_ID_LISTS]) {
            let (old, new) = (&old.client_id_lists, &new.client_id_lists);
            // Both calls are free of effect where there is nothing to do.
            for client_id in new.iter().filter(|client_id| !old.contains(client_id)) {
                let add = client.add_client_id_to_open_id_connect_provider().open_id_connect_provider_arn(id);
                add.client_id(client_id).send().await?;
            }
            for client_id in old.iter().filter(|client_id| !new.contains(client_id)) {
                let remove = client.remove_client_id_from_open_id_connect_provider();
                remove.open_id_connect_provider_arn(id).client_id(client_id).send().await?;
            }
        }
        if let (true, Some(list)) =
            (update.any(&[OpenIdConnectProviderArgs::THUMBPRINT_LISTS]), &new.thumbprint_lists)
        {
            let call = client.update_open_id_connect_provider_thumbprint().open_id_connect_provider_arn(id);
            call.set_thumbprint_list(Some(list.clone())).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &OpenIdConnectProviderArgs) -> Result<()> {
        let call = cx.client::<Client>()?.delete_open_id_connect_provider();
        call.open_id_connect_provider_arn(id).send().await?;
        Ok(())
    }
}

/// How IAM tags OIDC providers.
struct ProviderTags;

impl Tagging for ProviderTags {
    const CHANGE: &'static [&'static str] =
        &["iam:TagOpenIDConnectProvider", "iam:UntagOpenIDConnectProvider"];

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_open_id_connect_provider();
        call.open_id_connect_provider_arn(&named.id).set_tags(Some(pairs(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_open_id_connect_provider();
        call.open_id_connect_provider_arn(&named.id).set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

/// The ARN that the provider of a URL has, of which an account can have one.
async fn arn(cx: &Cx, url: &str) -> Result<String> {
    let account = cx.aws.account_id().await?;
    let partition = partition(cx.region().unwrap_or_default());
    Ok(format!("arn:{partition}:iam::{account}:oidc-provider/{}", bare(url)))
}

const SCHEME: &str = "https://";

/// A URL as AWS tells it.
fn bare(url: &str) -> &str {
    url.strip_prefix(SCHEME).unwrap_or(url)
}

fn same_url(one: &Value, other: &Value) -> bool {
    one.as_str().is_some_and(|one| other.as_str().map(bare) == Some(bare(one)))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>
fn check_url(url: &str) -> Result<(), String> {
    let rest = bare(url);
    match rest.is_empty() || rest.contains(['?', ':']) || rest.len() + SCHEME.len() > 255 {
        true if rest.contains("://") => Err(format!("is {url:?}; give a URL that begins with https://")),
        true => Err(format!(
            "is {url:?}; give a URL of at most 255 characters without a port and a query, such as https://token.actions.githubusercontent.com"
        )),
        false => Ok(()),
    }
}

fn check_client(id: &str) -> Result<(), String> {
    match id.len() {
        1..=255 => Ok(()),
        length => Err(format!("has {length} characters; a client ID has between 1 and 255")),
    }
}

fn check_thumbprint(text: &str) -> Result<(), String> {
    match text.len() == 40 && text.chars().all(|c| c.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err(format!("is {text:?}; give a SHA-1 thumbprint, which has 40 hexadecimal digits")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_with_and_without_its_scheme() {
        let (long, short) =
            ("https://token.actions.githubusercontent.com", "token.actions.githubusercontent.com");
        assert!(same_url(&long.into(), &short.into()) && !same_url(&long.into(), &"https://b.com".into()));
        assert_eq!(check_url(long), Ok(()));
        assert_eq!(check_url(short), Ok(()), "as AWS tells it");
        let insecure = check_url("http://id.example.com");
        assert!(insecure.is_err_and(|it| it.contains("begins with https://")));
        assert!(check_url("https://id.example.com:8443").is_err_and(|it| it.contains("without a port")));
        assert!(check_thumbprint("ffff").is_err() && check_thumbprint(&"0a".repeat(20)).is_ok());
    }
}

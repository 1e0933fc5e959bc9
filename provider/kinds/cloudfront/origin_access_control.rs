//! The way in which CloudFront signs requests to a private origin.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    OriginAccessControlConfig, OriginAccessControlOriginTypes, OriginAccessControlSigningBehaviors,
    OriginAccessControlSigningProtocols,
};

use super::told;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::engine::names::{NameRule, PLAIN, PRINTABLE};
use crate::kinds::{Actions, Kind, Live, Update, alike, begin, claim_alike, taken};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html>
const NAME: NameRule =
    NameRule { what: "origin access control", max: 64, alphabet: PRINTABLE, inner: " ", ..PLAIN };

/// An origin access control: CloudFront signs its requests to an origin, so that the origin can
/// refuse all other requests.
#[derive(Clone, Debug, Model)]
pub struct OriginAccessControlArgs {
    /// The description of the origin access control.
    #[model(in_place, default = "", length = 0..=256)]
    pub description: String,
    /// The name of the origin access control, unique in the account.
    #[model(in_place, autoname)]
    pub name: String,
    /// The type of the origin.
    #[model(in_place, default = "s3", one_of = ["s3", "lambda", "mediastore", "mediapackagev2"])]
    pub origin_access_control_origin_type: String,
    /// The requests that CloudFront signs: all (`always`), none (`never`), those in which the
    /// viewer sent no `Authorization` header (`no-override`), or all, with the viewer's
    /// `Authorization` header passed on as well, which requires the type `lambda`
    /// (`always-amz-auth`).
    #[model(in_place, default = "always", one_of = ["always", "never", "no-override", "always-amz-auth"])]
    pub signing_behavior: String,
    /// The signing protocol.
    #[model(in_place, default = "sigv4", one_of = ["sigv4", "sigv4a"])]
    pub signing_protocol: String,
}

/// The outputs of an origin access control.
#[derive(Clone, Debug, Model)]
pub struct OriginAccessControlState {}

/// An origin access control.
pub struct OriginAccessControl;

impl Kind for OriginAccessControl {
    const TOKEN: &'static str = "agentic:cloudfront:OriginAccessControl";
    const ID: &'static str = "the ID of the origin access control, such as `E1A2B3C4D5E6F7`";
    const ACTIONS: Actions = Actions {
        create: &[
            "cloudfront:CreateOriginAccessControl",
            "cloudfront:ListOriginAccessControls",
            "cloudfront:GetOriginAccessControl",
        ],
        read: &["cloudfront:GetOriginAccessControl"],
        update: &["cloudfront:UpdateOriginAccessControl", "cloudfront:GetOriginAccessControl"],
        delete: &["cloudfront:DeleteOriginAccessControl", "cloudfront:GetOriginAccessControl"],
    };
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const GLOBAL: bool = true;

    type Args = OriginAccessControlArgs;
    type State = OriginAccessControlState;

    /// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html>
    fn rules(args: &OriginAccessControlInputs, failures: &mut Failures) {
        let origin = args.origin_access_control_origin_type.get();
        let passes_on = args.signing_behavior.get().is_some_and(|behavior| behavior == "always-amz-auth");
        if let Some(origin) = origin.filter(|origin| passes_on && *origin != "lambda") {
            let text = format!("is always-amz-auth, which requires the origin type lambda, not {origin}");
            failures.add(OriginAccessControlArgs::SIGNING_BEHAVIOR, text);
        }
    }

    async fn create(cx: &Cx, args: &OriginAccessControlArgs) -> Result<String> {
        begin(cx, &args.name);
        let create = cx.client::<Client>()?.create_origin_access_control();
        let made = create.origin_access_control_config(config(args)?).send().await.map_err(Error::from);
        match made {
            // It takes neither tags nor a token.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => match named(cx, &args.name).await? {
                Some(id) => match get(cx, &id).await? {
                    Some((there, _)) if alike(&there, args) => {
                        let (what, none) = ("origin access control", async { Ok(false) });
                        claim_alike::<Self>(cx, &args.name, what, none).await?;
                        Ok(id)
                    }
                    _ => Err(taken(error, "origin access control", &args.name)),
                },
                None => Err(error.with_kind(ErrorKind::NotReady)),
            },
            made => {
                let id = told(made?.origin_access_control, "the origin access control that it created")?.id;
                cx.keep(id.clone(), args.clone());
                Ok(id)
            }
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let there = match cx.told::<_, OriginAccessControlArgs>(&id.to_owned()) {
            Some(written) => Some(written),
            None => get(cx, id).await?.map(|(args, _)| args),
        };
        Ok(there.map(|args| Live { args: args.into(), state: OriginAccessControlState {} }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<OriginAccessControlArgs>) -> Result<()> {
        let Some((_, etag)) = get(cx, id).await? else { return Err(missing(id)) };
        let put = cx.client::<Client>()?.update_origin_access_control().id(id).if_match(etag);
        put.origin_access_control_config(config(&update.new)?).send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &OriginAccessControlArgs) -> Result<()> {
        let Some((_, etag)) = get(cx, id).await? else { return Err(missing(id)) };
        cx.client::<Client>()?.delete_origin_access_control().id(id).if_match(etag).send().await?;
        Ok(())
    }
}

/// What there is, and the version of it that a change must name.
async fn get(cx: &Cx, id: &str) -> Result<Option<(OriginAccessControlArgs, String)>> {
    let answer = found(cx.client::<Client>()?.get_origin_access_control().id(id).send().await)?;
    let Some(answer) = answer else { return Ok(None) };
    let there = answer.origin_access_control.and_then(|there| there.origin_access_control_config);
    let there = told(there, "the origin access control's settings")?;
    let args = OriginAccessControlArgs {
        description: there.description.unwrap_or_default(),
        name: there.name,
        origin_access_control_origin_type: there.origin_access_control_origin_type.as_str().to_owned(),
        signing_behavior: there.signing_behavior.as_str().to_owned(),
        signing_protocol: there.signing_protocol.as_str().to_owned(),
    };
    Ok(Some((args, answer.e_tag.unwrap_or_default())))
}

/// The id of the origin access control of this name.
async fn named(cx: &Cx, name: &str) -> Result<Option<String>> {
    let client = cx.client::<Client>()?;
    let mut marker = None;
    loop {
        let page = client.list_origin_access_controls().set_marker(marker).send().await?;
        let page = told(page.origin_access_control_list, "the list of origin access controls")?;
        if let Some(there) = page.items().iter().find(|item| item.name() == name) {
            return Ok(Some(there.id().to_owned()));
        }
        marker = page.next_marker.filter(|marker| page.is_truncated && !marker.is_empty());
        if marker.is_none() {
            return Ok(None);
        }
    }
}

fn config(args: &OriginAccessControlArgs) -> Result<OriginAccessControlConfig> {
    let origin = args.origin_access_control_origin_type.as_str();
    Ok(OriginAccessControlConfig::builder()
        .description(&args.description)
        .name(&args.name)
        .origin_access_control_origin_type(OriginAccessControlOriginTypes::from(origin))
        .signing_behavior(OriginAccessControlSigningBehaviors::from(args.signing_behavior.as_str()))
        .signing_protocol(OriginAccessControlSigningProtocols::from(args.signing_protocol.as_str()))
        .build()?)
}

fn missing(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no origin access control {id}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Object, Path, Value};

    fn input(fields: &[(&str, &str)]) -> OriginAccessControlInputs {
        let fields: Object =
            fields.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect();
        OriginAccessControlArgs::read(&fields, &mut Failures::new())
    }

    #[test]
    fn a_header_is_passed_on_to_functions_alone() {
        let problems = |origin: &str| {
            let mut failures = Failures::new();
            let behavior = ("signingBehavior", "always-amz-auth");
            let input = input(&[("name", "a"), ("originAccessControlOriginType", origin), behavior]);
            OriginAccessControl::rules(&input, &mut failures);
            failures.iter().count()
        };
        assert_eq!((problems("s3"), problems("lambda")), (1, 0));
    }

    #[test]
    fn what_is_left_out_is_a_signed_private_bucket() {
        let input = input(&[("name", "site")]);
        let mut failures = Failures::new();
        let args = OriginAccessControlArgs::settle_fields(&input, &Path::root(), &mut failures).unwrap();
        let config = config(&args).unwrap();
        assert_eq!(config.origin_access_control_origin_type, OriginAccessControlOriginTypes::S3);
        assert_eq!(config.signing_behavior, OriginAccessControlSigningBehaviors::Always);
    }
}

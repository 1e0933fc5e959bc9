//! A parameter: a value under a name or path.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::put_parameter::PutParameterOutput;
use aws_sdk_ssm::types::{
    self, ParameterMetadata, ParameterStringFilter, ParameterTier, ParameterType, ResourceTypeForTagging, Tag,
};

use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::kms::same_key;
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Named, Review, TaggedBy, Tagging, Tags, Update, adopt, claim};
use crate::model::{Failures, Model, Prop, Value};

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>
const PARAMETER: NameRule = NameRule {
    what: "parameter",
    max: 1_011,
    alphabet: Alphabet {
        words: "letters, digits and / . - _",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || "/.-_".contains(c),
    },
    ..PLAIN
};

/// The key that AWS uses where none is given.
const DEFAULT_KEY: &str = "alias/aws/ssm";

const SECURE: &str = "SecureString";

/// The most bytes of a value in the standard tier.
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>
pub const STANDARD_BYTES: usize = 4 * 1024;

/// A parameter of AWS Systems Manager Parameter Store: a configuration value under a name or path,
/// such as `/app/production/log-level`. Each change of the value creates a new version. Parameters
/// of the standard tier are free of charge; those of the advanced tier cost about $0.05 a month.
#[derive(Clone, Model)]
pub struct ParameterArgs {
    /// A regular expression that the value must match, such as `^\d+$`.
    #[model(in_place, length = 1..=1024)]
    pub allowed_pattern: Option<String>,
    /// The data type of the value. For `aws:ec2:image`, AWS checks that the value is the ID of an
    /// AMI.
    #[model(in_place, default = "text", one_of = ["text", "aws:ec2:image", "aws:ssm:integration"])]
    pub data_type: String,
    /// The description of the parameter.
    #[model(in_place, default = "", length = 0..=1024)]
    pub description: String,
    /// The value of the parameter in plain text, for values that are not secret: it is visible in
    /// previews and in the state. Conflicts with `value` and with the type `SecureString`.
    #[model(in_place, told, same = same_text)]
    pub insecure_value: Option<String>,
    /// The KMS key that encrypts a `SecureString`: its ID, ARN or alias. Defaults to the AWS
    /// managed key `aws/ssm`.
    #[model(in_place, told, same = same_key)]
    pub key_id: Option<String>,
    /// The name of the parameter, or its path, which begins with a slash and has at most 15 levels.
    #[model(replace, autoname)]
    pub name: String,
    /// Whether to adopt and overwrite an existing parameter with the same name when the resource is
    /// created.
    #[model(in_place, write_only, default = false)]
    pub overwrite: bool,
    /// The tags of the parameter.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The tier. The standard tier stores values of up to 4 KB, the advanced tier values of up to
    /// 8 KB. With `Intelligent-Tiering`, AWS chooses the advanced tier where it is required. A change
    /// from `Advanced` to `Standard` replaces the parameter.
    #[model(in_place, default = "Standard", one_of = ["Standard", "Advanced", "Intelligent-Tiering"], same = same_tier)]
    pub tier: String,
    /// The type. `SecureString` is encrypted with a KMS key; `StringList` is a comma-separated list.
    #[model(replace, one_of = ["String", "StringList", "SecureString"])]
    pub r#type: String,
    /// The value of the parameter, which is treated as a secret. Differences in the formatting of
    /// JSON documents are ignored. Exactly one of `value` and `insecureValue` is required.
    #[model(in_place, told, secret, same = same_text)]
    pub value: Option<String>,
}

/// The outputs of a parameter.
#[derive(Clone, Debug, Model)]
pub struct ParameterState {
    /// The ARN of the parameter.
    pub arn: String,
    /// The version of the parameter, which increases with each change.
    #[model(in_place)]
    pub version: i64,
}

/// A parameter.
pub struct Parameter;

impl Kind for Parameter {
    const TOKEN: &'static str = "agentic:ssm:Parameter";
    const ID: &'static str = "the name of the parameter, such as `/app/log-level`";
    const TAGS: TaggedBy = TaggedBy::service::<SsmTags>();
    const NAME: Option<&'static NameRule> = Some(&PARAMETER);
    const ACTIONS: Actions = Actions {
        create: &["ssm:PutParameter", "kms:Encrypt", "kms:GenerateDataKey"],
        read: &["ssm:DescribeParameters", "ssm:GetParameters", "kms:Decrypt"],
        update: &["ssm:PutParameter", "kms:Encrypt", "kms:GenerateDataKey"],
        delete: &["ssm:DeleteParameter"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::PARAMETER;
    #[rustfmt::skip]
    const CODES: &'static [Row] = &[
        // Systems Manager. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
        ("ssm", "ParameterMaxVersionLimitExceeded", "", ErrorKind::Limit, "Its oldest version has a label; remove the label."),
        ("ssm", "ParameterPatternMismatchException", "", ErrorKind::Invalid, "The value must match allowedPattern."),
        ("ssm", "HierarchyLevelLimitExceededException", "", ErrorKind::Invalid, "A path has at most 15 levels."),
        ("ssm", "HierarchyTypeMismatchException", "", ErrorKind::Invalid, ""),
        ("ssm", "InvalidResourceId", "", ErrorKind::NotFound, ""),
        ("ssm", "TooManyUpdates", "", ErrorKind::NotReady, ""),
        ("ssm", "InvalidKeyId", "", ErrorKind::Invalid, "The KMS key must exist in this region and be enabled."),
    ];

    type Args = ParameterArgs;
    type State = ParameterState;

    fn rules(args: &ParameterInputs, failures: &mut Failures) {
        if let Some(problem) = args.name.get().and_then(|name| name_problem(name)) {
            failures.add(ParameterArgs::NAME, problem);
        }
        let kind = args.r#type.get().map(String::as_str);
        let secure = kind == Some(SECURE);
        match (args.value.is_set(), args.insecure_value.is_set()) {
            (true, true) => failures
                .add(ParameterArgs::INSECURE_VALUE, "cannot be combined with value; leave one of them out"),
            (false, false) => failures.add(ParameterArgs::VALUE, "is missing; give it, or insecureValue"),
            (false, true) if secure => failures.add(
                ParameterArgs::INSECURE_VALUE,
                "cannot be used with the type SecureString; give value instead",
            ),
            _ => {}
        }
        if kind.is_some() && !secure && args.key_id.is_set() {
            let reason = "is only for the type SecureString; give that type or leave it out";
            failures.add(ParameterArgs::KEY_ID, reason);
        }
        // https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
        let (most, advice) = match args.tier.get().map(String::as_str) {
            Some("Standard") => (
                STANDARD_BYTES,
                "the standard tier stores 4,096; give the tier Advanced, which stores 8,192, or shorten it",
            ),
            _ => (8 * 1024, "a parameter stores 8,192; shorten it, or store it in a secret or a bucket"),
        };
        let values =
            [(ParameterArgs::VALUE, &args.value), (ParameterArgs::INSECURE_VALUE, &args.insecure_value)];
        for (argument, value) in values {
            match value.get().map(String::len) {
                Some(0) => failures.add(argument, "is empty; a parameter has at least one character"),
                Some(size) if size > most => failures.add(argument, format!("has {size} bytes; {advice}")),
                _ => {}
            }
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        // https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
        if review.new.tier.get().is_some_and(|tier| tier == "Standard") {
            review.replace(ParameterArgs::TIER);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &ParameterArgs) -> Result<String> {
        let tags: Result<Vec<_>> =
            cx.owned(&args.tags).into_iter().map(|(key, value)| tag(key, value)).collect();
        match put(cx, args, false, Some(tags?)).await {
            Ok(made) => {
                // All of it is known: it was asked for and acknowledged, unless AWS checks it later.
                // https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-ec2-aliases.html
                if args.data_type == "text"
                    && let Some(account) = cx.aws.account().await
                {
                    let arn =
                        cx.arn("ssm", &account, &format!("parameter/{}", args.name.trim_start_matches('/')));
                    let tier = made.tier.map(|tier| tier.as_str().to_owned());
                    cx.keep(args.name.clone(), (ParameterState { arn, version: made.version }, tier));
                }
                Ok(args.name.clone())
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists && args.overwrite => {
                adopt::<Self>(cx, &args.name, args).await
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "parameter").await
            }
            Err(error) => Err(error),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if let Some((state, tier)) = cx.told(&id.to_owned()) {
            return Ok(Some(Live {
                args: ParameterObserved { tier, ..ParameterObserved::default() },
                state,
            }));
        }
        let (about, value) = tokio::try_join!(metadata(cx, id), value(cx, id))?;
        let (Some(about), Some(value)) = (about, value) else { return Ok(None) };
        let is_secure = value.r#type == Some(ParameterType::SecureString);
        let key = about.key_id.filter(|key| is_secure && !key.ends_with(DEFAULT_KEY));
        Ok(Some(Live {
            args: ParameterObserved {
                allowed_pattern: Some(about.allowed_pattern.filter(|pattern| !pattern.is_empty())),
                data_type: about.data_type,
                description: Some(about.description.unwrap_or_default()),
                insecure_value: Some(None),
                key_id: Some(key),
                name: Some(id.to_owned()),
                tier: about.tier.map(|tier| tier.as_str().to_owned()),
                r#type: value.r#type.map(|kind| kind.as_str().to_owned()),
                value: Some(value.value),
                ..ParameterObserved::default()
            },
            state: ParameterState { arn: value.arn.unwrap_or_default(), version: value.version },
        }))
    }

    /// Shows a value as the program gives it.
    async fn refresh(cx: &Cx, id: &str, old: &ParameterArgs) -> Result<Option<Live<Self>>> {
        let mut live = Self::read(cx, id).await?;
        if let Some(live) = live.as_mut().filter(|_| old.insecure_value.is_some()) {
            std::mem::swap(&mut live.args.value, &mut live.args.insecure_value);
        }
        Ok(live)
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<ParameterArgs>) -> Result<()> {
        // A value may move from one of its two arguments to the other.
        let values = [ParameterArgs::VALUE, ParameterArgs::INSECURE_VALUE];
        let stays = text(&update.old) == text(&update.new);
        let idle: &[Prop<ParameterArgs>] = &[ParameterArgs::OVERWRITE, ParameterArgs::TAGS];
        let idle = if stays { &[idle, &values].concat() } else { idle };
        if update.any_but(idle) {
            put(cx, &update.new, true, None).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ParameterArgs) -> Result<()> {
        cx.client::<Client>()?.delete_parameter().name(id).send().await?;
        Ok(())
    }
}

async fn put(
    cx: &Cx,
    args: &ParameterArgs,
    over: bool,
    tags: Option<Vec<Tag>>,
) -> Result<PutParameterOutput> {
    let is_secure = args.r#type == SECURE;
    let key = || args.key_id.clone().unwrap_or_else(|| DEFAULT_KEY.to_owned());
    let call = cx.client::<Client>()?.put_parameter().name(&args.name).value(text(args));
    let call = call.r#type(ParameterType::from(args.r#type.as_str()));
    // What is left out stays as it was.
    let pattern = args.allowed_pattern.clone().or_else(|| over.then(String::new));
    call.overwrite(over)
        .tier(ParameterTier::from(args.tier.as_str()))
        .data_type(&args.data_type)
        .description(&args.description)
        .set_allowed_pattern(pattern)
        .set_key_id(is_secure.then(key))
        .set_tags(tags)
        .send()
        .await
        .map_err(Error::from)
}

fn text(args: &ParameterArgs) -> &str {
    args.value.as_deref().or(args.insecure_value.as_deref()).unwrap_or_default()
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html>
const DESCRIBED: usize = 50;

async fn metadata(cx: &Cx, name: &str) -> Result<Option<ParameterMetadata>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(DESCRIBED, name.to_owned(), move |names| {
        let client = client.clone();
        async move {
            let by_name = ParameterStringFilter::builder().key("Name").option("Equals");
            let by_name = by_name.set_values(Some(names)).build().map_err(Error::from)?;
            let pages = client.describe_parameters().parameter_filters(by_name).into_paginator();
            let pages: Vec<_> = pages.send().try_collect().await?;
            let all = pages.into_iter().flat_map(|page| page.parameters.unwrap_or_default());
            let named = all.filter_map(|about| Some((about.name.clone()?, about)));
            Ok(named.collect::<HashMap<_, _>>())
        }
    });
    read.await
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>
const READ: usize = 10;

async fn value(cx: &Cx, name: &str) -> Result<Option<types::Parameter>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(READ, name.to_owned(), move |names| {
        let client = client.clone();
        async move {
            let all = client.get_parameters().set_names(Some(names)).with_decryption(true).send().await?;
            let all = all.parameters.unwrap_or_default().into_iter();
            Ok(all.filter_map(|it| Some((it.name.clone()?, it))).collect::<HashMap<_, _>>())
        }
    });
    read.await
}

/// How Systems Manager tags parameters.
struct SsmTags;

impl Tagging for SsmTags {
    const LIST: &'static [&'static str] = &["ssm:ListTagsForResource"];
    const CHANGE: &'static [&'static str] = &["ssm:AddTagsToResource", "ssm:RemoveTagsFromResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let call = cx.client::<Client>()?.list_tags_for_resource().resource_id(&named.id);
        let answer = found(call.resource_type(ResourceTypeForTagging::Parameter).send().await)?;
        let pairs = |tags: Vec<Tag>| tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        Ok(answer.map(|answer| pairs(answer.tag_list.unwrap_or_default())))
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let tags: Result<Vec<_>> = tags.into_iter().map(|(key, value)| tag(key, value)).collect();
        let call = cx.client::<Client>()?.add_tags_to_resource().resource_id(&named.id);
        call.resource_type(ResourceTypeForTagging::Parameter).set_tags(Some(tags?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.remove_tags_from_resource().resource_id(&named.id);
        call.resource_type(ResourceTypeForTagging::Parameter).set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

fn tag(key: String, value: String) -> Result<Tag> {
    Ok(Tag::builder().key(key).value(value).build()?)
}

/// The most levels of a path.
const LEVELS: usize = 15;

/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>
fn name_problem(name: &str) -> Option<String> {
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    let problem = if name.contains('/') && !name.starts_with('/') {
        "a name with a slash is a path, which must begin with one"
    } else if name.ends_with('/') || name.contains("//") {
        "a path neither ends with a slash nor has two in a row"
    } else if name.matches('/').count() > LEVELS {
        "a path has at most 15 levels"
    } else if first.starts_with("aws") || first.starts_with("ssm") {
        "names and paths that begin with aws or ssm are reserved"
    } else {
        return None;
    };
    Some(format!("is {name:?}; {problem}"))
}

/// Whether two texts are equal, or are JSON documents that mean the same.
fn same_text(actual: &Value, wanted: &Value) -> bool {
    let (Some(actual), Some(wanted)) = (actual.as_str(), wanted.as_str()) else { return false };
    let document = |text: &str| {
        let parsed = serde_json::from_str::<serde_json::Value>(text).ok();
        parsed.filter(|it| it.is_object() || it.is_array())
    };
    actual == wanted || document(actual).is_some_and(|actual| Some(actual) == document(wanted))
}

/// Whether a tier is the one that was asked for, or one that AWS may choose.
fn same_tier(actual: &Value, wanted: &Value) -> bool {
    actual == wanted || wanted.as_str() == Some("Intelligent-Tiering")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(change: impl FnOnce(&mut ParameterInputs)) -> Vec<String> {
        let mut inputs = ParameterInputs {
            name: "/app/level".into(),
            r#type: "String".to_owned().into(),
            tier: "Standard".to_owned().into(),
            value: "debug".to_owned().into(),
            ..ParameterInputs::default()
        };
        change(&mut inputs);
        let mut failures = Failures::new();
        Parameter::rules(&inputs, &mut failures);
        failures.into_iter().map(|failure| format!("{}: {}", failure.path, failure.reason)).collect()
    }

    #[test]
    fn a_tier_stores_so_much() {
        assert!(failures(|inputs| inputs.value = "x".repeat(4096).into()).is_empty());
        let told = failures(|inputs| inputs.value = "x".repeat(4097).into());
        assert!(told[0].starts_with("value: has 4097 bytes; ") && told[0].contains("Advanced"), "{told:?}");
        let advanced = |size: usize| {
            failures(move |inputs| {
                inputs.value = "x".repeat(size).into();
                inputs.tier = "Advanced".to_owned().into();
            })
        };
        assert!(advanced(8192).is_empty() && advanced(8193)[0].contains("8193 bytes"));
    }

    #[test]
    fn there_is_one_value_and_a_secure_one_is_secret() {
        assert!(failures(|_| ()).is_empty());
        assert!(failures(|inputs| inputs.value = None.into())[0].starts_with("value: is missing"));
        let both = failures(|inputs| inputs.insecure_value = "a".to_owned().into());
        assert!(both[0].starts_with("insecureValue: cannot be combined"), "{both:?}");
        let bare = failures(|inputs| {
            (inputs.value, inputs.insecure_value) = (None.into(), "a".to_owned().into());
            inputs.r#type = SECURE.to_owned().into();
        });
        assert!(bare[0].contains("give value instead"), "{bare:?}");
        let key = failures(|inputs| inputs.key_id = "alias/a".to_owned().into());
        assert!(key[0].starts_with("keyId: "), "{key:?}");
    }

    #[test]
    fn names_that_aws_refuses_are_told() {
        for name in ["app/level", "/app//level", "/app/", "/aws/app", "ssm-app", &"/a".repeat(16)] {
            assert_eq!(failures(|inputs| inputs.name = name.to_owned().into()).len(), 1, "{name}");
        }
    }

    #[test]
    fn documents_are_compared_by_their_meaning() {
        let same = |a: &str, b: &str| same_text(&a.into(), &b.into());
        assert!(same(r#"{"a":1,"b":[2]}"#, r#"{ "b": [2], "a": 1 }"#) && same("1.0", "1.0"));
        assert!(!same("1.0", "1.00") && !same(r#"{"a":1}"#, r#"{"a":2}"#));
    }
}

//! A repository of images.

use std::collections::BTreeMap;

use aws_sdk_ecr::Client;
use aws_sdk_ecr::error::BuildError;
use aws_sdk_ecr::types::{
    self, EncryptionConfiguration, EncryptionType, ImageScanningConfiguration, ImageTagMutability,
    ImageTagMutabilityExclusionFilter, ImageTagMutabilityExclusionFilterType, Tag,
};

use crate::aws::codes::{KMS, Row};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::kms::same_key;
use crate::aws::owner::as_pairs;
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, claim};
use crate::model::{Failures, Model, Value};

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>
const ECR_REPOSITORY: NameRule = NameRule {
    what: "ECR repository",
    min: 2,
    max: 256,
    alphabet: Alphabet {
        words: "lower-case letters, digits and . _ - /",
        lower: true,
        holds: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c),
    },
    inner: "._-/",
    doubled: false,
    ..PLAIN
};

/// An ECR repository for container images.
#[derive(Clone, Debug, Model)]
pub struct RepositoryArgs {
    /// The encryption of images at rest. Defaults to Amazon S3 managed keys (`AES256`).
    #[model(replace, aws_default, told, length = 0..=1)]
    pub encryption_configurations: Option<Vec<RepositoryEncryption>>,
    /// Whether the images of the repository are deleted with it. If `false`, a repository with
    /// images cannot be deleted.
    #[model(in_place, default = false, write_only)]
    pub force_delete: bool,
    /// The scanning of images for software vulnerabilities.
    #[model(in_place, off = Value::is_off)]
    pub image_scanning_configuration: Option<ImageScanning>,
    /// Whether existing tags can be overwritten.
    #[model(in_place, default = "MUTABLE", one_of = [
        "MUTABLE",
        "IMMUTABLE",
        "MUTABLE_WITH_EXCLUSION",
        "IMMUTABLE_WITH_EXCLUSION",
    ])]
    pub image_tag_mutability: String,
    /// The tags that are exempt from `imageTagMutability`. Required for `MUTABLE_WITH_EXCLUSION`
    /// and `IMMUTABLE_WITH_EXCLUSION`, and not allowed otherwise.
    #[model(in_place, default = [], set, length = 0..=5)]
    pub image_tag_mutability_exclusion_filters: Vec<MutabilityExclusion>,
    /// The name of the repository. It can contain slashes, such as `agents/api`.
    #[model(replace, autoname)]
    pub name: String,
    /// The tags of the repository.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The encryption of images at rest.
#[derive(Clone, Debug, Model)]
pub struct RepositoryEncryption {
    /// The type of encryption: keys that S3 manages (`AES256`), a KMS key (`KMS`), or two layers
    /// with a KMS key (`KMS_DSSE`).
    #[model(default = "AES256", one_of = ["AES256", "KMS", "KMS_DSSE"])]
    pub encryption_type: String,
    /// The ARN, ID or alias of the KMS key. Defaults to the AWS managed key for ECR.
    #[model(aws_default, same = same_key)]
    pub kms_key: Option<String>,
}

/// The scanning of images for software vulnerabilities.
#[derive(Clone, Debug, Model)]
pub struct ImageScanning {
    /// Whether images are scanned when they are pushed.
    pub scan_on_push: bool,
}

/// A filter for tags to which the opposite of `imageTagMutability` applies.
#[derive(Clone, Debug, Model)]
pub struct MutabilityExclusion {
    /// The tags. `*` matches any number of characters, such as in `dev-*`.
    #[model(length = 1..=128)]
    pub filter: String,
    /// The type of the filter.
    #[model(default = "WILDCARD", one_of = ["WILDCARD"])]
    pub filter_type: String,
}

/// What AWS says of a repository.
#[derive(Clone, Debug, Model)]
pub struct RepositoryState {
    /// The ARN of the repository.
    pub arn: String,
    /// The ID of the AWS account that owns the registry.
    pub registry_id: String,
    /// The URL to push images to and pull images from, without a tag:
    /// `<account>.dkr.ecr.<region>.amazonaws.com/<name>`.
    pub repository_url: String,
}

/// A repository of container images.
pub struct Repository;

impl Kind for Repository {
    const TOKEN: &'static str = "agentic:ecr:Repository";
    const ID: &'static str = "the name of the repository";
    const TAGS: TaggedBy = TaggedBy::service::<EcrTags>();
    const ACTIONS: Actions = Actions {
        create: &["ecr:CreateRepository", "ecr:DescribeRepositories"],
        read: &["ecr:DescribeRepositories"],
        update: &["ecr:PutImageTagMutability", "ecr:PutImageScanningConfiguration"],
        delete: &["ecr:DeleteRepository"],
    };
    const NAME: Option<&'static NameRule> = Some(&ECR_REPOSITORY);
    #[rustfmt::skip]
    const CODES: &'static [Row] = &[
        // ECR. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
        ("ecr", "RepositoryNotEmptyException", "", ErrorKind::InUse, "Delete its images first, or set forceDelete."),
        ("ecr", "InvalidParameterException", "Invalid repository policy", ErrorKind::Propagating, "Every principal in the policy must exist."),
        ("ecr", "KmsException", "", ErrorKind::AccessDenied, KMS),
    ];

    type Args = RepositoryArgs;
    type State = RepositoryState;

    fn rules(args: &RepositoryInputs, failures: &mut Failures) {
        let filters = &args.image_tag_mutability_exclusion_filters;
        if let (Some(mutability), Some(filters)) = (args.image_tag_mutability.get(), filters.get()) {
            let at = RepositoryArgs::IMAGE_TAG_MUTABILITY_EXCLUSION_FILTERS;
            match (mutability.ends_with("_WITH_EXCLUSION"), filters.is_empty()) {
                (true, true) => failures.add(at, format!("is missing; {mutability} requires the tags that are exempt")),
                (false, false) => failures.add(
                    at,
                    format!("conflicts with imageTagMutability {mutability}; give {mutability}_WITH_EXCLUSION there"),
                ),
                _ => {}
            }
        }
        for encryption in
            args.encryption_configurations.get().into_iter().flatten().filter_map(|item| item.get())
        {
            let by_s3 = encryption.encryption_type.get().is_some_and(|by| by == "AES256");
            if by_s3 && encryption.kms_key.is_set() {
                failures.add(
                    RepositoryArgs::ENCRYPTION_CONFIGURATIONS,
                    "has kmsKey, which requires the encryptionType KMS",
                );
            }
        }
    }

    async fn create(cx: &Cx, args: &RepositoryArgs) -> Result<String> {
        let encryption = args.encryption_configurations.iter().flatten().next();
        let scanning = args.image_scanning_configuration.as_ref();
        let made = cx
            .client::<Client>()?
            .create_repository()
            .repository_name(&args.name)
            .image_tag_mutability(ImageTagMutability::from(args.image_tag_mutability.as_str()))
            .set_image_tag_mutability_exclusion_filters(filters(args)?)
            .set_image_scanning_configuration(scanning.map(|scanning| scan(scanning.scan_on_push)))
            .set_encryption_configuration(encryption.map(encrypt).transpose()?)
            .set_tags(Some(pairs(cx.owned(&args.tags))?))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "ECR repository").await
            }
            made => {
                if let Some(repository) = made?.repository {
                    cx.tell(args.name.clone(), repository);
                }
                Ok(args.name.clone())
            }
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(repository) = describe(cx, id).await? else { return Ok(None) };
        let encryption: Vec<_> = repository.encryption_configuration().map(encrypted).into_iter().collect();
        let scan_on_push = repository.image_scanning_configuration().is_some_and(|it| it.scan_on_push);
        let scanning = ImageScanning { scan_on_push };
        let excepted = repository.image_tag_mutability_exclusion_filters().iter();
        let excepted = excepted.map(|filter| MutabilityExclusion {
            filter: filter.filter.clone(),
            filter_type: filter.filter_type.as_str().to_owned(),
        });
        Ok(Some(Live {
            args: RepositoryObserved {
                encryption_configurations: Some(Some(encryption)),
                image_scanning_configuration: Some(Some(scanning)),
                image_tag_mutability: repository.image_tag_mutability().map(|it| it.as_str().to_owned()),
                image_tag_mutability_exclusion_filters: Some(excepted.collect()),
                name: Some(id.to_owned()),
                ..RepositoryObserved::default()
            },
            state: RepositoryState {
                arn: repository.repository_arn.unwrap_or_default(),
                registry_id: repository.registry_id.unwrap_or_default(),
                repository_url: repository.repository_uri.unwrap_or_default(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<RepositoryArgs>) -> Result<()> {
        let client = cx.client::<Client>()?;
        let new = &update.new;
        if update.any(&[
            RepositoryArgs::IMAGE_TAG_MUTABILITY,
            RepositoryArgs::IMAGE_TAG_MUTABILITY_EXCLUSION_FILTERS,
        ]) {
            client
                .put_image_tag_mutability()
                .repository_name(id)
                .image_tag_mutability(ImageTagMutability::from(new.image_tag_mutability.as_str()))
                .set_image_tag_mutability_exclusion_filters(filters(new)?)
                .send()
                .await?;
        }
        if update.any(&[RepositoryArgs::IMAGE_SCANNING_CONFIGURATION]) {
            let scanning = new.image_scanning_configuration.as_ref();
            let scanning = scan(scanning.is_some_and(|scanning| scanning.scan_on_push));
            let put = client.put_image_scanning_configuration().repository_name(id);
            put.image_scanning_configuration(scanning).send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &RepositoryArgs) -> Result<()> {
        let deletion =
            cx.client::<Client>()?.delete_repository().repository_name(id).force(args.force_delete);
        match deletion.send().await.map_err(Error::from) {
            // Images do not go by themselves: waiting would be in vain.
            Err(error) if error.code() == Some("RepositoryNotEmptyException") => {
                let hint =
                    "Set forceDelete to true and run `pulumi up` before the deletion, or delete its images.";
                Err(error.with_kind(ErrorKind::Failed).with_hint(hint))
            }
            deleted => deleted.map(drop),
        }
    }
}

/// How ECR tags what it has.
struct EcrTags;

impl Tagging for EcrTags {
    const LIST: &'static [&'static str] = &["ecr:ListTagsForResource"];
    const CHANGE: &'static [&'static str] = &["ecr:TagResource", "ecr:UntagResource"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        tags_of(cx, &named.arn).await
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.arn);
        call.set_tags(Some(pairs(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

/// Whether this state has a repository.
pub(super) async fn is_of_state(cx: &Cx, name: &str) -> Result<bool> {
    let Some(repository) = describe(cx, name).await? else { return Ok(false) };
    let tags = tags_of(cx, repository.repository_arn().unwrap_or_default()).await?;
    Ok(tags.is_some_and(|tags| cx.standing(as_pairs(&tags)).is_of_state()))
}

async fn tags_of(cx: &Cx, arn: &str) -> Result<Option<Tags>> {
    let answer = found(cx.client::<Client>()?.list_tags_for_resource().resource_arn(arn).send().await)?;
    let pairs = |tags: Vec<Tag>| tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    Ok(answer.map(|answer| pairs(answer.tags.unwrap_or_default())))
}

/// One name a call: a name that is not there makes the whole call fail.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html>
async fn describe(cx: &Cx, name: &str) -> Result<Option<types::Repository>> {
    if let Some(told) = cx.told(&name.to_owned()) {
        return Ok(Some(told));
    }
    let answer = found(cx.client::<Client>()?.describe_repositories().repository_names(name).send().await)?;
    Ok(answer.and_then(|answer| answer.repositories.unwrap_or_default().into_iter().next()))
}

fn filters(args: &RepositoryArgs) -> Result<Option<Vec<ImageTagMutabilityExclusionFilter>>, BuildError> {
    let filters = args.image_tag_mutability_exclusion_filters.iter().map(|filter| {
        let sort = ImageTagMutabilityExclusionFilterType::from(filter.filter_type.as_str());
        ImageTagMutabilityExclusionFilter::builder().filter(&filter.filter).filter_type(sort).build()
    });
    let filters: Vec<_> = filters.collect::<Result<_, _>>()?;
    Ok(Some(filters).filter(|filters| !filters.is_empty()))
}

fn scan(on_push: bool) -> ImageScanningConfiguration {
    ImageScanningConfiguration::builder().scan_on_push(on_push).build()
}

fn encrypt(encryption: &RepositoryEncryption) -> Result<EncryptionConfiguration, BuildError> {
    let by = EncryptionType::from(encryption.encryption_type.as_str());
    EncryptionConfiguration::builder().encryption_type(by).set_kms_key(encryption.kms_key.clone()).build()
}

fn encrypted(encryption: &EncryptionConfiguration) -> RepositoryEncryption {
    RepositoryEncryption {
        encryption_type: encryption.encryption_type.as_str().to_owned(),
        kms_key: encryption.kms_key.clone(),
    }
}

fn pairs(tags: BTreeMap<String, String>) -> Result<Vec<Tag>, BuildError> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

//! Who may use a repository.

use aws_sdk_ecr::Client;

use super::{Repository, repository};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::policies::{self, Sort};
use crate::kinds::{Actions, Kind, Live, Update, begin, claim_alike, is_free, is_wanted};
use crate::model::{Failures, Json, Model};

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html>
const POLICY: Sort = Sort::bytes(10_240, "ECR allows 10,240");

/// The policy of an ECR repository, which defines who can pull and push its images, in addition to
/// the identities of its own account. A repository has at most one policy.
#[derive(Clone, Debug, Model)]
pub struct RepositoryPolicyArgs {
    /// The policy document, as an object or as JSON text.
    #[model(in_place, policy)]
    pub policy: Json,
    /// The name of the repository.
    #[model(replace)]
    pub repository: String,
}

/// What AWS says of the policy of a repository.
#[derive(Clone, Debug, Model)]
pub struct RepositoryPolicyState {
    /// The ID of the AWS account that owns the registry.
    pub registry_id: String,
}

/// The policy of a repository.
pub struct RepositoryPolicy;

impl Kind for RepositoryPolicy {
    const TOKEN: &'static str = "agentic:ecr:RepositoryPolicy";
    const ID: &'static str = "the name of the repository";
    const ACTIONS: Actions = Actions {
        create: &[
            "ecr:GetRepositoryPolicy",
            "ecr:SetRepositoryPolicy",
            "ecr:DescribeRepositories",
            "ecr:ListTagsForResource",
        ],
        read: &["ecr:GetRepositoryPolicy"],
        update: &["ecr:SetRepositoryPolicy"],
        delete: &["ecr:DeleteRepositoryPolicy"],
    };
    /// A repository has one.
    const ALONE: bool = true;

    type Args = RepositoryPolicyArgs;
    type State = RepositoryPolicyState;

    fn rules(args: &RepositoryPolicyInputs, failures: &mut Failures) {
        for problem in args.policy.get().iter().flat_map(|policy| policies::problems(&policy.0, &POLICY)) {
            failures.add(RepositoryPolicyArgs::POLICY, problem);
        }
    }

    async fn create(cx: &Cx, args: &RepositoryPolicyArgs) -> Result<String> {
        // Setting a policy overwrites the one that is there.
        let is_free = is_free::<Repository, Self>(cx, &args.repository, &args.repository);
        match if is_free { None } else { find(cx, &args.repository).await? } {
            Some(there) if is_wanted(there.args.clone(), args) => {
                let of_state = repository::is_of_state(cx, &args.repository);
                claim_alike::<Self>(cx, &args.repository, "policy of the repository", of_state).await?;
            }
            Some(_) => {
                let message = format!("the repository {:?} has another policy already", args.repository);
                let hint = "Import it with `pulumi import`, or delete it.";
                return Err(Error::new(ErrorKind::AlreadyExists, message).with_hint(hint));
            }
            None => {
                begin(cx, &args.repository);
                let found = set(cx, args).await?;
                cx.tell(args.repository.clone(), found);
            }
        }
        Ok(args.repository.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        find(cx, id).await
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<RepositoryPolicyArgs>) -> Result<()> {
        set(cx, &update.new).await.map(drop)
    }

    async fn delete(cx: &Cx, id: &str, _args: &RepositoryPolicyArgs) -> Result<()> {
        cx.client::<Client>()?.delete_repository_policy().repository_name(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, repository: &str) -> Result<Option<Live<RepositoryPolicy>>> {
    let told = match cx.told(&repository.to_owned()) {
        Some(told) => Some(told),
        None => ask(cx, repository).await?,
    };
    let Some(Found { text, registry }) = told else { return Ok(None) };
    let unreadable = |error| {
        Error::new(ErrorKind::Other, format!("ECR returned a policy that is not valid JSON: {error}"))
    };
    Ok(Some(Live {
        args: RepositoryPolicyObserved {
            policy: Some(Json(serde_json::from_str(&text).map_err(unreadable)?)),
            repository: Some(repository.to_owned()),
        },
        state: RepositoryPolicyState { registry_id: registry },
    }))
}

/// A policy as ECR has it, and in which registry.
#[derive(Clone)]
struct Found {
    text: String,
    registry: String,
}

async fn ask(cx: &Cx, repository: &str) -> Result<Option<Found>> {
    let call = cx.client::<Client>()?.get_repository_policy().repository_name(repository);
    Ok(found(call.send().await)?.map(|answer| Found {
        text: answer.policy_text.unwrap_or_default(),
        registry: answer.registry_id.unwrap_or_default(),
    }))
}

async fn set(cx: &Cx, args: &RepositoryPolicyArgs) -> Result<Found> {
    let text = args.policy.0.to_string();
    let call = cx.client::<Client>()?.set_repository_policy().repository_name(&args.repository);
    let answer = call.policy_text(&text).send().await?;
    Ok(Found { text, registry: answer.registry_id.unwrap_or_default() })
}

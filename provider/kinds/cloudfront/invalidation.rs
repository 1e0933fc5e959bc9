//! An invalidation: CloudFront forgets what it holds of some paths.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{self, InvalidationBatch, Paths};
use aws_smithy_types::date_time::Format;

use super::{quantity, told};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::kinds::{Actions, Kind, Live, Update, bad_id};
use crate::model::Model;

/// How old what AWS answers may be to be of this very attempt.
const RECENT: u64 = 15 * 60;

/// A CloudFront invalidation: removes files from the edge caches before they expire, so that the
/// next request for them goes to the origin. An invalidation runs once; each change creates another
/// one. Deleting the resource changes nothing in AWS.
#[derive(Clone, Debug, Model)]
pub struct InvalidationArgs {
    /// The ID of the distribution.
    #[model(replace)]
    pub distribution_id: String,
    /// The paths to invalidate, such as `/index.html`, or `/*` for all files. A path may end in the
    /// wildcard `*`.
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
    #[model(replace, set, length = 1..=3000, check = check_path)]
    pub paths: Vec<String>,
    /// Arbitrary values; a change of any of them creates another invalidation.
    #[model(replace, default = {}, write_only)]
    pub triggers: BTreeMap<String, String>,
}

/// The outputs of an invalidation.
#[derive(Clone, Debug, Model)]
pub struct InvalidationState {
    /// The time of creation, such as `2026-01-31T12:00:00Z`.
    pub create_time: String,
    /// The status of the invalidation: `InProgress` or `Completed`.
    pub status: String,
}

/// An invalidation.
pub struct Invalidation;

impl Kind for Invalidation {
    const TOKEN: &'static str = "agentic:cloudfront:Invalidation";
    const ID: &'static str = "the ID of the distribution and the ID of the invalidation, separated by a colon, such as `E1A2B3C4D5E6F7:I1A2B3C4D5E6F7`";
    const ACTIONS: Actions = Actions {
        create: &["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"],
        read: &["cloudfront:GetInvalidation"],
        update: &[],
        delete: &[],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the invalidation is complete",
        usual: [10, 120],
        budget: Duration::from_secs(30 * 60),
    });
    const GLOBAL: bool = true;

    type Args = InvalidationArgs;
    type State = InvalidationState;

    async fn create(cx: &Cx, args: &InvalidationArgs) -> Result<String> {
        // AWS answers a reference that it knows with what it made then, and refuses it with other
        // paths. What was made for this resource long ago is another invalidation.
        let made = match make(cx, args, cx.reference()).await {
            Ok(made) if is_recent(&made) => made,
            Ok(_) => make(cx, args, cx.client_token()).await?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                make(cx, args, cx.client_token()).await?
            }
            Err(error) => return Err(error),
        };
        Ok(format!("{}:{}", args.distribution_id, made.id))
    }

    async fn ready(cx: &Cx, id: &str, _args: &InvalidationArgs) -> Result<Poll> {
        Ok(match get(cx, id).await? {
            None => Poll::Pending("not visible yet".to_owned()),
            Some(there) if there.status.eq_ignore_ascii_case("Completed") => Poll::Ready(()),
            Some(there) => Poll::Pending(there.status),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(there) = get(cx, id).await? else { return Ok(None) };
        let (distribution, _) = parse(id)?;
        let paths = there.invalidation_batch.and_then(|batch| batch.paths);
        Ok(Some(Live {
            args: InvalidationObserved {
                distribution_id: Some(distribution.to_owned()),
                paths: Some(paths.and_then(|paths| paths.items).unwrap_or_default()),
                ..InvalidationObserved::default()
            },
            state: InvalidationState {
                create_time: there.create_time.fmt(Format::DateTime).unwrap_or_default(),
                status: there.status,
            },
        }))
    }

    async fn update(_cx: &Cx, _id: &str, _update: &Update<InvalidationArgs>) -> Result<()> {
        Ok(())
    }

    async fn delete(_cx: &Cx, _id: &str, _args: &InvalidationArgs) -> Result<()> {
        Ok(())
    }
}

async fn make(cx: &Cx, args: &InvalidationArgs, reference: String) -> Result<types::Invalidation> {
    let paths = Paths::builder().quantity(quantity(&args.paths)).set_items(Some(args.paths.clone()));
    let batch = InvalidationBatch::builder().caller_reference(reference).paths(paths.build()?).build()?;
    let create = cx.client::<Client>()?.create_invalidation().distribution_id(&args.distribution_id);
    let made = create.invalidation_batch(batch).send().await.map_err(Error::from)?;
    told(made.invalidation, "the invalidation that it created")
}

async fn get(cx: &Cx, id: &str) -> Result<Option<types::Invalidation>> {
    let (distribution, invalidation) = parse(id)?;
    let get = cx.client::<Client>()?.get_invalidation().distribution_id(distribution).id(invalidation);
    Ok(found(get.send().await)?.and_then(|answer| answer.invalidation))
}

fn is_recent(made: &types::Invalidation) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    now.abs_diff(u64::try_from(made.create_time.secs()).unwrap_or_default()) < RECENT
}

fn parse(id: &str) -> Result<(&str, &str)> {
    id.split_once(':').ok_or_else(|| bad_id(id, Invalidation::ID))
}

/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html>
fn check_path(path: &str) -> Result<(), String> {
    let star = path.find('*').is_none_or(|at| at + 1 == path.len());
    match path.starts_with('/') && star && path.is_ascii() && !path.contains(char::is_whitespace) {
        true => Ok(()),
        false => Err(format!(
            "is {path:?}; give a path that begins with a slash, with a * at its end at most, such as /assets/*"
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_smithy_types::DateTime;

    #[test]
    fn paths_begin_with_a_slash_and_may_end_with_a_star() {
        for path in ["/*", "/index.html", "/a/b*", "/a?b=c"] {
            assert_eq!(check_path(path), Ok(()));
        }
        for path in ["", "*", "index.html", "/*.jpg", "/a b"] {
            assert!(check_path(path).unwrap_err().contains("/assets/*"), "{path}");
        }
    }

    #[test]
    fn what_was_made_long_ago_is_another_one() {
        let made = |at: SystemTime| {
            let made = types::Invalidation::builder().id("I1").status("Completed");
            made.create_time(DateTime::from(at)).build().unwrap()
        };
        assert!(is_recent(&made(SystemTime::now())));
        assert!(!is_recent(&made(SystemTime::now() - Duration::from_secs(3600))));
    }

    #[test]
    fn an_id_has_two_parts() {
        assert_eq!(parse("E1:I1").unwrap(), ("E1", "I1"));
        assert!(parse("E1").unwrap_err().to_string().contains("colon"));
    }
}

//! Images of agents, which must be for ARM64.
//! <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-http-protocol-contract.html>

use std::collections::BTreeSet;

use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::ImageIdentifier;
use serde_json::Value as Json;

use crate::aws::context::Cx;

/// An image in a private repository of ECR.
#[derive(Debug, PartialEq, Eq)]
struct Image {
    account: String,
    region: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Where an image is, if that is a private repository of ECR.
fn repository(uri: &str) -> Option<Image> {
    let (registry, rest) = uri.split_once('/')?;
    let mut parts = registry.split('.');
    let (account, dkr, ecr, region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
    if !is_account || dkr != "dkr" || ecr != "ecr" {
        return None;
    }
    let (rest, digest) = match rest.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest.to_owned())),
        None => (rest, None),
    };
    let (name, tag) = match rest.split_once(':') {
        Some((name, tag)) => (name, Some(tag.to_owned())),
        None => (rest, None),
    };
    Some(Image { account: account.into(), region: region.into(), repository: name.into(), tag, digest })
}

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_ContainerConfiguration.html>
pub fn check(uri: &str) -> Result<(), String> {
    let is_public = uri.strip_prefix("public.ecr.aws/").is_some_and(|rest| !rest.is_empty());
    match is_public || repository(uri).is_some_and(|image| !image.repository.is_empty()) {
        true => Ok(()),
        false => Err(format!(
            "is {uri:?}; an agent runtime takes images from Amazon ECR, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/agent:1.0"
        )),
    }
}

/// The newest forms of manifests come with the architectures inside, or as a list of images for each;
/// of an image alone, ECR tells the architecture in the oldest form only.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html>
const FORMS: [&str; 3] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v1+json",
];

/// The architectures that a manifest tells; nothing where it tells none.
fn architectures(manifest: &str) -> Option<BTreeSet<String>> {
    let manifest: Json = serde_json::from_str(manifest).ok()?;
    let of = |value: &Json| value.as_str().map(str::to_owned);
    let found: BTreeSet<String> = match manifest["manifests"].as_array() {
        Some(images) => images.iter().filter_map(|image| of(&image["platform"]["architecture"])).collect(),
        None => of(&manifest["architecture"]).into_iter().collect(),
    };
    // Attestations stand in the list as images of no platform.
    let found: BTreeSet<String> = found.into_iter().filter(|name| name != "unknown").collect();
    (!found.is_empty()).then_some(found)
}

/// Why AgentCore would not run an image, as far as ECR tells.
pub async fn foresee(cx: &Cx, uri: &str) -> Option<String> {
    let image = repository(uri)?;
    let client = cx.aws.client::<Client>(Some(&image.region)).ok()?;
    let wanted = ImageIdentifier::builder()
        .set_image_tag(image.tag.clone().filter(|_| image.digest.is_none()))
        .set_image_digest(image.digest.clone());
    let call = client.batch_get_image().registry_id(&image.account).repository_name(&image.repository);
    let call = call.image_ids(wanted.build()).set_accepted_media_types(Some(FORMS.map(str::to_owned).into()));
    let answer = call.send().await.ok()?;
    let manifest = answer.images().first()?.image_manifest()?;
    let found = architectures(manifest)?;
    (!found.contains("arm64")).then(|| {
        let found: Vec<_> = found.into_iter().collect();
        format!(
            "is {uri:?}, an image for {} only, but AgentCore runs ARM64; build and push it for linux/arm64: docker buildx build --platform linux/arm64 --tag {uri} --push .",
            found.join(" and ")
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_image_is_taken_apart() {
        let uri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/agent:1.0@sha256:ab";
        let image = repository(uri).unwrap();
        assert_eq!((image.region.as_str(), image.repository.as_str()), ("eu-west-1", "team/agent"));
        assert_eq!((image.tag.as_deref(), image.digest.as_deref()), (Some("1.0"), Some("sha256:ab")));
        assert!(check("public.ecr.aws/team/agent:1").is_ok() && check(uri).is_ok());
        for other in
            ["ghcr.io/team/agent:1", "agent", "public.ecr.aws/", "1.dkr.ecr.eu-west-1.amazonaws.com/a"]
        {
            assert!(check(other).is_err(), "{other}");
        }
    }

    #[test]
    fn manifests_tell_what_an_image_is_for() {
        let told =
            |manifest: &str| architectures(manifest).map(|found| found.into_iter().collect::<Vec<_>>());
        let of = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect::<Vec<_>>());
        let list = r#"{"manifests": [{"platform": {"architecture": "amd64"}}, {"platform": {"architecture": "arm64"}}, {"platform": {"architecture": "unknown"}}]}"#;
        assert_eq!(told(list), of(&["amd64", "arm64"]));
        assert_eq!(told(r#"{"schemaVersion": 1, "architecture": "amd64"}"#), of(&["amd64"]));
        // An image alone has it in another place.
        assert_eq!(told(r#"{"schemaVersion": 2, "config": {"digest": "sha256:ab"}}"#), None);
        assert_eq!(told("no JSON"), None);
    }
}

//! A public key that instances accept.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{KeyPairInfo, ResourceType};

use super::{Ec2Tags, tag_map, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, claim};
use crate::model::{Model, Value};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html>
const KEY_NAME: NameRule = NameRule { what: "key pair", ..PLAIN };

/// An EC2 key pair: the public key for SSH connections to instances, whose private key you keep.
#[derive(Clone, Debug, Model)]
pub struct KeyPairArgs {
    /// The name of the key pair.
    #[model(replace, autoname)]
    pub key_name: String,
    /// The public key in OpenSSH format, such as `ssh-ed25519 AAAA... user@host`. EC2 accepts
    /// ED25519 keys, and RSA keys of 1024, 2048 or 4096 bits.
    #[model(replace, same = same_key, check = check_key)]
    pub public_key: String,
    /// The tags of the key pair.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// What AWS says of a key pair.
#[derive(Clone, Debug, Model)]
pub struct KeyPairState {
    /// The ARN of the key pair.
    pub arn: String,
    /// The fingerprint of the key: MD5 for RSA keys, SHA-256 for ED25519 keys.
    pub fingerprint: String,
    /// The ID of the key pair, such as `key-0a1b2c3d4e5f67890`.
    pub key_pair_id: String,
    /// The type of the key: `rsa` or `ed25519`.
    pub key_type: String,
}

/// A public key that instances accept.
pub struct KeyPair;

impl Kind for KeyPair {
    const TOKEN: &'static str = "agentic:ec2:KeyPair";
    const ID: &'static str = "the name of the key pair";
    const NAME: Option<&'static NameRule> = Some(&KEY_NAME);
    const TAGS: TaggedBy = TaggedBy::service::<KeyPairTags>();
    // Calls about tags take the ID of the key pair, which is not its name.
    const ARN: &'static str = "keyPairId";
    const ACTIONS: Actions = Actions {
        create: &["ec2:ImportKeyPair", "ec2:DescribeKeyPairs"],
        read: &["ec2:DescribeKeyPairs"],
        update: &[],
        delete: &["ec2:DeleteKeyPair"],
    };

    type Args = KeyPairArgs;
    type State = KeyPairState;

    async fn create(cx: &Cx, args: &KeyPairArgs) -> Result<String> {
        if find(cx, &args.key_name).await?.is_some() {
            return claim::<Self>(cx, &args.key_name, args, None, "key pair").await;
        }
        let made = cx
            .client::<Client>()?
            .import_key_pair()
            .key_name(&args.key_name)
            .public_key_material(Blob::new(args.public_key.trim()))
            .tag_specifications(tagged(cx, ResourceType::KeyPair, &args.tags));
        Ok(made.send().await?.key_name.unwrap_or_default())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(pair) = find(cx, id).await? else { return Ok(None) };
        let key_pair_id = pair.key_pair_id.clone().unwrap_or_default();
        let account = cx.aws.account_id().await?;
        Ok(Some(Live {
            args: KeyPairObserved {
                key_name: pair.key_name.clone(),
                public_key: pair.public_key.clone().map(|key| key.trim().to_owned()),
                tags: Some(tag_map(pair.tags())),
            },
            state: KeyPairState {
                arn: cx.arn("ec2", &account, &format!("key-pair/{id}")),
                fingerprint: pair.key_fingerprint.clone().unwrap_or_default(),
                key_pair_id,
                key_type: pair.key_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
            },
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &KeyPairArgs) -> Result<()> {
        cx.client::<Client>()?.delete_key_pair().key_name(id).send().await?;
        Ok(())
    }
}

/// How key pairs are tagged: by their ID.
struct KeyPairTags;

impl KeyPairTags {
    fn by_id(named: &Named) -> Named {
        Named { id: named.arn.clone(), arn: named.arn.clone() }
    }
}

impl Tagging for KeyPairTags {
    const CHANGE: &'static [&'static str] = Ec2Tags::CHANGE;

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        Ec2Tags::set(cx, &Self::by_id(named), tags).await
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        Ec2Tags::remove(cx, &Self::by_id(named), keys).await
    }
}

async fn find(cx: &Cx, name: &str) -> Result<Option<KeyPairInfo>> {
    let call = cx.client::<Client>()?.describe_key_pairs().key_names(name).include_public_key(true);
    let answer = found(call.send().await)?;
    Ok(answer.and_then(|answer| answer.key_pairs.unwrap_or_default().into_iter().next()))
}

/// Whether two texts are one key: the comment at the end is not part of it.
fn same_key(one: &Value, other: &Value) -> bool {
    let key = |text: &Value| -> Option<Vec<String>> {
        Some(text.as_str()?.split_whitespace().take(2).map(str::to_owned).collect())
    };
    key(one).is_some_and(|one| key(other) == Some(one))
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-key-pairs.html>
fn check_key(key: &str) -> Result<(), String> {
    let sort = key.split_whitespace().next().unwrap_or_default();
    match sort {
        "ssh-rsa" | "ssh-ed25519" => Ok(()),
        "-----BEGIN" if key.contains("PRIVATE") => {
            Err("is a private key; give the public one, the content of the file that ends in .pub".to_owned())
        }
        sort if sort.starts_with("ecdsa-") || sort.starts_with("sk-") || sort == "ssh-dss" => {
            Err(format!("is a key of the type {sort}; EC2 accepts ssh-ed25519 and ssh-rsa"))
        }
        // Keys in DER and RFC 4716 begin otherwise.
        _ if key.starts_with("---- BEGIN SSH2") || key.starts_with("MII") => Ok(()),
        _ => Err("is not a public key; give one in OpenSSH format, such as ssh-ed25519 AAAA...".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_from_what_is_none() {
        assert_eq!(check_key("ssh-ed25519 AAAAC3 me@host"), Ok(()));
        assert!(check_key("ecdsa-sha2-nistp256 AAAA").is_err_and(|it| it.contains("ssh-ed25519")));
        let private = check_key("-----BEGIN OPENSSH PRIVATE KEY-----\nabc");
        assert!(private.is_err_and(|it| it.contains(".pub") && !it.contains("abc")));
        assert!(same_key(&"ssh-rsa AAAA me@host".into(), &"ssh-rsa AAAA".into()));
        assert!(!same_key(&"ssh-rsa AAAA".into(), &"ssh-rsa BBBB".into()));
    }
}

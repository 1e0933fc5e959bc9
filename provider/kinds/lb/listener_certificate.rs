//! A further certificate of a listener.

use std::collections::HashMap;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::Certificate;

use super::{Listener, all_tags, suffix};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::aws::owner::as_pairs;
use crate::kinds::{Actions, Kind, Live, bad_id, begin, claim_alike, is_free};
use crate::model::Model;

/// Adds a certificate to a listener with the protocol HTTPS or TLS, in addition to its default
/// certificate. The load balancer selects the certificate by the hostname that the client requests
/// (SNI).
#[derive(Clone, Debug, Model)]
pub struct ListenerCertificateArgs {
    /// The ARN of the certificate.
    #[model(replace, check = check_certificate)]
    pub certificate_arn: String,
    /// The ARN of the listener.
    #[model(replace, check = check_listener)]
    pub listener_arn: String,
}

/// What AWS says of a certificate of a listener, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct ListenerCertificateState {}

/// A further certificate of a listener.
pub struct ListenerCertificate;

impl Kind for ListenerCertificate {
    const TOKEN: &'static str = "agentic:lb:ListenerCertificate";
    const ID: &'static str =
        "the ARN of the listener and the ARN of the certificate, separated by an underscore";
    const ACTIONS: Actions = Actions {
        create: &[
            "elasticloadbalancing:AddListenerCertificates",
            "elasticloadbalancing:DescribeListenerCertificates",
            "elasticloadbalancing:DescribeTags",
        ],
        read: &["elasticloadbalancing:DescribeListenerCertificates"],
        update: &[],
        delete: &["elasticloadbalancing:RemoveListenerCertificates"],
    };

    type Args = ListenerCertificateArgs;
    type State = ListenerCertificateState;

    async fn create(cx: &Cx, args: &ListenerCertificateArgs) -> Result<String> {
        let listener = &args.listener_arn;
        let id = format!("{listener}_{}", args.certificate_arn);
        // Adding it again changes nothing, and says nothing.
        let is_free = is_free::<Listener, Self>(cx, listener, &id);
        if !is_free && added(cx, listener).await?.contains(&args.certificate_arn) {
            let of_state = async {
                let tags = all_tags(cx, listener).await?;
                Ok(cx.standing(as_pairs(&tags)).is_of_state())
            };
            claim_alike::<Self>(cx, &id, "certificate of the listener", of_state).await?;
            return Ok(id);
        }
        begin(cx, &id);
        let call = cx.client::<Client>()?.add_listener_certificates().listener_arn(listener);
        call.certificates(certificate(&args.certificate_arn)).send().await?;
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let (listener, arn) = parse(id)?;
        let added = added(cx, listener).await?;
        Ok(added.iter().any(|added| added == arn).then(|| Live {
            args: ListenerCertificateArgs {
                certificate_arn: arn.to_owned(),
                listener_arn: listener.to_owned(),
            }
            .into(),
            state: ListenerCertificateState {},
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &ListenerCertificateArgs) -> Result<()> {
        let (listener, arn) = parse(id)?;
        let call = cx.client::<Client>()?.remove_listener_certificates().listener_arn(listener);
        call.certificates(certificate(arn)).send().await?;
        Ok(())
    }
}

fn certificate(arn: &str) -> Certificate {
    Certificate::builder().certificate_arn(arn).build()
}

/// The certificates of a listener beside the default one; one look serves all of them.
async fn added(cx: &Cx, listener: &str) -> Result<Vec<String>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(1, listener.to_owned(), move |listeners| {
        let client = client.clone();
        async move {
            let mut lists = HashMap::new();
            for listener in listeners {
                let call = client.describe_listener_certificates().listener_arn(&listener);
                let pages = call.into_paginator().items().send();
                let Some(all) = found(pages.collect::<Result<Vec<Certificate>, _>>().await)? else {
                    continue;
                };
                let further = all.into_iter().filter(|certificate| certificate.is_default != Some(true));
                let arns: Vec<String> =
                    further.filter_map(|certificate| certificate.certificate_arn).collect();
                lists.insert(listener, arns);
            }
            Ok(lists)
        }
    });
    Ok(read.await?.unwrap_or_default())
}

/// The ARN of a listener has no underscore.
fn parse(id: &str) -> Result<(&str, &str)> {
    let parts = id
        .split_once('_')
        .filter(|(listener, arn)| check_listener(listener).is_ok() && check_certificate(arn).is_ok());
    parts.ok_or_else(|| bad_id(id, ListenerCertificate::ID))
}

fn check_listener(arn: &str) -> Result<(), String> {
    match suffix(arn, "listener") {
        Some(_) => Ok(()),
        None => Err(format!("is {arn:?}; give the ARN of a listener")),
    }
}

/// Certificates are ACM's or IAM's.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddListenerCertificates.html>
fn check_certificate(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") && (arn.contains(":certificate/") || arn.contains(":server-certificate/")) {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of a certificate")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_is_two_arns() {
        let listener = "arn:aws:elasticloadbalancing:us-east-1:1:listener/app/web/1/2";
        let certificate = "arn:aws:iam::1:server-certificate/of_web";
        let id = format!("{listener}_{certificate}");
        assert_eq!(parse(&id).unwrap(), (listener, certificate));
        assert!(parse(listener).is_err() && parse(certificate).is_err());
    }
}

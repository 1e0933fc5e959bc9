//! Access keys, of which AWS tells the secret once.

use agentic::aws::ErrorKind;
use agentic::model::Value;
use aws_proxy::Fault;
use serde_json::{Value as Json, json};

use crate::stage::{Stage, checked, kind};

const KEY: &str = "agentic:iam:AccessKey";

/// An AWS with the user `mailer`.
async fn stage() -> (Stage, aws_sdk_iam::Client) {
    let stage = Stage::new().await;
    let iam: aws_sdk_iam::Client = stage.clients.client(None).unwrap();
    iam.create_user().user_name("mailer").send().await.unwrap();
    (stage, iam)
}

fn key() -> Json {
    json!({"user": "mailer"})
}

async fn keys(iam: &aws_sdk_iam::Client) -> Vec<String> {
    let listed = iam.list_access_keys().user_name("mailer").send().await.unwrap();
    listed.access_key_metadata.into_iter().filter_map(|key| key.access_key_id).collect()
}

#[tokio::test]
async fn the_secret_stays_in_the_state_and_is_not_known_of_an_imported_key() {
    let (stage, _) = stage().await;
    let (id, outputs) = stage.create(KEY, &key()).await.unwrap();
    for secret in ["secret", "sesSmtpPasswordV4"] {
        assert!(matches!(outputs[secret], Value::Secret(_)), "{secret} is no secret");
        assert!(outputs[secret].as_str().unwrap().len() > 30);
    }
    let inputs = checked(KEY, &key());
    let again = kind(KEY).read(&stage.cx(KEY), &id, Some(&inputs), Some(&outputs)).await.unwrap().unwrap();
    assert_eq!(again.1, outputs);
    let inactive = checked(KEY, &json!({"user": "mailer", "status": "Inactive"}));
    let updated = kind(KEY).update(&stage.cx(KEY), &id, &inputs, &outputs, &inactive).await.unwrap();
    assert_eq!(updated["secret"], outputs["secret"]);
    assert_eq!(updated["status"], Value::from("Inactive"));
    let (inputs, imported) = kind(KEY).read(&stage.cx(KEY), &id, None, None).await.unwrap().unwrap();
    assert_eq!(inputs["user"], Value::from("mailer"));
    assert_eq!(imported["secret"].as_str(), Some(""));
}

#[tokio::test]
async fn an_inactive_key_keeps_its_secret_where_nobody_may_look() {
    let (stage, iam) = stage().await;
    let inactive = json!({"user": "mailer", "status": "Inactive"});
    let denied = Fault::on("iam", "UpdateAccessKey").error(403, "AccessDenied", "no");
    stage.aws.fault(denied.always());
    let partial = stage.create(KEY, &inactive).await.unwrap_err();
    let (id, outputs) = partial.made.unwrap();
    assert!(!outputs["secret"].as_str().unwrap().is_empty());
    assert_eq!(keys(&iam).await, [id]);
}

#[tokio::test]
async fn a_key_whose_secret_was_lost_is_deleted_and_another_one_made() {
    let (stage, iam) = stage().await;
    let other = iam.create_access_key().user_name("mailer").send().await.unwrap();
    let other = other.access_key.unwrap().access_key_id;
    stage.aws.fault(Fault::on("iam", "CreateAccessKey").lose_answer());
    let (id, _) = stage.create(KEY, &key()).await.unwrap();
    let mut expected = vec![other, id];
    expected.sort();
    let mut there = keys(&iam).await;
    there.sort();
    assert_eq!(there, expected);
    assert!(stage.said().iter().any(|line| line.contains("whose secret was lost")), "{:?}", stage.said());
}

#[tokio::test]
async fn a_third_key_is_refused_with_what_to_do() {
    let (stage, iam) = stage().await;
    for _ in 0..2 {
        iam.create_access_key().user_name("mailer").send().await.unwrap();
    }
    let refused = stage.create(KEY, &key()).await.unwrap_err().error;
    assert_eq!(refused.kind(), ErrorKind::Limit);
    assert!(refused.to_string().contains("at most two"), "{refused}");
}

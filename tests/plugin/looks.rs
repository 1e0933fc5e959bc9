//! How often AWS is asked while something takes its time.

use agentic::aws::wait::Clock;
use serde_json::{Value as Json, json};

use crate::stage::{REGION, Stage};

const DATABASE: &str = "agentic:rds:Instance";

/// What is made from another one gets its last settings when it is there, which is a wait like others.
#[tokio::test]
async fn a_database_made_from_another_is_looked_at_no_more_often_than_others() {
    const SPEED: u32 = 200;
    let stage = Stage::at(REGION, Clock::fast(SPEED)).await;
    let new = json!({
        "identifier": "db", "engine": "postgres", "instanceClass": "db.t4g.micro", "allocatedStorage": 20,
        "username": "app", "password": "correct-horse", "backupRetentionPeriod": 7, "skipFinalSnapshot": true,
    });
    stage.create(DATABASE, &new).await.unwrap();
    let client: aws_sdk_rds::Client = stage.clients.client(None).unwrap();
    let snapshot = client.create_db_snapshot().db_instance_identifier("db").db_snapshot_identifier("last");
    snapshot.send().await.unwrap();
    stage.aws.scale(SPEED);
    let from = |identifier: &str, source: &str, of: &str| {
        let mut inputs = json!({
            "identifier": identifier, "instanceClass": "db.t4g.micro", "skipFinalSnapshot": true,
            "tags": {"team": "shop"},
        });
        inputs.as_object_mut().unwrap().insert(source.to_owned(), Json::from(of));
        inputs
    };
    for inputs in [from("replica", "replicateSourceDb", "db"), from("restored", "snapshotIdentifier", "last")]
    {
        stage.create(DATABASE, &inputs).await.unwrap();
        let span = stage
            .aws
            .spans()
            .into_iter()
            .rfind(|span| span.operation.starts_with("Create") || span.operation.starts_with("Restore"))
            .unwrap();
        // Every 20 seconds.
        assert!((span.looks as f64) < span.seconds / 20.0, "{span:?}");
        assert!(
            stage.said().iter().any(|line| line.contains("usually 6 to 15 minutes")),
            "{:?}",
            stage.said()
        );
        stage.forget_said();
    }
}

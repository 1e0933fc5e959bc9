//! The APIs that the stand-in has, as far as SDKs of the plugin reach them.

use crate::clients::{Aws, code};
use aws_sdk_cloudwatchlogs::types::QueryDefinition;

#[tokio::test]
async fn query_definitions_are_put_changed_and_deleted() {
    let aws = Aws::start().await;
    let put = |name: &str| aws.logs().put_query_definition().name(name).query_string("fields @message");
    let id = put("errors").log_group_names("a").send().await.unwrap().query_definition_id.unwrap();
    put("slow").send().await.unwrap();
    let list = || async {
        let listed = aws.logs().describe_query_definitions().query_definition_name_prefix("err").send().await;
        listed.unwrap().query_definitions.unwrap_or_default()
    };
    let groups =
        |found: &[QueryDefinition]| found.iter().map(|one| one.log_group_names().len()).collect::<Vec<_>>();
    assert_eq!(groups(&list().await), [1]);
    put("errors of the shop").query_definition_id(&id).send().await.unwrap();
    // What a change leaves out is gone.
    assert_eq!(groups(&list().await), [0]);
    let delete = || aws.logs().delete_query_definition().query_definition_id(&id).send();
    assert!(delete().await.unwrap().success);
    assert_eq!(code(delete().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn requests_are_held_against_the_model() {
    let aws = Aws::start().await;
    let put = || aws.logs().put_query_definition().name("errors").query_string("fields @message");
    assert_eq!(code(put().log_group_names("a b").send().await), "InvalidParameterException");
    assert_eq!(code(put().name("x".repeat(256)).send().await), "InvalidParameterException");
    assert_eq!(code(put().query_language("XQuery".into()).send().await), "InvalidParameterException");
    put().send().await.unwrap();
}

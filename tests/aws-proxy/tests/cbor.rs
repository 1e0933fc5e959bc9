//! Smithy RPC v2 CBOR, which clients of CloudWatch speak and moto does not.
#![allow(clippy::unwrap_used)]

use aws_proxy::{Fault, LocalAws};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use minicbor::data::IanaTag;
use minicbor::{Decoder, Encoder};
use serde_json::json;

const SCOPE: &str = "AWS4-HMAC-SHA256 Credential=a/20260101/eu-south-2/monitoring/aws4_request, X=y";

/// Status, headers and body of an answer to a call with this member.
async fn call(
    aws: &LocalAws,
    operation: &str,
    write: impl FnOnce(&mut Encoder<Vec<u8>>),
) -> (u16, HeaderMap, Bytes) {
    let mut encoder = Encoder::new(Vec::new());
    encoder.begin_map().unwrap();
    write(&mut encoder);
    encoder.end().unwrap();
    let uri = format!("{}/service/GraniteServiceVersion20100801/operation/{operation}", aws.endpoint());
    let request = Request::post(uri)
        .header("smithy-protocol", "rpc-v2-cbor")
        .header("content-type", "application/cbor")
        .header("authorization", SCOPE)
        .body(Full::<Bytes>::new(encoder.into_writer().into()));
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client.request(request.unwrap()).await.unwrap().into_parts();
    (head.status.as_u16(), head.headers, body.collect().await.unwrap().to_bytes())
}

/// Goes on to the value of the first member of this name, in maps and lists of maps.
fn find<'a>(body: &'a [u8], name: &str) -> Decoder<'a> {
    let mut decoder = Decoder::new(body);
    for at in 0..body.len() {
        decoder.set_position(at);
        if decoder.str().is_ok_and(|found| found == name) {
            return decoder;
        }
    }
    panic!("there is no {name}");
}

#[tokio::test]
async fn an_alarm_goes_there_and_back() {
    let aws = LocalAws::start().await;
    let (status, headers, _) = call(&aws, "PutMetricAlarm", |alarm| {
        alarm.str("AlarmName").unwrap().str("cpu").unwrap();
        alarm.str("Namespace").unwrap().str("AWS/ECS").unwrap();
        alarm.str("MetricName").unwrap().str("CPU").unwrap();
        alarm.str("Statistic").unwrap().str("Average").unwrap();
        alarm.str("ComparisonOperator").unwrap().str("GreaterThanThreshold").unwrap();
        alarm.str("Period").unwrap().i32(60).unwrap().str("EvaluationPeriods").unwrap().i32(2).unwrap();
        alarm.str("Threshold").unwrap().f64(80.0).unwrap().str("ActionsEnabled").unwrap().bool(true).unwrap();
    })
    .await;
    assert_eq!((status, &headers["smithy-protocol"]), (200, &"rpc-v2-cbor".parse().unwrap()));
    let names = |of: &mut Encoder<Vec<u8>>| {
        of.str("AlarmNames").unwrap().array(1).unwrap().str("cpu").unwrap();
    };
    let (status, _, alarms) = call(&aws, "DescribeAlarms", names).await;
    assert_eq!((status, find(&alarms, "Period").i32().unwrap()), (200, 60));
    assert_eq!(find(&alarms, "Threshold").f64().unwrap().to_bits(), 80f64.to_bits());
    assert!(find(&alarms, "ActionsEnabled").bool().unwrap());
    assert_eq!(find(&alarms, "StateUpdatedTimestamp").tag().unwrap(), IanaTag::Timestamp);
    assert_eq!(aws.mutations(), ["monitoring:PutMetricAlarm"]);
    assert_eq!(aws.calls()[1].params, json!({"AlarmNames": ["cpu"]}));
}

#[tokio::test]
async fn errors_say_their_code_where_clients_look_for_it() {
    let aws = LocalAws::start().await;
    let name = |of: &mut Encoder<Vec<u8>>| {
        of.str("DashboardName").unwrap().str("none").unwrap();
    };
    let (status, headers, body) = call(&aws, "GetDashboard", name).await;
    let code = headers["x-amzn-query-error"].to_str().unwrap();
    assert!(status >= 400 && code.starts_with("ResourceNotFound;"), "{status} {code}");
    assert!(!find(&body, "message").str().unwrap().is_empty());
    aws.fault(Fault::on("monitoring", "GetDashboard").deny());
    let (_, headers, body) = call(&aws, "GetDashboard", name).await;
    assert_eq!(headers["x-amzn-query-error"], "AccessDeniedException;Sender");
    assert!(find(&body, "message").str().unwrap().contains("cloudwatch:GetDashboard"));
}

//! AWS's wire formats: how a call is read, and how an answer or an error is
//! written, in each protocol.

use crate::tree;
use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

/// The protocols of <https://smithy.io/2.0/aws/protocols/> that the provider's SDKs speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Ec2,
    Query,
    Json,
    RestJson,
    RestXml,
}

/// An HTTP answer, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// An error as AWS's API pages list them: HTTP status, code, message.
#[derive(Clone, Debug)]
pub struct AwsError {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl AwsError {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }
}

impl Answer {
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut answer = Self { status, headers: HeaderMap::new(), body: body.into() };
        answer.header("content-type", content_type);
        answer.header("x-amzn-requestid", REQUEST_ID);
        answer
    }

    pub fn header(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The code of an error answer.
    pub fn error_code(&self, protocol: Protocol) -> Option<String> {
        if self.is_success() {
            return None;
        }
        let body = parse(protocol, &self.body);
        let header = self.headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        let found = header.map(str::to_string).or_else(|| {
            [tree::texts(&body, "Code"), tree::texts(&body, "__type")].concat().into_iter().next()
        })?;
        let code = found.rsplit('#').next().unwrap_or_default();
        Some(code.split(':').next().unwrap_or_default().to_string())
    }
}

const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";
const JSON: &str = "application/x-amz-json-1.1";
const XML: &str = "text/xml";

/// Parses a body; what cannot be parsed is `Null`.
pub fn parse(protocol: Protocol, body: &[u8]) -> Value {
    match protocol {
        Protocol::Json | Protocol::RestJson => serde_json::from_slice(body).unwrap_or_default(),
        _ => tree::from_xml(body).unwrap_or_default(),
    }
}

/// Writes a body that [`parse`] has read.
pub fn render(protocol: Protocol, tree: &Value) -> Bytes {
    match protocol {
        Protocol::Json | Protocol::RestJson => tree.to_string().into(),
        _ => tree::to_xml(tree).into(),
    }
}

/// A successful answer with these members, in the protocol's envelope.
pub fn success(protocol: Protocol, operation: &str, mut members: Value) -> Answer {
    let response = format!("{operation}Response");
    match protocol {
        Protocol::Json | Protocol::RestJson => Answer::new(200, JSON, members.to_string()),
        Protocol::RestXml => Answer::new(200, XML, tree::to_xml(&members)),
        Protocol::Ec2 => {
            members["requestId"] = REQUEST_ID.into();
            Answer::new(200, XML, tree::to_xml(&tree::object(&response, members)))
        }
        Protocol::Query => {
            let mut content = tree::object(&format!("{operation}Result"), members);
            content["ResponseMetadata"] = json!({"RequestId": REQUEST_ID});
            Answer::new(200, XML, tree::to_xml(&tree::object(&response, content)))
        }
    }
}

/// A successful answer without any member.
pub fn nothing(protocol: Protocol, operation: &str) -> Answer {
    let members = match protocol {
        Protocol::RestXml => tree::object(&format!("{operation}Response"), json!({})),
        _ => json!({}),
    };
    success(protocol, operation, members)
}

/// An error in the protocol's form.
///
/// - EC2: <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-error-response.html>
/// - Query and REST XML: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization>
/// - S3: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
/// - JSON: <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>
pub fn error(protocol: Protocol, service: &str, error: &AwsError) -> Answer {
    let AwsError { status, code, message } = error;
    let detail = json!({"Type": "Sender", "Code": code, "Message": message});
    let xml = |tree: Value| Answer::new(*status, XML, tree::to_xml(&tree));
    match protocol {
        Protocol::Ec2 => xml(json!({"Response": {
            "Errors": {"Error": {"Code": code, "Message": message}},
            "RequestID": REQUEST_ID,
        }})),
        Protocol::RestXml if service == "s3" => xml(json!({"Error": {
            "Code": code, "Message": message, "RequestId": REQUEST_ID,
        }})),
        Protocol::Query | Protocol::RestXml => {
            xml(json!({"ErrorResponse": {"Error": detail, "RequestId": REQUEST_ID}}))
        }
        Protocol::Json | Protocol::RestJson => {
            let body = json!({"__type": code, "message": message}).to_string();
            let mut answer = Answer::new(*status, JSON, body);
            answer.header("x-amzn-errortype", code);
            // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
            answer.header("x-amzn-query-error", &format!("{code};Sender"));
            answer
        }
    }
}

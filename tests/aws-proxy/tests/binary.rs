//! The program, as tests in other languages use it: over HTTP only.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

struct Program {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Program {
    fn start() -> Self {
        let mut process =
            Command::new(env!("CARGO_BIN_EXE_aws-proxy")).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut url = String::new();
        output.read_line(&mut url).unwrap();
        let address = url.trim().strip_prefix("http://").unwrap().to_string();
        Self { process, output, address }
    }

    /// Status and body of an answer.
    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        write!(stream, "{head}{headers}content-length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_string())
    }

    fn control(&self, what: &str, body: &Value) -> (u16, String) {
        self.send("POST", &format!("/_proxy/{what}"), "", &body.to_string())
    }

    fn calls(&self, which: &str) -> Vec<String> {
        let (status, body) = self.send("GET", &format!("/_proxy/{which}"), "", "");
        assert_eq!(status, 200);
        let calls: Vec<Value> = serde_json::from_str(&body).unwrap();
        calls.iter().map(|call| call["operation"].as_str().unwrap().to_string()).collect()
    }

    fn query(&self, service: &str, form: &str) -> (u16, String) {
        let scope =
            format!("Credential=local/20260101/eu-south-2/{service}/aws4_request, SignedHeaders=host");
        let form_type = "application/x-www-form-urlencoded";
        let headers = format!("authorization: AWS4-HMAC-SHA256 {scope}\r\ncontent-type: {form_type}\r\n");
        self.send("POST", "/", &headers, form)
    }
}

#[test]
fn the_program_serves_until_it_is_told_to_stop() {
    let mut program = Program::start();
    assert_eq!(program.control("hold", &json!({"service": "ec2", "kind": "Vpc", "polls": 1})).0, 204);
    let (status, error) = program.control("hold", &json!({"service": "ec2", "kind": "Moon", "polls": 1}));
    assert_eq!((status, error.as_str()), (400, "no state to hold is known for ec2 Moon"));
    let create = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16";
    let (status, vpc) = program.query("ec2", create);
    assert_eq!(status, 200, "{vpc}");
    assert!(vpc.contains("<state>pending</state>"), "{vpc}");

    let end = json!({"service": "ec2", "kind": "Vpc", "state": "lost", "fields": [["reason", "a test"]]});
    assert_eq!(program.control("end", &end).0, 204);
    let states = json!({"service": "ec2", "kind": "Vpc", "operation": "CreateVpc", "states": []});
    assert_eq!(program.control("states", &states).0, 204);
    let (_, vpc) = program.query("ec2", create);
    assert!(vpc.contains("<reason>a test</reason>"), "{vpc}");

    let error = json!({"error": {"status": 400, "code": "VpcLimitExceeded", "message": "Too many"}});
    let fault = json!({"service": "ec2", "operation": "CreateVpc", "effect": error});
    assert_eq!(program.control("fault", &fault).0, 204);
    assert_eq!(program.query("ec2", create).0, 400);
    let step = json!({"state": "IN_PROGRESS", "running": 1, "events": ["(service {service}) is slow."]});
    let rollout = json!({"service": "api", "rollout": {"steps": [step]}});
    assert_eq!(program.control("rollout", &rollout).0, 204);

    program.query("ec2", "Action=DescribeVpcs&Version=2016-11-15");
    assert_eq!(program.calls("calls"), ["CreateVpc", "CreateVpc", "CreateVpc", "DescribeVpcs"]);
    assert_eq!(program.calls("mutations"), ["CreateVpc", "CreateVpc", "CreateVpc"]);
    assert_eq!(program.control("clear", &Value::Null).0, 204);
    assert!(program.calls("calls").is_empty());
    assert_eq!(program.control("reset", &Value::Null).0, 204);
    let (_, found) = program.query("ec2", "Action=DescribeVpcs&Version=2016-11-15");
    assert!(!found.contains("10.0.0.0/16"), "{found}");
    assert_eq!(program.control("nonsense", &Value::Null).0, 400);

    let stopped = Command::new("kill").arg(program.process.id().to_string()).status().unwrap();
    assert!(stopped.success());
    assert!(program.process.wait().unwrap().success());
    assert_eq!(program.output.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_wrong_argument_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_aws-proxy")).arg("nonsense").output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("usage: aws-proxy [port]"));
}

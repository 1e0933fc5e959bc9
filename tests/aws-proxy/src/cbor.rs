//! Smithy RPC v2 CBOR at the proxy's edge. moto speaks no CBOR, but AWS's JSON protocol, so that is
//! what a call is between the edges: <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>.

use crate::call::Http;
use crate::wire::Answer;
use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use minicbor::data::{IanaTag, Type};
use minicbor::decode::Error as Undecodable;
use minicbor::encode::Error as Unencodable;
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Number, Value};
use std::convert::Infallible;

const PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");
const NAME: HeaderValue = HeaderValue::from_static("rpc-v2-cbor");

/// JSON has one sort of numbers, CBOR has three. These members are floating-point numbers, also in
/// lists and maps: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Types.html>.
const DOUBLES: [&str; 12] = [
    "ApproximateAggregateValue",
    "ApproximateValue",
    "Average",
    "ExtendedStatistics",
    "Maximum",
    "MaxContributorValue",
    "Minimum",
    "SampleCount",
    "Sum",
    "Threshold",
    "UnweightedAverage",
    "Values",
];

/// Moments beside those whose name ends with `Timestamp` or `Timestamps`.
const MOMENTS: [&str; 6] =
    ["CreationDate", "EndTime", "ExpireDate", "LastModified", "LastUpdateDate", "StartTime"];

#[derive(Clone, Copy)]
enum Sort {
    Integer,
    Double,
    Moment,
}

fn sort(member: &str) -> Sort {
    match member {
        _ if DOUBLES.contains(&member) => Sort::Double,
        _ if MOMENTS.contains(&member) => Sort::Moment,
        _ if member.ends_with("Timestamp") || member.ends_with("Timestamps") => Sort::Moment,
        _ => Sort::Integer,
    }
}

pub fn is_spoken(http: &Http) -> bool {
    http.headers.get(PROTOCOL) == Some(&NAME)
}

/// The same request in AWS's JSON protocol, if it can be read.
pub fn request(http: &Http) -> Option<Http> {
    let (service, operation) = http.path().strip_prefix("/service/")?.split_once("/operation/")?;
    let params = if http.body.is_empty() { Value::Object(Map::new()) } else { read(&http.body).ok()? };
    let mut headers: HeaderMap = http.headers.clone();
    headers.remove(PROTOCOL);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    headers.insert("x-amz-target", format!("{service}.{operation}").parse().ok()?);
    Some(Http { method: http.method.clone(), target: "/".into(), headers, body: params.to_string().into() })
}

/// An answer of the JSON protocol in CBOR; what is no JSON, such as an error page, stays as it is.
pub fn answer(mut answer: Answer) -> Answer {
    let body = if answer.body.is_empty() {
        Ok(Value::Object(Map::new()))
    } else {
        serde_json::from_slice(&answer.body)
    };
    let Ok(mut body) = body else { return answer };
    // The JSON protocol takes both spellings.
    if let Value::Object(fields) = &mut body
        && fields.contains_key("__type")
        && let Some(message) = fields.remove("Message")
    {
        fields.entry("message").or_insert(message);
    }
    answer.body = write(&body);
    answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/cbor"));
    answer.headers.insert(PROTOCOL, NAME);
    answer
}

fn read(body: &[u8]) -> Result<Value, Undecodable> {
    value(&mut Decoder::new(body))
}

fn value(decoder: &mut Decoder) -> Result<Value, Undecodable> {
    Ok(match decoder.datatype()? {
        Type::Bool => decoder.bool()?.into(),
        Type::Null | Type::Undefined => {
            decoder.skip()?;
            Value::Null
        }
        Type::F16 => f64::from(decoder.f16()?).into(),
        Type::F32 => f64::from(decoder.f32()?).into(),
        Type::F64 => decoder.f64()?.into(),
        Type::String => decoder.str()?.into(),
        Type::StringIndef => decoder.str_iter()?.collect::<Result<String, _>>()?.into(),
        // The JSON protocol has moments as numbers too.
        Type::Tag => {
            decoder.tag()?;
            value(decoder)?
        }
        Type::Array | Type::ArrayIndef => {
            let length = decoder.array()?;
            let mut items = Vec::new();
            while goes_on(decoder, length, items.len())? {
                items.push(value(decoder)?);
            }
            items.into()
        }
        Type::Map | Type::MapIndef => {
            let length = decoder.map()?;
            let mut fields = Map::new();
            while goes_on(decoder, length, fields.len())? {
                let name = value(decoder)?;
                fields.insert(name.as_str().unwrap_or_default().into(), value(decoder)?);
            }
            fields.into()
        }
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => decoder.u64()?.into(),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => decoder.i64()?.into(),
        other => return Err(Undecodable::type_mismatch(other)),
    })
}

/// Whether another item follows; reads past the end of what has no length.
fn goes_on(decoder: &mut Decoder, length: Option<u64>, so_far: usize) -> Result<bool, Undecodable> {
    if let Some(length) = length {
        return Ok((so_far as u64) < length);
    }
    let ends = decoder.datatype()? == Type::Break;
    if ends {
        decoder.skip()?;
    }
    Ok(!ends)
}

fn write(body: &Value) -> Bytes {
    let mut encoder = Encoder::new(Vec::new());
    match encode(&mut encoder, body, Sort::Integer) {
        Ok(()) => encoder.into_writer().into(),
        Err(error) => unreachable!("writing into memory does not fail: {error}"),
    }
}

fn encode(to: &mut Encoder<Vec<u8>>, value: &Value, as_a: Sort) -> Result<(), Unencodable<Infallible>> {
    match value {
        Value::Null => drop(to.null()?),
        Value::Bool(flag) => drop(to.bool(*flag)?),
        Value::String(text) => drop(to.str(text)?),
        Value::Number(number) => encode_number(to, number, as_a)?,
        Value::Array(items) => {
            to.array(items.len() as u64)?;
            for item in items {
                encode(to, item, as_a)?;
            }
        }
        Value::Object(fields) => {
            to.map(fields.len() as u64)?;
            for (name, value) in fields {
                to.str(name)?;
                // A map's values are of the sort of its member.
                encode(to, value, if matches!(as_a, Sort::Integer) { sort(name) } else { as_a })?;
            }
        }
    }
    Ok(())
}

fn encode_number(
    to: &mut Encoder<Vec<u8>>,
    number: &Number,
    as_a: Sort,
) -> Result<(), Unencodable<Infallible>> {
    let double = number.as_f64().unwrap_or_default();
    match (as_a, number.as_i64()) {
        (Sort::Moment, _) => drop(to.tag(IanaTag::Timestamp)?.f64(double)?),
        (Sort::Integer, Some(integer)) => drop(to.i64(integer)?),
        _ => drop(to.f64(double)?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hyper::Method;
    use serde_json::json;

    #[test]
    fn a_request_of_any_length_becomes_json() {
        let mut encoder = Encoder::new(Vec::new());
        encoder.begin_map().unwrap();
        encoder.str("AlarmNames").unwrap().array(1).unwrap().str("a").unwrap();
        encoder.str("Threshold").unwrap().f32(0.5).unwrap();
        encoder.str("From").unwrap().tag(IanaTag::Timestamp).unwrap().i32(7).unwrap();
        encoder.str("Offset").unwrap().i8(-3).unwrap();
        encoder
            .str("Parts")
            .unwrap()
            .begin_array()
            .unwrap()
            .bool(true)
            .unwrap()
            .null()
            .unwrap()
            .end()
            .unwrap();
        encoder.end().unwrap();
        let http = Http {
            method: Method::POST,
            target: "/service/GraniteServiceVersion20100801/operation/DescribeAlarms".into(),
            headers: HeaderMap::from_iter([(PROTOCOL, NAME)]),
            body: encoder.into_writer().into(),
        };
        assert!(is_spoken(&http));
        let json = request(&http).unwrap();
        assert!(!is_spoken(&json));
        assert_eq!(json.header("x-amz-target"), "GraniteServiceVersion20100801.DescribeAlarms");
        let body: Value = serde_json::from_slice(&json.body).unwrap();
        let expected =
            json!({"AlarmNames": ["a"], "Threshold": 0.5, "From": 7, "Offset": -3, "Parts": [true, null]});
        assert_eq!(body, expected);
        assert!(request(&Http { body: Bytes::from_static(&[0xff]), ..http }).is_none());
    }

    #[test]
    fn numbers_get_the_sort_of_their_member() {
        let alarm = json!({"Threshold": 80, "Period": 60, "StateUpdatedTimestamp": 1.5, "Values": [1, 2]});
        let answer = answer(Answer::new(200, "application/x-amz-json-1.0", alarm.to_string()));
        assert_eq!(answer.headers[CONTENT_TYPE], "application/cbor");
        let mut decoder = Decoder::new(&answer.body);
        assert_eq!(decoder.map().unwrap(), Some(4));
        assert_eq!((decoder.str().unwrap(), decoder.u32().unwrap()), ("Period", 60));
        assert_eq!(
            (decoder.str().unwrap(), decoder.tag().unwrap()),
            ("StateUpdatedTimestamp", IanaTag::Timestamp.into())
        );
        assert_eq!(decoder.f64().unwrap().to_bits(), 1.5f64.to_bits());
        assert_eq!(
            (decoder.str().unwrap(), decoder.f64().unwrap().to_bits()),
            ("Threshold", 80f64.to_bits())
        );
        assert_eq!((decoder.str().unwrap(), decoder.array().unwrap()), ("Values", Some(2)));
        assert_eq!(decoder.f64().unwrap().to_bits(), 1f64.to_bits());
    }

    #[test]
    fn what_is_no_json_stays() {
        let page = answer(Answer::new(503, "text/html", "<html/>"));
        assert_eq!(
            (page.headers[CONTENT_TYPE].as_bytes(), &page.body[..]),
            (&b"text/html"[..], &b"<html/>"[..])
        );
        let empty = answer(Answer::new(200, "application/x-amz-json-1.0", ""));
        assert_eq!(read(&empty.body).unwrap(), json!({}));
        let error = json!({"__type": "a#NotFound", "Message": "no"}).to_string();
        let error = answer(Answer::new(404, "application/x-amz-json-1.0", error));
        assert_eq!(read(&error.body).unwrap(), json!({"__type": "a#NotFound", "message": "no"}));
    }
}

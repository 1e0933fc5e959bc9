//! Messages as bytes. A message that cannot be read is told in the terms of a program.

use std::fmt::Write;

use prost::Message;
use prost::bytes::{Buf, Bytes};
use tonic::Status;
use tonic::codec::{self, DecodeBuf};
use tonic_prost::ProstCodec;

/// How deep objects and lists may be nested in each other. `prost` takes 100 messages within each
/// other, and an object is up to three of them.
const DEEPEST: usize = 30;

/// How many steps of a path are shown.
const SHOWN: usize = 8;

/// What the generated services read and write their messages with.
pub struct Codec<T, U>(ProstCodec<T, U>);

impl<T: Message + Send + 'static, U: Message + Default + Send + 'static> Default for Codec<T, U> {
    fn default() -> Self {
        Codec(ProstCodec::default())
    }
}

impl<T, U> codec::Codec for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = <ProstCodec<T, U> as codec::Codec>::Encoder;
    type Decoder = Decoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        self.0.encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        Decoder(std::marker::PhantomData)
    }
}

/// Reads messages of one type.
pub struct Decoder<U>(std::marker::PhantomData<U>);

impl<U: Message + Default> codec::Decoder for Decoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        read(bytes).map(Some)
    }
}

fn read<U: Message + Default>(bytes: Bytes) -> Result<U, Status> {
    U::decode(bytes.clone()).map_err(|error| match deepest(&bytes) {
        Some((depth, path)) if depth > DEEPEST => Status::invalid_argument(format!(
            "{path} is nested {depth} levels deep, and at most {DEEPEST} can be given. Give an inner part of it as JSON text"
        )),
        _ => Status::internal(error.to_string()),
    })
}

/// What a part of a message is: `google.protobuf.Struct` and what it consists of.
/// <https://protobuf.dev/reference/protobuf/google.protobuf/#struct>
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Struct,
    Value,
    List,
}

/// A step on the way down from a message to a value within it.
struct Step<'a> {
    from: Option<usize>,
    name: Name<'a>,
    depth: usize,
}

enum Name<'a> {
    Key(&'a str),
    Index(usize),
}

/// How deep the values of a message are nested, and the path to the deepest. A message may be nested
/// deeper than calls can be, so that the parts wait in a list.
fn deepest(message: &[u8]) -> Option<(usize, String)> {
    let mut steps: Vec<Step> = Vec::new();
    let mut waiting: Vec<(Part, &[u8], Option<usize>)> = Vec::new();
    // Any field may be a struct; what is none is not deep either.
    waiting.extend(fields(message).map(|(_, bytes)| (Part::Struct, bytes, None)));
    while let Some((part, bytes, at)) = waiting.pop() {
        let depth = at.map_or(0, |at| steps[at].depth);
        for (index, (number, bytes)) in fields(bytes).enumerate() {
            let name = match (part, number) {
                (Part::Value, 5) => {
                    waiting.push((Part::Struct, bytes, at));
                    continue;
                }
                (Part::Value, 6) => {
                    waiting.push((Part::List, bytes, at));
                    continue;
                }
                (Part::List, 1) => Some((Name::Index(index), bytes)),
                (Part::Struct, 1) => entry(bytes).map(|(key, value)| (Name::Key(key), value)),
                _ => None,
            };
            let Some((name, bytes)) = name else { continue };
            steps.push(Step { from: at, name, depth: depth + 1 });
            waiting.push((Part::Value, bytes, Some(steps.len() - 1)));
        }
    }
    let (last, deepest) = steps.iter().enumerate().max_by_key(|(_, step)| step.depth)?;
    Some((deepest.depth, path(&steps, last)))
}

fn path(steps: &[Step], last: usize) -> String {
    let way = std::iter::successors(Some(last), |at| steps[*at].from);
    let mut way: Vec<usize> = way.collect();
    way.reverse();
    let mut path = String::new();
    for step in way.iter().take(SHOWN).map(|at| &steps[*at].name) {
        // A text takes whatever is written into it.
        let _ = match step {
            Name::Key(key) if path.is_empty() => write!(path, "{key}"),
            Name::Key(key) => write!(path, ".{key}"),
            Name::Index(index) => write!(path, "[{index}]"),
        };
    }
    if way.len() > SHOWN {
        path.push_str("...");
    }
    path
}

/// An entry of a map from texts to values.
fn entry(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let part = |wanted| fields(bytes).find(|(number, _)| *number == wanted).map(|(_, bytes)| bytes);
    Some((std::str::from_utf8(part(1)?).ok()?, part(2)?))
}

/// The fields of a message that have a length, up to where it is malformed.
/// <https://protobuf.dev/programming-guides/encoding/>
fn fields(mut bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    std::iter::from_fn(move || {
        loop {
            let tag = number(&mut bytes)?;
            match tag & 7 {
                0 => drop(number(&mut bytes)?),
                1 => bytes = bytes.get(8..)?,
                2 => {
                    let length = usize::try_from(number(&mut bytes)?).ok()?;
                    let (field, rest) = bytes.split_at_checked(length)?;
                    bytes = rest;
                    return Some((tag >> 3, field));
                }
                5 => bytes = bytes.get(4..)?,
                _ => return None,
            }
        }
    })
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::engine::proto::CheckRequest;
    use crate::engine::wire;
    use crate::model::{Object, Value};

    fn nested(levels: usize, lists: bool) -> Bytes {
        let mut value = Value::from("x");
        for _ in 1..levels {
            value = match lists {
                true => Value::Array(vec![Value::Null, value]),
                false => Value::object([("inner", value)]),
            };
        }
        let news: Object = [("small".to_owned(), Value::from(1.0)), ("policy".to_owned(), value)].into();
        let request = CheckRequest {
            urn: "urn:pulumi:test::suite::agentic:sns:Topic::alarms".to_owned(),
            news: Some(wire::encode(&news)),
            ..CheckRequest::default()
        };
        request.encode_to_vec().into()
    }

    #[test]
    fn what_is_nested_too_deep_is_told_with_its_path() {
        for levels in [1, DEEPEST] {
            assert!(read::<CheckRequest>(nested(levels, false)).is_ok(), "{levels}");
            assert!(read::<CheckRequest>(nested(levels, true)).is_ok(), "{levels}");
        }
        let told = |levels, lists| read::<CheckRequest>(nested(levels, lists)).unwrap_err();
        let status = told(150, false);
        assert_eq!(status.code(), tonic::Code::InvalidArgument);
        assert_eq!(
            status.message(),
            "policy.inner.inner.inner.inner.inner.inner.inner... is nested 150 levels deep, and at most 30 can be given. Give an inner part of it as JSON text"
        );
        assert!(told(300, true).message().starts_with("policy[1][1]"));
    }

    #[test]
    fn what_is_malformed_is_told_as_such() {
        let mut bytes = nested(3, false).to_vec();
        bytes.truncate(bytes.len() - 5);
        assert_eq!(read::<CheckRequest>(bytes.into()).unwrap_err().code(), tonic::Code::Internal);
    }
}

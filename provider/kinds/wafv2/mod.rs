//! AWS WAF: what may not reach a load balancer or a distribution.

mod action;
mod codes;
mod rule;
mod statement;
mod unsupported;
mod web_acl;
mod web_acl_association;

pub use action::*;
pub use rule::*;
pub use statement::*;
pub use web_acl::*;
pub use web_acl_association::*;

use crate::model::{Failures, Model, Path};

/// An option without properties. Specify an empty object.
#[derive(Clone, Debug, Model)]
pub struct Empty {}

/// Notes where not exactly one of several parts is given.
fn one_of(at: &Path, what: &str, parts: &[(&str, bool)], failures: &mut Failures) {
    let given: Vec<&str> = parts.iter().filter(|(_, given)| *given).map(|(part, _)| *part).collect();
    match &given[..] {
        [_] => {}
        [] => {
            let names = parts.iter().map(|(part, _)| *part).collect::<Vec<_>>().join(", ");
            failures.add(at, format!("has no {what}; give one of {names}"));
        }
        several => failures.add(at, format!("has {}; give one of them", several.join(" and "))),
    }
}

//! What every kind has to do, whatever it is.

mod arguments;
mod facts;
pub mod faults;
mod identity;
mod life;
mod taken;
mod trouble;
mod upgrade;

use agentic::aws::iam_action;
use agentic::kinds::AnyKind;
use futures::future::BoxFuture;

use crate::world::{Verdict, World};

/// Something that every kind has to do.
pub struct Behaviour {
    pub name: &'static str,
    pub run: for<'a> fn(&'a World) -> BoxFuture<'a, Verdict>,
}

macro_rules! behaviours {
    ($($module:ident: $($name:ident)*;)*) => {
        /// All behaviours, in the order of the table.
        pub const BEHAVIOURS: &[Behaviour] = &[$($(
            Behaviour { name: stringify!($name), run: |world| Box::pin($module::$name(world)) },
        )*)*];
    };
}

behaviours! {
    arguments: schema check preview secret;
    life: unchanged change drift again gone import delete;
    taken: taken_out part_taken_out;
    facts: facts;
    identity: interrupted replaced foreign;
    trouble: lost wait late denied;
    faults: faults;
    upgrade: upgraded;
}

/// What makes sense for kinds that are in the state and nowhere else.
const WITHOUT_AWS: [&str; 7] = ["schema", "check", "preview", "secret", "unchanged", "change", "upgraded"];

impl Behaviour {
    /// Whether it takes the longer the more properties there are.
    pub fn is_long(&self) -> bool {
        ["change", "drift", "again", "taken_out", "part_taken_out"].contains(&self.name)
    }

    pub fn concerns(&self, kind: &dyn AnyKind) -> bool {
        !kind.describe().local || WITHOUT_AWS.contains(&self.name)
    }
}

/// The IAM action that a call such as `monitoring:PutMetricAlarm` needs.
fn action(call: &str) -> String {
    let (service, operation) = call.split_once(':').unwrap_or_default();
    // CloudWatch signs as `monitoring` and is allowed as `cloudwatch`.
    iam_action(if service == "monitoring" { "cloudwatch" } else { service }, operation)
}

/// What several looks found, told all at once.
#[derive(Default)]
struct Findings(Vec<String>);

impl FromIterator<Findings> for Findings {
    fn from_iter<I: IntoIterator<Item = Findings>>(all: I) -> Self {
        Findings(all.into_iter().flat_map(|findings| findings.0).collect())
    }
}

impl Findings {
    fn add(&mut self, about: &str, verdict: Verdict) {
        if let Err(finding) = verdict {
            self.0.push(format!("{about}: {finding}"));
        }
    }

    fn verdict(self) -> Verdict {
        if self.0.is_empty() { Ok(()) } else { Err(self.0.join("\n")) }
    }
}

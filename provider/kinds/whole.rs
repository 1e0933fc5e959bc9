//! Lists that a resource gives as a whole, and what else would be in them.
//!
//! The rules of a security group stand in the group or are resources of their own, and so do the
//! routes of a route table, the target groups of an Auto Scaling group and the users of an IAM group.
//! Both at once would take each other away, with every update anew. AWS
//! does not tell which of them a program does; this process hears it of the group, before anything
//! that refers to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};

/// A list that is given as a whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum List {
    Ingress,
    Egress,
    Routes,
    TargetGroups,
    Users,
}

impl List {
    pub fn of_rules(egress: bool) -> Self {
        if egress { List::Egress } else { List::Ingress }
    }

    /// The argument that has the list.
    fn argument(self) -> &'static str {
        match self {
            List::Ingress => "ingress",
            List::Egress => "egress",
            List::Routes => "routes",
            List::TargetGroups => "targetGroupArns",
            List::Users => "users",
        }
    }

    fn item(self) -> &'static str {
        match self {
            List::Ingress | List::Egress => "rule",
            List::Routes => "route",
            List::TargetGroups => "attachment",
            List::Users => "user",
        }
    }
}

/// What a program does with a list now.
#[derive(Clone)]
enum Said {
    /// The resource of this URN gives the whole of it.
    Whole(String),
    /// It did so until now.
    Left,
}

/// What this process has heard of such lists.
#[derive(Clone, Default)]
pub(super) struct Wholes(Arc<Mutex<Heard>>);

/// By region, ID and list.
type Heard = HashMap<(String, String, List), Said>;

impl Wholes {
    pub fn of(cx: &Cx) -> Self {
        cx.aws.shared::<Wholes, Wholes>("", Wholes::default)
    }

    /// The resource of `cx` gave the list before, and gives it now.
    pub fn hear(&self, cx: &Cx, id: &str, list: List, before: bool, now: bool) {
        let mut heard = self.lock();
        let place = place(cx, id, list);
        match (before, now) {
            (_, true) => drop(heard.insert(place, Said::Whole(cx.urn.clone()))),
            (true, false) => drop(heard.insert(place, Said::Left)),
            (false, false) => drop(heard.remove(&place)),
        }
    }

    /// Why nothing of its own can be in the list, where that is so.
    pub fn objection(&self, cx: &Cx, id: &str, list: List) -> Option<String> {
        let Some(Said::Whole(urn)) = self.said(cx, id, list) else { return None };
        let (argument, item, name) = (list.argument(), list.item(), urn.rsplit("::").next().unwrap_or(&urn));
        let otherwise = match list {
            List::Users => "give every user an iam.UserGroupMembership instead".to_owned(),
            _ => format!("leave `{argument}` out there and make every {item} a resource of its own"),
        };
        Some(format!(
            "{id} lists its {item}s itself, in `{argument}` of {name:?} ({urn}), and would remove this {item} again; add it to that list, or {otherwise}"
        ))
    }

    /// Refuses to make what the whole list does not have.
    pub fn allow(&self, cx: &Cx, id: &str, list: List) -> Result<()> {
        match self.objection(cx, id, list) {
            Some(reason) => Err(Error::new(ErrorKind::Invalid, reason)),
            None => Ok(()),
        }
    }

    /// Whether what was a resource of its own is up to the whole list now; tells it.
    pub fn took_over(&self, cx: &Cx, id: &str, list: List) -> bool {
        let is_whole = matches!(self.said(cx, id, list), Some(Said::Whole(_)));
        if is_whole {
            let (argument, item) = (list.argument(), list.item());
            cx.progress
                .tell(&format!("left the {item} to `{argument}` of {id}, which has the whole list now"));
        }
        is_whole
    }

    /// Whether the list was given as a whole until now, so that what is in it is this program's.
    pub fn was_whole(&self, cx: &Cx, id: &str, list: List) -> bool {
        matches!(self.said(cx, id, list), Some(Said::Left))
    }

    fn said(&self, cx: &Cx, id: &str, list: List) -> Option<Said> {
        self.lock().get(&place(cx, id, list)).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(cx: &Cx, id: &str, list: List) -> (String, String, List) {
    (cx.region().unwrap_or_default().to_owned(), id.to_owned(), list)
}

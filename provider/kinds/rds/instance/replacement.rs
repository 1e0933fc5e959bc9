//! Refusing what would lose a database instance.

use super::{Instance, InstanceArgs, InstanceInputs};
use crate::aws::error::Result;
use crate::kinds::Review;
use crate::kinds::rds::replacement::{self, Precious};
use crate::model::Failures;

const PRECIOUS: Precious<InstanceArgs> = Precious {
    what: "database",
    identifier: InstanceArgs::IDENTIFIER,
    replica_of: Some(InstanceArgs::REPLICATE_SOURCE_DB),
    origins: [InstanceArgs::SNAPSHOT_IDENTIFIER, InstanceArgs::RESTORE_TO_POINT_IN_TIME],
    subnet_group: InstanceArgs::DB_SUBNET_GROUP_NAME,
    engine: InstanceArgs::ENGINE,
    engine_version: InstanceArgs::ENGINE_VERSION,
    allow_major_version_upgrade: InstanceArgs::ALLOW_MAJOR_VERSION_UPGRADE,
    skip_final_snapshot: InstanceArgs::SKIP_FINAL_SNAPSHOT,
    allow_replacement: InstanceArgs::ALLOW_REPLACEMENT,
};

pub fn check(old: &InstanceInputs, new: &InstanceInputs, failures: &mut Failures) {
    replacement::check::<InstanceArgs>(&PRECIOUS, old, new, failures);
}

pub fn review(review: &mut Review<Instance>) -> Result<()> {
    replacement::review_move(&PRECIOUS, review)?;
    replacement::review(&PRECIOUS, review)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Failures, Model, Value};
    use serde_json::{Value as J, json};

    fn inputs(json: J) -> InstanceInputs {
        let mut fields = Value::from_json(&json).as_object().unwrap().clone();
        fields.insert("identifier".to_owned(), Value::from("orders"));
        InstanceArgs::read(&fields, &mut Failures::new())
    }

    fn refused(old: J, new: J) -> String {
        let mut failures = Failures::new();
        check(&inputs(old), &inputs(new), &mut failures);
        failures.to_string()
    }

    #[test]
    fn what_would_replace_a_database_is_refused_unless_allowed() {
        let was = json!({"engine": "postgres", "username": "a"});
        let text = refused(was.clone(), json!({"engine": "mysql", "username": "a"}));
        assert!(text.contains("engine") && text.contains("after a final snapshot"), "{text}");
        assert!(text.contains("add \"engine\" to allowReplacement"), "{text}");
        assert_eq!(
            refused(was.clone(), json!({"engine": "mysql", "username": "a", "allowReplacement": ["engine"]})),
            ""
        );
        let text = refused(json!({"username": "a", "skipFinalSnapshot": true}), json!({"username": "b"}));
        assert!(text.contains("without a final snapshot"), "{text}");
        assert_eq!(refused(json!({}), was), "", "what AWS picked is not known here");
    }

    #[test]
    fn a_database_does_not_leave_its_vpc_without_being_asked() {
        let group = |name: Value, allowed: &[&str]| {
            let mut fields = Value::from_json(&json!({"identifier": "orders", "allowReplacement": allowed}));
            if let Value::Object(fields) = &mut fields {
                fields.insert("dbSubnetGroupName".to_owned(), name);
            }
            fields.as_object().unwrap().clone()
        };
        let diff = |wanted: Value, allowed: &[&str]| {
            let kind = crate::kinds::find("agentic:rds:Instance").unwrap();
            let found =
                kind.diff(&group(Value::from("a"), &[]), &Default::default(), &group(wanted, allowed));
            found.map(|found| found.iter().any(|difference| difference.replace))
        };
        let told = diff(Value::Unknown, &[]).unwrap_err().to_string();
        for expected in ["the database orders", "network.cidrBlock", "dbSubnetGroupName", "allowReplacement"]
        {
            assert!(told.contains(expected), "{expected} is not in {told}");
        }
        assert!(
            diff(Value::Unknown, &["dbSubnetGroupName"]).unwrap(),
            "a new one is made where that is asked for"
        );
        assert!(!diff(Value::from("b"), &[]).unwrap(), "RDS moves it into the VPC of a group that is there");
    }

    #[test]
    fn a_replica_may_become_a_database_and_not_the_other_way() {
        let replica = json!({"replicateSourceDb": "a"});
        assert_eq!(refused(replica.clone(), json!({})), "");
        assert_eq!(
            refused(replica.clone(), json!({"replicateSourceDb": "arn:aws:rds:us-east-1:1:db:a"})),
            ""
        );
        assert!(refused(json!({}), replica.clone()).contains("a new replica would be made"));
        assert!(
            refused(replica, json!({"replicateSourceDb": "b"}))
                .contains("the replica there is would be deleted")
        );
    }

    #[test]
    fn where_a_database_came_from_is_history() {
        let restored = json!({"snapshotIdentifier": "s"});
        assert_eq!(refused(restored.clone(), json!({})), "");
        assert!(refused(restored, json!({"snapshotIdentifier": "t"})).contains("restored data"));
        assert!(refused(json!({}), json!({"snapshotIdentifier": "t"})).contains("restored data"));
    }

    #[test]
    fn a_major_upgrade_must_be_allowed() {
        let at = |version: &str| json!({"engine": "postgres", "engineVersion": version});
        assert_eq!(refused(at("15.13"), at("15.14")), "");
        assert!(refused(at("15.13"), at("16")).contains("allowMajorVersionUpgrade"));
        assert!(refused(at("16.3"), at("15")).contains("cannot do"));
        let allowed = json!({"engine": "postgres", "engineVersion": "16", "allowMajorVersionUpgrade": true});
        assert_eq!(refused(at("15.13"), allowed), "");
    }
}

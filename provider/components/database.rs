//! What a database has around it, of whatever kind it is.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json_};

use super::edge;
use super::naming::Names;
use super::policy::role;
use super::tags::Tags;
use super::{Built, Child, Options, Scope};
use crate::aws::clients::partition;
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::iam::{RolePolicyAttachment, RolePolicyAttachmentInputs};
use crate::kinds::password::{Password, PasswordInputs};
use crate::kinds::rds::{SubnetGroup, SubnetGroupInputs};
use crate::kinds::secretsmanager::{Secret, SecretInputs, SecretVersion, SecretVersionInputs};
use crate::model::{Failures, In, Path};

/// What the secret of a database tells, by its keys.
const KEYS: [&str; 5] = ["username", "password", "host", "port", "dbname"];

/// Makes the parts around one database.
pub struct Parts<'a> {
    pub at: &'a Scope,
    pub names: &'a Names,
    pub tags: &'a Tags,
}

/// How to log in to a database.
pub struct Login {
    pub username: In<String>,
    pub password: In<String>,
    pub host: In<String>,
    pub port: In<i64>,
    pub dbname: In<String>,
}

impl Parts<'_> {
    /// A security group that is open to these others.
    pub async fn group(
        &self,
        vpc_id: &In<String>,
        called_by: &In<Vec<In<String>>>,
        port: &In<i64>,
    ) -> Built<Child<SecurityGroup>> {
        let what = format!("database {}", self.at.name);
        let group =
            edge::closed_group(self.at, "db-sg", self.names, self.tags, vpc_id.clone(), &what).await?;
        let callers = called_by.get().cloned().unwrap_or_default();
        edge::open_to_callers(self.at, "db-sg", &group, port.clone(), callers).await?;
        Ok(group)
    }

    pub async fn subnet_group(&self, subnet_ids: &In<Vec<In<String>>>) -> Built<Child<SubnetGroup>> {
        let subnets = SubnetGroupInputs {
            description: format!("Subnets of {}", self.at.name).into(),
            subnet_ids: subnet_ids.clone(),
            tags: self.tags.0.clone(),
            ..SubnetGroupInputs::default()
        };
        self.at.child("db-subnet-group", subnets, Options::named(self.names.of("db-subnet-group"))).await
    }

    pub async fn password(&self) -> Built<Child<Password>> {
        self.at.child("db-password", PasswordInputs::default(), Options::default()).await
    }

    pub async fn secret(&self, name: &In<String>, kms_key_id: &In<String>) -> Built<Child<Secret>> {
        let name = name.get().cloned().unwrap_or_else(|| format!("{}/database", self.at.name));
        let secret = SecretInputs {
            description: format!("Master credentials of the database {}", self.at.name).into(),
            kms_key_id: kms_key_id.clone(),
            tags: self.tags.0.clone(),
            ..SecretInputs::default()
        };
        self.at.child("db-secret", secret, Options::named(name)).await
    }

    /// Writes the secret, with other keys where the program gives them.
    pub async fn version(
        &self,
        secret: &Child<Secret>,
        login: Login,
        keys: &In<BTreeMap<String, In<String>>>,
    ) -> Built<Child<SecretVersion>> {
        let Login { username, password, host, port, dbname } = login;
        let [username, password, host, dbname] =
            [username, password, host, dbname].map(|text| text.map(Json_::from));
        let values = [username, password, host, port.map(Json_::from), dbname];
        let named = KEYS.into_iter().zip(values).map(|(key, value)| {
            let given = keys.get().and_then(|keys| keys.get(key).cloned());
            given.unwrap_or_else(|| key.into()).zip(value)
        });
        let text = super::policy::all(named).map(|pairs| Json_::Object(Map::from_iter(pairs)).to_string());
        let version = SecretVersionInputs {
            secret_id: secret.id.clone(),
            secret_string: text.into_secret(),
            ..SecretVersionInputs::default()
        };
        self.at.child("db-secret-version", version, Options::default()).await
    }

    /// The role with which RDS writes what it measures.
    pub async fn monitoring_role(&self, interval: &In<i64>) -> Built<In<String>> {
        if interval.get().copied().unwrap_or_default() == 0 {
            return Ok(In::default());
        }
        let name = self.names.of("db-monitoring-role");
        let role =
            role(self.at, "db-monitoring-role", name, "monitoring.rds.amazonaws.com", self.tags).await?;
        let partition = partition(self.at.region().unwrap_or_default());
        let attachment = RolePolicyAttachmentInputs {
            role: role.id.clone(),
            policy_arn: format!(
                "arn:{partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
            )
            .into(),
        };
        let attached: Child<RolePolicyAttachment> =
            self.at.child("db-monitoring-policy", attachment, Options::default()).await?;
        Ok(role.out.arn.clone().depending_on([&attached.urn]))
    }
}

/// Parameters as a group takes them: in effect for every parameter, at the next restart for those
/// that need one. `make` gets name, value and how it is applied.
pub fn parameters<T>(
    given: &In<BTreeMap<String, In<String>>>,
    make: impl Fn(In<String>, In<String>, In<String>) -> T,
) -> In<Vec<In<T>>> {
    let each =
        |(name, value): (String, In<String>)| In::known(make(name.into(), value, "pending-reboot".into()));
    given.clone().map(|parameters| parameters.into_iter().map(each).collect())
}

/// Holds the interval of enhanced monitoring against what RDS takes.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub fn check_monitoring(interval: &In<i64>, at: &Path, failures: &mut Failures) {
    if let Some(interval) = interval.get()
        && ![0, 1, 5, 10, 15, 30, 60].contains(interval)
    {
        let reason = format!("is {interval}; give 0 for none, or 1, 5, 10, 15, 30 or 60 seconds");
        failures.add(at.key("monitoringInterval"), reason);
    }
}

/// Holds the keys of a secret against what there is to tell.
pub fn check_keys(keys: &In<BTreeMap<String, In<String>>>, at: &Path, failures: &mut Failures) {
    for key in keys.get().into_iter().flatten().map(|(key, _)| key) {
        if !KEYS.contains(&key.as_str()) {
            let reason = format!("is unknown; what can be told is {}", KEYS.join(", "));
            failures.add(at.key("secretKeys").key(key.as_str()), reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_for_something_that_there_is() {
        let mut failures = Failures::new();
        let keys = In::entries([("host", In::from("DB_HOST")), ("hots", In::from("DB_HOST"))]);
        check_keys(&keys, &Path::root(), &mut failures);
        let told = failures.to_string();
        assert!(told.contains("secretKeys.hots: is unknown") && !told.contains("secretKeys.host:"), "{told}");
    }
}

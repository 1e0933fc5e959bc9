//! The state of a database instance, of its own or in a cluster.

use aws_sdk_rds::types::DbInstance;

use crate::kinds::rds::status::Passing;

impl Passing for DbInstance {
    const WHAT: &'static str = "database";

    fn name(&self) -> Option<&str> {
        self.db_instance_identifier()
    }

    fn status(&self) -> Option<&str> {
        self.db_instance_status()
    }

    fn percent(&self) -> Option<String> {
        self.percent_progress.clone()
    }
}

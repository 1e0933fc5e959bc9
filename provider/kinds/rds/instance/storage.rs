//! Sizes and speeds of storage.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>

use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder;

use super::InstanceArgs;
use crate::kinds::rds::small;

/// Smallest and largest size of a type of storage for PostgreSQL, MySQL and MariaDB, in GiB.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub fn sizes(storage_type: &str) -> (i64, i64) {
    match storage_type {
        "io1" | "io2" => (100, 65536),
        "standard" => (5, 3072),
        _ => (20, 65536),
    }
}

/// From which size on the speed of `gp3` can be chosen.
pub fn gp3_threshold(engine: &str) -> i64 {
    match engine {
        _ if engine.starts_with("oracle") => 200,
        _ if engine.starts_with("sqlserver") => 0,
        _ => 400,
    }
}

/// Whether storage has a speed of its own choice, which AWS then wants to hear with every change.
fn has_speed(storage_type: &str, size: i64, engine: &str) -> bool {
    match storage_type {
        "io1" | "io2" => true,
        "gp3" => size >= gp3_threshold(engine),
        _ => false,
    }
}

/// Says what AWS needs to hear where any of size, type and speed changes.
pub fn set(
    call: ModifyDBInstanceFluentBuilder,
    fields: &[&str],
    now: &InstanceArgs,
    new: &InstanceArgs,
) -> ModifyDBInstanceFluentBuilder {
    let changes = |name: &str| fields.contains(&name);
    if !["allocatedStorage", "storageType", "iops", "storageThroughput"].iter().any(|name| changes(name)) {
        return call;
    }
    let storage_type = new.storage_type.as_deref().or(now.storage_type.as_deref()).unwrap_or_default();
    // RDS may have grown it beyond what was asked for, and cannot shrink it.
    let size = new.allocated_storage.max(now.allocated_storage).unwrap_or_default();
    let has_speed =
        has_speed(storage_type, size, new.engine.as_deref().or(now.engine.as_deref()).unwrap_or_default());
    let tells_size = changes("allocatedStorage") || has_speed;
    let tells_iops = changes("iops") || has_speed;
    call.set_storage_type(new.storage_type.clone().filter(|_| changes("storageType")))
        .set_allocated_storage(small(Some(size).filter(|_| tells_size)))
        .set_iops(small(new.iops.or(now.iops).filter(|_| tells_iops)))
        .set_storage_throughput(small(new.storage_throughput.filter(|_| changes("storageThroughput"))))
}

//! Sizes and speeds of storage.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>

use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder;

use super::{InstanceArgs, InstanceObserved};
use crate::kinds::rds::small;
use crate::model::Prop;

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
    fields: &[Prop<InstanceArgs>],
    now: &InstanceObserved,
    new: &InstanceArgs,
) -> ModifyDBInstanceFluentBuilder {
    const SIZE_AND_SPEED: [Prop<InstanceArgs>; 4] = [
        InstanceArgs::ALLOCATED_STORAGE,
        InstanceArgs::STORAGE_TYPE,
        InstanceArgs::IOPS,
        InstanceArgs::STORAGE_THROUGHPUT,
    ];
    let changes = |this: Prop<InstanceArgs>| fields.contains(&this);
    if !SIZE_AND_SPEED.iter().any(|this| changes(*this)) {
        return call;
    }
    let there = |told: &'_ Option<Option<String>>| told.clone().flatten();
    let storage_type = new.storage_type.clone().or_else(|| there(&now.storage_type)).unwrap_or_default();
    // RDS may have grown it beyond what was asked for, and cannot shrink it.
    let size = new.allocated_storage.max(now.allocated_storage.flatten()).unwrap_or_default();
    let engine = new.engine.clone().or_else(|| there(&now.engine)).unwrap_or_default();
    let has_speed = has_speed(&storage_type, size, &engine);
    let tells_size = changes(InstanceArgs::ALLOCATED_STORAGE) || has_speed;
    let tells_iops = changes(InstanceArgs::IOPS) || has_speed;
    call.set_storage_type(new.storage_type.clone().filter(|_| changes(InstanceArgs::STORAGE_TYPE)))
        .set_allocated_storage(small(Some(size).filter(|_| tells_size)))
        .set_iops(small(new.iops.or(now.iops.flatten()).filter(|_| tells_iops)))
        .set_storage_throughput(small(
            new.storage_throughput.filter(|_| changes(InstanceArgs::STORAGE_THROUGHPUT)),
        ))
}

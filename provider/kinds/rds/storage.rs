//! Sizes and speeds of storage.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>

use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder;

use super::{InstanceArgs, InstanceObserved};
use crate::kinds::rds::small;
use crate::model::Prop;

/// Smallest and largest size of a type of storage for PostgreSQL, MySQL and MariaDB, in GiB.
///
/// The page of the call says 20 for `gp2` as well, but RDS takes less: `MinStorageSize` of
/// `DescribeOrderableDBInstanceOptions` is 5 for it, as in the example of the AWS CLI.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
/// <https://docs.aws.amazon.com/cli/latest/reference/rds/describe-orderable-db-instance-options.html>
pub fn sizes(storage_type: &str) -> (i64, i64) {
    match storage_type {
        "io1" | "io2" => (100, 65536),
        "standard" => (5, 3072),
        "gp2" => (5, 65536),
        _ => (20, 65536),
    }
}

/// The type of storage to ask for: as a program gives it, or what holds so little where AWS would
/// pick `gp3` itself.
pub fn asked_type(args: &InstanceArgs) -> Option<String> {
    let (smallest, _) = sizes("gp3");
    let is_small = args.iops.is_none() && args.allocated_storage.is_some_and(|size| size < smallest);
    args.storage_type.clone().or_else(|| is_small.then(|| "gp2".to_owned()))
}

/// From which size on the speed of `gp3` can be chosen.
pub fn gp3_threshold(engine: &str) -> i64 {
    match engine {
        _ if engine.starts_with("oracle") => 200,
        _ if engine.starts_with("sqlserver") => 0,
        _ => 400,
    }
}

/// The least operations a second and MiB a second of `gp3` whose speed can be chosen.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage>
pub fn gp3_least(engine: &str) -> (i64, i64) {
    if engine.starts_with("sqlserver") { (3_000, 125) } else { (12_000, 500) }
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
    let is_gp3 = storage_type == "gp3";
    // What the storage had before it got large, or of another type, may be too little now.
    let (least_iops, least_throughput) = if is_gp3 && has_speed { gp3_least(&engine) } else { (0, 0) };
    let iops = new.iops.or_else(|| now.iops.flatten().max(Some(least_iops).filter(|least| *least > 0)));
    let was_large = now.storage_throughput.flatten().is_some_and(|throughput| throughput >= least_throughput);
    let throughput = match new.storage_throughput {
        Some(throughput) => {
            Some(throughput).filter(|_| changes(InstanceArgs::STORAGE_THROUGHPUT) || !was_large)
        }
        None => Some(least_throughput).filter(|_| !was_large),
    };
    let tells_size = changes(InstanceArgs::ALLOCATED_STORAGE) || has_speed;
    let tells_iops = has_speed || changes(InstanceArgs::IOPS) && !is_gp3;
    call.set_storage_type(new.storage_type.clone().filter(|_| changes(InstanceArgs::STORAGE_TYPE)))
        .set_allocated_storage(small(Some(size).filter(|_| tells_size)))
        .set_iops(small(iops.filter(|_| tells_iops)))
        .set_storage_throughput(small(throughput.filter(|_| has_speed && is_gp3)))
}

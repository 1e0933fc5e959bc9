//! The AWS resources that programs and components are made of: one file a kind.

mod any;
mod common;
mod contract;
mod endings;
mod function;
mod held;
mod holders;
mod home;
mod journal;
mod leftover;
mod life;
mod live;
mod local;
mod look_up;
mod mistakes;
#[cfg(test)]
mod name_tests;
mod operations;
mod plan;
mod registry;
mod steps;
mod tagging;
mod usual;
mod whole;

pub mod account;
pub mod acm;
pub mod applicationautoscaling;
pub mod autoscaling;
pub mod bedrock;
pub mod bedrockdataautomation;
pub mod cloudfront;
pub mod cloudtrail;
pub mod cloudwatch;
pub mod cognito;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod efs;
pub mod elasticache;
pub mod elb;
pub mod iam;
pub mod kinesis;
pub mod kms;
pub mod lb;
pub mod password;
pub mod rds;
pub mod retained;
pub mod route53;
pub mod s3;
pub mod secretsmanager;
pub mod servicediscovery;
pub mod settled;
pub mod sns;
pub mod sqs;
pub mod ssm;
pub mod wafv2;

pub use any::{AnyKind, Checked};
pub use common::{
    COMPONENT_REGION, FUNCTION_REGION, PREFERRED_NAME, REGION, common_fields, common_outputs, is_common,
};
pub use contract::{
    Actions, Custom, Description, Kind, Live, Needed, Observed, Partial, Review, Update, bad_id,
};
pub use endings::Endings;
pub use function::{AnyFunction, Function};
pub use held::{Setting, sets_too};
pub use home::Home;
pub use journal::{began, begin};
pub use leftover::{
    adopt, alike, claim, claim_alike, is_free, is_wanted, may_claim, only_one, search, standing, taken,
};
pub use live::{set_up, set_up_from, set_up_new};
pub use local::Local;
pub use look_up::LookUp;
pub use registry::{ALL, FUNCTIONS, aliases, codes, find, find_function, unsupported_as};
pub use tagging::{Named, TaggedBy, Tagging, Tags};

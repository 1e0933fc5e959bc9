//! CPU and memory of a task: how they are written, and which go together on Fargate.

use super::{TaskDefinitionArgs, TaskDefinitionInputs};
use crate::model::{Failures, In, Prop, Value};

/// The memory that Fargate gives for an amount of CPU: CPU units, then least, most and step in MiB.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html>
const FARGATE: [(u32, u32, u32, u32); 7] = [
    (256, 512, 2048, 1024),
    (512, 1024, 4096, 1024),
    (1024, 2048, 8192, 1024),
    (2048, 4096, 16_384, 1024),
    (4096, 8192, 30_720, 1024),
    (8192, 16_384, 61_440, 4096),
    (16_384, 32_768, 122_880, 8192),
];

/// What Fargate needs of a task, beside what every task needs.
pub(super) fn check_fargate(args: &TaskDefinitionInputs, failures: &mut Failures) {
    match args.network_mode.get() {
        Some(mode) if mode != "awsvpc" => {
            failures.add(TaskDefinitionArgs::NETWORK_MODE, format!("is {mode}; Fargate needs awsvpc"))
        }
        None if !args.network_mode.is_set() => {
            failures.add(TaskDefinitionArgs::NETWORK_MODE, "is missing; Fargate needs awsvpc")
        }
        _ => {}
    }
    for (name, value) in [(TaskDefinitionArgs::CPU, &args.cpu), (TaskDefinitionArgs::MEMORY, &args.memory)] {
        if !value.is_set() {
            failures.add(name, format!("is missing; Fargate needs the {name} of the task"));
        }
    }
    let known = |value: &In<String>, parse: fn(&str) -> Option<u32>| value.get().and_then(|text| parse(text));
    if let Some(cpu) = known(&args.cpu, parse_cpu) {
        let memory = known(&args.memory, parse_memory);
        if let Err((at, reason)) = check_pair(cpu, memory) {
            failures.add(at, reason);
        }
    }
}

/// Whether Fargate has this CPU, and this memory for it. Larger CPU than in the table is left to AWS.
pub fn check_pair(cpu: u32, memory: Option<u32>) -> Result<(), (Prop<TaskDefinitionArgs>, String)> {
    let most = FARGATE[FARGATE.len() - 1].0;
    let Some((_, least, largest, step)) = FARGATE.iter().find(|row| row.0 == cpu) else {
        let all: Vec<String> = FARGATE.iter().map(|row| row.0.to_string()).collect();
        let reason = format!("is {cpu}; Fargate has {}", all.join(", "));
        return if cpu > most { Ok(()) } else { Err((TaskDefinitionArgs::CPU, reason)) };
    };
    match memory {
        // The smallest task alone has half a step more.
        Some(memory) if memory == *least || (*least..=*largest).contains(&memory) && memory % step == 0 => {
            Ok(())
        }
        None => Ok(()),
        Some(memory) => {
            let choices = match cpu {
                256 => "512, 1024 or 2048".to_owned(),
                _ => format!("{least} to {largest} in steps of {step}"),
            };
            Err((
                TaskDefinitionArgs::MEMORY,
                format!("is {memory}; with cpu {cpu} Fargate has {choices} (MiB)"),
            ))
        }
    }
}

pub(super) fn check_cpu(text: &str) -> Result<(), String> {
    let reason = || format!("is {text:?}; give CPU units such as \"256\", or vCPUs such as \"1 vCPU\"");
    parse_cpu(text).map(drop).ok_or_else(reason)
}

pub(super) fn check_memory(text: &str) -> Result<(), String> {
    let reason = || format!("is {text:?}; give MiB such as \"512\", or GB such as \"1 GB\"");
    parse_memory(text).map(drop).ok_or_else(reason)
}

pub(super) fn same_cpu(actual: &Value, wanted: &Value) -> bool {
    same(actual, wanted, parse_cpu)
}

pub(super) fn same_memory(actual: &Value, wanted: &Value) -> bool {
    same(actual, wanted, parse_memory)
}

fn same(actual: &Value, wanted: &Value, parse: fn(&str) -> Option<u32>) -> bool {
    let amount = |value: &Value| value.as_str().and_then(parse);
    amount(actual).is_some_and(|actual| Some(actual) == amount(wanted))
}

/// CPU units. <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>
fn parse_cpu(text: &str) -> Option<u32> {
    parse(text, "vcpu")
}

/// MiB.
fn parse_memory(text: &str) -> Option<u32> {
    parse(text, "gb")
}

fn parse(text: &str, unit: &str) -> Option<u32> {
    let text = text.trim().to_lowercase();
    match text.strip_suffix(unit) {
        None => text.parse().ok(),
        Some(amount) => {
            let amount: f64 = amount.trim().parse().ok()?;
            let scaled = amount * 1024.0;
            (scaled.fract() == 0.0 && scaled > 0.0 && scaled <= f64::from(u32::MAX)).then_some(scaled as u32)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn fargate_has_these_pairs_and_no_others() {
        let good = [
            (256, 512),
            (256, 1024),
            (256, 2048),
            (512, 1024),
            (512, 4096),
            (1024, 2048),
            (1024, 8192),
            (2048, 4096),
            (2048, 16_384),
            (4096, 8192),
            (4096, 30_720),
            (8192, 16_384),
            (8192, 20_480),
            (8192, 61_440),
            (16_384, 32_768),
            (16_384, 122_880),
            (32_768, 1),
        ];
        for (cpu, memory) in good {
            assert_eq!(check_pair(cpu, Some(memory)), Ok(()), "{cpu} {memory}");
        }
        let bad = [
            (256, 4096),
            (256, 1536),
            (512, 512),
            (512, 5120),
            (1024, 1024),
            (2048, 2048),
            (4096, 31_744),
            (8192, 17_408),
            (16_384, 33_792),
        ];
        for (cpu, memory) in bad {
            let (at, reason) = check_pair(cpu, Some(memory)).unwrap_err();
            assert!(
                at == TaskDefinitionArgs::MEMORY && reason.contains(&format!("with cpu {cpu}")),
                "{reason}"
            );
        }
        assert_eq!(check_pair(300, None).unwrap_err().0, TaskDefinitionArgs::CPU);
    }

    #[test]
    fn units_are_understood() {
        assert_eq!(
            (parse_cpu("256"), parse_cpu(".25 vCPU"), parse_cpu("1 vcpu")),
            (Some(256), Some(256), Some(1024))
        );
        assert_eq!(
            (parse_memory("512"), parse_memory("0.5GB"), parse_memory("30 GB")),
            (Some(512), Some(512), Some(30_720))
        );
        assert!(check_cpu("a lot").unwrap_err().contains("256") && check_memory("1 TB").is_err());
        assert!(same_memory(&Value::from("1024"), &Value::from("1 GB")));
        assert!(!same_memory(&Value::from("1024"), &Value::from("2 GB")));
    }
}

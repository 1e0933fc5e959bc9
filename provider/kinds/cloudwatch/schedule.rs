//! When a rule of EventBridge runs: `rate(5 minutes)` or `cron(0 8 * * ? *)`.

/// The fields of a cron expression: name, smallest and largest number, words, and the signs beside
/// `,` `-` `*` and `/`.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html>
const FIELDS: [(&str, u32, u32, &[&str], &str); 6] = [
    ("minutes", 0, 59, &[], ""),
    ("hours", 0, 23, &[], ""),
    ("day of month", 1, 31, &[], "?LW"),
    ("month", 1, 12, &MONTHS, ""),
    ("day of week", 1, 7, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], "?L#"),
    ("year", 1970, 2199, &[], ""),
];

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// Why EventBridge would not take a schedule, with what it would take.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html>
pub fn check_schedule(schedule: &str) -> Result<(), String> {
    let inside = |form: &str| schedule.strip_prefix(form)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = inside("rate") {
        return check_rate(rate).map_err(|problem| format!("is {schedule:?}; {problem}"));
    }
    if let Some(cron) = inside("cron") {
        return check_cron(cron).map_err(|problem| format!("is {schedule:?}; {problem}"));
    }
    Err(format!("is {schedule:?}; give rate(5 minutes), cron(0 8 * * ? *) or the like"))
}

fn check_rate(rate: &str) -> Result<(), String> {
    const UNITS: [&str; 3] = ["minute", "hour", "day"];
    let (value, unit) = rate.split_once(' ').unwrap_or((rate, ""));
    let single = UNITS.iter().find(|single| unit.strip_suffix('s').unwrap_or(unit) == **single);
    match (value.parse::<u32>(), single) {
        (Ok(1), Some(single)) if unit == *single => Ok(()),
        (Ok(1), Some(single)) => Err(format!("one has its unit in the singular: rate(1 {single})")),
        (Ok(value), Some(single)) if value > 1 => match unit.ends_with('s') {
            true => Ok(()),
            false => Err(format!("more than one have their unit in the plural: rate({value} {single}s)")),
        },
        _ => Err("a rate is a number from 1 and minutes, hours or days: rate(5 minutes)".to_owned()),
    }
}

fn check_cron(cron: &str) -> Result<(), String> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let names = FIELDS.map(|(name, ..)| name).join(", ");
        let count = fields.len();
        return Err(format!("it has {count} fields, and six are needed: {names}, as in cron(0 8 * * ? *)"));
    }
    let open = [fields[2], fields[4]].iter().filter(|field| **field == "?").count();
    if open != 1 {
        return Err("exactly one of day of month and day of week is ?, as in cron(0 8 * * ? *)".to_owned());
    }
    let wrong = fields.iter().zip(FIELDS).find(|(field, kind)| !fits(field, kind));
    match wrong {
        None => Ok(()),
        Some((field, (name, low, high, words, signs))) => {
            let words = match (words.first(), words.last()) {
                (Some(first), Some(last)) => format!(" or {first} to {last}"),
                _ => String::new(),
            };
            let signs: String = signs.chars().map(|sign| format!(" {sign}")).collect();
            Err(format!("the {name} is {field:?}; it takes {low} to {high}{words}, and , - * /{signs}"))
        }
    }
}

/// Whether every number and word of a field is one that the field has.
fn fits(field: &str, (_, low, high, words, signs): &(&str, u32, u32, &[&str], &str)) -> bool {
    let is_value = |text: &str| {
        let is_word = words.iter().any(|word| word.eq_ignore_ascii_case(text));
        is_word || text.parse::<u32>().is_ok_and(|number| (*low..=*high).contains(&number))
    };
    field.split(',').all(|part| {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let steps = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
        let (range, nth) = match range.split_once('#') {
            Some((day, nth)) if signs.contains('#') => (day, nth),
            _ => (range, "1"),
        };
        let has_nth = matches!(nth, "1" | "2" | "3" | "4" | "5");
        // 6L is the last Friday, L the last day, 15W and LW the weekday next to one.
        let bare = match range.strip_suffix(|c| (c == 'L' || c == 'W') && signs.contains(c)) {
            Some(bare) if bare.is_empty() || bare == "L" => "*",
            Some(bare) => bare,
            None => range,
        };
        let is_any = bare == "*" || bare == "?" && signs.contains('?');
        let bounds = bare.split_once('-').map_or((bare, bare), |bounds| bounds);
        steps && has_nth && (is_any || is_value(bounds.0) && is_value(bounds.1))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_the_guide_has_passes() {
        let fine = [
            "rate(1 minute)",
            "rate(5 minutes)",
            "rate(1 hour)",
            "rate(12 hours)",
            "rate(1 day)",
            "rate(7 days)",
            "cron(0 10 * * ? *)",
            "cron(15 12 * * ? *)",
            "cron(0 18 ? * MON-FRI *)",
            "cron(0 8 1 * ? *)",
            "cron(0/15 * * * ? *)",
            "cron(0/10 * ? * MON-FRI *)",
            "cron(0/5 8-17 ? * mon-fri *)",
            "cron(15 10 ? * 6L 2019-2022)",
            "cron(0 9 ? * 2#1 *)",
            "cron(0 9 L * ? *)",
            "cron(0 9 3W * ? *)",
            "cron(0 9 LW * ? *)",
            "cron(0,30 0/2 ? JAN,MAR-MAY 1,7 2026/2)",
        ];
        for schedule in fine {
            assert_eq!(check_schedule(schedule), Ok(()), "{schedule}");
        }
    }

    #[test]
    fn a_refusal_says_what_would_be_right() {
        let refused = [
            ("rate(1 minutes)", "rate(1 minute)"),
            ("rate(5 minute)", "rate(5 minutes)"),
            ("rate(0 minutes)", "a number from 1"),
            ("rate(30 seconds)", "minutes, hours or days"),
            ("rate(5)", "rate(5 minutes)"),
            ("every minute", "cron(0 8 * * ? *)"),
            ("cron(0 8 * * *)", "has 5 fields"),
            ("cron(0 8 * * * *)", "exactly one"),
            ("cron(0 8 ? * ? *)", "exactly one"),
            ("cron(60 8 * * ? *)", "minutes is \"60\"; it takes 0 to 59"),
            ("cron(0 8 ? * 0 *)", "1 to 7 or SUN to SAT"),
            ("cron(0 8 * FOO ? *)", "1 to 12 or JAN to DEC"),
            ("cron(*/0 8 * * ? *)", "minutes"),
            ("cron(0 8 ? * 2#6 *)", "day of week"),
            ("at(2026-12-31T20:00:00)", "rate(5 minutes)"),
        ];
        for (schedule, part) in refused {
            let text = check_schedule(schedule).unwrap_err();
            assert!(text.contains(part) && text.contains(schedule), "{text}");
        }
    }
}

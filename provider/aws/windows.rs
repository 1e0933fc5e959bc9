//! The stretches of time in which AWS may make backups, each day, and do maintenance, each week.

const WEEK: u32 = 7 * DAY;
const DAY: u32 = 24 * 60;

/// A stretch of time that returns each day or week, in minutes from its beginning.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    start: u32,
    length: u32,
}

impl Window {
    /// A window of the day in UTC, such as `03:00-04:00`, of at least this many minutes.
    pub fn of_day(text: &str, least: u32) -> Result<Self, String> {
        let found = text.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
        let Some((from, to)) = found else {
            return Err(format!("is {text:?}; give a time of day in UTC, such as 03:00-04:00"));
        };
        long_enough(text, from, to, DAY, least)
    }

    /// A window of the week in UTC, such as `sun:04:30-sun:05:30`, of at least this many minutes.
    pub fn of_week(text: &str, least: u32) -> Result<Self, String> {
        let found = text.split_once('-').and_then(|(from, to)| Some((day_time(from)?, day_time(to)?)));
        let Some((from, to)) = found else {
            return Err(format!("is {text:?}; give a time of the week in UTC, such as sun:04:30-sun:05:30"));
        };
        long_enough(text, from, to, WEEK, least)
    }

    /// Whether this window of each day shares a minute with one of the week.
    pub fn meets(&self, weekly: &Window) -> bool {
        let on_day = |day: u32| Window { start: day * DAY + self.start, ..*self };
        (0..7).map(on_day).any(|daily| daily.overlaps(weekly))
    }

    /// Whether two windows of a week share a minute.
    fn overlaps(&self, other: &Window) -> bool {
        let begins_within = |a: &Window, b: &Window| (a.start + WEEK - b.start % WEEK) % WEEK < b.length;
        begins_within(self, other) || begins_within(other, self)
    }
}

fn long_enough(text: &str, start: u32, end: u32, round: u32, least: u32) -> Result<Window, String> {
    let length = (end + round - start) % round;
    match length >= least {
        true => Ok(Window { start, length }),
        false => Err(format!("is {text:?}; AWS requires at least {least} minutes")),
    }
}

fn day_time(text: &str) -> Option<u32> {
    let (day, clock) = text.split_once(':')?;
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let day = days.iter().position(|name| day.eq_ignore_ascii_case(name))?;
    Some(u32::try_from(day).ok()? * DAY + time(clock)?)
}

fn time(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let is_pair = |digits: &str| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_pair(hours) || !is_pair(minutes) {
        return None;
    }
    let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn windows_overlap_across_midnight_and_the_end_of_the_week() {
        let meet = |daily: &str, weekly: &str| {
            Window::of_day(daily, 30).unwrap().meets(&Window::of_week(weekly, 30).unwrap())
        };
        assert!(meet("23:30-00:30", "mon:00:00-mon:01:00"));
        assert!(meet("00:00-00:30", "sun:23:30-mon:00:15"));
        assert!(!meet("00:30-01:00", "sun:23:30-mon:00:30"));
        assert!(!meet("03:00-04:00", "sun:04:00-sun:05:00"));
    }

    #[test]
    fn a_window_is_of_a_form_and_long_enough() {
        assert!(Window::of_day("3:00-4:00", 30).unwrap_err().contains("such as 03:00-04:00"));
        assert!(Window::of_week("sun:05:00-sun:05:20", 30).unwrap_err().contains("30 minutes"));
        assert!(Window::of_day("05:00-05:30", 60).unwrap_err().contains("60 minutes"));
        assert!(Window::of_week("Sun:23:30-Mon:00:30", 60).is_ok());
    }
}

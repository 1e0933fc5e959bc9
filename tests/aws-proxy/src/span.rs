//! What took how long: from the call that began a change to the first answer that showed its end.

use serde::Serialize;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One change that takes time. Moments are seconds since 1970.
#[derive(Clone, Debug, Serialize)]
pub struct Span {
    pub service: &'static str,
    pub kind: &'static str,
    pub operation: String,
    pub region: String,
    pub id: String,
    /// How long it takes on AWS, in seconds.
    pub seconds: f64,
    /// When its time began; none where what it waits for is not there yet.
    pub began: Option<f64>,
    /// When an answer showed its end for the first time.
    pub noticed: Option<f64>,
    /// The answers until then that could have shown it.
    pub looks: usize,
}

impl Span {
    /// One more answer shows it, at its end or before.
    pub fn look(&mut self, over: bool) {
        if self.noticed.is_none() {
            self.looks += 1;
            self.noticed = over.then(now);
        }
    }
}

/// The moment now.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64()
}

/// A moment of the past.
pub fn moment(instant: Instant) -> f64 {
    now() - instant.elapsed().as_secs_f64()
}

//! How fast time passes.

use std::time::Duration;

use tokio::time::Instant;

/// How fast time passes for waits. Tests make it pass faster.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    speed: u32,
}

/// The time since a moment, by a [`Clock`].
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    start: Instant,
    speed: u32,
}

impl Default for Clock {
    fn default() -> Self {
        Clock { speed: 1 }
    }
}

impl Clock {
    /// A clock on which time passes this many times as fast.
    pub fn fast(speed: u32) -> Self {
        Clock { speed: speed.max(1) }
    }

    /// Whether time passes as it does for everybody.
    pub fn is_true(self) -> bool {
        self.speed == 1
    }

    /// Takes the time from now on.
    pub fn start(self) -> Stopwatch {
        Stopwatch { start: Instant::now(), speed: self.speed }
    }

    /// Pauses.
    pub async fn sleep(self, time: Duration) {
        tokio::time::sleep(time / self.speed).await;
    }
}

impl Stopwatch {
    /// How much time has passed.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed() * self.speed
    }
}

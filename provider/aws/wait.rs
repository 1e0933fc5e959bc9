//! Waiting, in one place: kinds say what to look at, this says how often and for how long.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

pub use super::clock::{Clock, Stopwatch};
use super::context::Cx;
use super::error::{Error, ErrorKind, Result};

/// How long something may take and how often to look.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// Where the wait leads, as in "waiting until {goal}".
    pub goal: &'static str,
    /// From and to how many seconds it usually takes. Looks are spread by it, and a person is told.
    pub usual: [u64; 2],
    /// How long to wait where the program gives no custom timeout.
    pub budget: Duration,
}

/// What a look found.
#[derive(Debug)]
pub enum Poll<T = ()> {
    Ready(T),
    /// Not yet; the text tells a person how far it is.
    Pending(String),
    /// AWS calls it ready, and says nothing of a change that it has accepted. It may take a moment to show it;
    /// where it never does, more time does not help. The value is what there is to go on with.
    Settling(String, T),
    /// It cannot become good any more.
    Failed(Error),
}

/// How long AWS may answer 'not found' for what it has just made. IAM and EC2 document eventual
/// consistency without a figure; two minutes is the usual allowance.
pub const PROPAGATION: Duration = Duration::from_secs(120);

/// How long AWS is given to show a change that it has accepted, in things that it calls ready. RDS and ElastiCache
/// show some a minute after the call.
pub const SETTLING: Duration = Duration::from_secs(180);

const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Which part of the time waited a pause may be: less than a twentieth, also where it is made longer at random.
const SHARE: u32 = 25;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl Wait {
    /// The same for a change of what is there already, which may take less time or none.
    pub fn of_change(self) -> Wait {
        let [from, _] = self.usual;
        Wait { usual: [0, from / 4], ..self }
    }

    /// The same for what takes longer by this.
    pub fn longer(self, by: Duration) -> Wait {
        Wait { budget: self.budget + by, ..self }
    }

    /// The first pause, which is longer where nothing is to be expected for long.
    fn first_pause(&self) -> Duration {
        FIRST_PAUSE.max(Duration::from_secs(self.usual[0]) / 6)
    }

    /// The longest pause at a time. Before the usual time it is a quarter of that; afterwards what is
    /// ready is noticed within a twentieth of the time waited.
    fn longest_pause(&self, elapsed: Duration) -> Duration {
        let [from, to] = self.usual.map(Duration::from_secs);
        let (least, short, most) = (Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(60));
        let longest = match from.checked_sub(elapsed).filter(|left| !left.is_zero()) {
            Some(left) => (from / 4).max(short).min(left),
            None if from.is_zero() => (to / 4).max(short),
            None => elapsed / SHARE,
        };
        longest.clamp(least, most)
    }

    /// By how much the next pause is longer, if it may be. Before the usual time there is little to see.
    fn growth(&self, elapsed: Duration) -> f64 {
        if elapsed.as_secs() < self.usual[0] { 3.0 } else { 1.6 }
    }

    /// What a person can expect: "usually 6 to 15 minutes"; nothing where it is soon over.
    fn expected(&self) -> String {
        let [from, to] = self.usual.map(|seconds| (seconds + 30) / 60);
        match (from.max(1), to) {
            _ if self.usual[0] < 30 || to < 2 => String::new(),
            (from, to) if from == to => format!(", usually about {to} minutes"),
            (from, to) => format!(", usually {from} to {to} minutes"),
        }
    }
}

impl<T> Poll<T> {
    /// What is there, or 'not yet'.
    pub fn seen(found: Option<T>, otherwise: &str) -> Self {
        found.map_or_else(|| Poll::Pending(otherwise.to_owned()), Poll::Ready)
    }
}

/// Looks until what is looked at is ready, has failed, the time is up or the user cancels.
pub async fn until<'f, T, F>(cx: &Cx, wait: &Wait, mut look: impl FnMut() -> F + Send) -> Result<T>
where
    T: Send,
    F: Future<Output = Result<Poll<T>>> + Send + 'f,
{
    let seen = Mutex::new(None);
    let keep = |found| *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    let mut look = || {
        let looking = look();
        let keep = &keep;
        async move {
            Ok(match looking.await? {
                Poll::Ready(found) => {
                    keep(found);
                    Poll::Ready(())
                }
                Poll::Settling(status, found) => {
                    keep(found);
                    Poll::Settling(status, ())
                }
                Poll::Pending(status) => Poll::Pending(status),
                Poll::Failed(error) => Poll::Failed(error),
            })
        }
        .boxed()
    };
    until_ready(cx, wait, &mut look).await?;
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    seen.ok_or_else(|| Error::new(ErrorKind::Other, "the wait ended without a check"))
}

type Look<'l, T> = dyn FnMut() -> BoxFuture<'l, Result<T>> + Send + 'l;

// Of no type of its own, so that it is compiled once and not for each kind.
async fn until_ready<'l>(cx: &Cx, wait: &Wait, look: &mut Look<'l, Poll>) -> Result<()> {
    let budget = cx.timeout.unwrap_or(wait.budget);
    let start = cx.clock.start();
    let mut pauses = Pauses { next: wait.first_pause(), ..Pauses::default() };
    let mut settling: Option<Stopwatch> = None;
    let outcome = loop {
        let found = look().await;
        settling = match &found {
            Ok(Poll::Settling(..)) => settling.or_else(|| Some(cx.clock.start())),
            _ => None,
        };
        let last = match found {
            Ok(Poll::Ready(())) => break Ok(()),
            Ok(Poll::Failed(error)) => break Err(error),
            Ok(Poll::Pending(status)) => status,
            Ok(Poll::Settling(status, ())) => {
                if settling.is_some_and(|since| since.elapsed() >= SETTLING) {
                    cx.progress.warn(&format!(
                        "AWS accepted the change, but after {} it is not visible: {status}. `pulumi refresh` shows \
                         what AWS has.",
                        short(SETTLING)
                    ));
                    break Ok(());
                }
                status
            }
            Err(error) if error.kind() == ErrorKind::NotFound && start.elapsed() < PROPAGATION => {
                "not visible yet".to_owned()
            }
            Err(error) if error.is_temporary() => error.to_string(),
            Err(error) => break Err(error),
        };
        if start.elapsed() >= budget {
            break Err(out_of_time(wait, budget, &last));
        }
        let elapsed = start.elapsed();
        let (so_far, expected) = (short(elapsed), wait.expected());
        cx.progress.say(&format!("waiting until {}: {last} ({so_far}{expected})", wait.goal));
        if let Err(error) = pauses.pause(cx, wait.longest_pause(elapsed), wait.growth(elapsed)).await {
            break Err(error.with_message(format!("cancelled while waiting until {}: {last}", wait.goal)));
        }
    };
    cx.progress.say("");
    outcome
}

/// Repeats an operation that may fail for a while, such as one that meets what AWS does not know
/// everywhere yet. Where it has to wait until something else is over, that is `until`.
pub async fn retrying<'f, T, F>(
    cx: &Cx,
    budget: Duration,
    until: Option<&Wait>,
    may_pass: impl Fn(&Error) -> bool + Send + Sync,
    mut attempt: impl FnMut() -> F + Send,
) -> Result<T>
where
    T: Send,
    F: Future<Output = Result<T>> + Send + 'f,
{
    retry(cx, budget, until, &may_pass, &mut || attempt().boxed()).await
}

async fn retry<'l, T>(
    cx: &Cx,
    budget: Duration,
    until: Option<&Wait>,
    may_pass: &(dyn Fn(&Error) -> bool + Send + Sync),
    attempt: &mut Look<'l, T>,
) -> Result<T> {
    let start = cx.clock.start();
    let mut pauses = Pauses::default();
    loop {
        if cx.cancel.is_cancelled() {
            let message = match pauses.is_fresh {
                true => "the deployment was cancelled before the request was sent to AWS",
                false => "the deployment was cancelled while the request was retried",
            };
            let hint = "Run `pulumi up` or `pulumi destroy` again: it continues from here.";
            return Err(Error::new(ErrorKind::Cancelled, message).with_hint(hint));
        }
        match attempt().await {
            Err(error) if may_pass(&error) && start.elapsed() < budget => {
                let elapsed = start.elapsed();
                let waits = error.kind() == ErrorKind::NotReady;
                let until = until.filter(|_| waits);
                let reason = if waits { "waiting" } else { "trying again" };
                let expected = until.map(Wait::expected).unwrap_or_default();
                cx.progress.say(&format!("{reason}: {error} ({}{expected})", short(elapsed)));
                let longest = until.map_or(LONGEST_PAUSE, |wait| wait.longest_pause(elapsed));
                let growth = until.map_or(1.6, |wait| wait.growth(elapsed));
                if pauses.pause(cx, longest.max(elapsed / SHARE), growth).await.is_err() {
                    return Err(error);
                }
            }
            outcome => {
                if !pauses.is_fresh {
                    cx.progress.say("");
                }
                return outcome;
            }
        }
    }
}

/// Pauses that grow, with jitter so that many waits do not look at the same moment.
struct Pauses {
    next: Duration,
    is_fresh: bool,
}

impl Default for Pauses {
    fn default() -> Self {
        Pauses { next: FIRST_PAUSE, is_fresh: true }
    }
}

impl Pauses {
    async fn pause(&mut self, cx: &Cx, longest: Duration, growth: f64) -> Result<()> {
        let mut random = [0_u8; 1];
        let _ = getrandom::fill(&mut random);
        let jittered = self.next.min(longest).mul_f64(0.8 + 0.4 * f64::from(random[0]) / 255.0);
        self.is_fresh = false;
        self.next = self.next.mul_f64(growth).min(longest.max(LONGEST_PAUSE));
        tokio::select! {
            () = cx.clock.sleep(jittered) => Ok(()),
            () = cx.cancel.cancelled() => Err(Error::new(ErrorKind::Cancelled, "cancelled")),
        }
    }
}

fn out_of_time(wait: &Wait, budget: Duration, last: &str) -> Error {
    let (goal, budget) = (wait.goal, short(budget));
    Error::new(ErrorKind::Timeout, format!("gave up after {budget} waiting until {goal}: {last}"))
        .with_hint("it may still succeed: run `pulumi up` again, or give more time with customTimeouts")
}

/// A duration as a person writes it: `45s`, `3m`, `1h5m`.
fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, 0) => format!("{m}m"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, m, _) => format!("{h}h{m}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATABASE: Wait =
        Wait { goal: "the database is available", usual: [350, 900], budget: Duration::from_secs(4800) };

    /// How many looks it takes to notice what is ready after this time, and how late that is.
    fn looks(wait: &Wait, ready: Duration) -> (usize, Duration) {
        let (mut now, mut next, mut looks) = (Duration::ZERO, wait.first_pause(), 1);
        while now < ready {
            let longest = wait.longest_pause(now);
            now += next.min(longest);
            next = next.mul_f64(wait.growth(now)).min(longest.max(LONGEST_PAUSE));
            looks += 1;
        }
        (looks, now.saturating_sub(ready))
    }

    #[test]
    fn what_takes_as_long_as_usual_is_noticed_soon_and_with_few_looks() {
        for seconds in 350..=900 {
            let ready = Duration::from_secs(seconds);
            let (looks, late) = looks(&DATABASE, ready);
            assert!(late <= ready / SHARE, "ready after {ready:?}, noticed {late:?} late");
            assert!(looks <= 40, "{looks} looks until {ready:?}");
        }
    }

    /// What the local AWS takes for each, and how many looks see that.
    const USUAL: [(&str, [u64; 2], u64, usize); 10] = [
        ("NAT gateway", [85, 125], 105, 12),
        ("load balancer", [135, 175], 150, 10),
        ("record", [25, 60], 38, 18),
        ("certificate", [20, 120], 22, 10),
        ("cluster", [45, 120], 60, 15),
        ("cache", [350, 560], 450, 16),
        ("service", [60, 240], 150, 30),
        ("distribution", [150, 420], 240, 20),
        ("VPC origin", [120, 900], 600, 50),
        ("database", [350, 900], 840, 33),
    ];

    #[test]
    fn the_end_is_noticed_within_a_twentieth_of_the_time_and_with_few_looks() {
        for (what, usual, seconds, most) in USUAL {
            let wait = Wait { usual, ..DATABASE };
            for tenth in seconds * 9..=seconds * 11 {
                let ready = Duration::from_millis(tenth * 100);
                // What ends before it is expected may be noticed later.
                let (_, late) = looks(&wait, ready);
                let is_expected = ready.as_secs() >= usual[0];
                let most = (ready / SHARE).max(Duration::from_secs(1));
                assert!(!is_expected || late <= most, "{what}: {late:?} late after {ready:?}");
            }
            let (looks, _) = looks(&wait, Duration::from_secs(seconds));
            assert!(looks <= most, "{what}: {looks} looks");
        }
    }

    /// The wait for a certificate begins when its records are known everywhere, and AWS has looked for
    /// them since they were made.
    #[test]
    fn what_is_ready_before_the_usual_time_is_noticed_soon_too() {
        let certificate = Wait { usual: [20, 120], ..DATABASE };
        for seconds in 5..=20 {
            let (looks, late) = looks(&certificate, Duration::from_secs(seconds));
            assert!(
                late <= Duration::from_secs(5) && looks <= 7,
                "{seconds} s: {looks} looks, {late:?} late"
            );
        }
    }

    #[test]
    fn a_person_is_told_how_long_it_usually_takes() {
        assert_eq!(DATABASE.expected(), ", usually 6 to 15 minutes");
        assert_eq!(Wait { usual: [85, 125], ..DATABASE }.expected(), ", usually 1 to 2 minutes");
        assert_eq!(Wait { usual: [100, 130], ..DATABASE }.expected(), ", usually about 2 minutes");
        assert_eq!(Wait { usual: [0, 5], ..DATABASE }.expected(), "");
        assert_eq!(DATABASE.of_change().expected(), "");
    }
}

//! How often each of many may ask.

use std::{
    collections::HashMap,
    fmt::Debug,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};

use crate::error::ApiError;

/// The time that a number of requests is meant for, in microseconds.
const WINDOW: i64 = 60_000_000;
/// How many askers are remembered. So many at once are no one's doing: then all begin anew.
const MOST_ASKERS: usize = 100_000;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// So many requests a minute for each `K`, by the generic cell rate algorithm (ITU-T I.371): all of them at once or evenly,
/// and each comes back by and by.
#[derive(Debug)]
pub(super) struct Allowance<K> {
    policy: &'static str,
    a_minute: u32,
    /// For each the instant, in microseconds, at which all that they may ask will have come back.
    full_at: Mutex<HashMap<K, i64>>,
}

/// What whoever asked has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    policy: &'static str,
    a_minute: u32,
    left: i64,
    /// After how many seconds all of it has come back.
    full_after: i64,
    /// How many seconds they must wait, if this was one too many.
    wait: Option<u32>,
}

impl<K: Copy + Eq + Hash + Debug> Allowance<K> {
    /// An allowance of this name; none where 0 stands for as many as come.
    pub(super) fn of(policy: &'static str, a_minute: u32) -> Option<Self> {
        (a_minute > 0).then(|| Self { policy, a_minute, full_at: Mutex::default() })
    }

    /// Counts a request of `who`.
    pub(super) fn ask(&self, who: K, now: DateTime<Utc>) -> Asked {
        let now = now.timestamp_micros();
        let each = (WINDOW / i64::from(self.a_minute)).max(1);
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MOST_ASKERS && !full_at.contains_key(&who) {
            full_at.retain(|_, at| *at > now);
            if full_at.len() >= MOST_ASKERS {
                full_at.clear();
            }
        }
        // A clock that was set back makes nobody wait for more than a minute.
        let before = full_at.get(&who).map_or(now, |at| (*at).clamp(now, now + WINDOW));
        let too_many = before + each - now - WINDOW;
        let after = if too_many > 0 { before } else { before + each };
        full_at.insert(who, after);
        Asked {
            policy: self.policy,
            a_minute: self.a_minute,
            left: (WINDOW - (after - now)) / each,
            full_after: whole_seconds(after - now),
            wait: (too_many > 0).then(|| u32::try_from(whole_seconds(too_many)).unwrap_or(u32::MAX)),
        }
    }
}

fn whole_seconds(micros: i64) -> i64 {
    (micros + 999_999) / 1_000_000
}

impl Asked {
    /// Why it is not done, if this was one too many.
    pub(crate) fn refusal(&self) -> Option<ApiError> {
        self.wait.map(ApiError::TooMany)
    }

    /// Tells it in the headers of an answer, as `draft-ietf-httpapi-ratelimit-headers` has it.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let Self { policy, a_minute, left, full_after, .. } = self;
        for (name, value) in [
            (RATE_LIMIT_POLICY, format!("\"{policy}\";q={a_minute};w=60")),
            (RATE_LIMIT, format!("\"{policy}\";r={left};t={full_after}")),
        ] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.append(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn what_was_asked_comes_back_by_and_by() {
        let three = Allowance::of("test", 3).unwrap();
        let begin = DateTime::UNIX_EPOCH;
        let at = |seconds| begin + TimeDelta::seconds(seconds);

        let left: Vec<i64> = (0..3).map(|_| three.ask("anna", begin).left).collect();
        assert_eq!(left, [2, 1, 0]);
        let refused = three.ask("anna", at(5));
        assert_eq!((refused.left, refused.full_after, refused.wait), (0, 55, Some(15)));
        assert_eq!(three.ask("maryam", at(5)).wait, None, "each has their own");

        assert_eq!(three.ask("anna", at(20)).wait, None);
        assert_eq!(three.ask("anna", at(20)).wait, Some(20));
        let rested = three.ask("anna", at(600));
        assert_eq!((rested.left, rested.full_after, rested.wait), (2, 20, None));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_long() {
        let one = Allowance::of("test", 1).unwrap();
        assert_eq!(one.ask("anna", DateTime::UNIX_EPOCH + TimeDelta::days(1)).wait, None);
        assert_eq!(one.ask("anna", DateTime::UNIX_EPOCH).wait, Some(60));
    }

    #[test]
    fn a_crowd_does_not_fill_the_memory() {
        let one = Allowance::of("test", 1).unwrap();
        for who in 0..=MOST_ASKERS {
            assert_eq!(one.ask(who, DateTime::UNIX_EPOCH).wait, None);
        }
        assert!(one.full_at.lock().unwrap().len() <= MOST_ASKERS);
    }

    #[test]
    fn zero_is_as_many_as_come() {
        assert!(Allowance::<u8>::of("test", 0).is_none());
    }
}

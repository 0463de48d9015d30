//! Says in words when something was. The components have no time zone, so it is UTC.

use std::fmt::{self, Display, Formatter};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// The days of 400 years, after which the calendar repeats.
const CYCLE: u64 = 146_097;
/// The days between the 1st of March of the year 0 and 1970.
const UNTIL_1970: u64 = 719_468;

/// A time in the calendar. It is shown as `2026-11-28 21:44`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utc {
    year: u64,
    month: u64,
    day: u64,
    second: u64,
}

impl Utc {
    /// The time so many seconds after the beginning of 1970.
    #[must_use]
    pub const fn of(seconds: u64) -> Self {
        // Years are counted from the 1st of March, so that the odd day is the last one of a year.
        let days = seconds / DAY + UNTIL_1970;
        let (cycle, day) = (days / CYCLE, days % CYCLE);
        let year = (day - day / 1_460 + day / 36_524 - day / (CYCLE - 1)) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let is_new_year = month >= 10;
        Self {
            year: cycle * 400 + year + if is_new_year { 1 } else { 0 },
            month: if is_new_year { month - 9 } else { month + 3 },
            day: day - (153 * month + 2) / 5 + 1,
            second: seconds % DAY,
        }
    }

    /// The day, as in `2026-11-28`.
    #[must_use]
    pub fn date(self) -> String {
        let Self {
            year, month, day, ..
        } = self;
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// All of it, as in `20261128T214423Z`.
    #[must_use]
    pub fn compact(self) -> String {
        let Self { second, .. } = self;
        let (hour, minute) = (second / HOUR, second % HOUR / MINUTE);
        let date = self.date().replace('-', "");
        format!("{date}T{hour:02}{minute:02}{:02}Z", second % MINUTE)
    }
}

impl Display for Utc {
    fn fmt(&self, formatter: &mut Formatter) -> fmt::Result {
        let (hour, minute) = (self.second / HOUR, self.second % HOUR / MINUTE);
        write!(formatter, "{} {hour:02}:{minute:02}", self.date())
    }
}

#[cfg(test)]
mod tests {
    use super::Utc;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, shown) in [
            (0, "1970-01-01 00:00"),
            (951_782_400, "2000-02-29 00:00"),
            (951_868_800, "2000-03-01 00:00"),
            (1_795_902_263, "2026-11-28 21:44"),
            (4_107_542_399, "2100-02-28 23:59"),
            (4_107_542_400, "2100-03-01 00:00"),
            (253_402_300_799, "9999-12-31 23:59"),
            (253_402_300_800, "10000-01-01 00:00"),
        ] {
            assert_eq!(Utc::of(seconds).to_string(), shown);
        }
        assert!(Utc::of(u64::MAX).to_string().ends_with(":00"));
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = Utc::of(0).date();
        for day in 1..100_000 {
            let date = Utc::of(day * 86_400).date();
            assert!(date > last, "{date} follows {last}");
            last = date;
        }
        assert_eq!(last, "2243-10-16");
    }

    #[test]
    fn a_runs_name_has_it_without_signs() {
        assert_eq!(Utc::of(1_795_902_263).compact(), "20261128T214423Z");
    }
}

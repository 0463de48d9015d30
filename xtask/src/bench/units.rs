//! Figures as people read them, with powers of ten.

use std::time::Duration;

/// `120 MB`
pub fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let unit = units.into_iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or_else(
        || format!("{bytes} bytes"),
        |(unit, name)| format!("{} {name}", (bytes + unit / 2) / unit),
    )
}

/// `1 message`, `2 messages`
pub fn messages(number: u64) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} message{plural}")
}

/// With the digits that say something.
pub fn figure(figure: f64) -> String {
    match figure {
        ..10.0 => format!("{figure:.2}"),
        ..100.0 => format!("{figure:.1}"),
        _ => format!("{figure:.0}"),
    }
}

/// In milliseconds.
pub fn milliseconds(time: Duration) -> String {
    figure(time.as_secs_f64() * 1e3)
}

/// Megabytes in a second.
#[allow(clippy::cast_precision_loss, reason = "no digit that is shown is lost")]
pub fn throughput(bytes: u64, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64()
}

/// How many times one is the other.
pub fn ratio(time: Duration, other: Duration) -> String {
    figure(time.as_secs_f64() / other.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_digits_that_say_something() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(1_000), "1 kB");
        assert_eq!(size(119_999_000), "120 MB");
        assert_eq!(messages(1), "1 message");
        assert_eq!(messages(2), "2 messages");
        assert_eq!(figure(1.234), "1.23");
        assert_eq!(figure(12.34), "12.3");
        assert_eq!(figure(123.4), "123");
        assert_eq!(milliseconds(Duration::from_micros(1234)), "1.23");
        let [one, other] = [123, 100].map(Duration::from_millis);
        assert_eq!(ratio(one, other), "1.23");
    }
}

//! Spellings that are read, and that are not.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::{Size, Span};
use proptest::prelude::*;
use std::time::Duration;

#[test]
fn sizes() {
    let read = [
        ("0", 0),
        ("4096", 4096),
        ("7B", 7),
        ("64KiB", 65_536),
        ("1MiB", 1 << 20),
        ("2GiB", 2 << 30),
        ("3kB", 3_000),
        ("3KB", 3_000),
        ("10MB", 10_000_000),
    ];
    for (text, bytes) in read {
        assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
    }
    let refused = [
        "",
        "KiB",
        "-1",
        "+1",
        "1.5MiB",
        "64 KiB",
        "64kib",
        "64K",
        "1KiB2",
        "99999999999TiB",
    ];
    for text in refused {
        assert!(text.parse::<Size>().is_err(), "{text}");
    }
}

#[test]
fn spans() {
    let read = [
        ("500ms", 500),
        ("0s", 0),
        ("30s", 30_000),
        ("10m", 600_000),
        ("1h30m", 5_400_000),
        ("2d", 172_800_000),
    ];
    for (text, millis) in read {
        assert_eq!(
            text.parse(),
            Ok(Span(Duration::from_millis(millis))),
            "{text}"
        );
    }
    for text in [
        "",
        "10",
        "m",
        "30m1h",
        "1h1h",
        "1 h",
        "-1s",
        "1.5s",
        "1us",
        "9999999999999999999d",
    ] {
        assert!(text.parse::<Span>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_shown_is_read(bytes: u64, millis in 0..u64::MAX / 2) {
        prop_assert_eq!(Size(bytes).to_string().parse(), Ok(Size(bytes)));
        let span = Span(Duration::from_millis(millis));
        prop_assert_eq!(span.to_string().parse(), Ok(span));
    }

    #[test]
    fn never_panics(text in "\\PC{0,12}|[0-9]{0,20}[a-zA-Z]{0,4}[0-9]{0,3}[hms]{0,2}") {
        let _ = (text.parse::<Size>(), text.parse::<Span>());
    }
}

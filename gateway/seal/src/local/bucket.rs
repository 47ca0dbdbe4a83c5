//! Kind `bucket`: the range that a number or a date is in.

use super::calendar::WrittenDate;
use super::{Unfit, text};
use crate::batch::{Tokens, ValueRef};
use policies::{Bucket, BucketOutput, DateOrder, TimeUnit};

pub(crate) fn make(bucket: &Bucket, value: ValueRef<'_>, tokens: &mut Tokens) -> Result<(), Unfit> {
    let value = text(value)?;
    match bucket {
        Bucket::Time { unit, order } => {
            let span = time(value, *unit, *order);
            let span = span.ok_or_else(|| Unfit::new("the value is not a date that is known"))?;
            tokens.text(&span);
        }
        Bucket::Width { width, output } => {
            let number = whole(value)?;
            let width = i128::from(*width);
            let low = number.div_euclid(width) * width;
            write(*output, Range::of(low, low + width - 1), tokens)?;
        }
        Bucket::Edges { edges, output } => {
            let number = whole(value)?;
            let above = edges.partition_point(|edge| i128::from(*edge) <= number);
            let edge = |index: usize| edges.get(index).copied().map(i128::from);
            let low = above.checked_sub(1).and_then(edge);
            let range = match (low, edge(above)) {
                (None, Some(first)) => Range::Below(first),
                (Some(low), Some(next)) => Range::of(low, next - 1),
                (Some(last), None) => Range::From(last),
                (None, None) => return Err(Unfit::new("the class has no edges")),
            };
            write(*output, range, tokens)?;
        }
    }
    Ok(())
}

/// The span of time that a date is in.
pub(crate) fn time(value: &str, unit: TimeUnit, order: DateOrder) -> Option<String> {
    let date = WrittenDate::read(value, order)?;
    Some(span(unit, date.year(), date.month()))
}

enum Range {
    Below(i128),
    Between(i128, i128),
    From(i128),
}

impl Range {
    fn of(low: i128, high: i128) -> Self {
        Self::Between(low, high)
    }
}

fn write(output: BucketOutput, range: Range, tokens: &mut Tokens) -> Result<(), Unfit> {
    match (output, range) {
        (BucketOutput::Range, Range::Below(first)) => tokens.text(&format!("<{first}")),
        (BucketOutput::Range, Range::From(last)) => tokens.text(&format!("{last}+")),
        (BucketOutput::Range, Range::Between(low, high)) if low == high => {
            tokens.text(&low.to_string());
        }
        // a dash would be read as another sign
        (BucketOutput::Range, Range::Between(low, high)) if low < 0 => {
            tokens.text(&format!("{low} to {high}"));
        }
        (BucketOutput::Range, Range::Between(low, high)) => tokens.text(&format!("{low}-{high}")),
        (BucketOutput::Floor, Range::Between(low, _) | Range::From(low)) => {
            tokens.number(&low.to_string());
        }
        (BucketOutput::Floor, Range::Below(_)) => {
            return Err(Unfit::new("the number lies below the first edge"));
        }
    }
    Ok(())
}

/// A decimal number of up to 18 digits before the point, cut down to a whole one.
fn whole(text: &str) -> Result<i128, Unfit> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(before) || !is_digits(after) || before.len() > 18 {
        return Err(Unfit::new(
            "the value is not a decimal number that is known",
        ));
    }
    let number: i128 = before
        .parse()
        .map_err(|_| Unfit::new("the value is not a decimal number that is known"))?;
    let is_whole = after.bytes().all(|byte| byte == b'0');
    Ok(if sign < 0 && !is_whole {
        -number - 1
    } else {
        sign * number
    })
}

fn span(unit: TimeUnit, year: i32, month: u8) -> String {
    match unit {
        TimeUnit::Decade => format!("{:03}0s", year / 10),
        TimeUnit::Year => format!("{year:04}"),
        TimeUnit::Quarter => format!("{year:04}-Q{}", month.div_ceil(3)),
        TimeUnit::Month => format!("{year:04}-{month:02}"),
    }
}

//! What a cell's value reads like.

use std::fmt::Write;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as PhysicalType};
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::schema::types::ColumnDescriptor;
use record::ValueType;
use time::{Date, Duration, OffsetDateTime, Time};

use super::fault::ParquetFault;

/// The Julian day of 1 January 1970.
const JULIAN_1970: i32 = 2_440_588;

/// Most digits behind the point: those of the largest decimals that are in use (256 bits).
const MAX_SCALE: u32 = 76;

/// What a column's values mean, as far as a text can be made of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// UTF-8, as the schema says.
    Text,
    /// Bytes that must be UTF-8.
    Bytes,
    Boolean,
    Signed,
    /// Of so many bits.
    Unsigned(u32),
    Float,
    /// With so many digits behind the point.
    Decimal(u32),
    /// Days since 1970.
    Date,
    /// Since midnight.
    Time(Unit),
    /// Since 1970; with `Z` at the end when it is of UTC.
    Timestamp(Unit, bool),
    Uuid,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Unit {
    fn of(unit: &TimeUnit) -> Self {
        match unit {
            TimeUnit::MILLIS => Self::Milliseconds,
            TimeUnit::MICROS => Self::Microseconds,
            TimeUnit::NANOS => Self::Nanoseconds,
        }
    }

    const fn nanoseconds(self) -> i128 {
        match self {
            Self::Milliseconds => 1_000_000,
            Self::Microseconds => 1_000,
            Self::Nanoseconds => 1,
        }
    }

    const fn digits(self) -> usize {
        match self {
            Self::Milliseconds => 3,
            Self::Microseconds => 6,
            Self::Nanoseconds => 9,
        }
    }
}

/// A value of a physical type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Raw<'c> {
    Boolean(bool),
    Integer(i64),
    /// Nanoseconds since 1970.
    Instant(i128),
    Single(f32),
    Double(f64),
    Bytes(&'c [u8]),
}

/// A cell of any physical type.
pub(super) trait Cell {
    fn raw(&self) -> Raw<'_>;
}

impl Cell for bool {
    fn raw(&self) -> Raw<'_> {
        Raw::Boolean(*self)
    }
}

impl Cell for i32 {
    fn raw(&self) -> Raw<'_> {
        Raw::Integer(i64::from(*self))
    }
}

impl Cell for i64 {
    fn raw(&self) -> Raw<'_> {
        Raw::Integer(*self)
    }
}

impl Cell for Int96 {
    /// A Julian day and nanoseconds in it.
    fn raw(&self) -> Raw<'_> {
        let (nanoseconds, day) = match self.data() {
            &[low, high, day] => (u64::from(high) << 32 | u64::from(low), day),
            _ => (0, 0),
        };
        let days = i128::from(day) - i128::from(JULIAN_1970);
        Raw::Instant(days * 86_400_000_000_000 + i128::from(nanoseconds))
    }
}

impl Cell for f32 {
    fn raw(&self) -> Raw<'_> {
        Raw::Single(*self)
    }
}

impl Cell for f64 {
    fn raw(&self) -> Raw<'_> {
        Raw::Double(*self)
    }
}

impl Cell for ByteArray {
    fn raw(&self) -> Raw<'_> {
        Raw::Bytes(self.data())
    }
}

impl Cell for FixedLenByteArray {
    fn raw(&self) -> Raw<'_> {
        Raw::Bytes(self.data())
    }
}

impl Meaning {
    /// What a column's values mean; `None` when they have no text.
    pub(super) fn of(column: &ColumnDescriptor) -> Option<Self> {
        let physical = column.physical_type();
        if let Some(logical) = column.logical_type_ref() {
            return Self::of_logical(logical, physical);
        }
        let unsigned = |bits| Some(Self::Unsigned(bits));
        match column.converted_type() {
            ConvertedType::NONE => match physical {
                PhysicalType::BOOLEAN => Some(Self::Boolean),
                PhysicalType::INT32 | PhysicalType::INT64 => Some(Self::Signed),
                PhysicalType::INT96 => Some(Self::Timestamp(Unit::Nanoseconds, false)),
                PhysicalType::FLOAT | PhysicalType::DOUBLE => Some(Self::Float),
                PhysicalType::BYTE_ARRAY | PhysicalType::FIXED_LEN_BYTE_ARRAY => Some(Self::Bytes),
            },
            ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => Some(Self::Text),
            ConvertedType::DECIMAL => Self::decimal(column.type_scale()),
            ConvertedType::DATE => Some(Self::Date),
            ConvertedType::TIME_MILLIS => Some(Self::Time(Unit::Milliseconds)),
            ConvertedType::TIME_MICROS => Some(Self::Time(Unit::Microseconds)),
            ConvertedType::TIMESTAMP_MILLIS => Some(Self::Timestamp(Unit::Milliseconds, true)),
            ConvertedType::TIMESTAMP_MICROS => Some(Self::Timestamp(Unit::Microseconds, true)),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 => unsigned(32),
            ConvertedType::UINT_64 => unsigned(64),
            ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64 => Some(Self::Signed),
            _ => None,
        }
    }

    fn of_logical(logical: &LogicalType, physical: PhysicalType) -> Option<Self> {
        match logical {
            LogicalType::String | LogicalType::Enum | LogicalType::Json => Some(Self::Text),
            LogicalType::Decimal(decimal) => Self::decimal(decimal.scale),
            LogicalType::Date => Some(Self::Date),
            LogicalType::Time(time) => Some(Self::Time(Unit::of(&time.unit))),
            LogicalType::Timestamp(time) => Some(Self::Timestamp(
                Unit::of(&time.unit),
                time.is_adjusted_to_u_t_c,
            )),
            LogicalType::Integer(integer) if integer.is_signed => Some(Self::Signed),
            LogicalType::Integer(_) if physical == PhysicalType::INT32 => Some(Self::Unsigned(32)),
            LogicalType::Integer(_) => Some(Self::Unsigned(64)),
            LogicalType::Uuid => Some(Self::Uuid),
            _ => None,
        }
    }

    fn decimal(scale: i32) -> Option<Self> {
        let scale = u32::try_from(scale).ok()?;
        (scale <= MAX_SCALE).then_some(Self::Decimal(scale))
    }

    /// A cell's type and text: what is sealed.
    pub(super) fn text(&self, cell: &impl Cell) -> Result<(ValueType, Vec<u8>), ParquetFault> {
        let raw = cell.raw();
        if let (Self::Text | Self::Bytes, Raw::Bytes(bytes)) = (self, raw) {
            let text = std::str::from_utf8(bytes).map_err(|_| self.no_text())?;
            return Ok((ValueType::Text, text.as_bytes().to_vec()));
        }
        let text = self.spell(raw).ok_or_else(|| self.no_text())?;
        let value_type = match self {
            Self::Boolean => ValueType::Boolean,
            Self::Signed | Self::Unsigned(_) | Self::Decimal(_) => ValueType::Number,
            // JSON has no such numbers
            Self::Float if text.contains(['N', 'i']) => ValueType::Text,
            Self::Float => ValueType::Number,
            _ => ValueType::Text,
        };
        Ok((value_type, text.into_bytes()))
    }

    fn no_text(&self) -> ParquetFault {
        ParquetFault::NoText(format!("{self:?}"))
    }

    fn spell(&self, raw: Raw<'_>) -> Option<String> {
        Some(match (self, raw) {
            (Self::Boolean, Raw::Boolean(value)) => value.to_string(),
            (Self::Signed, Raw::Integer(value)) => value.to_string(),
            (Self::Unsigned(32), Raw::Integer(value)) => (value & 0xFFFF_FFFF).to_string(),
            (Self::Unsigned(_), Raw::Integer(value)) => value.cast_unsigned().to_string(),
            // the shortest that reads as the same number
            (Self::Float, Raw::Single(value)) => format!("{value:?}"),
            (Self::Float, Raw::Double(value)) => format!("{value:?}"),
            (Self::Decimal(scale), Raw::Integer(value)) => decimal(i128::from(value), *scale)?,
            (Self::Decimal(scale), Raw::Bytes(bytes)) => decimal(big_endian(bytes)?, *scale)?,
            (Self::Date, Raw::Integer(days)) => {
                let days = i32::try_from(days).ok()?.checked_add(JULIAN_1970)?;
                date(Date::from_julian_day(days).ok()?)
            }
            (Self::Time(unit), Raw::Integer(value)) => {
                let nanoseconds = i64::try_from(i128::from(value) * unit.nanoseconds()).ok()?;
                let day = Duration::nanoseconds(nanoseconds);
                let within = day >= Duration::ZERO && day < Duration::DAY;
                within.then(|| clock(Time::MIDNIGHT + day, unit.digits()))?
            }
            (Self::Timestamp(unit, utc), Raw::Integer(value)) => {
                instant(i128::from(value) * unit.nanoseconds(), unit.digits(), *utc)?
            }
            (Self::Timestamp(unit, utc), Raw::Instant(value)) => {
                instant(value, unit.digits(), *utc)?
            }
            (Self::Uuid, Raw::Bytes(bytes)) => uuid(bytes.first_chunk::<16>()?),
            _ => return None,
        })
    }
}

/// Two's complement, up to 16 bytes; longer decimals have no text here.
fn big_endian(bytes: &[u8]) -> Option<i128> {
    let negative = bytes.first()? & 0x80 != 0;
    let mut whole = [if negative { 0xFF } else { 0 }; 16];
    let start = 16_usize.checked_sub(bytes.len())?;
    whole.get_mut(start..)?.copy_from_slice(bytes);
    Some(i128::from_be_bytes(whole))
}

fn decimal(unscaled: i128, scale: u32) -> Option<String> {
    let scale = usize::try_from(scale).ok()?;
    let digits = format!("{:0>1$}", unscaled.unsigned_abs(), scale + 1);
    let (whole, fraction) = digits.split_at_checked(digits.len() - scale)?;
    let sign = if unscaled < 0 { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

/// ISO 8601.
fn date(date: Date) -> String {
    let (year, month, day) = date.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

fn clock(time: Time, digits: usize) -> String {
    let (hour, minute, second, nanosecond) = time.as_hms_nano();
    let mut text = format!("{hour:02}:{minute:02}:{second:02}.{nanosecond:09}");
    text.truncate(9 + digits);
    text
}

/// RFC 3339, without a zone when it is of none.
fn instant(nanoseconds: i128, digits: usize, utc: bool) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?;
    let zone = if utc { "Z" } else { "" };
    let (day, clock) = (date(time.date()), clock(time.time(), digits));
    Some(format!("{day}T{clock}{zone}"))
}

/// RFC 9562, section 4.
fn uuid(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // writing to a text cannot fail
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn text(meaning: &Meaning, cell: &impl Cell) -> String {
        String::from_utf8(meaning.text(cell).unwrap().1).unwrap()
    }

    #[test]
    fn values_read_as_people_write_them() {
        assert_eq!(text(&Meaning::Boolean, &true), "true");
        assert_eq!(text(&Meaning::Signed, &-7_i32), "-7");
        assert_eq!(text(&Meaning::Unsigned(32), &-1_i32), "4294967295");
        assert_eq!(
            text(&Meaning::Unsigned(64), &-1_i64),
            "18446744073709551615"
        );
        assert_eq!(text(&Meaning::Float, &0.1_f32), "0.1");
        assert_eq!(text(&Meaning::Float, &1e300_f64), "1e300");
        assert_eq!(text(&Meaning::Decimal(2), &-5_i32), "-0.05");
        assert_eq!(text(&Meaning::Decimal(0), &12_i64), "12");
        let bytes = ByteArray::from(vec![0xFF, 0x38]);
        assert_eq!(text(&Meaning::Decimal(1), &bytes), "-20.0");
        assert_eq!(text(&Meaning::Date, &-1_i32), "1969-12-31");
        assert_eq!(text(&Meaning::Date, &11_016_i32), "2000-02-29");
        let time = Meaning::Time(Unit::Microseconds);
        assert_eq!(text(&time, &3_661_000_001_i64), "01:01:01.000001");
        let utc = Meaning::Timestamp(Unit::Milliseconds, true);
        assert_eq!(text(&utc, &-1_i64), "1969-12-31T23:59:59.999Z");
        let uuid = ByteArray::from((0..16).collect::<Vec<u8>>());
        assert_eq!(
            text(&Meaning::Uuid, &uuid),
            "00010203-0405-0607-0809-0a0b0c0d0e0f"
        );
    }

    #[test]
    fn what_has_no_text_is_refused() {
        let bytes = ByteArray::from(vec![0xFF]);
        assert!(Meaning::Bytes.text(&bytes).is_err());
        let long = ByteArray::from(vec![1; 17]);
        assert!(Meaning::Decimal(2).text(&long).is_err());
        assert!(Meaning::Time(Unit::Microseconds).text(&-1_i64).is_err());
        assert!(Meaning::Date.text(&i64::MAX).is_err());
    }

    #[test]
    fn numbers_of_json_keep_their_type() {
        let kind = |meaning: &Meaning, cell: f64| meaning.text(&cell).unwrap().0;
        assert!(matches!(kind(&Meaning::Float, 1.5), ValueType::Number));
        assert!(matches!(kind(&Meaning::Float, f64::NAN), ValueType::Text));
        assert!(matches!(
            kind(&Meaning::Float, f64::INFINITY),
            ValueType::Text
        ));
    }
}

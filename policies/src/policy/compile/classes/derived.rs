//! What is computed from the value under a key, and not turned back: `hmac`, `date`.

use super::settings::Settings;
use crate::kind::{DateOrder, DateShift, HmacOutput, Kind};

/// How far dates are moved unless the class says otherwise: a year, so that seasons are hidden too.
const DEFAULT_DAYS: usize = 365;
/// Farthest that dates are moved: a century.
const MOST_DAYS: u64 = 36_525;

/// `kind: hmac`.
pub(super) fn hmac(settings: &mut Settings<'_, '_, '_>) -> Option<Kind> {
    let key = settings.key_ref();
    let raw = settings.raw;
    // default length, and the range of lengths; 64 bits at least, or 40 for digits
    let choices = [
        ("hex", Some((64, 16, 64))),
        ("base64url", Some((43, 11, 43))),
        ("digits", Some((24, 12, 36))),
        ("uuid", Some((36, 36, 36))),
        ("integer", Some((63, 63, 63))),
    ];
    let chosen = settings.choice("output", raw.output.as_ref(), &choices)?;
    let name = raw.output.as_ref().map_or("hex", |output| &output.value);
    let (default, least, most) = chosen.unwrap_or((64, 16, 64));
    if let Some(place) = raw.length.as_ref().filter(|_| least == most) {
        let message = format!("`output: {name}` has one length only");
        settings.conflict(place.into(), &message, "remove `length`");
        return None;
    }
    let length = settings.number("length", raw.length.as_ref(), least..=most)?;
    let length = length.unwrap_or(default);
    let output = match name {
        "base64url" => HmacOutput::Base64url(length),
        "digits" => HmacOutput::Digits(length),
        "uuid" => HmacOutput::Uuid,
        "integer" => HmacOutput::Integer,
        _ => HmacOutput::Hex(length),
    };
    Some(Kind::Hmac { key: key?, output })
}

/// `kind: date`.
pub(super) fn date(settings: &mut Settings<'_, '_, '_>) -> Option<Kind> {
    let key = settings.key_ref();
    let order = order(settings);
    let days = settings.number("max_days", settings.raw.max_days.as_ref(), 1..=MOST_DAYS)?;
    let days = days.unwrap_or(DEFAULT_DAYS);
    let shift = DateShift {
        max_days: u32::try_from(days).unwrap_or(u32::MAX),
        order: order?,
    };
    Some(Kind::Date { key: key?, shift })
}

/// How dates of numbers alone are read.
pub(super) fn order(settings: &mut Settings<'_, '_, '_>) -> Option<DateOrder> {
    settings.choice("order", settings.raw.order.as_ref(), &DateOrder::NAMES)
}

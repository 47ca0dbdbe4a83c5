//! Tokens that are drawn at random: `vault`.

use super::settings::Settings;
use super::{key_name, shape};
use crate::diagnostic::Code;
use crate::kind::{KeyRef, Kind, VaultFormat, VaultIndex, VaultKind};
use std::sync::Arc;
use std::time::Duration;

/// Fewest tokens that a class may have: with fewer, drawing one that is free takes long, and a token
/// is met by trying.
const LEAST_DRAWN: u128 = 1_000_000;
/// Longest random part of a token, in characters.
const MAX_RANDOM: u64 = 256;
/// Longest prefix, in bytes.
const MAX_PREFIX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Format {
    #[default]
    Shape,
    Uuid,
    Random,
}

/// `kind: vault`.
pub(super) fn vault(settings: &mut Settings<'_, '_, '_>) -> Option<Kind> {
    let raw = settings.raw;
    let key = settings.key();
    let index = index(settings);
    let format = format(settings);
    let time_to_live = raw.time_to_live.as_ref();
    if let Some(zero) = time_to_live.filter(|span| span.value.0.is_zero()) {
        let message = "a token that lives for no time";
        let help = "write how long tokens live: `time_to_live: 30d`";
        settings.report.error(Code::OutOfRange, zero, message, help);
        return None;
    }
    let renew = raw.renew.as_ref().is_some_and(|renew| renew.value);
    let index = index?;
    if let Some(place) = raw.renew.as_ref().filter(|_| renew)
        && (time_to_live.is_none() || !matches!(index, VaultIndex::Deterministic(_)))
    {
        let message = "only a token that ends, of a deterministic class, can be renewed";
        let help = "add `time_to_live:` and `deterministic: true`, or remove `renew`";
        settings.conflict(place.into(), message, help);
        return None;
    }
    Some(Kind::Vault(Box::new(VaultKind {
        key: key?,
        index,
        format: format?,
        time_to_live: time_to_live.map(|span| Duration::from(span.value)),
        renew,
    })))
}

fn index(settings: &mut Settings<'_, '_, '_>) -> Option<VaultIndex> {
    let raw = settings.raw;
    let version = settings.key_version();
    let deterministic = raw.deterministic.as_ref().is_some_and(|each| each.value);
    let Some(name) = &raw.index_key else {
        if deterministic {
            let what = "a symmetric key of the key ring: values are found by an HMAC under it";
            settings.missing("index_key", what);
            return None;
        }
        if let Some(place) = &raw.key_version {
            let message = "`key_version` is of `index_key`, which is not given";
            settings.conflict(place.into(), message, "add `index_key:`, or remove this");
            return None;
        }
        return Some(VaultIndex::None);
    };
    let key = KeyRef {
        name: key_name(settings.report, name)?,
        version: version?,
    };
    Some(if deterministic {
        VaultIndex::Deterministic(key)
    } else {
        VaultIndex::Erasable(key)
    })
}

fn format(settings: &mut Settings<'_, '_, '_>) -> Option<VaultFormat> {
    let choices = [
        ("shape", Format::Shape),
        ("uuid", Format::Uuid),
        ("random", Format::Random),
    ];
    let raw = settings.raw;
    let format = settings.choice("format", raw.format.as_ref(), &choices)?;
    if format != Format::Random {
        for (name, place) in [
            ("prefix", raw.prefix.as_ref().map(Into::into)),
            ("length", raw.length.as_ref().map(Into::into)),
        ] {
            if let Some(place) = place {
                let message = format!("`{name}` is of `format: random`");
                settings.conflict(place, &message, "remove it, or write `format: random`");
                return None;
            }
        }
    }
    match format {
        Format::Uuid => Some(VaultFormat::Uuid),
        Format::Random => random(settings),
        Format::Shape => {
            let shape = shape::shape(settings)?;
            let (least, _) = shape.lengths();
            let domain = shape.domain(least);
            if domain.exact() < LEAST_DRAWN && raw.min_length.is_some() {
                small(
                    settings,
                    &format!("values of {least} characters have {domain} tokens"),
                );
            }
            Some(VaultFormat::Shape(Arc::new(shape)))
        }
    }
}

fn random(settings: &mut Settings<'_, '_, '_>) -> Option<VaultFormat> {
    let raw = settings.raw;
    let alphabet = shape::alphabet(settings, raw)?;
    let length = settings.number("length", raw.length.as_ref(), 1..=MAX_RANDOM)?;
    let Some(length) = length else {
        settings.missing("length", "how many characters are drawn");
        return None;
    };
    let prefix = raw.prefix.as_ref().map_or("", |prefix| &prefix.value);
    if let Some(place) = raw.prefix.as_ref().filter(|_| prefix.len() > MAX_PREFIX) {
        let message = format!("a prefix of {} bytes", prefix.len());
        let help = format!("write {MAX_PREFIX} bytes at most");
        settings
            .report
            .error(Code::OutOfRange, place, message, help);
        return None;
    }
    let exponent = u32::try_from(length).unwrap_or(u32::MAX);
    let domain = u128::from(alphabet.radix()).saturating_pow(exponent);
    if domain < LEAST_DRAWN {
        small(settings, &format!("there are {domain} tokens"));
    }
    Some(VaultFormat::Random {
        prefix: prefix.into(),
        alphabet,
        length,
    })
}

/// A warning: the vault works, and says so when it is full.
fn small(settings: &mut Settings<'_, '_, '_>, message: &str) {
    let help = "keep fewer characters or draw more: when most tokens are taken, values are refused, and a token can be met by trying";
    settings
        .report
        .warning(Code::SmallDomain, &settings.raw.kind, message, help);
}

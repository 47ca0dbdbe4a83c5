//! AWS Signature Version 4, the side that checks ("Create a signed AWS API request", IAM user guide).

mod authorization;
mod canonical;
#[cfg(test)]
mod tests;

use aws_lc_rs::{constant_time, digest, hmac};
use http::request::Parts;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

pub(crate) use authorization::Authorization;

/// Why a signature is refused. KMS and STS have names of their own for each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureError {
    #[error("Missing Authentication Token")]
    Missing,
    #[error("{0}")]
    Incomplete(String),
    #[error("{0}")]
    Mismatch(String),
}

/// What a signature must be for.
pub(crate) struct Expected<'a> {
    pub(crate) secret_access_key: &'a str,
    pub(crate) now: OffsetDateTime,
    /// Regions that the credential scope may name.
    pub(crate) regions: &'a [&'a str],
    /// `kms` or `sts`.
    pub(crate) service: &'a str,
}

const SKEW_SECONDS: i64 = 15 * 60;

/// Checks a request's signature: scope, date within 15 minutes, all that must be signed, body, MAC.
///
/// # Errors
/// [`SignatureError`]; the signature is compared in constant time.
pub(crate) fn verify(
    authorization: &Authorization<'_>,
    parts: &Parts,
    body: &[u8],
    expected: &Expected<'_>,
) -> Result<(), SignatureError> {
    let date = request_date(parts)?;
    check_scope(authorization, &date, expected)?;
    check_skew(&date, expected.now)?;
    authorization.check_headers(parts)?;
    let body_hash = hex(digest::digest(&digest::SHA256, body).as_ref());
    check_declared_hash(parts, &body_hash)?;

    let request = canonical::request(parts, &authorization.signed_headers, &body_hash)?;
    let scope = authorization.scope();
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        hex(digest::digest(&digest::SHA256, request.as_bytes()).as_ref())
    );
    let key = signing_key(expected.secret_access_key, authorization);
    let signature = hex(hmac::sign(&key, to_sign.as_bytes()).as_ref());
    constant_time::verify_slices_are_equal(
        signature.as_bytes(),
        authorization.signature.as_bytes(),
    )
    .map_err(|_| {
        mismatch(
            "The request signature we calculated does not match the signature you provided. Check \
             your AWS Secret Access Key and signing method. Consult the service documentation for \
             details.",
        )
    })
}

/// `x-amz-date`, as `20260102T030405Z`.
fn request_date(parts: &Parts) -> Result<String, SignatureError> {
    let mut dates = parts.headers.get_all("x-amz-date").iter();
    match (dates.next().map(|date| date.to_str()), dates.next()) {
        (Some(Ok(date)), None) => Ok(date.to_owned()),
        (None, _) => Err(incomplete(
            "Authorization header requires existence of an 'X-Amz-Date' header.",
        )),
        _ => Err(incomplete(
            "'X-Amz-Date' must stand once, as 20260102T030405Z.",
        )),
    }
}

fn check_scope(
    authorization: &Authorization<'_>,
    date: &str,
    expected: &Expected<'_>,
) -> Result<(), SignatureError> {
    let Expected {
        regions, service, ..
    } = expected;
    let refuse = |what: &str, given: &str, right: &str| {
        Err(mismatch(&format!(
            "Credential should be scoped to a valid {what}: '{given}' is not '{right}'."
        )))
    };
    if !regions.contains(&authorization.region) {
        return refuse("region", authorization.region, &regions.join("' or '"));
    }
    if authorization.service != *service {
        return refuse("service", authorization.service, service);
    }
    if date.get(..8) != Some(authorization.date) {
        return refuse("date", authorization.date, date.get(..8).unwrap_or(date));
    }
    Ok(())
}

fn check_skew(date: &str, now: OffsetDateTime) -> Result<(), SignatureError> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let signed = PrimitiveDateTime::parse(date, format)
        .map_err(|_| incomplete("'X-Amz-Date' must be as 20260102T030405Z."))?
        .assume_utc();
    let skew = (now - signed).whole_seconds();
    if skew > SKEW_SECONDS {
        return Err(mismatch(&format!(
            "Signature expired: {date} is {skew} seconds ago."
        )));
    }
    if skew < -SKEW_SECONDS {
        return Err(mismatch(&format!(
            "Signature not yet current: {date} is {} s ahead.",
            -skew
        )));
    }
    Ok(())
}

/// A hash that the request declares must be that of the body.
fn check_declared_hash(parts: &Parts, body_hash: &str) -> Result<(), SignatureError> {
    let declared = parts.headers.get_all("x-amz-content-sha256");
    if declared
        .iter()
        .all(|hash| hash.as_bytes() == body_hash.as_bytes())
    {
        return Ok(());
    }
    Err(mismatch(
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ))
}

fn signing_key(secret: &str, authorization: &Authorization<'_>) -> hmac::Key {
    let first = zeroize::Zeroizing::new(format!("AWS4{secret}"));
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, first.as_bytes());
    for part in [
        authorization.date,
        authorization.region,
        authorization.service,
        "aws4_request",
    ] {
        key = hmac::Key::new(
            hmac::HMAC_SHA256,
            hmac::sign(&key, part.as_bytes()).as_ref(),
        );
    }
    key
}

/// Lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn incomplete(message: &str) -> SignatureError {
    SignatureError::Incomplete(message.to_owned())
}

fn mismatch(message: &str) -> SignatureError {
    SignatureError::Mismatch(message.to_owned())
}

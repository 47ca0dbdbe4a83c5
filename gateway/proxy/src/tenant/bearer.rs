//! The bearer token of a request (RFC 6750, section 2.1).

use http::{HeaderMap, header};

use super::fault::TokenFault;

/// Longest token, in bytes. Tokens that list hundreds of groups are shorter.
pub(super) const MAX_TOKEN_BYTES: usize = 16 << 10;

const SCHEME: &str = "Bearer ";

/// The token of the only `Authorization`.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, TokenFault> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value,
        (None, _) => return Err(TokenFault::Missing),
        (Some(_), Some(_)) => return Err(TokenFault::Twice),
    };
    let value = value.to_str().map_err(|_| TokenFault::Malformed)?;
    let (scheme, token) = value
        .split_at_checked(SCHEME.len())
        .ok_or(TokenFault::Missing)?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(TokenFault::Missing);
    }
    let token = token.trim_start_matches(' ');
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenFault::TooLong);
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use http::HeaderValue;

    fn of(values: &[&[u8]]) -> Result<String, TokenFault> {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value).unwrap();
            headers.append(header::AUTHORIZATION, value);
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn takes_the_token_of_one_field_alone() {
        for one in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c"] {
            assert_eq!(of(&[one.as_bytes()]), Ok("a.b.c".to_owned()), "{one}");
        }
        for (values, fault) in [
            (&[][..], TokenFault::Missing),
            (&[&b""[..]], TokenFault::Missing),
            (&[b"Bearer"], TokenFault::Missing),
            (&[b"Bearera.b.c"], TokenFault::Missing),
            (&[b"Basic YTpi"], TokenFault::Missing),
            (&[b"Bearer\ta.b.c"], TokenFault::Missing),
            (&[b"Bearer \xe9.b.c"], TokenFault::Malformed),
            (&[b"Bearer a.b.c", b"Bearer a.b.c"], TokenFault::Twice),
            (&[b"Basic YTpi", b"Bearer a.b.c"], TokenFault::Twice),
        ] {
            assert_eq!(of(values), Err(fault), "{values:?}");
        }
        let most = ["Bearer ", &"a".repeat(MAX_TOKEN_BYTES)].concat();
        assert_eq!(of(&[most.as_bytes()]).unwrap().len(), MAX_TOKEN_BYTES);
        let more = [&most, "a"].concat();
        assert_eq!(of(&[more.as_bytes()]), Err(TokenFault::TooLong));
    }
}

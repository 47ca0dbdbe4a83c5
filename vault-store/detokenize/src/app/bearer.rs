//! The bearer token of a request (RFC 6750, section 2.1).

use http::{HeaderMap, header};

/// The token, if there is exactly one `Authorization` header and it is a bearer's.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_matches(' ');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let well_formed = !token.is_empty() && token.bytes().all(allowed);
    (scheme.eq_ignore_ascii_case("bearer") && well_formed).then_some(token)
}

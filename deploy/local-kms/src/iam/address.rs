//! Address ranges for the operators `IpAddress` and `NotIpAddress`.

use std::net::IpAddr;

/// A range in CIDR notation; an address alone is a range of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddressRange {
    network: IpAddr,
    prefix: u32,
}

impl AddressRange {
    /// Reads `192.0.2.0/24`, `2001:db8::/32` or an address.
    pub(crate) fn parse(text: &str) -> Option<AddressRange> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().ok()?;
        let width = if network.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|p| *p <= width)?,
            None => width,
        };
        Some(AddressRange { network, prefix })
    }

    /// Whether the text is an address inside the range.
    pub(crate) fn contains(&self, text: &str) -> bool {
        let Ok(address) = text.parse::<IpAddr>() else {
            return false;
        };
        match (self.network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

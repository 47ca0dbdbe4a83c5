//! How many tokens there are.

use std::fmt;

/// The least domain that FF1 takes (NIST SP 800-38G revision 1, section 5.2).
pub const MINIMUM_DOMAIN: u128 = 1_000_000;

/// How many different tokens the values of one length and template have: a power of the radix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Domain {
    pub(crate) radix: u32,
    pub(crate) exponent: u32,
}

impl Domain {
    /// The number; `u128::MAX` when it is higher.
    pub fn exact(self) -> u128 {
        u128::from(self.radix).saturating_pow(self.exponent)
    }

    /// Its decimal logarithm.
    pub fn log10(self) -> f64 {
        f64::from(self.radix).log10() * f64::from(self.exponent)
    }

    /// Whether it is at least [`MINIMUM_DOMAIN`]: below it, a token is found by trying.
    pub fn is_enough(self) -> bool {
        self.exact() >= MINIMUM_DOMAIN
    }
}

/// `1000000`, or `10^22.4` above 15 digits.
impl fmt::Display for Domain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exact() {
            exact if exact < 1_000_000_000_000_000 => write!(formatter, "{exact}"),
            _ => write!(formatter, "10^{:.1}", self.log10()),
        }
    }
}

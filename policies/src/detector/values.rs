//! How many values there are of what detectors find.

use super::Detector;

impl Detector {
    /// About how many values there can be, where that is known and they can all be tried: an HMAC is
    /// tried some 10⁹ times a second on one graphics processor. The sources are those that the
    /// detectors' descriptions name; numbers with a check digit count without it.
    #[must_use]
    pub const fn values(self) -> Option<u64> {
        Some(match self {
            // 16 digits of which the last checks
            Self::PaymentCard => 1_000_000_000_000_000,
            // 899 areas, 99 groups, 9,999 serials
            Self::UsSsn => 890_000_000,
            // 100 areas, 44 groups, 10,000 serials
            Self::UsItin => 44_000_000,
            Self::UsEin => 1_000_000_000,
            Self::UsAbaRouting => 100_000_000,
            // ten digits in North America; E.164 allows fifteen, and no country uses them all
            Self::Phone => 10_000_000_000,
            Self::Ipv4 => 1 << 32,
            Self::MacAddress => 1 << 48,
            // the days of 120 years
            Self::DateOfBirth => 44_000,
            // two letters, six digits and one that checks
            Self::UsDea => 680_000_000,
            // the first digit is 1 or 2
            Self::UsNpi => 200_000_000,
            // 9 first digits; then 20 letters, 30 letters and digits, and digits by position
            Self::UsMbi => 13_000_000_000_000,
            Self::UkNhs => 1_000_000_000,
            // some 380 prefixes, six digits, four suffixes
            Self::UkNino => 1_500_000_000,
            Self::CaSin => 100_000_000,
            Self::AuTfn => 100_000_000,
            // five first digits, seven more, a check digit and an issue number
            Self::AuMedicare => 500_000_000,
            // eleven digits, the first from 2 on
            Self::InAadhaar => 80_000_000_000,
            // five letters, of which one is one of ten, four digits, a letter
            Self::InPan => 1_200_000_000_000,
            Self::BrCpf => 1_000_000_000,
            Self::BrCnpj => 1_000_000_000_000,
            Self::EsDni => 100_000_000,
            Self::EsNie => 30_000_000,
            // sex, year and month of birth, department, commune and order
            Self::FrNir => 240_000_000_000,
            // ten digits of which one stands there two or three times
            Self::DeSteuerId => 340_000_000,
            Self::NlBsn => 100_000_000,
            // the days of 120 years, 10,000 serials
            Self::PlPesel => 440_000_000,
            // the days of a century, 1,000 serials
            Self::SePersonnummer => 37_000_000,
            Self::SgNric => 50_000_000,
            Self::JpMyNumber => 100_000_000_000,
            _ => return None,
        })
    }
}

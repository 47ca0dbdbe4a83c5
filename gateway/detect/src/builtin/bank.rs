//! Payment cards and bank accounts.

use super::{Spec, Verdict, all_digits, all_letters, digits, is_repeated, mixed, number, part};
use crate::checksum::{aba, iban, luhn};
use crate::phrase::Candidate;
use policies::Detector;

pub(super) const SPECS: &[Spec] = &[
    digits(
        Detector::PaymentCard,
        12..=19,
        &[
            "card",
            "credit",
            "debit",
            "cc",
            "visa",
            "mastercard",
            "maestro",
            "karte",
            "kreditkarte",
            "carte",
            "carta",
            "tarjeta",
            "cartão",
            "kaart",
            "karta",
        ],
        payment_card,
    ),
    digits(
        Detector::UsAbaRouting,
        9..=9,
        &["routing", "aba", "rtn", "transit", "bank", "rt"],
        aba_routing,
    ),
    mixed(Detector::Iban, 15..=34, &[], iban_account),
    mixed(
        Detector::Bic,
        8..=11,
        &["bic", "swift", "bank", "iban"],
        bic,
    ),
];

/// Issuer ranges by the first six digits, with the lengths that they have (ISO/IEC 7812-1; the
/// networks' published ranges).
const ISSUERS: &[(u32, u32, u32)] = &[
    // first, last, lengths as bits
    (222_100, 272_099, 1 << 16),                     // Mastercard
    (300_000, 305_999, 1 << 14 | 1 << 16 | 1 << 19), // Diners Club
    (309_500, 309_599, 1 << 14 | 1 << 16 | 1 << 19), // Diners Club
    (340_000, 349_999, 1 << 15),                     // American Express
    (352_800, 358_999, 0b1111 << 16),                // JCB
    (360_000, 369_999, 1 << 14 | 1 << 16 | 1 << 19), // Diners Club
    (370_000, 379_999, 1 << 15),                     // American Express
    (380_000, 399_999, 1 << 14 | 1 << 16 | 1 << 19), // Diners Club
    (400_000, 499_999, 1 << 13 | 1 << 16 | 1 << 19), // Visa
    (500_000, 509_999, 0b1111_1111 << 12),           // Maestro and others
    (510_000, 559_999, 1 << 16),                     // Mastercard
    (560_000, 599_999, 0b1111_1111 << 12),           // Maestro
    (600_000, 699_999, 0b1111_1111 << 12),           // Discover, UnionPay, RuPay, Maestro
    (810_000, 817_199, 0b1111 << 16),                // UnionPay
    (220_000, 220_499, 0b1111 << 16),                // Mir
];

fn payment_card(card: &Candidate) -> Verdict {
    let compact = card.compact();
    let grouped = card.is_one_word() || (card.is_divided() && groups_of_cards(card.layout()));
    let head = number(part(compact, 0..6));
    let length = compact.len();
    let known = ISSUERS.iter().any(|&(first, last, lengths)| {
        (first..=last).contains(&head) && lengths >> length & 1 == 1
    });
    // shorter than other networks' numbers, those of Maestro are like any number with a Luhn digit
    let telling = length >= 16 || !matches!(head / 10_000, 50 | 56..=69);
    Verdict::by_form(
        grouped && known && !is_repeated(compact) && luhn(compact),
        telling,
    )
}

/// Groups of at least two digits, as cards are printed: no date and no time looks so.
fn groups_of_cards(layout: &[u8]) -> bool {
    let separated = layout.split(|byte| !byte.is_ascii_digit());
    let mut groups = 0;
    for group in separated {
        let length = number(group);
        if length == 1 && groups < 3 || length > 12 || (length == 2 && groups == 0) {
            return false;
        }
        groups += 1;
    }
    groups <= 7
}

/// The first two digits of a Federal Reserve district, thrift, electronic or traveller's number.
fn aba_routing(routing: &Candidate) -> Verdict {
    let compact = routing.compact();
    let district = matches!(number(part(compact, 0..2)), 1..=12 | 21..=32 | 61..=72 | 80);
    let form = routing.is_one_word() || routing.layout() == b"4-4-1";
    Verdict::with_context(form && district && aba(compact))
}

/// Lengths by country (SWIFT, IBAN Registry).
const IBAN_LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

fn iban_account(account: &Candidate) -> Verdict {
    let compact = account.compact();
    let country = part(compact, 0..2);
    let fits = || {
        let mut lengths = IBAN_LENGTHS.iter();
        let length = lengths.find(|(code, _)| code.as_slice() == country);
        length.is_some_and(|(_, length)| *length == compact.len())
    };
    let form = account.is_one_word() || account.is_divided();
    let begins = all_letters(country) && all_digits(part(compact, 2..4));
    Verdict::sure(form && begins && fits() && iban(compact))
}

fn bic(code: &Candidate) -> Verdict {
    let compact = code.compact();
    let form = code.is_one_word() && matches!(compact.len(), 8 | 11);
    let bank = all_letters(part(compact, 0..6));
    let country = part(compact, 4..6);
    let is_known = || {
        let mut known = COUNTRIES.as_bytes().chunks(3);
        known.any(|each| each.starts_with(country))
    };
    Verdict::with_context(form && bank && is_known())
}

/// ISO 3166-1 alpha-2, and XK.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

//! Numbers of the United States.

use super::{Spec, Verdict, all_digits, all_letters, at, digits, is_repeated, mixed, number, part};
use crate::checksum::{digit, luhn_sum};
use crate::phrase::Candidate;
use policies::Detector;

pub(super) const SPECS: &[Spec] = &[
    digits(
        Detector::UsSsn,
        9..=9,
        &[
            "ssn",
            "social security",
            "social",
            "ss#",
            "ssns",
            "taxpayer",
        ],
        ssn,
    ),
    digits(
        Detector::UsItin,
        9..=9,
        &["itin", "taxpayer", "tax id", "tin", "individual"],
        itin,
    ),
    digits(
        Detector::UsEin,
        9..=9,
        &["ein", "employer", "fein", "tax id", "tin", "federal tax"],
        ein,
    ),
    mixed(Detector::UsDea, 9..=9, &["dea"], dea),
    digits(
        Detector::UsNpi,
        10..=10,
        &[
            "npi",
            "provider",
            "prescriber",
            "national provider",
            "physician",
        ],
        npi,
    ),
    mixed(Detector::UsMbi, 11..=11, &["mbi", "medicare"], mbi),
    mixed(
        Detector::Vin,
        17..=17,
        &["vin", "vehicle", "chassis", "fahrgestellnummer"],
        vin,
    ),
];

/// Areas 000, 666 and 900 on, group 00 and serial 0000 were never assigned (SSA, POMS RM 10201).
fn ssn(ssn: &Candidate) -> Verdict {
    let compact = ssn.compact();
    let (area, group, serial) = (
        number(part(compact, 0..3)),
        number(part(compact, 3..5)),
        number(part(compact, 5..9)),
    );
    let assigned = area != 0 && area != 666 && area < 900 && group != 0 && serial != 0;
    // numbers that advertisements have used
    let shown = matches!(
        compact,
        b"078051120" | b"219099999" | b"123456789" | b"987654321"
    );
    let form = matches!(ssn.layout(), b"3-2-4" | b"3 2 4" | b"3.2.4");
    let passes = assigned && !shown && !is_repeated(compact) && (form || ssn.is_one_word());
    Verdict::by_form(passes, form)
}

/// Groups that the IRS assigns (Internal Revenue Manual 3.21.263).
fn itin(itin: &Candidate) -> Verdict {
    let compact = itin.compact();
    let group = number(part(compact, 3..5));
    let assigned = at(compact, 0) == 9 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    let form = matches!(itin.layout(), b"3-2-4" | b"3 2 4");
    Verdict::by_form(assigned && (form || itin.is_one_word()), form)
}

/// Prefixes of campuses and the internet (IRS, How EINs are Assigned).
fn ein(ein: &Candidate) -> Verdict {
    let prefix = number(part(ein.compact(), 0..2));
    let assigned = matches!(prefix, 1..=6 | 10..=16 | 20..=27 | 30..=48 | 50..=68 | 71..=77 | 80..=88 | 90..=95 | 98 | 99);
    let form = ein.layout() == b"2-7" || ein.is_one_word();
    Verdict::with_context(assigned && form)
}

/// Two letters, the first a registrant's type, and the sum of digits 1, 3 and 5 plus twice that of
/// 2, 4 and 6, whose last digit is the seventh.
fn dea(dea: &Candidate) -> Verdict {
    let compact = dea.compact();
    let (letters, digits) = (part(compact, 0..2), part(compact, 2..9));
    let kind = compact
        .first()
        .is_some_and(|first| b"ABCDEFGHJKLMPRSTUX".contains(first));
    let second = compact
        .get(1)
        .is_some_and(|second| second.is_ascii_alphabetic() || *second == b'9');
    let odd = at(digits, 0) + at(digits, 2) + at(digits, 4);
    let even = at(digits, 1) + at(digits, 3) + at(digits, 5);
    let checks = all_digits(digits) && (odd + 2 * even) % 10 == at(digits, 6);
    let form = dea.is_one_word() && letters.len() == 2 && !is_repeated(digits);
    Verdict::sure(form && kind && second && checks)
}

/// The Luhn digit over 80840 and the number (CMS, NPI check digit).
fn npi(npi: &Candidate) -> Verdict {
    let compact = npi.compact();
    let kind = matches!(at(compact, 0), 1 | 2);
    let checks = luhn_sum(compact, 24).is_some_and(|sum| sum % 10 == 0);
    Verdict::with_context(npi.is_one_word() && kind && checks)
}

/// Positions of letters (no S, L, O, I, B, Z) and digits (CMS, Medicare Beneficiary Identifier).
fn mbi(mbi: &Candidate) -> Verdict {
    let letter = |byte: u8| byte.is_ascii_uppercase() && !b"SLOIBZ".contains(&byte);
    let compact = mbi.compact();
    let fits = compact
        .iter()
        .zip(b"1A*9A*9AA99")
        .all(|(&byte, kind)| match kind {
            b'1' => matches!(byte, b'1'..=b'9'),
            b'A' => letter(byte),
            b'*' => letter(byte) || byte.is_ascii_digit(),
            _ => byte.is_ascii_digit(),
        });
    let form = mbi.is_one_word() || mbi.layout() == b"4-3-4";
    Verdict::sure(fits && form)
}

/// The ninth character checks in North America (49 CFR 565.15); elsewhere it need not.
fn vin(vin: &Candidate) -> Verdict {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let compact = vin.compact();
    let value = |byte: u8| match byte {
        b'0'..=b'9' => digit(byte),
        b'A'..=b'H' => Some(u32::from(byte - b'A') + 1),
        b'J'..=b'N' => Some(u32::from(byte - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b'S'..=b'Z' => Some(u32::from(byte - b'S') + 2),
        _ => None,
    };
    let pairs = compact.iter().zip(WEIGHTS);
    let sum: Option<u32> = pairs
        .map(|(byte, weight)| Some(value(*byte)? * weight))
        .sum();
    let mixed = !all_digits(compact) && !all_letters(compact);
    let (Some(sum), true) = (sum, mixed && vin.is_one_word()) else {
        return Verdict::No;
    };
    let check = match sum % 11 {
        10 => b'X',
        rest => b'0' + rest as u8,
    };
    let serial = all_digits(part(compact, 13..17));
    Verdict::by_form(serial, compact.get(8) == Some(&check))
}

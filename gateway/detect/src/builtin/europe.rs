//! Numbers of European countries.

use super::date::{exists, full_year};
use super::{Spec, Verdict, all_digits, all_letters, at, digits, is_repeated, mixed, number, part};
use crate::checksum::{luhn, mod_11_10, weighted};
use crate::phrase::Candidate;
use policies::Detector;

pub(super) const SPECS: &[Spec] = &[
    digits(
        Detector::UkNhs,
        10..=10,
        &["nhs", "national health", "patient"],
        uk_nhs,
    ),
    mixed(Detector::UkNino, 9..=9, &[], uk_nino),
    mixed(Detector::EsDni, 9..=9, &[], es_dni),
    mixed(Detector::EsNie, 9..=9, &[], es_nie),
    mixed(Detector::ItCodiceFiscale, 16..=16, &[], it_codice_fiscale),
    mixed(Detector::FrNir, 15..=15, &[], fr_nir),
    digits(
        Detector::DeSteuerId,
        11..=11,
        &[
            "steuer",
            "steuer-id",
            "steueridentifikationsnummer",
            "idnr",
            "tin",
            "tax",
            "steuernummer",
            "steuerid",
        ],
        de_steuer_id,
    ),
    digits(
        Detector::NlBsn,
        9..=9,
        &["bsn", "burgerservicenummer", "sofinummer", "sofi"],
        nl_bsn,
    ),
    digits(Detector::PlPesel, 11..=11, &["pesel"], pl_pesel),
    digits(
        Detector::SePersonnummer,
        10..=12,
        &[
            "personnummer",
            "pnr",
            "samordningsnummer",
            "personal number",
        ],
        se_personnummer,
    ),
];

/// Weights 10 to 2, MOD 11 (NHS Data Dictionary).
fn uk_nhs(nhs: &Candidate) -> Verdict {
    let compact = nhs.compact();
    let sum = weighted(part(compact, 0..9), &[10, 9, 8, 7, 6, 5, 4, 3, 2]).unwrap_or(0);
    let check = (11 - sum % 11) % 11;
    let form = matches!(nhs.layout(), b"3 3 4" | b"3-3-4");
    let passes = check == at(compact, 9) && !is_repeated(compact);
    Verdict::by_form(
        passes && (form || nhs.is_one_word()),
        nhs.layout() == b"3 3 4",
    )
}

/// Prefixes that HMRC does not use (NIM39110).
fn uk_nino(nino: &Candidate) -> Verdict {
    let compact = nino.compact();
    let prefix = part(compact, 0..2);
    let first = prefix
        .first()
        .is_some_and(|first| !b"DFIQUV".contains(first));
    let second = prefix
        .get(1)
        .is_some_and(|second| !b"DFIQUVO".contains(second));
    let unused = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    let assigned = all_letters(prefix)
        && first
        && second
        && !unused.iter().any(|own| own.as_slice() == prefix);
    let suffix = matches!(compact.get(8), Some(b'A'..=b'D'));
    let form = matches!(
        nino.layout(),
        b"9" | b"2 2 2 2 1" | b"2-2-2-2-1" | b"2 6 1" | b"2-6-1" | b"8 1" | b"2 7"
    );
    Verdict::sure(assigned && suffix && form && all_digits(part(compact, 2..8)))
}

const DNI_LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn dni_letter(digits: u32) -> Option<&'static u8> {
    DNI_LETTERS.get(digits as usize % 23)
}

/// The letter of the number modulo 23 (Real Decreto 1553/2005).
fn es_dni(dni: &Candidate) -> Verdict {
    let compact = dni.compact();
    let digits = part(compact, 0..8);
    let form = matches!(dni.layout(), b"9" | b"8-1" | b"8 1" | b"2.3.3-1");
    let checks = all_digits(digits) && compact.get(8) == dni_letter(number(digits));
    Verdict::sure(form && checks && number(digits) > 0)
}

/// As the DNI, with X, Y and Z for 0, 1 and 2.
fn es_nie(nie: &Candidate) -> Verdict {
    let compact = nie.compact();
    let first = match compact.first() {
        Some(b'X') => 0,
        Some(b'Y') => 1,
        Some(b'Z') => 2,
        _ => return Verdict::No,
    };
    let digits = part(compact, 1..8);
    let form = matches!(nie.layout(), b"9" | b"1-7-1" | b"1 7 1" | b"8-1" | b"1-8");
    let letter = dni_letter(first * 10_000_000 + number(digits));
    Verdict::sure(form && all_digits(digits) && compact.get(8) == letter)
}

/// The control letter (Decreto Ministeriale 23 December 1976): values of odd places by a table, of
/// even places by order.
fn it_codice_fiscale(code: &Candidate) -> Verdict {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let compact = code.compact();
    let order = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte.saturating_sub(b'A')),
    };
    let sum: u32 = part(compact, 0..15)
        .iter()
        .enumerate()
        .map(|(place, &byte)| match place % 2 {
            0 => ODD.get(order(byte) as usize).copied().unwrap_or(0),
            _ => order(byte),
        })
        .sum();
    let digit_or_stand_in = |byte: &u8| byte.is_ascii_digit() || b"LMNPQRSTUV".contains(byte);
    let shape = all_letters(part(compact, 0..6))
        && part(compact, 6..8).iter().all(digit_or_stand_in)
        && compact
            .get(8)
            .is_some_and(|month| b"ABCDEHLMPRST".contains(month))
        && part(compact, 9..11).iter().all(digit_or_stand_in)
        && all_letters(part(compact, 11..12))
        && part(compact, 12..15).iter().all(digit_or_stand_in);
    let form = matches!(code.layout(), b"16" | b"3 3 5 5" | b"6 5 5");
    let checks = compact.get(15).map(|last| order(*last)) == Some(sum % 26);
    Verdict::sure(form && shape && checks && all_letters(part(compact, 15..16)))
}

/// Sex, year, month, place, order, and the key 97 - n mod 97; Corsica's 2A and 2B count as 19 and
/// 18 (INSEE).
fn fr_nir(nir: &Candidate) -> Verdict {
    let compact = nir.compact();
    let mut digits = compact.to_vec();
    let corsica = match part(compact, 5..7) {
        b"2A" => Some(b"19"),
        b"2B" => Some(b"18"),
        _ => None,
    };
    if let (Some(corsica), Some(place)) = (corsica, digits.get_mut(5..7)) {
        place.copy_from_slice(corsica);
    }
    let text = std::str::from_utf8(part(&digits, 0..13)).unwrap_or_default();
    let value: u64 = text.parse().unwrap_or(0);
    let key = u64::from(number(part(compact, 13..15)));
    let month = number(part(compact, 3..5));
    let sex = matches!(at(compact, 0), 1..=4 | 7 | 8);
    let known = matches!(month, 1..=12 | 20..=42 | 50..=99);
    let form = nir.is_one_word()
        || matches!(
            nir.layout(),
            b"1 2 2 2 3 3 2" | b"13 2" | b"1-2-2-2-3-3-2" | b"13-2"
        );
    let checks = value > 0 && key == 97 - value % 97;
    Verdict::sure(form && sex && known && checks && all_digits(part(compact, 13..15)))
}

/// ISO 7064 MOD 11,10, not beginning with 0, and among the first ten digits one that stands two or
/// three times (BZSt).
fn de_steuer_id(id: &Candidate) -> Verdict {
    let compact = id.compact();
    let mut counts = [0_u8; 10];
    for place in 0..10 {
        if let Some(count) = counts.get_mut(at(compact, place) as usize) {
            *count += 1;
        }
    }
    let repeats = counts.iter().filter(|count| **count > 1).count() == 1
        && counts.iter().all(|count| *count <= 3);
    let form = id.is_one_word() || matches!(id.layout(), b"2 3 3 3");
    Verdict::with_context(form && at(compact, 0) != 0 && repeats && mod_11_10(compact))
}

/// The 11 test, whose last weight is -1.
fn nl_bsn(bsn: &Candidate) -> Verdict {
    let compact = bsn.compact();
    let sum = weighted(part(compact, 0..8), &[9, 8, 7, 6, 5, 4, 3, 2]).unwrap_or(0);
    let checks = sum % 11 == at(compact, 8) && sum > 0;
    let form =
        bsn.is_one_word() || matches!(bsn.layout(), b"4.2.3" | b"3 3 3" | b"3.3.3" | b"4 2 3");
    Verdict::with_context(form && checks && !is_repeated(compact))
}

/// Weights 1, 3, 7, 9; the month tells the century (Ustawa o ewidencji ludności, art. 15).
fn pl_pesel(pesel: &Candidate) -> Verdict {
    let compact = pesel.compact();
    let sum = weighted(part(compact, 0..10), &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]).unwrap_or(1);
    let month = number(part(compact, 2..4));
    let century = match month / 20 {
        4 => 1800,
        0 => 1900,
        1 => 2000,
        2 => 2100,
        _ => 2200,
    };
    let year = century + number(part(compact, 0..2));
    let date = exists(year, month % 20, number(part(compact, 4..6)));
    Verdict::sure(pesel.is_one_word() && date && (10 - sum % 10) % 10 == at(compact, 10))
}

/// Year, month, day (or day + 60), and the Luhn digit over the last ten (Skatteverket, SKV 704).
fn se_personnummer(number_: &Candidate) -> Verdict {
    let compact = number_.compact();
    if compact.len() == 11 {
        return Verdict::No;
    }
    let (century, ten) = compact.split_at(compact.len() - 10);
    let short = number(part(ten, 0..2));
    let year = match century.is_empty() {
        true => full_year(short),
        false => number(century) * 100 + short,
    };
    let day = number(part(ten, 4..6));
    let day = if day > 60 { day - 60 } else { day };
    let date = exists(year, number(part(ten, 2..4)), day) && (1880..2100).contains(&year);
    let telling = matches!(number_.layout(), b"6-4" | b"8-4");
    let form = telling || number_.is_one_word();
    Verdict::by_form(form && date && luhn(ten), telling)
}

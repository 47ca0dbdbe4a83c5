//! Numbers of other countries, and passports.

use super::{Spec, Verdict, all_digits, all_letters, at, digits, is_repeated, mixed, part};
use crate::checksum::{luhn, verhoeff, weighted};
use crate::phrase::Candidate;
use policies::Detector;

pub(super) const SPECS: &[Spec] = &[
    digits(
        Detector::CaSin,
        9..=9,
        &[
            "sin",
            "social insurance",
            "nas",
            "assurance sociale",
            "canada",
        ],
        ca_sin,
    ),
    digits(Detector::AuTfn, 8..=9, &["tfn", "tax file", "tax"], au_tfn),
    digits(
        Detector::AuMedicare,
        10..=11,
        &["medicare", "card"],
        au_medicare,
    ),
    digits(
        Detector::InAadhaar,
        12..=12,
        &["aadhaar", "aadhar", "uidai", "uid", "आधार"],
        in_aadhaar,
    ),
    mixed(Detector::InPan, 10..=10, &[], in_pan),
    digits(
        Detector::BrCpf,
        11..=11,
        &["cpf", "contribuinte", "cadastro"],
        br_cpf,
    ),
    digits(
        Detector::BrCnpj,
        14..=14,
        &["cnpj", "empresa", "cadastro"],
        br_cnpj,
    ),
    mixed(Detector::SgNric, 9..=9, &[], sg_nric),
    digits(
        Detector::JpMyNumber,
        12..=12,
        &[
            "my number",
            "mynumber",
            "individual number",
            "マイナンバー",
            "個人番号",
        ],
        jp_my_number,
    ),
    mixed(
        Detector::Passport,
        6..=9,
        &[
            "passport",
            "passeport",
            "reisepass",
            "pasaporte",
            "passaporto",
            "paspoort",
            "passaporte",
            "paszport",
            "pass no",
            "passnummer",
        ],
        passport,
    ),
];

fn ca_sin(sin: &Candidate) -> Verdict {
    let compact = sin.compact();
    let telling = matches!(sin.layout(), b"3-3-3" | b"3 3 3");
    let form = telling || sin.is_one_word();
    let assigned = !matches!(at(compact, 0), 0 | 8);
    Verdict::by_form(
        form && assigned && luhn(compact) && !is_repeated(compact),
        telling,
    )
}

/// Weights 1, 4, 3, 7, 5, 8, 6, 9, 10, MOD 11 (ATO).
fn au_tfn(tfn: &Candidate) -> Verdict {
    let compact = tfn.compact();
    let weights: &[u32] = match compact.len() {
        9 => &[1, 4, 3, 7, 5, 8, 6, 9, 10],
        _ => &[10, 7, 8, 4, 6, 3, 5, 1],
    };
    let sum = weighted(compact, weights).unwrap_or(1);
    let form = matches!(tfn.layout(), b"9" | b"8" | b"3 3 3" | b"3-3-3" | b"2 3 3");
    Verdict::with_context(form && sum.is_multiple_of(11) && !is_repeated(compact))
}

/// Weights 1, 3, 7, 9 over the first eight digits; the ninth checks (Services Australia).
fn au_medicare(card: &Candidate) -> Verdict {
    let compact = card.compact();
    let sum = weighted(part(compact, 0..8), &[1, 3, 7, 9, 1, 3, 7, 9]).unwrap_or(1);
    let checks =
        sum % 10 == at(compact, 8) && matches!(at(compact, 0), 2..=6) && at(compact, 9) > 0;
    let telling = matches!(card.layout(), b"4 5 1" | b"4 5 1 1" | b"4-5-1");
    let form = telling || card.is_one_word() || matches!(card.layout(), b"4 5 1/1" | b"10/1");
    Verdict::by_form(form && checks, telling)
}

fn in_aadhaar(number: &Candidate) -> Verdict {
    let compact = number.compact();
    let telling = matches!(number.layout(), b"4 4 4" | b"4-4-4");
    let form = telling || number.is_one_word();
    let passes = at(compact, 0) > 1 && verhoeff(compact) && !is_repeated(compact);
    Verdict::by_form(form && passes, telling)
}

fn in_pan(pan: &Candidate) -> Verdict {
    let compact = pan.compact();
    let holder = compact
        .get(3)
        .is_some_and(|kind| b"ABCFGHLJPT".contains(kind));
    let shape = all_letters(part(compact, 0..5))
        && all_digits(part(compact, 5..9))
        && all_letters(part(compact, 9..10));
    Verdict::sure(pan.is_one_word() && shape && holder)
}

/// A MOD 11 digit: 11 less the rest, or 0 for 10 and 11.
fn brazilian_check(digits: &[u8], weights: &[u32]) -> u32 {
    let rest = weighted(digits, weights).unwrap_or(0) % 11;
    if rest < 2 { 0 } else { 11 - rest }
}

fn br_cpf(cpf: &Candidate) -> Verdict {
    let compact = cpf.compact();
    let first = brazilian_check(part(compact, 0..9), &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    let second = brazilian_check(part(compact, 0..10), &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    let checks = first == at(compact, 9) && second == at(compact, 10) && !is_repeated(compact);
    let telling = cpf.layout() == b"3.3.3-2";
    Verdict::by_form(
        checks && (telling || cpf.is_one_word() || cpf.layout() == b"9-2"),
        telling,
    )
}

fn br_cnpj(cnpj: &Candidate) -> Verdict {
    let compact = cnpj.compact();
    let first = brazilian_check(part(compact, 0..12), &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
    let second = brazilian_check(
        part(compact, 0..13),
        &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2],
    );
    let checks = first == at(compact, 12) && second == at(compact, 13) && !is_repeated(compact);
    let telling = cnpj.layout() == b"2.3.3/4-2";
    Verdict::by_form(checks && (telling || cnpj.is_one_word()), telling)
}

/// The letter of the weighted sum modulo 11; T and G add 4, M adds 3 (ICA).
fn sg_nric(nric: &Candidate) -> Verdict {
    let compact = nric.compact();
    let sum = weighted(part(compact, 1..8), &[2, 7, 6, 5, 4, 3, 2]).unwrap_or(0);
    let (add, letters): (u32, &[u8; 11]) = match compact.first() {
        Some(b'S') => (0, b"JZIHGFEDCBA"),
        Some(b'T') => (4, b"JZIHGFEDCBA"),
        Some(b'F') => (0, b"XWUTRQPNMLK"),
        Some(b'G') => (4, b"XWUTRQPNMLK"),
        Some(b'M') => (3, b"XWUTRQPNJLK"),
        _ => return Verdict::No,
    };
    let place = (sum + add) % 11;
    let place = match compact.first() {
        Some(b'M') => 10 - place,
        _ => place,
    };
    let letter = match compact.first() {
        Some(b'M') => b"KLJNPQRTUWX".get(place as usize),
        _ => letters.get(place as usize),
    };
    Verdict::sure(nric.is_one_word() && all_digits(part(compact, 1..8)) && compact.get(8) == letter)
}

/// Weights 2 to 7 and 2 to 6 from the right, MOD 11 (Ordinance of the Ministry of Internal Affairs
/// and Communications no. 85 of 2014).
fn jp_my_number(number: &Candidate) -> Verdict {
    let compact = number.compact();
    let sum = weighted(part(compact, 0..11), &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]).unwrap_or(0);
    let check = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    let form = number.is_one_word() || matches!(number.layout(), b"4 4 4" | b"4-4-4");
    Verdict::with_context(form && check == at(compact, 11) && !is_repeated(compact))
}

fn passport(passport: &Candidate) -> Verdict {
    let compact = passport.compact();
    let digits = compact.iter().filter(|byte| byte.is_ascii_digit()).count();
    let form = match digits == compact.len() {
        true => digits >= 8,
        false => digits >= 4 && compact.len() >= 7,
    };
    Verdict::with_context(passport.is_one_word() && form)
}

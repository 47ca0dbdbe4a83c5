//! Made-up people: one order, and a list of 10,000 customers. The same on every run.
//!
//! Card numbers satisfy Luhn's check and begin with prefixes that are kept for tests; social security
//! numbers begin with 9, which none that was ever given out does; mail goes to reserved domains.

use std::fmt::Write as _;

/// How many customers the list has.
pub(crate) const CUSTOMERS: u32 = 10_000;

const FIRST_NAMES: [&str; 24] = [
    "Ada", "Björn", "Chloé", "Dmitri", "Elif", "Fatima", "Grace", "Hugo", "Ines", "Jun", "Kwame",
    "Łucja", "Mei", "Nuno", "Olga", "Priya", "Quentin", "Rosa", "Søren", "Tomás", "Uma", "Vera",
    "Wei", "Zoë",
];
const LAST_NAMES: [&str; 20] = [
    "Andersson",
    "Baker",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ivanova",
    "Jensen",
    "Kowalski",
    "Lindqvist",
    "Müller",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quispe",
    "Rossi",
    "Singh",
    "O'Neill",
];
const STREETS: [&str; 8] = [
    "Harbour Street",
    "Rue des Lilas",
    "Gartenweg",
    "Calle Mayor",
    "Mill Lane",
    "Storgatan",
    "Via Roma",
    "Cherry Road",
];
const CITIES: [&str; 8] = [
    "Springfield",
    "Lyon",
    "Köln",
    "Málaga",
    "Leeds",
    "Uppsala",
    "Torino",
    "Porto",
];

/// The small document that the screen sends first.
pub(crate) const ORDER: &str = r#"{
  "order": 1001,
  "placed": "2026-11-20T09:30:00Z",
  "customer": {
    "name": "Zoë Müller",
    "email": "zoe.muller@example.com",
    "ssn": "900-12-3456",
    "address": { "street": "Gartenweg 7", "city": "Köln" }
  },
  "card": { "brand": "visa", "number": "4111111111111111", "expires": "12/29" },
  "balance": 1250.00,
  "items": [ { "sku": "TEA-01", "quantity": 2, "price": 4.50 } ],
  "gift": false
}
"#;

/// A JSON array, one customer on each line.
pub(crate) fn customers() -> String {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut text = String::from("[\n");
    for id in 1..=CUSTOMERS {
        let separator = if id == CUSTOMERS { "\n" } else { ",\n" };
        customer(&mut text, id, &mut random);
        text.push_str(separator);
    }
    text.push_str("]\n");
    text
}

fn customer(text: &mut String, id: u32, random: &mut Random) {
    let (first, last) = (random.pick(&FIRST_NAMES), random.pick(&LAST_NAMES));
    let (ssn_group, ssn_serial) = (1 + random.below(99), 1 + random.below(9999));
    let (street, house, city) = (
        random.pick(&STREETS),
        1 + random.below(180),
        random.pick(&CITIES),
    );
    let (brand, prefix) = random.pick(&[("visa", "411111"), ("mastercard", "555555")]);
    let number = card_number(prefix, random.below(1_000_000_000));
    let (month, year) = (1 + random.below(12), 27 + random.below(6));
    let (euros, cents) = (random.below(100_000), random.below(100));
    let newsletter = random.below(2) == 0;
    let _ = write!(
        text,
        r#"  {{"id": {id}, "name": "{first} {last}", "email": "customer{id}@example.com", "ssn": "900-{ssn_group:02}-{ssn_serial:04}", "address": {{"street": "{street} {house}", "city": "{city}"}}, "card": {{"brand": "{brand}", "number": "{number}", "expires": "{month:02}/{year}"}}, "balance": {euros}.{cents:02}, "newsletter": {newsletter}}}"#
    );
}

/// 16 digits: six of prefix, nine of account, and Luhn's check digit.
fn card_number(prefix: &str, account: u64) -> String {
    let body = format!("{prefix}{account:09}");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(position, digit)| {
            let digit = u32::from(digit.saturating_sub(b'0'));
            let weighted = if position.is_multiple_of(2) {
                digit * 2
            } else {
                digit
            };
            if weighted > 9 { weighted - 9 } else { weighted }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// xorshift64*: the list must be the same on every run, and nothing about it is secret.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % limit.max(1)
    }

    fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        let index = self.below(from.len() as u64);
        usize::try_from(index)
            .ok()
            .and_then(|index| from.get(index))
            .copied()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_list_is_json_with_cards_that_satisfy_luhn() {
        let list: Vec<Value> = serde_json::from_str(&customers()).unwrap();
        assert_eq!(list.len(), CUSTOMERS as usize);
        for customer in &list {
            let number = customer["card"]["number"].as_str().unwrap();
            assert_eq!(number.len(), 16);
            assert!(luhn(number), "{number}");
            assert!(customer["balance"].is_number());
        }
    }

    #[test]
    fn the_check_digit_is_that_of_published_test_numbers() {
        assert_eq!(card_number("411111", 111_111_111), "4111111111111111");
        assert_eq!(card_number("555555", 555_555_444), "5555555555554444");
    }

    #[test]
    fn the_order_is_json() {
        let order: Value = serde_json::from_str(ORDER).unwrap();
        assert!(luhn(order["card"]["number"].as_str().unwrap()));
    }

    /// Adds the digits of every doubled digit, the way the check is usually told.
    fn luhn(number: &str) -> bool {
        let mut sum = 0;
        for (position, digit) in number
            .chars()
            .rev()
            .map(|c| c.to_digit(10).unwrap())
            .enumerate()
        {
            let value = if position % 2 == 1 { digit * 2 } else { digit };
            sum += value / 10 + value % 10;
        }
        sum % 10 == 0
    }
}

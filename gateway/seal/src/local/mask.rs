//! Kind `mask`: the value with most of its characters covered.

use super::Unfit;
use crate::batch::{Tokens, ValueRef};
use policies::Mask;
use zeroize::Zeroizing;

pub(crate) fn make(mask: &Mask, value: ValueRef<'_>, tokens: &mut Tokens) -> Result<(), Unfit> {
    let text = std::str::from_utf8(value.content);
    let text = text.map_err(|_| Unfit::new("the value is not in UTF-8"))?;
    // room for all of it: what grew would leave copies behind
    let longest = 4 * (text.len() + mask.length.unwrap_or(0));
    let mut covered = Zeroizing::new(String::with_capacity(longest));
    write(mask, text, &mut covered);
    tokens.text(&covered);
    Ok(())
}

fn write(mask: &Mask, text: &str, covered: &mut String) {
    // of a value without letters and digits nothing would be covered
    let separators = mask.separators && text.contains(char::is_alphanumeric);
    let counts = |character: char| !separators || character.is_alphanumeric();
    let count = text.chars().filter(|character| counts(*character)).count();
    let kept = mask.keep_first + mask.keep_last;
    // a value as short as what is kept would be seen whole
    let (first, last) = if kept < count {
        (mask.keep_first, mask.keep_last)
    } else {
        (0, 0)
    };
    let mut index = 0;
    for character in text.chars() {
        if !counts(character) {
            covered.push(character);
            continue;
        }
        let stays = index < first || index >= count - last;
        match mask.length {
            _ if stays => covered.push(character),
            None => covered.push(mask.with),
            Some(length) if index == first => {
                covered.extend(std::iter::repeat_n(mask.with, length));
            }
            Some(_) => {}
        }
        index += 1;
    }
}

//! Views: part of what a value says, sealed beside it under a key of its own (section 13).

use crate::batch::ValueRef;
use crate::edge::EnvelopeTagger;
use crate::envelope::append_sealed;
use crate::epoch::{Epoch, ValueKeys};
use crate::error::SealError;
use crate::local::shown_time;
use policies::Shows;
use record::{MAX_VIEW_BYTES, NONCE_BYTES, PartHead, ValueType, token, views};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The views of one class.
pub(crate) struct ClassViews {
    views: Vec<ClassView>,
    /// The head of the latest tokens: all tokens of the same epochs share it.
    head: Mutex<Option<Arc<SharedHead>>>,
}

/// One view of a class.
pub(crate) struct ClassView {
    pub(crate) name: Box<str>,
    /// The place among the keepers of the key that it is sealed under.
    pub(crate) keeper: usize,
    /// Its place among the keys that an epoch derives, behind those of the classes.
    pub(crate) place: usize,
    pub(crate) shows: Shows,
}

/// What a value, or a view of it, is sealed under.
pub(crate) struct Part {
    pub(crate) epoch: Arc<Epoch>,
    pub(crate) value_keys: Arc<ValueKeys>,
}

/// What a value and its views are sealed under.
pub(crate) struct Parts {
    pub(crate) own: Part,
    /// In the views' order.
    pub(crate) views: Vec<Part>,
}

impl Parts {
    pub(crate) fn epochs(&self) -> impl Iterator<Item = &Arc<Epoch>> {
        let views = self.views.iter().map(|part| &part.epoch);
        std::iter::once(&self.own.epoch).chain(views)
    }
}

/// What tokens begin with and are tagged with that are made under the same epochs.
pub(crate) struct SharedHead {
    epochs: Vec<u64>,
    pub(crate) text: Vec<u8>,
    pub(crate) tagger: EnvelopeTagger,
}

/// What the parts of one token have in common.
pub(crate) struct Sealing<'a> {
    /// `class ‖ tenant`.
    pub(crate) binding: &'a [u8],
    pub(crate) nonce: &'a [u8; NONCE_BYTES],
    /// What they are bound to besides.
    pub(crate) bound: &'a [u8],
}

impl ClassViews {
    pub(crate) fn new(views: Vec<ClassView>) -> Option<Self> {
        let head = Mutex::default();
        (!views.is_empty()).then_some(Self { views, head })
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &ClassView> {
        self.views.iter()
    }

    /// The head of a token whose value and views are sealed under `parts`; `stored` says whether it names the epochs' heads, which the vault has then, or carries them.
    pub(crate) fn head(&self, parts: &Parts, stored: bool) -> Result<Arc<SharedHead>, SealError> {
        let mut latest = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let serials = || parts.epochs().map(|epoch| epoch.serial());
        if let Some(known) = &*latest
            && known.epochs.iter().copied().eq(serials())
        {
            return Ok(Arc::clone(known));
        }
        let heads = parts.epochs().map(|epoch| epoch.part_head(stored));
        let heads: Option<Vec<_>> = heads.collect();
        let heads = heads.ok_or(SealError::NotPrepared)?;
        let names = std::iter::once("").chain(self.views.iter().map(|view| &*view.name));
        let named = names.zip(&heads);
        let named: Vec<_> = named.map(|(name, head)| PartHead { name, head }).collect();
        let head = views::build_head(&named).map_err(|_| SealError::Cryptography)?;
        let epoch = &parts.own.epoch;
        let mut text = Vec::new();
        token::append_head(&mut text, epoch.framing(), &head);
        let made = Arc::new(SharedHead {
            epochs: serials().collect(),
            text,
            tagger: epoch.edge_key().envelope_tagger(&head),
        });
        *latest = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Each view of the value, sealed under its part: ciphertext and tag.
    pub(crate) fn seal(
        &self,
        value: ValueRef<'_>,
        parts: &[Part],
        sealing: &Sealing<'_>,
    ) -> Result<Vec<Vec<u8>>, SealError> {
        if parts.len() != self.views.len() {
            return Err(SealError::NotPrepared);
        }
        let sealed = self.views.iter().zip(parts).map(|(view, part)| {
            let key = part.epoch.view_key(
                &part.value_keys,
                view.place,
                (sealing.binding, value.value_type),
                &view.name,
            )?;
            let mut sealed = Vec::new();
            let text = view.shown(value);
            append_sealed(
                key,
                sealing.nonce,
                sealing.bound,
                text.as_bytes(),
                &mut sealed,
            )?;
            Ok(sealed)
        });
        sealed.collect()
    }
}

impl ClassView {
    /// What it shows of a value; nothing, where the value has no such part or the part would be all.
    fn shown(&self, value: ValueRef<'_>) -> Zeroizing<String> {
        let has_parts = matches!(value.value_type, ValueType::Text | ValueType::Number);
        let text = std::str::from_utf8(value.content).unwrap_or_default();
        let text = if has_parts { text } else { "" };
        let shown = match self.shows {
            Shows::First(count) => some_of(text, |total| (count < total).then_some(0..count)),
            Shows::Last(count) => {
                some_of(text, |total| (count < total).then(|| total - count..total))
            }
            Shows::Domain => Zeroizing::new(domain(text).unwrap_or_default().to_owned()),
            Shows::Time { unit, order } => {
                Zeroizing::new(shown_time(text, unit, order).unwrap_or_default())
            }
        };
        if shown.len() <= MAX_VIEW_BYTES {
            shown
        } else {
            Zeroizing::default()
        }
    }
}

/// The letters and digits of `text` whose numbers `which` chooses, knowing how many there are.
fn some_of(
    text: &str,
    which: impl Fn(usize) -> Option<std::ops::Range<usize>>,
) -> Zeroizing<String> {
    let counted = || text.chars().filter(|character| character.is_alphanumeric());
    let Some(range) = which(counted().count()) else {
        return Zeroizing::default();
    };
    // room for all of it: what grew would leave copies behind
    let mut shown = Zeroizing::new(String::with_capacity(4 * range.len()));
    shown.extend(counted().skip(range.start).take(range.len()));
    shown
}

/// What is behind the last `@` of a mail address, also of one in angle brackets.
fn domain(text: &str) -> Option<&str> {
    let (before, behind) = text.rsplit_once('@')?;
    let ends = |character: char| character.is_whitespace() || ">,;)\"'".contains(character);
    let domain = behind.split(ends).next()?;
    (!before.is_empty() && !domain.is_empty()).then_some(domain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use policies::{ClassId, DateOrder, TimeUnit, compile_policy};

    fn class() -> ClassId {
        let text =
            "version: 1\nclasses: { a: { kind: redact } }\nrules: [{ select: $.a, class: a }]\n";
        let policy = compile_policy("p", text).unwrap();
        policy.class_named("a").unwrap()
    }

    fn shown(shows: Shows, value_type: ValueType, content: &str) -> String {
        let view = ClassView {
            name: "view".into(),
            keeper: 0,
            place: 0,
            shows,
        };
        let value = ValueRef {
            class: class(),
            value_type,
            content: content.as_bytes(),
            subject: crate::Subject::Any,
        };
        view.shown(value).to_string()
    }

    #[test]
    fn a_view_shows_its_part_and_never_all() {
        let last4 = |text| shown(Shows::Last(4), ValueType::Text, text);
        assert_eq!(last4("4111-1111-1111-1234"), "1234");
        assert_eq!(last4("DE89 3704 0044 0532 0130 0X"), "300X");
        assert_eq!(last4("äöüßé"), "öüßé");
        for none in ["", "1234", "1-2-3-4", "----------"] {
            assert_eq!(last4(none), "", "{none}");
        }
        assert_eq!(
            shown(Shows::First(6), ValueType::Number, "4111111111111111"),
            "411111"
        );
        assert_eq!(
            shown(Shows::Last(4), ValueType::Object, "{\"a\":12345}"),
            ""
        );
    }

    #[test]
    fn a_domain_is_that_of_a_mail_address() {
        let domain = |text| shown(Shows::Domain, ValueType::Text, text);
        assert_eq!(domain("ada@example.com"), "example.com");
        assert_eq!(domain("Ada <ada@example.com>, Grace"), "example.com");
        for none in ["", "ada", "@example.com", "ada@", "ada@ example.com"] {
            assert_eq!(domain(none), "", "{none}");
        }
        assert_eq!(domain(&format!("a@{}", "b".repeat(MAX_VIEW_BYTES + 1))), "");
    }

    #[test]
    fn a_time_is_that_of_a_date() {
        let unit = TimeUnit::Year;
        let order = DateOrder::MonthFirst;
        let year = |text| shown(Shows::Time { unit, order }, ValueType::Text, text);
        assert_eq!(year("1984-09-30"), "1984");
        assert_eq!(year("09/30/1984"), "1984");
        assert_eq!(year("soon"), "");
    }
}

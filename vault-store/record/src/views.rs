//! Views: parts of what a value says, each sealed beside it under a key of its own (section 13).

use crate::GCM_TAG_BYTES;
use crate::head::Head;
use crate::reader::{Malformed, Reader, push_text};
use crate::types::Format;
use crate::vault::HEAD_ID_BYTES;

/// Most views of a class.
pub const MAX_VIEWS: usize = 8;
/// Longest view, in bytes: a longer one is left empty.
pub const MAX_VIEW_BYTES: usize = 1024;

/// The heads in the head of a token with views: the value's, then each view's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartHeads<'a> {
    /// Well-formed.
    bytes: &'a [u8],
    count: usize,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartHead<'a> {
    /// The view's name; empty for the value.
    pub name: &'a str,
    /// A whole head, of an envelope or the name of one.
    pub head: &'a [u8],
}

impl<'a> PartHeads<'a> {
    /// Reads what follows the format of a head with views.
    pub(crate) fn parse(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let count = usize::from(reader.u8("parts")?);
        if !(2..=1 + MAX_VIEWS).contains(&count) {
            return Err(Malformed("parts"));
        }
        let bytes = reader.rest();
        let mut names: Vec<&str> = Vec::with_capacity(count);
        let mut before = None;
        for _ in 0..count {
            let part = PartHead::read(reader, before)?;
            before = Some(part.head);
            // looked at before it is read: heads with views do not nest
            let format = part.head.first().copied();
            let opens = [Format::Envelope, Format::Stored].map(|each| Some(each.code()));
            // the value comes first, and nothing comes twice
            let in_place = part.name.is_empty() == names.is_empty();
            if !opens.contains(&format) || !in_place || names.contains(&part.name) {
                return Err(Malformed("part"));
            }
            Head::parse(part.head)?;
            names.push(part.name);
        }
        Ok(Self { bytes, count })
    }

    /// The parts in their order: the value, then the views.
    pub fn iter(&self) -> impl Iterator<Item = PartHead<'a>> + use<'a> {
        let (mut reader, mut before) = (Reader::new(self.bytes), None);
        (0..self.count).map_while(move |_| {
            let part = PartHead::read(&mut reader, before).ok()?;
            before = Some(part.head);
            Some(part)
        })
    }

    /// How many views there are.
    pub fn views(&self) -> usize {
        self.count - 1
    }
}

impl<'a> PartHead<'a> {
    /// `before` is the head of the part before, which stands there once.
    fn read(reader: &mut Reader<'a>, before: Option<&'a [u8]>) -> Result<Self, Malformed> {
        let name = reader.text("part name")?;
        let length = usize::from(reader.u16("part head length")?);
        let head = reader.take(length, "part head")?;
        let head = match (head, before) {
            ([], Some(before)) => before,
            (head, before) if before == Some(head) => return Err(Malformed("part head")),
            (head, _) => head,
        };
        Ok(Self { name, head })
    }
}

/// The head of a token with views: the heads of its parts, the value's first.
pub fn build_head(parts: &[PartHead<'_>]) -> Result<Vec<u8>, Malformed> {
    let count = u8::try_from(parts.len()).map_err(|_| Malformed("parts"))?;
    let mut head = vec![Format::Views.code(), count];
    let mut before = None;
    for part in parts {
        push_text(&mut head, part.name, "part name")?;
        let own = if before == Some(part.head) {
            &[]
        } else {
            part.head
        };
        let length = u16::try_from(own.len()).map_err(|_| Malformed("part head length"))?;
        head.extend_from_slice(&length.to_be_bytes());
        head.extend_from_slice(own);
        before = Some(part.head);
    }
    Head::parse(&head)?;
    Ok(head)
}

/// The sealed views in a body, in the order of the head's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedViews<'a> {
    /// Well-formed.
    bytes: &'a [u8],
    count: usize,
}

impl<'a> SealedViews<'a> {
    pub(crate) fn parse(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let count = read_count(reader)?;
        let bytes = reader.rest();
        for _ in 0..count {
            read_sealed(reader)?;
        }
        Ok(Self { bytes, count })
    }

    /// Ciphertext ‖ 16-byte tag of each.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut reader = Reader::new(self.bytes);
        (0..self.count).map_while(move |_| read_sealed(&mut reader).ok())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Never: a body without views has another format.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// How many views follow.
fn read_count(reader: &mut Reader<'_>) -> Result<usize, Malformed> {
    let count = usize::from(reader.u8("views")?);
    if (1..=MAX_VIEWS).contains(&count) {
        Ok(count)
    } else {
        Err(Malformed("views"))
    }
}

fn read_sealed<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let length = usize::from(reader.u16("view length")?);
    if !(GCM_TAG_BYTES..=MAX_VIEW_BYTES + GCM_TAG_BYTES).contains(&length) {
        return Err(Malformed("view length"));
    }
    reader.take(length, "view")
}

/// A view in a vault's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordView<'a> {
    /// Its name.
    pub name: &'a str,
    /// Names the head whose data key opens it.
    pub head_id: &'a [u8; HEAD_ID_BYTES],
    /// Ciphertext ‖ 16-byte tag.
    pub ciphertext: &'a [u8],
}

/// The views in a vault's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordViews<'a> {
    /// Well-formed.
    bytes: &'a [u8],
    count: usize,
}

impl<'a> RecordViews<'a> {
    pub(crate) fn parse(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let count = read_count(reader)?;
        let bytes = reader.rest();
        let mut names: Vec<&str> = Vec::with_capacity(count);
        for _ in 0..count {
            let view = RecordView::read(reader)?;
            if names.contains(&view.name) {
                return Err(Malformed("view name"));
            }
            names.push(view.name);
        }
        Ok(Self { bytes, count })
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = RecordView<'a>> + use<'a> {
        let mut reader = Reader::new(self.bytes);
        (0..self.count).map_while(move |_| RecordView::read(&mut reader).ok())
    }

    /// The view of this name.
    pub fn named(&self, name: &str) -> Option<RecordView<'a>> {
        self.iter().find(|view| view.name == name)
    }
}

impl<'a> RecordView<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            name: reader.name("view name")?,
            head_id: reader.array("head id")?,
            ciphertext: read_sealed(reader)?,
        })
    }
}

/// Appends one view to a record that is being built (section 13).
pub fn push_record_view(record: &mut Vec<u8>, view: &RecordView<'_>) -> Result<(), Malformed> {
    push_text(record, view.name, "view name")?;
    record.extend_from_slice(view.head_id);
    push_sealed(record, view.ciphertext)
}

/// Appends one sealed view to a body that is being built.
pub fn push_sealed(out: &mut Vec<u8>, sealed: &[u8]) -> Result<(), Malformed> {
    let length = u16::try_from(sealed.len()).map_err(|_| Malformed("view length"))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(sealed);
    Ok(())
}

/// What a view's key is derived with, after [`crate::context::VIEW_KEY`]: the body's binding, the
/// value's type, and the view's name.
pub fn build_binding(binding: &[u8], value_type: u8, name: &str) -> Result<Vec<u8>, Malformed> {
    let mut info = [binding, &[value_type]].concat();
    push_text(&mut info, name, "view name")?;
    Ok(info)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "tests"
    )]
    use super::*;
    use crate::body::{Body, Sealed};
    use crate::head::{HeadKind, build_rsa, build_stored};
    use crate::types::{KeyId, ValueType};
    use crate::vault::{self, VaultRecord};

    fn part<'a>(name: &'a str, head: &'a [u8]) -> PartHead<'a> {
        PartHead { name, head }
    }

    #[test]
    fn a_head_gives_its_parts_in_order_and_nothing_else_is_one() {
        let (value, last4) = (build_stored(&[1; 16]), build_stored(&[2; 16]));
        let parts = [part("", &value), part("last4", &last4)];
        let built = build_head(&parts).unwrap();
        let HeadKind::Views(read) = Head::parse(&built).unwrap().kind else {
            panic!("another kind of head");
        };
        assert_eq!(read.iter().collect::<Vec<_>>(), parts);
        assert_eq!(read.views(), 1);
        for length in 0..built.len() {
            assert!(Head::parse(&built[..length]).is_err(), "{length}");
        }
        assert!(Head::parse(&[&*built, &[0]].concat()).is_err());
    }

    #[test]
    fn a_head_that_two_parts_share_stands_there_once() {
        let (value, view) = (build_stored(&[1; 16]), build_stored(&[2; 16]));
        let parts = [part("", &value), part("last4", &view), part("bin", &view)];
        let built = build_head(&parts).unwrap();
        assert_eq!(built.len(), 2 + (3 + 17) + (8 + 17) + 6);
        let HeadKind::Views(read) = Head::parse(&built).unwrap().kind else {
            panic!("another kind of head");
        };
        assert_eq!(read.iter().collect::<Vec<_>>(), parts);
        // one spelling only
        let twice = [&built[..built.len() - 2], &[0, 17], &view].concat();
        assert!(Head::parse(&twice).is_err());
    }

    #[test]
    fn a_head_has_the_value_first_each_name_once_and_envelopes_only() {
        let stored = build_stored(&[1; 16]);
        let rsa = build_rsa(&KeyId::new("k", 1)).unwrap();
        let nested = build_head(&[part("", &stored), part("a", &stored)]).unwrap();
        let refused: [&[PartHead<'_>]; 7] = [
            &[],
            &[part("", &stored)],
            &[part("a", &stored), part("", &stored)],
            &[part("", &stored), part("", &stored)],
            &[part("", &stored), part("a", &stored), part("a", &stored)],
            &[part("", &stored), part("a", &rsa)],
            &[part("", &stored), part("a", &nested)],
        ];
        for parts in refused {
            assert!(build_head(parts).is_err(), "{parts:?}");
        }
    }

    #[test]
    fn a_body_has_its_views_between_nonce_and_value() {
        let mut bytes = crate::body::build_binding("pan", "").unwrap();
        bytes.push(ValueType::Text.code());
        bytes.extend_from_slice(&[9; 12]);
        bytes.push(2);
        push_sealed(&mut bytes, &[5; 20]).unwrap();
        push_sealed(&mut bytes, &[6; 16]).unwrap();
        bytes.extend_from_slice(&[7; 24]);
        bytes.extend_from_slice(&[8; 16]);
        let body = Body::parse(Format::Views, &bytes).unwrap();
        let Sealed::Views {
            views, ciphertext, ..
        } = body.sealed
        else {
            panic!("another kind of body");
        };
        assert_eq!(
            views.iter().collect::<Vec<_>>(),
            [&[5; 20][..], &[6; 16][..]]
        );
        assert_eq!(ciphertext, [7; 24]);
        // the shortest value is empty: its tag alone
        for cut in 9..bytes.len() {
            let shorter = &bytes[..bytes.len() - cut];
            assert!(Body::parse(Format::Views, shorter).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_record_finds_its_views_by_name() {
        let view = RecordView {
            name: "last4",
            head_id: &[4; 16],
            ciphertext: &[5; 20],
        };
        let mut record = vault::build_start(ValueType::Text, &[7; 16], &[9; 12], &[view]).unwrap();
        record.extend_from_slice(&[1; 32]);
        let parsed = VaultRecord::parse(&record).unwrap();
        assert_eq!(parsed.views.named("last4"), Some(view));
        assert_eq!(parsed.views.named("domain"), None);
        assert_eq!(parsed.ciphertext, [1; 32]);
        let twice = vault::build_start(ValueType::Text, &[7; 16], &[9; 12], &[view, view]);
        let twice = [twice.unwrap(), vec![1; 32]].concat();
        assert!(VaultRecord::parse(&twice).is_err());
    }
}

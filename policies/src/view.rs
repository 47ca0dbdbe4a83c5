//! Views: what may be seen of a value by who may not see all of it.

use crate::kind::{DateOrder, TimeUnit};
use crate::name::{ClassName, KeyName};

/// Part of what a value says, sealed beside it under a key of its own. Who may use that key sees the
/// part, and needs no right to the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its name, unique in its class: what callers ask for.
    pub name: ClassName,
    /// A public key, other than the class's own.
    pub key: KeyName,
    /// What it shows.
    pub shows: Shows,
}

/// What a view shows of a value. A value that has no such part gets an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// So many letters and digits from its start, of a value that has more.
    First(usize),
    /// So many from its end, of a value that has more.
    Last(usize),
    /// Of a mail address, what is behind the `@`.
    Domain,
    /// Of a date, the time that it is in.
    Time {
        /// How long that is.
        unit: TimeUnit,
        /// How dates are read.
        order: DateOrder,
    },
}

//! Finds sensitive values in text by what they look like. No I/O.
//!
//! [`Detection`] holds everything that a policy looks for: built-in detectors, each with its
//! checksum or structure test, and patterns of the user's own. One pass over a text finds all of
//! them, whatever their number: the text is walked from one *interesting* byte to the next (a
//! digit, a capital, `@`, `:`), and only there anything is tried.
//!
//! **Overlaps.** The value that begins first is taken; of those that begin at one place, the
//! longest; of equally long ones, one that a checksum or an assigned range speaks for before one
//! of shape alone; then that of the earlier rule. What follows is searched from its end.
//!
//! **Windows.** A long text is searched window by window with the same result as the whole, as long
//! as the caller keeps [`Detection::LOOK_BEHIND`] bytes before the place that is settled.
//!
//! | file | what |
//! |---|---|
//! | `detection` | the search: built-in detectors and patterns, joined |
//! | `walk` | from one interesting byte to the next |
//! | `text`, `phrase` | the bytes of a window; words, and words that separators join |
//! | `joint` | what a value touches: the rest of a longer number is none |
//! | `builtin/` | what makes a value, by kind |
//! | `context` | words that must stand near a value |
//! | `pattern` | the user's own |
//! | `checksum` | check digits |

mod builtin;
pub mod checksum;
mod context;
mod detection;
mod joint;
mod pattern;
mod phrase;
mod text;
mod walk;

pub use detection::{DetectError, DetectRule, Detection, Found, Scratch, What};

#[cfg(test)]
mod tests;

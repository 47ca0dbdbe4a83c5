//! How far it is, on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error: bytes, rate and time left. Nothing when that is no terminal.
#[derive(Debug, Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Of so many bytes; 0 when that is not known.
    pub(crate) fn new(bytes: u64) -> Self {
        let known = bytes > 0;
        let template = if known {
            "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left"
        } else {
            "{bytes}, {bytes_per_sec}"
        };
        let bar =
            ProgressBar::with_draw_target(known.then_some(bytes), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(template);
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// So many more bytes were read.
    pub(crate) fn add(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Tells the user something beside the bar.
    pub(crate) fn say(&self, what: &dyn std::fmt::Display) {
        self.0.suspend(|| crate::say(what));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

//! Where scanning and sealing meet: a body goes in, and comes out with tokens in its values' places.
//!
//! The gateway and the command line share it. A body takes four steps, piece by piece, in memory
//! that does not grow with it:
//!
//! 1. [`Rewriting::push`] undoes content codings, converts the charset to UTF-8, and scans; what
//!    passes and what is a value is in the *draft* then;
//! 2. [`Rewriting::seal`] makes tokens of the draft's values as one batch, puts them in their
//!    places, and converts and encodes what comes of it as the body was;
//! 3. [`Rewriting::finish`] says that the body has ended; what it held back is sealed likewise;
//! 4. [`Coverage`] has counted what was found, and what became of it.
//!
//! The steps are also there by themselves, for whoever takes them in several threads: [`Reader`],
//! [`Draft`], [`Writer`]; and [`Batches`], for what is no stream.
//!
//! A [`Shadow`] only looks: it counts what a [`Rewriting`] would do.

mod batches;
mod boundary;
mod coverage;
mod draft;
mod error;
mod kind;
mod reader;
mod replacement;
mod rewriter;
mod rewriting;
mod shadow;
mod writer;

pub use batches::Batches;
pub use coverage::{Coverage, RuleCoverage};
pub use draft::Draft;
pub use error::RewriteError;
pub use kind::{BodyKind, KindError};
pub use reader::Reader;
pub use replacement::write_replacement;
pub use rewriter::Rewriter;
pub use rewriting::Rewriting;
pub use shadow::Shadow;
pub use writer::Writer;

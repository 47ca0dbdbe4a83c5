//! jaq, a jq in Rust, as a library: what a service would run in its process to rewrite JSON.

use crate::meter::Failure;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars, data, unwrap_valr};
use jaq_json::{Val, read, write};
use std::hint::black_box;
use std::io::Write;

/// Bytes of output that are kept before they are let go, as a service would send them.
const BUFFER_BYTES: usize = 64 * 1024;

/// A compiled filter.
pub(crate) struct Jaq(Filter<data::JustLut<Val>>);

impl Jaq {
    /// Compiles a filter of jaq's own words, without its library of functions.
    pub(crate) fn compile(code: &str) -> Result<Self, Failure> {
        let arena = Arena::default();
        let loaded = Loader::new(jaq_core::defs()).load(&arena, File { code, path: () });
        let modules = loaded.map_err(|_| "jaq cannot read the filter")?;
        let compiled = Compiler::default()
            .with_funs(jaq_core::funs())
            .compile(modules);
        Ok(Self(compiled.map_err(|_| "jaq cannot compile the filter")?))
    }

    /// Parses each text of `input`, filters it and writes it compactly on a line; gives the
    /// input's length.
    pub(crate) fn rewrite(&self, input: &[u8]) -> Result<u64, Failure> {
        let style = write::Pp::<String>::default();
        let mut out = Vec::with_capacity(2 * BUFFER_BYTES);
        for text in read::parse_many(input) {
            let context = Ctx::<data::JustLut<Val>>::new(&self.0.lut, Vars::new([]));
            for value in self.0.id.run((context, text?)).map(unwrap_valr) {
                let value = value.map_err(|_| "the filter fails")?;
                write::write(&mut out, &style, 0, &value)?;
                out.write_all(b"\n")?;
            }
            if out.len() >= BUFFER_BYTES {
                black_box(&out);
                out.clear();
            }
        }
        black_box(&out);
        Ok(input.len() as u64)
    }
}

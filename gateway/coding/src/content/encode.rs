//! Codings made again, at levels that keep up with the wire.

use super::{CodingError, CodingErrorCode, ContentCoding};
use compression_codecs::brotli::params::EncoderParams;
use compression_codecs::core::Level;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::flate::params::FlateEncoderParams;
use compression_codecs::zstd::params::CParameter;
use compression_codecs::{BrotliEncoder, EncodeV2, GzipEncoder, ZlibEncoder, ZstdEncoder};
use std::fmt;

/// Levels: what servers commonly choose for answers that are made on the fly.
const DEFLATE: i32 = 4;
const BROTLI: i32 = 4;
const ZSTD: i32 = 3;
/// Bytes by which the output grows at a time.
const ROOM: usize = 16 << 10;

/// Applies the codings of one body.
pub struct Encoder {
    /// The one that is applied first comes first.
    stages: Vec<Box<dyn EncodeV2 + Send>>,
}

impl Encoder {
    /// An encoder for codings in the order in which they are applied.
    #[must_use]
    pub fn new(codings: &[ContentCoding]) -> Self {
        Self {
            stages: codings.iter().map(|coding| stage(*coding)).collect(),
        }
    }

    /// Encodes more of the body. What comes of it may wait inside until [`Encoder::flush`] or
    /// [`Encoder::finish`].
    ///
    /// # Errors
    /// The library refuses.
    pub fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), CodingError> {
        self.feed(0, input, out)
    }

    /// Gives all that waits inside, so that a receiver can decode the body until here. Each call
    /// costs some bytes.
    ///
    /// # Errors
    /// The library refuses.
    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), CodingError> {
        for index in 0..self.stages.len() {
            let mut waiting = Vec::new();
            if let Some(stage) = self.stages.get_mut(index) {
                while !grow(&mut waiting, |room| stage.flush(room))? {}
            }
            self.feed(index + 1, &waiting, out)?;
        }
        Ok(())
    }

    /// Ends the body.
    ///
    /// # Errors
    /// The library refuses.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), CodingError> {
        for index in 0..self.stages.len() {
            let mut last = Vec::new();
            if let Some(stage) = self.stages.get_mut(index) {
                while !grow(&mut last, |room| stage.finish(room))? {}
            }
            self.feed(index + 1, &last, out)?;
        }
        Ok(())
    }

    /// Hands bytes to a stage, and what it gives to the next; after the last, to `out`.
    fn feed(&mut self, index: usize, input: &[u8], out: &mut Vec<u8>) -> Result<(), CodingError> {
        let Some(stage) = self.stages.get_mut(index) else {
            out.extend_from_slice(input);
            return Ok(());
        };
        let mut partial = PartialBuffer::new(input);
        let mut encoded = Vec::new();
        while !partial.unwritten().is_empty() {
            grow(&mut encoded, |room| stage.encode(&mut partial, room))?;
        }
        if encoded.is_empty() {
            return Ok(());
        }
        self.feed(index + 1, &encoded, out)
    }
}

/// Gives `write` some room at the end of `out`.
fn grow<T>(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut WriteBuffer<'_>) -> std::io::Result<T>,
) -> Result<T, CodingError> {
    let start = out.len();
    out.resize(start + ROOM, 0);
    let mut room = WriteBuffer::new_initialized(out.get_mut(start..).unwrap_or_default());
    let written = write(&mut room);
    let length = room.written_len();
    out.truncate(start + length);
    written.map_err(|_| CodingError {
        code: CodingErrorCode::Corrupt,
        offset: 0,
    })
}

fn stage(coding: ContentCoding) -> Box<dyn EncodeV2 + Send> {
    let deflate = || FlateEncoderParams::from(Level::Precise(DEFLATE));
    match coding {
        ContentCoding::Gzip => Box::new(GzipEncoder::new(deflate())),
        ContentCoding::Deflate => Box::new(ZlibEncoder::new(deflate())),
        ContentCoding::Brotli => {
            let params = EncoderParams::default().quality(Level::Precise(BROTLI));
            Box::new(BrotliEncoder::new(params))
        }
        ContentCoding::Zstd => {
            let checksum = CParameter::checksum_flag(true);
            Box::new(ZstdEncoder::new_with_params(ZSTD, &[checksum]))
        }
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Encoder").finish_non_exhaustive()
    }
}

//! Parquet: columns that rules take become columns of texts; everything else keeps its values.
//!
//! A file is read and written column by column within each row group, so memory grows with pages,
//! not with the file. Repetition and definition levels are copied, so nulls and nesting stay. A row is
//! a record: other columns of it may say whose its values are.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::reader::ColumnReader;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};

use super::BUFFER;
use super::counts::Counts;
use super::engine::Engine;
use super::error::FileError;
use super::progress::Progress;

mod cell;
mod fault;
mod owners;
mod pump;
mod schema;
mod seal;

pub(crate) use fault::ParquetFault;
use owners::{OwnerReader, Owners};
use pump::Pump;
use schema::{Columns, Treatment};
use seal::CellSealer;

/// Metadata of other writers that says which types columns have; not true any more once some of
/// them hold tokens.
const TYPES_IN_METADATA: [&str; 2] = ["ARROW:schema", "pandas"];

/// Reads a Parquet file, and writes it with tokens.
pub(crate) fn rewrite(
    engine: &Engine,
    source: File,
    output: impl Write + Send,
    progress: &Progress,
) -> Result<Counts, FileError> {
    let size = source.metadata().map_err(FileError::Read)?.len();
    let reader = SerializedFileReader::new(source).map_err(ParquetFault::Open)?;
    let policy = engine.rewriter().policy();
    let columns = Columns::plan(policy, reader.metadata())?;
    let owners = Owners::plan(policy, &columns)?;
    if columns.are_untouched() {
        return Err(FileError::NoRules("parquet"));
    }
    let properties = properties(reader.metadata(), &columns)?;
    let output = BufWriter::with_capacity(BUFFER, output);
    let root = columns.root.clone();
    let mut writer =
        SerializedFileWriter::new(output, root, properties).map_err(ParquetFault::Write)?;
    let mut sealer = CellSealer::new(engine);
    for index in 0..reader.num_row_groups() {
        let group = reader.get_row_group(index).map_err(ParquetFault::Open)?;
        let to = writer.next_row_group().map_err(ParquetFault::Write)?;
        RowGroup {
            reader: &*group,
            index,
            columns: &columns,
            owners: owners.as_ref(),
        }
        .rewrite(to, &mut sealer, progress)?;
    }
    let mut output = writer.into_inner().map_err(ParquetFault::Write)?;
    output.flush().map_err(FileError::Write)?;
    Ok(sealer.into_counts(size))
}

/// Codecs, and metadata of the user, as they were.
fn properties(
    metadata: &ParquetMetaData,
    columns: &Columns,
) -> Result<WriterPropertiesPtr, ParquetFault> {
    let mut builder = WriterProperties::builder();
    let described = metadata.file_metadata().key_value_metadata();
    let described = described.map(|pairs| {
        let kept = pairs.iter().filter(|pair| {
            !(columns.are_retyped() && TYPES_IN_METADATA.contains(&pair.key.as_str()))
        });
        kept.cloned().collect()
    });
    builder = builder.set_key_value_metadata(described);
    let chunks = metadata
        .row_groups()
        .iter()
        .flat_map(|group| group.columns());
    for chunk in chunks {
        let codec = chunk.compression();
        if matches!(codec, Compression::LZO | Compression::BROTLI(_)) {
            return Err(ParquetFault::Codec(codec));
        }
        builder = builder.set_column_compression(chunk.column_path().clone(), codec);
    }
    for (column, treatment) in metadata
        .file_metadata()
        .schema_descr()
        .columns()
        .iter()
        .zip(&columns.treatments)
    {
        // No two tokens are the same.
        let differ = matches!(treatment, Treatment::Take { .. });
        if differ {
            builder = builder.set_column_dictionary_enabled(column.path().clone(), false);
        }
    }
    Ok(Arc::new(builder.build()))
}

struct RowGroup<'r> {
    reader: &'r dyn RowGroupReader,
    index: usize,
    columns: &'r Columns,
    owners: Option<&'r Owners<'r>>,
}

impl RowGroup<'_> {
    fn rewrite<W: Write + Send>(
        &self,
        mut output: SerializedRowGroupWriter<'_, W>,
        sealer: &mut CellSealer<'_>,
        progress: &Progress,
    ) -> Result<(), FileError> {
        for (number, treatment) in self.columns.treatments.iter().enumerate() {
            let unreadable = || ParquetFault::Column {
                column: self.columns.name(number),
                row_group: self.index,
            };
            let reader = self.reader.get_column_reader(number);
            let reader = reader.map_err(|_| unreadable())?;
            let next = output.next_column().map_err(ParquetFault::Write)?;
            let mut to = next.ok_or_else(unreadable)?;
            let pump = Pump {
                writer: &mut to,
                treatment,
                sealer,
                owners: self.owners_for(treatment)?,
                unreadable: &unreadable,
            };
            column(reader, pump)?;
            to.close().map_err(ParquetFault::Write)?;
            let chunk = self.reader.metadata().columns().get(number);
            let size = chunk.map_or(0, |chunk| chunk.compressed_size());
            progress.add(u64::try_from(size).unwrap_or(0));
        }
        output.close().map_err(ParquetFault::Write)?;
        Ok(())
    }

    /// Nobody asks whose values are that nothing looks at.
    fn owners_for(&self, treatment: &Treatment) -> Result<Option<OwnerReader<'_>>, ParquetFault> {
        let asked = !matches!(treatment, Treatment::Copy { .. });
        let owners = self.owners.filter(|_| asked);
        let read = owners.map(|owners| owners.read(self.reader, self.index));
        read.transpose()
    }
}

/// Each physical type has a reader of its own type.
fn column(reader: ColumnReader, mut pump: Pump<'_, '_, '_>) -> Result<(), FileError> {
    match reader {
        ColumnReader::BoolColumnReader(reader) => pump.run(reader),
        ColumnReader::Int32ColumnReader(reader) => pump.run(reader),
        ColumnReader::Int64ColumnReader(reader) => pump.run(reader),
        ColumnReader::Int96ColumnReader(reader) => pump.run(reader),
        ColumnReader::FloatColumnReader(reader) => pump.run(reader),
        ColumnReader::DoubleColumnReader(reader) => pump.run(reader),
        ColumnReader::ByteArrayColumnReader(reader) => pump.run_bytes(reader),
        ColumnReader::FixedLenByteArrayColumnReader(reader) => pump.run(reader),
    }
}

//! One column of one row group, from its reader to its writer.

use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArrayType, DataType};
use parquet::file::writer::SerializedColumnWriter;

use super::cell::Cell;
use super::fault::ParquetFault;
use super::schema::Treatment;
use super::seal::CellSealer;
use crate::tokenize::error::FileError;

/// Records that are read at one time: a batch of seals, and all that is held of a column.
const RECORDS: usize = 1024;

/// What a column's cells go through.
pub(super) struct Pump<'p, 'w, 'e> {
    pub(super) writer: &'p mut SerializedColumnWriter<'w>,
    pub(super) treatment: &'p Treatment,
    pub(super) sealer: &'p mut CellSealer<'e>,
    pub(super) unreadable: &'p dyn Fn() -> ParquetFault,
}

impl Pump<'_, '_, '_> {
    /// A column of any type: taken, or copied.
    pub(super) fn run<T: DataType>(&mut self, reader: ColumnReaderImpl<T>) -> Result<(), FileError>
    where
        T::T: Cell,
    {
        match self.treatment {
            Treatment::Take {
                rule,
                meaning,
                levels,
                ..
            } => self.pump::<T, ByteArrayType>(reader, *levels, |sealer, values| {
                sealer.take(*rule, meaning, values)
            }),
            Treatment::Copy { levels } | Treatment::Search { levels, .. } => {
                self.pump::<T, T>(reader, *levels, |_, values| Ok(std::mem::take(values)))
            }
        }
    }

    /// A column of byte arrays: taken, searched or copied.
    pub(super) fn run_bytes(
        &mut self,
        reader: ColumnReaderImpl<ByteArrayType>,
    ) -> Result<(), FileError> {
        match self.treatment {
            Treatment::Search { levels, syntax } => {
                self.pump::<ByteArrayType, ByteArrayType>(reader, *levels, |sealer, values| {
                    sealer.search(values, *syntax)
                })
            }
            _ => self.run(reader),
        }
    }

    fn pump<From: DataType, To: DataType>(
        &mut self,
        mut reader: ColumnReaderImpl<From>,
        levels: Levels,
        mut map: impl FnMut(&mut CellSealer<'_>, &mut Vec<From::T>) -> Result<Vec<To::T>, FileError>,
    ) -> Result<(), FileError> {
        let (mut definition, mut repetition) = (Vec::new(), Vec::new());
        let mut values = Vec::new();
        loop {
            definition.clear();
            repetition.clear();
            values.clear();
            let read = reader.read_records(
                RECORDS,
                levels.definition.then_some(&mut definition),
                levels.repetition.then_some(&mut repetition),
                &mut values,
            );
            let (records, ..) = read.map_err(|_| (self.unreadable)())?;
            if records == 0 {
                return Ok(());
            }
            let mut mapped = map(self.sealer, &mut values)?;
            let nulls = self.sealer.take_nulls();
            if let Some(highest) = levels.nullable {
                make_null(&nulls, highest, &mut mapped, &mut definition);
            }
            let written = self.writer.typed::<To>().write_batch(
                &mapped,
                levels.definition.then_some(&definition),
                levels.repetition.then_some(&repetition),
            );
            written.map_err(ParquetFault::Write)?;
        }
    }
}

/// Which levels a column has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    /// Some of its values may not be there.
    pub(super) definition: bool,
    /// The definition level of a value, where it may be null by itself.
    pub(super) nullable: Option<i16>,
    /// It may have several values in one record.
    pub(super) repetition: bool,
}

/// Makes nulls of the cells at these places, in order. A cell is there for each level that is the
/// `highest`.
fn make_null<T>(nulls: &[usize], highest: i16, cells: &mut Vec<T>, definition: &mut [i16]) {
    if nulls.is_empty() {
        return;
    }
    let there = definition.iter_mut().filter(|level| **level == highest);
    let mut left = nulls.iter().peekable();
    for (cell, level) in there.enumerate() {
        if left.next_if(|null| **null == cell).is_some() {
            *level -= 1;
        }
    }
    let mut left = nulls.iter().peekable();
    let mut cell = 0;
    cells.retain(|_| {
        let null = left.next_if(|null| **null == cell).is_some();
        cell += 1;
        !null
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_become_null() {
        let mut cells = vec!["a", "b", "c", "d"];
        let mut definition = [2, 0, 2, 1, 2, 2];
        make_null(&[], 2, &mut cells, &mut definition);
        assert_eq!(cells.len(), 4);
        make_null(&[0, 2], 2, &mut cells, &mut definition);
        assert_eq!(cells, ["b", "d"]);
        assert_eq!(definition, [1, 0, 2, 1, 1, 2]);
    }
}

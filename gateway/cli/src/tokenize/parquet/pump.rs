//! One column of one row group, from its reader to its writer.

use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArrayType, DataType};
use parquet::file::writer::SerializedColumnWriter;

use super::cell::Cell;
use super::fault::ParquetFault;
use super::owners::{OwnerReader, Rows};
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
    /// Reads whose the rows are, where the policy asks.
    pub(super) owners: Option<OwnerReader<'p>>,
    pub(super) unreadable: &'p dyn Fn() -> ParquetFault,
}

impl Pump<'_, '_, '_> {
    /// A column of any type: taken, kept, or copied.
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
            } => self.pump::<T, ByteArrayType>(reader, *levels, |sealer, values, rows| {
                sealer.take(*rule, meaning, values, rows)
            }),
            Treatment::Keep {
                rule,
                meaning,
                levels,
            } => self.pump::<T, T>(reader, *levels, |sealer, values, rows| {
                sealer.keep(*rule, meaning, values, rows)?;
                Ok(std::mem::take(values))
            }),
            Treatment::Copy { levels } | Treatment::Search { levels, .. } => {
                self.pump::<T, T>(reader, *levels, |_, values, _| Ok(std::mem::take(values)))
            }
        }
    }

    /// A column of byte arrays: taken, searched or copied.
    pub(super) fn run_bytes(
        &mut self,
        reader: ColumnReaderImpl<ByteArrayType>,
    ) -> Result<(), FileError> {
        match self.treatment {
            Treatment::Search { levels, syntax } => self.pump::<ByteArrayType, ByteArrayType>(
                reader,
                *levels,
                |sealer, values, rows| sealer.search(values, *syntax, rows),
            ),
            _ => self.run(reader),
        }
    }

    fn pump<From: DataType, To: DataType>(
        &mut self,
        mut reader: ColumnReaderImpl<From>,
        levels: Levels,
        mut map: impl FnMut(
            &mut CellSealer<'_>,
            &mut Vec<From::T>,
            Option<&Rows>,
        ) -> Result<Vec<To::T>, FileError>,
    ) -> Result<(), FileError> {
        let (mut definition, mut repetition) = (Vec::new(), Vec::new());
        let mut values = Vec::new();
        loop {
            definition.clear();
            repetition.clear();
            values.clear();
            let read = reader.read_records(
                RECORDS,
                levels.are_defined().then_some(&mut definition),
                levels.repetition.then_some(&mut repetition),
                &mut values,
            );
            let (records, ..) = read.map_err(|_| (self.unreadable)())?;
            if records == 0 {
                return Ok(());
            }
            let rows = match &mut self.owners {
                None => None,
                Some(owners) => {
                    let cells = levels.rows(&definition, &repetition, records);
                    let cells = cells.filter(|cells| cells.len() == values.len());
                    Some(owners.next(records, cells.ok_or_else(|| (self.unreadable)())?)?)
                }
            };
            let mut mapped = map(self.sealer, &mut values, rows.as_ref())?;
            let nulls = self.sealer.take_nulls();
            if levels.nullable {
                make_null(&nulls, levels.definition, &mut mapped, &mut definition);
            }
            let written = self.writer.typed::<To>().write_batch(
                &mapped,
                levels.are_defined().then_some(&definition),
                levels.repetition.then_some(&repetition),
            );
            written.map_err(ParquetFault::Write)?;
        }
    }
}

/// Which levels a column has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    /// The definition level of a value that is there; with 0, all are.
    pub(super) definition: i16,
    /// A value may be null by itself, not with the group that it is in.
    pub(super) nullable: bool,
    /// It may have several values in one row.
    pub(super) repetition: bool,
}

impl Levels {
    /// Whether some values may not be there.
    pub(super) fn are_defined(&self) -> bool {
        self.definition > 0
    }

    /// The row, from 0, of each value that is there. `None` when the levels do not make up so many
    /// rows: a value would pass for one of another row.
    pub(super) fn rows(
        &self,
        definition: &[i16],
        repetition: &[i16],
        rows: usize,
    ) -> Option<Vec<usize>> {
        if !self.are_defined() {
            return Some((0..rows).collect());
        }
        let mut places = Vec::with_capacity(definition.len());
        let mut begun = 0_usize;
        for (place, level) in definition.iter().enumerate() {
            begun += usize::from(repetition.get(place).is_none_or(|level| *level == 0));
            let row = begun.checked_sub(1)?;
            if *level == self.definition {
                places.push(row);
            }
        }
        (begun == rows).then_some(places)
    }
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
    fn values_are_in_their_rows() {
        let levels = |definition, repetition| Levels {
            definition,
            nullable: false,
            repetition,
        };
        let none = levels(0, false);
        assert_eq!(none.rows(&[], &[], 3), Some(vec![0, 1, 2]));
        let flat = levels(2, false);
        assert_eq!(flat.rows(&[2, 1, 0, 2], &[], 4), Some(vec![0, 3]));
        assert_eq!(flat.rows(&[2, 1, 0, 2], &[], 3), None);
        // [a, null, b], [], null, [c]
        let (definition, mut repetition) = ([3, 2, 3, 1, 0, 3], [0, 1, 1, 0, 0, 0]);
        let list = levels(3, true);
        let rows = list.rows(&definition, &repetition, 4);
        assert_eq!(rows, Some(vec![0, 0, 3]));
        assert_eq!(list.rows(&definition, &repetition, 5), None);
        repetition[0] = 1;
        assert_eq!(
            list.rows(&definition, &repetition, 3),
            None,
            "inside of a row"
        );
    }

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

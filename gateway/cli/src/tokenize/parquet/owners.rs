//! Whose the values of a row are, where the policy takes that from other columns of the row.
//!
//! A file is written column by column, so each column that waits for others reads them along with
//! its own rows: they are decoded once for each, and memory grows with pages, not with row groups.

use std::sync::Arc;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::file::reader::RowGroupReader;
use policies::Policy;
use record::ValueType;
use scan::{Matched, MatchedType, OwnerError, RecordId, Records, Syntax};
use zeroize::Zeroizing;

use super::cell::{Cell, Meaning};
use super::fault::ParquetFault;
use super::pump::Levels;
use super::schema::{Columns, Treatment};

/// The columns that say whose rows are.
#[derive(Debug)]
pub(super) struct Owners<'p> {
    policy: &'p Arc<Policy>,
    columns: Vec<OwnerColumn>,
}

#[derive(Debug)]
struct OwnerColumn {
    leaf: usize,
    name: String,
    rule: usize,
    meaning: Meaning,
    levels: Levels,
}

impl<'p> Owners<'p> {
    /// `None` when the policy's values wait for nothing.
    pub(super) fn plan(
        policy: &'p Arc<Policy>,
        columns: &Columns,
    ) -> Result<Option<Self>, ParquetFault> {
        let rules = policy.owner_rules();
        if rules.is_empty() {
            return Ok(None);
        }
        if let Some(rule) = policy.searched_owner() {
            return Err(ParquetFault::SearchedOwner(rule.name.clone()));
        }
        let treatments = columns.treatments.iter().enumerate();
        let columns = treatments.filter_map(|(leaf, treatment)| {
            let (Treatment::Take {
                rule,
                meaning,
                levels,
                ..
            }
            | Treatment::Keep {
                rule,
                meaning,
                levels,
            }) = treatment
            else {
                return None;
            };
            rules.contains(rule).then(|| OwnerColumn {
                leaf,
                name: columns.name(leaf),
                rule: *rule,
                meaning: meaning.clone(),
                levels: *levels,
            })
        });
        Ok(Some(Self {
            policy,
            columns: columns.collect(),
        }))
    }

    /// From the first row of a row group on.
    pub(super) fn read(
        &self,
        group: &dyn RowGroupReader,
        row_group: usize,
    ) -> Result<OwnerReader<'_>, ParquetFault> {
        let readers = self.columns.iter().map(|column| {
            let reader = group.get_column_reader(column.leaf);
            reader.map_err(|_| column.unreadable(row_group))
        });
        Ok(OwnerReader {
            owners: self,
            row_group,
            next_row: 0,
            readers: readers.collect::<Result<_, _>>()?,
        })
    }
}

impl OwnerColumn {
    fn unreadable(&self, row_group: usize) -> ParquetFault {
        ParquetFault::Column {
            column: self.name.clone(),
            row_group,
        }
    }

    /// A value as scanners tell it, with its row for an offset.
    fn matched<'t>(&self, row: usize, value_type: ValueType, text: &'t [u8]) -> Matched<'t> {
        Matched {
            rule: self.rule,
            value_type: match value_type {
                ValueType::Text => MatchedType::String,
                ValueType::Number => MatchedType::Number,
                ValueType::Boolean => MatchedType::Boolean,
                ValueType::Null => MatchedType::Null,
                ValueType::Object => MatchedType::Object,
                ValueType::Array => MatchedType::Array,
            },
            raw: text,
            syntax: Syntax::Plain,
            offset: row as u64,
        }
    }

    /// Gives each value of the next rows with its row, from 0.
    fn read_next(
        &self,
        reader: &mut ColumnReader,
        rows: usize,
        row_group: usize,
        say: &mut Say<'_>,
    ) -> Result<(), ParquetFault> {
        let read = match reader {
            ColumnReader::BoolColumnReader(reader) => self.read_typed(reader, rows, say),
            ColumnReader::Int32ColumnReader(reader) => self.read_typed(reader, rows, say),
            ColumnReader::Int64ColumnReader(reader) => self.read_typed(reader, rows, say),
            ColumnReader::Int96ColumnReader(reader) => self.read_typed(reader, rows, say),
            ColumnReader::FloatColumnReader(reader) => self.read_typed(reader, rows, say),
            ColumnReader::DoubleColumnReader(reader) => self.read_typed(reader, rows, say),
            ColumnReader::ByteArrayColumnReader(reader) => self.read_typed(reader, rows, say),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                self.read_typed(reader, rows, say)
            }
        };
        // it has as many rows as the column that waits
        read?.ok_or_else(|| self.unreadable(row_group))
    }

    /// `None` when they cannot be read.
    fn read_typed<T: DataType>(
        &self,
        reader: &mut ColumnReaderImpl<T>,
        rows: usize,
        say: &mut Say<'_>,
    ) -> Result<Option<()>, ParquetFault>
    where
        T::T: Cell,
    {
        let (mut definition, mut repetition) = (Vec::new(), Vec::new());
        let mut cells = Vec::new();
        let levels = &self.levels;
        let read = reader.read_records(
            rows,
            levels.are_defined().then_some(&mut definition),
            levels.repetition.then_some(&mut repetition),
            &mut cells,
        );
        let places = read.ok().filter(|(read, ..)| *read == rows);
        let places = places.and_then(|_| levels.rows(&definition, &repetition, rows));
        let Some(places) = places.filter(|places| places.len() == cells.len()) else {
            return Ok(None);
        };
        for (cell, row) in cells.iter().zip(places) {
            let (value_type, text) = self.meaning.text(cell)?;
            say(row, value_type, &Zeroizing::new(text));
        }
        Ok(Some(()))
    }
}

type Say<'s> = dyn FnMut(usize, ValueType, &[u8]) + 's;

/// Reads whose the rows of a row group are.
pub(super) struct OwnerReader<'o> {
    owners: &'o Owners<'o>,
    row_group: usize,
    next_row: usize,
    readers: Vec<ColumnReader>,
}

impl OwnerReader<'_> {
    /// Whose the next rows are, of which each of some cells is in the one that `cells` says.
    pub(super) fn next(&mut self, rows: usize, cells: Vec<usize>) -> Result<Rows, ParquetFault> {
        let (row_group, first) = (self.row_group, self.next_row);
        // there are owners, so the policy has them
        let records = Records::new(self.owners.policy);
        let mut records = records.ok_or(ParquetFault::NoTenant {
            row_group,
            row: first,
        })?;
        let ids: Vec<_> = (0..rows).map(|_| records.add_record()).collect();
        for (column, reader) in self.owners.columns.iter().zip(&mut self.readers) {
            let mut say = |row: usize, value_type, text: &[u8]| {
                if let Some(record) = ids.get(row) {
                    records.say(*record, &column.matched(first + row, value_type, text));
                }
            };
            column.read_next(reader, rows, row_group, &mut say)?;
        }
        let fault = records.is_waiting(0).err();
        if let Some(fault) = fault {
            return Err(owner_fault(row_group, fault));
        }
        self.next_row += rows;
        Ok(Rows {
            records,
            ids,
            row_group,
            first,
            cells,
        })
    }
}

/// Whose the rows of a stretch are.
pub(super) struct Rows {
    records: Records,
    /// Row by row.
    ids: Vec<RecordId>,
    row_group: usize,
    first: usize,
    /// The row of each cell, from 0.
    cells: Vec<usize>,
}

impl Rows {
    /// The row that says whose a cell is. It has said its tenant, where rows do.
    pub(super) fn owners(&self, cell: usize) -> Result<(&Records, RecordId), ParquetFault> {
        let row = self.cells.get(cell).copied();
        let id = row.and_then(|row| self.ids.get(row).copied());
        let says =
            |id: &RecordId| !self.records.has_tenants() || self.records.tenant(*id).is_some();
        let id = id.filter(says).ok_or(ParquetFault::NoTenant {
            row_group: self.row_group,
            row: self.first + row.unwrap_or_default(),
        })?;
        Ok((&self.records, id))
    }
}

/// The offset of such an error is a row.
fn owner_fault(row_group: usize, error: OwnerError) -> ParquetFault {
    let row = usize::try_from(error.offset()).unwrap_or(usize::MAX);
    match error {
        OwnerError::Ambiguous { rule, .. } => ParquetFault::AmbiguousOwner {
            rule: rule.into(),
            row_group,
            row,
        },
        _ => ParquetFault::NoTenant { row_group, row },
    }
}

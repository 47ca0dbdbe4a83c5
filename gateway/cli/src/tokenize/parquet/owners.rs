//! Whose the values of a row are, where the policy takes that from other columns of the row.
//!
//! A file is written column by column, so each column that waits for others reads them along with
//! its own rows: they are decoded once for each, and memory grows with pages, not with row groups.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::file::reader::RowGroupReader;
use policies::{Policy, is_tenant};
use record::ValueType;
use seal::Subject;
use zeroize::Zeroizing;

use super::cell::{Cell, Meaning};
use super::fault::ParquetFault;
use super::pump::Levels;
use super::schema::{Columns, Treatment};

/// The columns that say whose rows are.
#[derive(Debug)]
pub(super) struct Owners<'p> {
    policy: &'p Policy,
    /// The rules whose values say it; no rule is here twice.
    rules: Vec<usize>,
    columns: Vec<OwnerColumn>,
}

#[derive(Debug)]
struct OwnerColumn {
    leaf: usize,
    name: String,
    /// Its rule, by the place in [`Owners::rules`].
    owner: usize,
    meaning: Meaning,
    levels: Levels,
}

impl<'p> Owners<'p> {
    /// `None` when the policy's values wait for nothing.
    pub(super) fn plan(
        policy: &'p Policy,
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
            Some(OwnerColumn {
                leaf,
                name: columns.name(leaf),
                owner: rules.iter().position(|owner| owner == rule)?,
                meaning: meaning.clone(),
                levels: *levels,
            })
        });
        Ok(Some(Self {
            policy,
            columns: columns.collect(),
            rules,
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
        // fewer rows than the column that waits has
        if read? < rows {
            return Err(self.unreadable(row_group));
        }
        Ok(())
    }

    fn read_typed<T: DataType>(
        &self,
        reader: &mut ColumnReaderImpl<T>,
        rows: usize,
        say: &mut Say<'_>,
    ) -> Result<usize, ParquetFault>
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
        let Ok((read, ..)) = read else {
            // fewer than any: the column cannot be read
            return Ok(0);
        };
        let places = levels.rows(&definition, &repetition, cells.len());
        for (cell, row) in cells.iter().zip(places) {
            let (value_type, text) = self.meaning.text(cell)?;
            let text = Zeroizing::new(text);
            if matches!(value_type, ValueType::Text | ValueType::Number) && !text.is_empty() {
                say(row, text)?;
            }
        }
        Ok(read)
    }
}

type Say<'s> = dyn FnMut(usize, Zeroizing<Vec<u8>>) -> Result<(), ParquetFault> + 's;

/// Reads whose the rows of a row group are.
pub(super) struct OwnerReader<'o> {
    owners: &'o Owners<'o>,
    row_group: usize,
    next_row: usize,
    readers: Vec<ColumnReader>,
}

impl OwnerReader<'_> {
    /// Whose the next rows are, of which each of some cells is in the one that `cells` says.
    pub(super) fn next(
        &mut self,
        rows: usize,
        cells: Vec<usize>,
    ) -> Result<Rows<'_>, ParquetFault> {
        let owners = self.owners;
        let mut next = Rows {
            owners,
            row_group: self.row_group,
            first: self.next_row,
            said: vec![None; rows * owners.rules.len()],
            cells,
        };
        for (column, reader) in owners.columns.iter().zip(&mut self.readers) {
            let mut say = |row, text| next.say(row, column.owner, text);
            column.read_next(reader, rows, self.row_group, &mut say)?;
        }
        self.next_row += rows;
        Ok(next)
    }
}

/// Whose the rows of a stretch are.
pub(super) struct Rows<'o> {
    owners: &'o Owners<'o>,
    row_group: usize,
    first: usize,
    /// Row by row, what each rule has said.
    said: Vec<Option<Zeroizing<Vec<u8>>>>,
    /// The row of each cell, from 0.
    cells: Vec<usize>,
}

impl Rows<'_> {
    fn say(
        &mut self,
        row: usize,
        owner: usize,
        text: Zeroizing<Vec<u8>>,
    ) -> Result<(), ParquetFault> {
        let (row_group, place) = (self.row_group, self.first + row);
        let rule = self.owners.rules.get(owner).copied();
        let policy = self.owners.policy;
        let Some(said) = self.said.get_mut(row * self.owners.rules.len() + owner) else {
            return Ok(());
        };
        match said {
            Some(before) if *before != text => {
                let rule = rule.and_then(|rule| policy.rules().get(rule));
                return Err(ParquetFault::AmbiguousOwner {
                    rule: rule.map_or_else(String::new, |rule| rule.name.clone()),
                    row_group,
                    row: place,
                });
            }
            Some(_) => {}
            None => *said = Some(text),
        }
        Ok(())
    }

    /// The tenant and the subject of a cell that a rule takes; no tenant when rows do not say it.
    pub(super) fn owners(
        &self,
        cell: usize,
        rule: usize,
    ) -> Result<(Option<&str>, Subject<'_>), ParquetFault> {
        let policy = self.owners.policy;
        let row = self.cells.get(cell).copied();
        let tenant = match policy.tenant_rule() {
            None => None,
            Some(owner) => {
                let said = self.said(row, owner).map(std::str::from_utf8);
                let tenant = said.and_then(Result::ok).filter(|text| is_tenant(text));
                Some(tenant.ok_or(ParquetFault::NoTenant {
                    row_group: self.row_group,
                    row: self.first + row.unwrap_or_default(),
                })?)
            }
        };
        let subject = policy.rules().get(rule).and_then(|rule| rule.subject);
        let subject = subject.map_or(Subject::Any, |owner| {
            self.said(row, owner)
                .map_or(Subject::Unknown, Subject::Known)
        });
        Ok((tenant, subject))
    }

    fn said(&self, row: Option<usize>, rule: usize) -> Option<&[u8]> {
        let rules = &self.owners.rules;
        let owner = rules.iter().position(|owner| *owner == rule)?;
        let said = self.said.get(row? * rules.len() + owner)?;
        said.as_ref().map(|text| text.as_slice())
    }
}

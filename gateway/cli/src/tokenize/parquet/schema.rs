//! Which columns are taken, by their paths, and the schema that comes of it.

use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::{ColumnDescriptor, Type, TypePtr};
use policies::{Column, Kind, Policy, Rule};
use scan::Syntax;

use super::cell::Meaning;
use super::fault::ParquetFault;
use super::pump::Levels;

/// What becomes of each column, and the schema of the output.
#[derive(Debug)]
pub(super) struct Columns {
    /// By the leaf's number.
    pub(super) treatments: Vec<Treatment>,
    pub(super) root: TypePtr,
    names: Vec<String>,
}

/// What becomes of a column.
#[derive(Debug)]
pub(super) enum Treatment {
    /// It keeps its values.
    Copy { levels: Levels },
    /// Detectors look for values in its texts.
    Search {
        levels: Levels,
        /// How a part of a text is spelled.
        syntax: Syntax,
    },
    /// It keeps its values, which are of a class that stays readable.
    Keep {
        rule: usize,
        meaning: Meaning,
        levels: Levels,
    },
    /// Each value becomes a token.
    Take {
        rule: usize,
        meaning: Meaning,
        levels: Levels,
        /// It was no column of texts.
        retyped: bool,
    },
}

impl Columns {
    /// Settles what becomes of each column.
    pub(super) fn plan(policy: &Policy, metadata: &ParquetMetaData) -> Result<Self, ParquetFault> {
        let schema = metadata.file_metadata().schema_descr();
        let root = schema.root_schema();
        let leaves = schema.columns().iter().enumerate();
        let leaves: Vec<_> = leaves
            .map(|(leaf, column)| Leaf::new(root, column, schema.get_column_root_idx(leaf)))
            .collect();
        check_all_there(policy, &leaves)?;
        let searches = policy
            .rules()
            .iter()
            .any(|rule| !rule.places.detect.is_empty());
        let treatments = schema.columns().iter().zip(&leaves);
        let treatments: Vec<_> = treatments
            .map(|(column, leaf)| treatment(policy, column, leaf, searches))
            .collect::<Result<_, _>>()?;
        let mut left = treatments.iter();
        let root = with_tokens(root, &mut left).map_err(ParquetFault::Write)?;
        let names = schema.columns().iter().map(|column| column.path().string());
        Ok(Self {
            treatments,
            root,
            names: names.collect(),
        })
    }

    /// Whether nothing is taken, and nothing searched.
    pub(super) fn are_untouched(&self) -> bool {
        let copied = |each: &Treatment| matches!(each, Treatment::Copy { .. });
        self.treatments.iter().all(copied)
    }

    /// Whether any column has another type than before.
    pub(super) fn are_retyped(&self) -> bool {
        let retyped = |each: &Treatment| matches!(each, Treatment::Take { retyped: true, .. });
        self.treatments.iter().any(retyped)
    }

    /// A column's path, for messages.
    pub(super) fn name(&self, leaf: usize) -> String {
        self.names.get(leaf).cloned().unwrap_or_default()
    }
}

/// What a policy may call a column.
struct Leaf {
    /// As the file spells it: `cards.list.element.number`.
    physical: Vec<String>,
    /// Without the groups that only make lists and maps: `cards.number`.
    logical: Vec<String>,
    /// The number of its top-level column, from 1.
    number: u32,
}

impl Leaf {
    fn new(root: &Type, column: &ColumnDescriptor, root_index: usize) -> Self {
        let physical = column.path().parts().to_vec();
        Self {
            logical: logical_path(root, &physical),
            physical,
            number: u32::try_from(root_index + 1).unwrap_or(u32::MAX),
        }
    }

    /// Whether `column` is this column, or a group around it.
    fn is(&self, column: &Column) -> bool {
        match column {
            Column::Number(number) => *number == self.number,
            Column::Name(name) => [&self.physical, &self.logical].into_iter().any(|path| {
                let depths = 1..=path.len();
                let mut around = depths.filter_map(|depth| path.get(..depth));
                around.any(|path| path.join(".") == *name)
            }),
        }
    }
}

/// `LIST` and `MAP` groups have groups inside that carry no name of the user's (Parquet's
/// `LogicalTypes.md`, nested types).
fn logical_path(root: &Type, physical: &[String]) -> Vec<String> {
    let (mut path, mut skip) = (Vec::new(), 0);
    let mut at = root;
    for part in physical {
        if skip > 0 {
            skip -= 1;
        } else {
            path.push(part.clone());
        }
        let next = at.is_group().then(|| at.get_fields().iter());
        let next = next.and_then(|mut fields| fields.find(|field| field.name() == part));
        let Some(next) = next else {
            break;
        };
        at = next;
        let info = at.get_basic_info();
        let annotated = |converted, logical: &LogicalType| {
            info.converted_type() == converted || info.logical_type_ref() == Some(logical)
        };
        if !at.is_group() {
            break;
        } else if annotated(ConvertedType::LIST, &LogicalType::List) {
            skip = list_levels(at);
        } else if annotated(ConvertedType::MAP, &LogicalType::Map) {
            skip = 1;
        }
    }
    path
}

/// Two levels for a list as it is written today; one where the repeated group is the element.
fn list_levels(list: &Type) -> usize {
    match list.get_fields() {
        [repeated] if repeated.is_group() => {
            let name = repeated.name();
            let is_element = repeated.get_fields().len() != 1
                || name == "array"
                || name == format!("{}_tuple", list.name());
            if is_element { 1 } else { 2 }
        }
        _ => 1,
    }
}

/// As in CSV: a column that was renamed would pass with all its values.
fn check_all_there(policy: &Policy, leaves: &[Leaf]) -> Result<(), ParquetFault> {
    if !policy.csv().all_columns {
        return Ok(());
    }
    let named = policy.rules().iter().flat_map(|rule| &rule.places.columns);
    let mut missing = named.filter(|column| !leaves.iter().any(|leaf| leaf.is(column)));
    missing.next().map_or(Ok(()), |column| {
        Err(ParquetFault::MissingColumn(match column {
            Column::Name(name) => name.clone(),
            Column::Number(number) => number.to_string(),
        }))
    })
}

fn treatment(
    policy: &Policy,
    column: &ColumnDescriptor,
    leaf: &Leaf,
    searches: bool,
) -> Result<Treatment, ParquetFault> {
    let levels = Levels {
        definition: column.max_def_level(),
        nullable: may_be_null(column),
        repetition: column.max_rep_level() > 0,
    };
    let mut rules = policy.rules().iter().enumerate();
    let taken = rules.find(|(_, rule)| {
        let columns = &rule.places.columns;
        columns.iter().any(|named| leaf.is(named))
    });
    if let Some((rule, Rule { class, .. })) = taken {
        let name = || column.path().string();
        let meaning = Meaning::of(column).ok_or_else(|| ParquetFault::NoText(name()))?;
        return Ok(match policy.class(*class).kind {
            Kind::Keep => Treatment::Keep {
                rule,
                meaning,
                levels,
            },
            _ => Treatment::Take {
                rule,
                retyped: meaning != Meaning::Text,
                meaning,
                levels,
            },
        });
    }
    let texts = matches!(Meaning::of(column), Some(Meaning::Text | Meaning::Bytes));
    let texts = texts && column.physical_type() == PhysicalType::BYTE_ARRAY;
    Ok(if searches && texts {
        let syntax = match is_json(column) {
            true => Syntax::JsonText,
            false => Syntax::Plain,
        };
        Treatment::Search { levels, syntax }
    } else {
        Treatment::Copy { levels }
    })
}

/// Whether a value of it may be null by itself, not with the group that it is in.
fn may_be_null(column: &ColumnDescriptor) -> bool {
    let info = column.self_type().get_basic_info();
    info.has_repetition() && info.repetition() == Repetition::OPTIONAL
}

fn is_json(column: &ColumnDescriptor) -> bool {
    matches!(column.logical_type_ref(), Some(LogicalType::Json))
        || column.converted_type() == ConvertedType::JSON
}

/// The schema with texts in the place of what is taken. Leaves come in the order of the schema.
fn with_tokens<'t>(
    node: &Type,
    left: &mut impl Iterator<Item = &'t Treatment>,
) -> Result<TypePtr, ParquetError> {
    let info = node.get_basic_info();
    let repetition = info.has_repetition().then(|| info.repetition());
    let id = info.has_id().then(|| info.id());
    if node.is_group() {
        let fields = node.get_fields().iter();
        let fields = fields.map(|field| with_tokens(field, left));
        let mut builder = Type::group_type_builder(info.name())
            .with_converted_type(info.converted_type())
            .with_logical_type(info.logical_type_ref().cloned())
            .with_fields(fields.collect::<Result<_, _>>()?)
            .with_id(id);
        if let Some(repetition) = repetition {
            builder = builder.with_repetition(repetition);
        }
        return builder.build().map(Arc::new);
    }
    let Some(Treatment::Take { .. }) = left.next() else {
        return Ok(Arc::new(node.clone()));
    };
    Type::primitive_type_builder(info.name(), PhysicalType::BYTE_ARRAY)
        .with_repetition(repetition.unwrap_or(Repetition::REQUIRED))
        .with_logical_type(Some(LogicalType::String))
        .with_id(id)
        .build()
        .map(Arc::new)
}

//! Functions and their types (RFC 9535, section 2.4).

use super::cursor::{Cursor, Parsed, fault};
use super::filter::{self, Operand};
use crate::diagnostic::nearest;
use jsonpath_rust::parser::model::{FnArg, Test, TestFunction};

/// What a parameter takes. No function of the RFC takes a `LogicalType`.
#[derive(Clone, Copy)]
enum Parameter {
    Value,
    Nodes,
}

/// Name, parameters, and whether the result is a `LogicalType` (else a `ValueType`).
const FUNCTIONS: &[(&str, &[Parameter], bool)] = &[
    ("length", &[Parameter::Value], false),
    ("count", &[Parameter::Nodes], false),
    ("value", &[Parameter::Nodes], false),
    ("match", &[Parameter::Value, Parameter::Value], true),
    ("search", &[Parameter::Value, Parameter::Value], true),
];

/// A well-typed call.
pub(super) struct Call {
    pub(super) function: TestFunction,
    logical: bool,
}

impl Call {
    /// Whether the result is true or false, rather than a value to compare.
    pub(super) fn is_logical(&self) -> bool {
        self.logical
    }
}

/// A call of `name`, from its opening parenthesis on.
pub(super) fn call(cursor: &mut Cursor, name: &str, start: usize) -> Parsed<Call> {
    let Some((_, parameters, logical)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
        let help = match nearest(name, FUNCTIONS.iter().map(|(known, ..)| *known)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the functions are `length`, `count`, `value`, `match` and `search`".into(),
        };
        return Err(fault(start, format!("there is no function `{name}`"), help));
    };
    let arguments = cursor.nested(|cursor| arguments(cursor, parameters))?;
    if arguments.len() != parameters.len() {
        let message = format!("`{name}` has {} arguments here", arguments.len());
        return Err(fault(start, message, format!("write {}", parameters.len())));
    }
    let function = TestFunction::try_new(name, arguments);
    let function =
        function.map_err(|error| fault(start, error.to_string(), "see RFC 9535, 2.4"))?;
    Ok(Call {
        function,
        logical: *logical,
    })
}

fn arguments(cursor: &mut Cursor, parameters: &[Parameter]) -> Parsed<Vec<FnArg>> {
    cursor.next();
    cursor.blanks();
    let mut arguments = Vec::new();
    if cursor.take(")") {
        return Ok(arguments);
    }
    loop {
        let start = cursor.offset();
        let operand = filter::operand(cursor)?;
        // one too many is counted by the caller, whatever its type
        let parameter = parameters
            .get(arguments.len())
            .copied()
            .unwrap_or(Parameter::Value);
        arguments.push(argument(operand, parameter, start)?);
        cursor.blanks();
        if cursor.take(")") {
            return Ok(arguments);
        }
        if !cursor.take(",") {
            return cursor.unexpected("write `)`, or `,` and another argument");
        }
        cursor.blanks();
    }
}

fn argument(operand: Operand, parameter: Parameter, start: usize) -> Parsed<FnArg> {
    let help = match parameter {
        Parameter::Nodes => "write a query: `@.*`",
        Parameter::Value => "write a literal, a query of names and indexes only, or `value(…)`",
    };
    match (operand, parameter) {
        (Operand::Literal(literal), Parameter::Value) => Ok(FnArg::Literal(literal)),
        (Operand::Call(call), Parameter::Value) if !call.is_logical() => Ok(FnArg::Test(Box::new(
            Test::Function(Box::new(call.function)),
        ))),
        (Operand::Query(origin, found), Parameter::Nodes) => {
            Ok(FnArg::Test(Box::new(filter::query_test(origin, found))))
        }
        (Operand::Query(origin, found), Parameter::Value) if found.singular().is_some() => {
            Ok(FnArg::Test(Box::new(filter::query_test(origin, found))))
        }
        (Operand::Query(..), _) => Err(fault(
            start,
            "this query can select several nodes, where one value belongs",
            help,
        )),
        _ => Err(fault(start, "this is not what the function takes", help)),
    }
}

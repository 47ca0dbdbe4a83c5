use std::fs::File;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::support::{Folder, with_values};

const SCHEMA: &str = "
message people {
  required int64 id;
  optional binary pan (UTF8);
  optional int64 ssn;
  optional group cards (LIST) {
    repeated group list {
      optional group element {
        required binary number (UTF8);
        optional int64 year;
      }
    }
  }
}";

const POLICY: &str = r#"
version: 1
classes:
  pan: { kind: envelope, key: payments }
rules:
  - { name: card, columns: [pan, cards.number], class: pan }
  - { name: person, columns: [ssn], class: pan }
"#;

const ROWS: usize = 3_000;

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: &[T::T],
    definition: Option<&[i16]>,
    repetition: Option<&[i16]>,
) {
    let mut writer = group.next_column().unwrap().unwrap();
    let typed = writer.typed::<T>();
    typed.write_batch(values, definition, repetition).unwrap();
    writer.close().unwrap();
}

/// Two row groups; every third `pan` and every second `ssn` is null; row `n` has `n % 3` cards.
fn write_people(folder: &Folder) {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let metadata = |key: &str| KeyValue::new(key.to_owned(), "x".to_owned());
    let properties = WriterProperties::builder()
        .set_compression(parquet::basic::Compression::SNAPPY)
        .set_key_value_metadata(Some(vec![metadata("mine"), metadata("pandas")]))
        .build();
    let file = File::create(folder.path("in.parquet")).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).unwrap();
    for start in [0, ROWS] {
        let rows: Vec<_> = (start..start + ROWS).collect();
        let mut group = writer.next_row_group().unwrap();
        let text = |text: String| ByteArray::from(text.into_bytes());
        let number = |row: usize| i64::try_from(row).unwrap();
        let ids: Vec<_> = rows.iter().map(|row| number(*row)).collect();
        column::<Int64Type>(&mut group, &ids, None, None);
        let pans = rows
            .iter()
            .filter(|row| *row % 3 != 0)
            .map(|row| text(format!("p{row}")));
        let levels: Vec<_> = rows.iter().map(|row| i16::from(row % 3 != 0)).collect();
        column::<ByteArrayType>(&mut group, &pans.collect::<Vec<_>>(), Some(&levels), None);
        let ssns = rows
            .iter()
            .filter(|row| *row % 2 != 0)
            .map(|row| -number(*row));
        let levels: Vec<_> = rows.iter().map(|row| i16::from(row % 2 != 0)).collect();
        column::<Int64Type>(&mut group, &ssns.collect::<Vec<_>>(), Some(&levels), None);
        let (mut numbers, mut years) = (Vec::new(), Vec::new());
        let (mut repetition, mut of_number, mut of_year) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            for card in 0..row % 3 {
                numbers.push(text(format!("c{row}.{card}")));
                years.push(2000 + number(card));
                repetition.push(i16::from(card > 0));
                of_number.push(3);
                of_year.push(4);
            }
            if row % 3 == 0 {
                repetition.push(0);
                of_number.push(1);
                of_year.push(1);
            }
        }
        column::<ByteArrayType>(&mut group, &numbers, Some(&of_number), Some(&repetition));
        column::<Int64Type>(&mut group, &years, Some(&of_year), Some(&repetition));
        group.close().unwrap();
    }
    writer.close().unwrap();
}

fn rows(file: &SerializedFileReader<File>) -> Vec<String> {
    let rows = file.get_row_iter(None).unwrap();
    rows.map(|row| row.unwrap().to_string()).collect()
}

fn open(folder: &Folder, name: &str) -> SerializedFileReader<File> {
    SerializedFileReader::new(File::open(folder.path(name)).unwrap()).unwrap()
}

#[test]
fn columns_become_tokens_and_the_rest_stays() {
    let folder = Folder::new();
    folder.write("policy.yaml", POLICY);
    write_people(&folder);
    let summary = folder
        .tokenize(&["--output", "out", "--json", "in.parquet"])
        .ok()
        .json();
    assert_eq!(summary["tokens"]["pan"], 4_000 + 3_000 + 6_000);

    let (before, after) = (open(&folder, "in.parquet"), open(&folder, "out/in.parquet"));
    assert_eq!(after.num_row_groups(), 2);
    let schema = after.metadata().file_metadata().schema_descr();
    assert_eq!(
        schema.column(0).physical_type(),
        before
            .metadata()
            .file_metadata()
            .schema_descr()
            .column(0)
            .physical_type()
    );
    assert_eq!(
        schema.column(2).physical_type(),
        parquet::basic::Type::BYTE_ARRAY
    );
    assert_eq!(
        schema.column(3).path().string(),
        "cards.list.element.number"
    );
    let described = after
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .unwrap();
    let keys: Vec<_> = described.iter().map(|pair| pair.key.as_str()).collect();
    assert_eq!(keys, ["mine"]);
    let chunk = after.metadata().row_group(1).column(1);
    assert_eq!(chunk.compression(), parquet::basic::Compression::SNAPPY);

    let (before, after) = (rows(&before), rows(&after));
    assert_eq!(after.len(), 2 * ROWS);
    for (row, (before, after)) in before.iter().zip(&after).enumerate() {
        let mut values = Vec::new();
        values.extend((row % 3 != 0).then(|| format!("p{row}")));
        values.extend((row % 2 != 0).then(|| format!("-{row}")));
        values.extend((0..row % 3).map(|card| format!("c{row}.{card}")));
        let whole = with_values(after.as_bytes(), values.iter().map(String::as_str));
        // a number is spelled without quotes, its token with them
        let quoted = format!("\"-{row}\"");
        assert_eq!(whole.replace(&quoted, &format!("-{row}")), *before);
    }

    let again = folder
        .tokenize(&["--output", "again", "--json", "out/in.parquet"])
        .ok()
        .json();
    assert_eq!(again["kept"], 13_000);
    assert_eq!(rows(&open(&folder, "again/in.parquet")), after);
}

#[test]
fn texts_are_searched() {
    let folder = Folder::new();
    let detect = "  - { name: cards, detect: payment-card, class: pan }\n";
    folder.write(
        "policy.yaml",
        format!("{}{detect}", POLICY.replace("    - {", "  - {")),
    );
    let schema = Arc::new(parse_message_type("message m { required binary pan; optional int64 ssn; required binary cards; required binary note (UTF8); }").unwrap());
    let policy = String::from_utf8(folder.read("policy.yaml")).unwrap();
    folder.write("policy.yaml", policy.replace("cards.number", "cards"));
    let file = File::create(folder.path("in.parquet")).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let texts = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| ByteArray::from(*text))
            .collect::<Vec<_>>()
    };
    column::<ByteArrayType>(&mut group, &texts(&["a", "b"]), None, None);
    column::<Int64Type>(&mut group, &[1], Some(&[0, 1]), None);
    column::<ByteArrayType>(&mut group, &texts(&["c", "d"]), None, None);
    let notes = ["none", "5555555555554444 and 4111111111111111."];
    column::<ByteArrayType>(&mut group, &texts(&notes), None, None);
    group.close().unwrap();
    writer.close().unwrap();

    folder.tokenize(&["--output", "out", "in.parquet"]).ok();
    let (before, after) = (
        rows(&open(&folder, "in.parquet")),
        rows(&open(&folder, "out/in.parquet")),
    );
    let note = |row: &str| row[row.find("note").unwrap()..].to_owned();
    assert_eq!(note(&after[0]), note(&before[0]));
    let values = ["5555555555554444", "4111111111111111"];
    assert_eq!(
        with_values(note(&after[1]).as_bytes(), values),
        note(&before[1])
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = Folder::new();
    write_people(&folder);
    folder.write("policy.yaml", POLICY.replace("[ssn]", "[ssn, gone]"));
    let code = |arguments: &[&str]| {
        let ran = folder.tokenize(arguments);
        assert_eq!(ran.code, 1);
        let summary = ran.json();
        summary["failures"][0]["code"].as_str().unwrap().to_owned()
    };
    let run = ["--output", "out", "--json", "in.parquet"];
    assert_eq!(code(&run), "parquet-missing-column");
    folder.write("policy.yaml", POLICY);
    let whole = folder.read("in.parquet");
    folder.write("in.parquet", &whole[..whole.len() - 1]);
    assert_eq!(code(&run), "parquet-malformed");
    assert!(!folder.path("out/in.parquet").exists());
    folder.write("in.parquet", "PAR1");
    assert_eq!(code(&run), "parquet-malformed");
}

//! Raw events of a Parquet file to pieces of a log: finds the columns by their names, and reads row groups side by
//! side.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::ColumnDescPtr;

use super::cells::{Cells, is_local_time};
use super::file::{self, Opened, open};
use super::groups::{Part, read_groups};
use super::pages::Storage;
use super::types::{is_usable, type_text};
use super::values::Group;
use crate::input::account::Account;
use crate::input::columns::Meaning;
use crate::input::error::InputError;
use crate::input::fields::Fields;
use crate::input::format::{LogFile, MadeFor};
use crate::input::formats::tables::columns::{self, Asked, Columns, is_known, list_columns};
use crate::input::options::Options;
use crate::input::piece::Piece;
use crate::input::survey::survey_of;
use crate::input::time_reader::TimeReader;
use crate::model::{PlaceUnit, SourceKind};

/// Rows read and handed on at a time: with what they become they fit into a core's cache.
const PART_ROWS: usize = 1 << 14;

/// Number of rows that columns and times are told by.
const SAMPLE_ROWS: usize = 200;

/// A file of raw events that was opened.
pub(super) struct Events {
    path: PathBuf,
    name: String,
    metadata: ParquetMetaData,
}

/// How the rows of a file are read.
struct Plan<'a> {
    file: &'a Events,
    columns: Columns,
    /// Number of columns.
    count: usize,
    /// Those that are read.
    needed: Vec<usize>,
    times: TimeReader,
    /// Whether the times are those of clocks whose zone is not told.
    local: bool,
    strict: bool,
}

impl Part for Piece {
    fn row_count(&self) -> u64 {
        self.places
    }
}

impl Events {
    pub fn open(path: &Path) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let metadata = Opened::new(path, &name)?.metadata;
        Ok(Self {
            path: path.to_owned(),
            name,
            metadata,
        })
    }

    fn damaged(&self, error: &ParquetError) -> InputError {
        file::damaged(&self.name, error)
    }

    /// The names of all columns; empty of those whose rows have several values, or none that is a field.
    fn names(&self) -> Vec<String> {
        let columns = self.metadata.file_metadata().schema_descr().columns().iter();
        let name = |column: &ColumnDescPtr| match is_usable(column) {
            true => column.path().string(),
            false => String::new(),
        };
        columns.map(name).collect()
    }

    /// All columns for a message, with the types of those that cannot be read.
    fn list(&self) -> String {
        let columns = self.metadata.file_metadata().schema_descr().columns().iter();
        let name = |column: &ColumnDescPtr| match is_usable(column) {
            true => column.path().string(),
            false => format!("{} ({})", column.path().string(), type_text(column)),
        };
        list_columns(&Header(&columns.map(name).collect::<Vec<_>>()))
    }

    /// Finds the columns, and learns from the first rows how their values are written.
    fn plan<'a>(&'a self, options: &Options, remarks: &mut Vec<String>) -> Result<Plan<'a>, InputError> {
        let names = self.names();
        let header = Header(&names);
        let asked = Asked::of(options);
        let columns = Columns::find(&header, None, &asked, None).map_err(|missing| InputError::ParquetColumns {
            name: self.name.clone(),
            missing: missing.list(),
            found: self.list(),
        })?;
        let mut plan = Plan {
            file: self,
            count: names.len(),
            needed: columns.needed(),
            columns,
            times: options.times(),
            local: false,
            strict: options.strict,
        };
        let known = (0..names.len()).filter(|index| is_known(names[*index].as_bytes(), &asked));
        let mut sampled: Vec<usize> = known.chain(plan.needed.iter().copied()).collect();
        sampled.sort_unstable();
        sampled.dedup();
        let rows = plan.sample(&sampled)?;
        let (columns, chosen) = plan.columns.choose(&header, &asked, &plan.times, &rows);
        remarks.extend(chosen);
        let (times, remark) = plan.times.learned(rows.iter().map(|row| columns.time_of(row)));
        remarks.extend(remark.map(str::to_owned));
        let schema = self.metadata.file_metadata().schema_descr();
        let time = columns.place(Meaning::Time);
        plan.local = time.is_some_and(|time| is_local_time(&schema.column(time)));
        (plan.needed, plan.columns, plan.times) = (columns.needed(), columns, times);
        Ok(plan)
    }

    /// A row group, ready to be read.
    fn group(&self, number: usize) -> Result<Group<'_>, InputError> {
        let (file, length) = open(&self.path, &self.name)?;
        Ok(Group {
            storage: Storage::File(Arc::new(file), length),
            metadata: self.metadata.row_group(number),
        })
    }
}

impl LogFile for Events {
    fn made_for(&self) -> Option<MadeFor> {
        None
    }

    fn first_ns(&self) -> Option<i64> {
        None
    }

    fn read(&self, account: &mut Account<'_>, progress: &mut dyn FnMut(u64)) -> Result<(), InputError> {
        account.set_places(PlaceUnit::Row, 0);
        let mut remarks = Vec::new();
        let plan = self.plan(&account.options, &mut remarks)?;
        account.tell_format(match plan.columns.taken(None) {
            taken if taken.is_empty() => "read as events in Parquet".to_owned(),
            taken => taken.replacen("read as a table", "read as events in Parquet", 1),
        });
        remarks.into_iter().for_each(|remark| account.warn(remark));
        if account.options.source_kind.is_none() {
            let surveyed = plan.first_piece(&account.options)?;
            if let Some(survey) = surveyed.as_ref().and_then(|piece| survey_of(piece, &account.options)) {
                account.settle_sources(survey.source_kind, survey.remark);
            }
        }
        let options = account.options.clone();
        let read = read_groups(
            &self.name,
            self.metadata.row_groups(),
            &|group, _, take| plan.read_group(group, &options, take),
            &|what| InputError::ParquetDamaged {
                name: self.name.clone(),
                what,
            },
            &mut |piece| account.add(piece),
            progress,
        );
        account.end_file(read)
    }
}

impl Plan<'_> {
    /// The first rows, of these columns alone.
    fn sample(&self, sampled: &[usize]) -> Result<Vec<Vec<Vec<u8>>>, InputError> {
        let Some(first) = self
            .file
            .metadata
            .row_groups()
            .iter()
            .position(|group| group.num_rows() > 0)
        else {
            return Ok(Vec::new());
        };
        let group = self.file.group(first)?;
        let mut table = self.open(&group, sampled, true)?;
        let rows = self.next(&mut table, SAMPLE_ROWS)?;
        let row = |row: usize| (0..self.count).map(|index| table.cell(index, row).to_vec()).collect();
        Ok((0..rows).map(row).collect())
    }

    /// The first rows as a piece whose sources are addresses.
    fn first_piece(&self, options: &Options) -> Result<Option<Piece>, InputError> {
        let options = Options {
            source_kind: Some(SourceKind::Address),
            ..options.clone()
        };
        let mut first = None;
        for group in 0..self.file.metadata.num_row_groups() {
            let mut take = |piece: Piece| {
                first = Some(piece);
                false
            };
            self.read_group(group, &options, &mut take)?;
            if first.is_some() {
                break;
            }
        }
        Ok(first)
    }

    /// Reads a row group, part by part, as long as `take` wants them.
    fn read_group(
        &self,
        number: usize,
        options: &Options,
        take: &mut dyn FnMut(Piece) -> bool,
    ) -> Result<(), InputError> {
        let group = self.file.group(number)?;
        let mut table = self.open(&group, &self.needed, false)?;
        let mut left = group.metadata.num_rows().unsigned_abs();
        while left > 0 {
            let rows = usize::try_from(left).unwrap_or(usize::MAX).min(PART_ROWS);
            let read = self.next(&mut table, rows)?;
            if read == 0 {
                break;
            }
            left -= read as u64;
            let piece = self.piece(&table, read, options);
            if !take(piece) {
                break;
            }
        }
        Ok(())
    }

    fn open(&self, group: &Group<'_>, indices: &[usize], spell_times: bool) -> Result<Table, InputError> {
        let mut columns: Vec<Option<Cells>> = (0..self.count).map(|_| None).collect();
        for index in indices {
            // The time of a row is taken as it is.
            let spell_times = spell_times || self.columns.place(Meaning::Time) != Some(*index);
            let cells = Cells::new(group, *index, self.columns.is_address(*index), spell_times);
            columns[*index] = Some(cells.map_err(|error| self.file.damaged(&error))?);
        }
        Ok(Table { columns })
    }

    /// Reads the next rows of a table, `rows` at most; returns how many.
    fn next(&self, table: &mut Table, rows: usize) -> Result<usize, InputError> {
        let mut read = None;
        for column in table.columns.iter_mut().flatten() {
            let found = column.next(rows).map_err(|error| self.file.damaged(&error))?;
            if *read.get_or_insert(found) != found {
                return Err(InputError::ParquetDamaged {
                    name: self.file.name.clone(),
                    what: "its columns are not of the same length".to_owned(),
                });
            }
        }
        Ok(read.unwrap_or(0))
    }

    fn piece(&self, table: &Table, rows: usize, options: &Options) -> Piece {
        let mut piece = Piece::new(PlaceUnit::Row, rows, options);
        piece.times = self.times.clone();
        let time = self
            .columns
            .place(Meaning::Time)
            .and_then(|time| table.columns[time].as_ref());
        for row in 0..rows {
            let place = piece.places;
            piece.places += 1;
            let mut fields: Fields<'_> = self.columns.fields(&Row { table, row });
            if let Some(Some(time_ns)) = time.and_then(|time| time.time(row)) {
                let utc_ns = if self.local {
                    self.times.utc_ns(time_ns).ok()
                } else {
                    Some(time_ns)
                };
                fields.time_ns = utc_ns;
            }
            let name = |field| self.columns.name(field);
            if let Err(fault) = piece.add(place, &fields, name)
                && !piece.unreadable(self.strict, place, || fault.describe(name(fault.field()), &fields))
            {
                break;
            }
        }
        piece.settle();
        piece
    }
}

/// The columns of some rows, by their numbers; none of those that are not read.
struct Table {
    columns: Vec<Option<Cells>>,
}

impl Table {
    fn cell(&self, column: usize, row: usize) -> &[u8] {
        self.columns
            .get(column)
            .and_then(Option::as_ref)
            .map_or(&[], |cells| cells.text(row))
    }
}

/// A row of a table.
struct Row<'a> {
    table: &'a Table,
    row: usize,
}

impl<'a> columns::Cells<'a> for Row<'a> {
    fn len(&self) -> usize {
        self.table.columns.len()
    }

    fn field(&self, index: Option<usize>) -> &'a [u8] {
        let table = self.table;
        index.map_or(&[], |index| table.cell(index, self.row).trim_ascii())
    }
}

/// The names of columns.
struct Header<'a>(&'a [String]);

impl<'a> columns::Cells<'a> for Header<'a> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn field(&self, index: Option<usize>) -> &'a [u8] {
        let names = self.0;
        index
            .and_then(|index| names.get(index))
            .map_or(&[], |name| name.trim().as_bytes())
    }
}

//! The account of a log beside its bubbles, as a prepared log keeps it: what it was made of, and what was
//! left out. Checks that it adds up; knows no Parquet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{LeftOut, LeftOutRow, MOST_PACKETS, Names, Place, PlaceUnit, Reading, Reason, SourceKind};

/// The account of a log that was prepared, beside its bubbles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredAccount {
    /// Name of the log.
    source: String,
    /// The files it was read from.
    pub(super) files: Vec<String>,
    /// Rows and packets read; 0 where there is no account.
    pub(super) rows: u64,
    pub(super) packets: u64,
    /// What its sources are, as `--group-by` takes it; none for countries.
    #[serde(skip_serializing_if = "Option::is_none")]
    group_by: Option<String>,
    /// Rows left out, by the key of the reason.
    pub(super) left_out: BTreeMap<String, LeftOutAccount>,
    /// Rows of other protocols, by their name.
    pub(super) other_protocols: BTreeMap<String, u64>,
    /// Codes and names of countries, by code; hosts by name.
    pub(super) countries: Vec<(String, String)>,
    pub(super) hosts: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LeftOutAccount {
    pub(super) rows: u64,
    pub(super) packets: u64,
    pub(super) first_lines: Vec<LineAccount>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LineAccount {
    file: u32,
    line: u64,
    /// The unit of `line`, where that is not lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    what: String,
}

impl StoredAccount {
    /// The account of a log that was read, without its countries and hosts.
    #[must_use]
    pub fn new(reading: &Reading) -> Self {
        let left_out = |left: &LeftOut| LeftOutAccount {
            rows: left.rows,
            packets: left.packets,
            first_lines: left
                .first_rows
                .iter()
                .map(|row| LineAccount {
                    file: row.file,
                    line: row.place.number,
                    unit: Some(row.place.unit.name().to_owned()).filter(|unit| unit != PlaceUnit::Line.name()),
                    what: row.what.clone(),
                })
                .collect(),
        };
        Self {
            source: reading.source.clone(),
            files: reading.files.clone(),
            rows: reading.rows,
            packets: reading.packets,
            group_by: Some(reading.source_kind.to_string()).filter(|_| reading.source_kind != SourceKind::Country),
            left_out: reading
                .left_out
                .iter()
                .map(|(reason, left)| (reason.key().to_owned(), left_out(left)))
                .collect(),
            other_protocols: reading.other_protocols.clone(),
            countries: Vec::new(),
            hosts: Vec::new(),
        }
    }

    /// The same with countries and hosts.
    #[must_use]
    pub fn with_names(self, names: &Names) -> Self {
        // The first country is `Unknown` in every log.
        let countries = names.sources.iter().skip(1);
        let countries = countries.map(|country| (country.code.clone(), country.name.clone()));
        Self {
            countries: countries.collect(),
            hosts: names.hosts.clone(),
            ..self
        }
    }

    /// What its sources are.
    pub(super) fn source_kind(&self) -> SourceKind {
        self.group_by
            .as_deref()
            .and_then(|name| name.parse().ok())
            .unwrap_or_default()
    }

    /// Checks that it adds up, or tells what does not.
    pub(super) fn check(&self) -> Result<(), String> {
        let none = LeftOutAccount::default();
        let all = self.left_out.values().try_fold(none, |sum, left| {
            Some(LeftOutAccount {
                rows: sum.rows.checked_add(left.rows)?,
                packets: sum.packets.checked_add(left.packets)?,
                ..sum
            })
        });
        match all {
            Some(all) if all.rows <= self.rows && all.packets <= self.packets => {}
            _ => return Err("its account leaves out more than there was".to_owned()),
        }
        if self.rows > MOST_PACKETS || self.packets > MOST_PACKETS {
            return Err(format!("its account has more than {MOST_PACKETS} rows or packets"));
        }
        Ok(())
    }

    /// Checks that it is the account of a number of bubbles and of their packets, or tells how it differs.
    pub(super) fn check_rows(&self, bubbles: u64, packets: u64) -> Result<(), String> {
        if self.rows == 0 {
            return Ok(());
        }
        let left = self.left_out.values().fold([0_u64; 2], |[rows, packets], left| {
            [rows.saturating_add(left.rows), packets.saturating_add(left.packets)]
        });
        let expected = self.packets.saturating_sub(left[1]);
        if packets != expected {
            return Err(format!("its rows have {packets} packets, its account {expected}"));
        }
        let rows = self.rows.saturating_sub(left[0]);
        if bubbles > rows {
            return Err(format!("it has {bubbles} bubbles, its account {rows} rows for them"));
        }
        Ok(())
    }

    /// The rows left out for a reason; their files are numbered from `first_file` on.
    pub(super) fn left_out(&self, reason: Reason, first_file: u32) -> Option<LeftOut> {
        let left = self.left_out.get(reason.key())?;
        let lines = left.first_lines.iter().take(LeftOut::FIRST_ROWS);
        Some(LeftOut {
            rows: left.rows,
            packets: left.packets,
            first_rows: lines
                .map(|line| LeftOutRow {
                    // A number that a file says need not be one of its files.
                    file: first_file + line.file.min((self.files.len() as u32).saturating_sub(1)),
                    place: Place {
                        unit: PlaceUnit::of(line.unit.as_deref()),
                        number: line.line,
                    },
                    what: line.what.clone(),
                })
                .collect(),
        })
    }
}

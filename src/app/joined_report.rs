//! The report of a film that was put together: made of the reports of its parts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::output::mark::Part;
use crate::words::counted;

/// One report of those of all parts. What the parts have in common, the account of the log above all, is that of the
/// first; frames, seconds and flashes are added up.
///
/// # Errors
/// A report that cannot be read, is of no part of this film, or is missing.
pub fn joined(reports: &[PathBuf], parts: &[Part], output: &Path) -> anyhow::Result<Value> {
    let mut of_parts: Vec<Option<(Value, &Path)>> = parts.iter().map(|_| None).collect();
    for path in reports {
        let name = || path.display().to_string();
        let text = fs::read(path).with_context(name)?;
        let report: Value = serde_json::from_slice(&text).with_context(name)?;
        let at = parts.iter().position(|part| is_of(&report, part));
        let Some(at) = at else {
            bail!("`{}` is not the report of a part of this film", path.display());
        };
        if let Some((_, other)) = &of_parts[at] {
            bail!(
                "`{}` and `{}` are reports of the same part: leave one out",
                other.display(),
                path.display()
            );
        }
        of_parts[at] = Some((report, path));
    }
    if let Some(at) = of_parts.iter().position(Option::is_none) {
        let path = parts[at].path.display();
        bail!(
            "no report of the part `{path}` is among the {}",
            counted(reports.len() as u64, "report")
        );
    }
    let mut reports = of_parts.into_iter().flatten().map(|(report, _)| report);
    let Some(mut film) = reports.next() else {
        bail!("there is no part to report on");
    };
    let mut film_secs = film_secs(&film);
    for report in reports {
        film_secs += self::film_secs(&report);
        add(&mut film["frames"], &report["frames"]);
        add(&mut film["flashes"], &report["flashes"]);
        let seconds = film["seconds"].as_object_mut().into_iter().flatten();
        for (stage, secs) in seconds {
            add(secs, &report["seconds"][stage.as_str()]);
        }
    }
    let frames = film["frames"].as_f64().unwrap_or_default();
    film["frames_per_second"] = json!(frames / film_secs.max(f64::MIN_POSITIVE));
    film["output"] = json!(output.display().to_string());
    film["complete"] = json!(true);
    film["parts"] = json!(parts.len());
    if let Some(keys) = film.as_object_mut() {
        keys.remove("part");
    }
    for choice in ["frames", "shard"] {
        if let Some(options) = film["options"].as_object_mut() {
            options.remove(choice);
        }
    }
    Ok(film)
}

/// Whether a report is of this part, and of all that it holds.
fn is_of(report: &Value, part: &Part) -> bool {
    let own = &report["part"];
    let begins_with = |own: &Value, digits: &str| own.as_str().is_some_and(|own| own.starts_with(digits));
    begins_with(&own["log"], &part.mark.log)
        && begins_with(&own["settings"], &part.mark.settings)
        && own["first_frame"] == part.frames.start
        && report["frames"] == part.count()
}

/// Wall clock of the film of a report.
fn film_secs(report: &Value) -> f64 {
    let [frames, rate] = ["frames", "frames_per_second"].map(|key| report[key].as_f64().unwrap_or_default());
    if rate > 0.0 { frames / rate } else { 0.0 }
}

fn add(sum: &mut Value, more: &Value) {
    *sum = match (sum.as_u64(), more.as_u64()) {
        (Some(sum), Some(more)) => json!(sum.saturating_add(more)),
        _ => json!(sum.as_f64().unwrap_or_default() + more.as_f64().unwrap_or_default()),
    };
}

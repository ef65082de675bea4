//! Plans and captions: a plan is read again as it is written, and so are captions.

use portbloom::plan::{Plan, read_cues, web_vtt};

use super::kind_of;

/// Reads the bytes as a plan, or else as captions.
pub fn run(data: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(data);
    if text.trim_start().starts_with('{') {
        return match Plan::from_json(&text) {
            Ok(plan) => {
                let json = plan.to_json().expect("a plan is valid JSON");
                assert_eq!(Plan::from_json(&json), Ok(plan.clone()), "{json}");
                // One kind for each number of things that it has.
                let counts = [plan.captions.len(), plan.chapters.len(), plan.speeds.len()];
                kind_of(&format!("{:?}", counts.map(|count| "x".repeat(count.min(4)))))
            }
            Err(error) => kind_of(&told(&error.to_string())),
        };
    }
    match read_cues(&text) {
        Ok(cues) => {
            // What looks like markup once other markup is gone goes with the first writing.
            let written = web_vtt(&cues);
            if let Ok(once) = read_cues(&written) {
                let twice = read_cues(&web_vtt(&once)).expect("captions that were written");
                let thrice = read_cues(&web_vtt(&twice)).expect("captions that were written");
                assert_eq!(twice, thrice, "{written}");
            }
            kind_of(&format!(
                "{} {}",
                text.starts_with("WEBVTT"),
                "x".repeat(cues.len().min(8))
            ))
        }
        Err(error) => kind_of(&told(&error.why)),
    }
}

/// A message without the values that it names.
fn told(message: &str) -> String {
    message.split('`').step_by(2).collect()
}

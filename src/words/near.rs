//! Names near to one that nothing has, for messages about what was mistyped.

/// Names shown at most.
const MOST: usize = 3;
/// Letters to which a name may differ in one letter; twice as many for two, and so on.
const LETTERS_A_SLIP: usize = 4;

/// Those of `names` that differ from `wanted` in few letters or hold it, the nearest first.
///
/// A slip is a letter more, less or other, or two that changed places (optimal string alignment); capitals
/// make no difference.
#[must_use]
pub fn near_names<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let letters = wanted.chars().count();
    let most_slips = (letters / LETTERS_A_SLIP).max(1);
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let slips = if letters > 2 && lower.contains(&wanted) {
                0
            } else {
                strsim::osa_distance(&wanted, &lower)
            };
            (slips <= most_slips).then_some((slips, name))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().map(|(_, name)| name).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_mistyped_is_found() {
        let names = ["China", "Chad", "Chile", "South Korea", "North Korea", "ssh", "smb"];
        let near = |wanted: &str| near_names(wanted, names.into_iter());
        assert_eq!(near("Chnia")[0], "China");
        assert_eq!(near("korea"), ["North Korea", "South Korea"]);
        assert_eq!(near("shh"), ["ssh"]);
        assert_eq!(near("Sout Corea"), ["South Korea"]);
        assert!(near("Atlantis").is_empty() && near("").is_empty());
    }
}

//! What a kind of table is: which columns tell the tables of a program from others, what they mean, and what
//! of the rows is counted. Each has a file of its own in `kinds/`. Knows no bytes.

use crate::input::columns::{Key, Meaning};
use crate::input::fields::Fields;
use crate::input::format::About;

/// The tables of a program.
pub(in crate::input::formats) struct Kind {
    pub about: About,
    /// Keys of columns: a table of this kind has one of each group.
    pub marks: &'static [&'static [&'static str]],
    /// The columns of a meaning, where they are not found by their usual names; where there are several, the
    /// first that has a value in a row is taken.
    pub fields: &'static [(Meaning, &'static str)],
    /// Meanings without a column of their own: `adapt` finds them.
    pub lacks: &'static [Meaning],
    /// Other columns that `adapt` looks at, empty where there are none.
    pub extras: &'static [&'static str],
    /// Corrects the fields of a row.
    pub adapt: Option<Adapt>,
    /// Whether a row tells of one way of a conversation.
    pub one_way: bool,
    /// The byte between fields, where it is none of the usual ones.
    pub delimiter: Option<u8>,
    /// The headers of tables that come without one.
    pub headers: &'static [&'static str],
    /// What the lines begin with that follow the rows.
    pub trailer: Option<&'static str>,
}

/// Corrects the fields of a row by its extra columns.
pub(in crate::input::formats) type Adapt = for<'a> fn(&mut Fields<'a>, &[&'a [u8]]);

impl Kind {
    /// A kind whose columns have their usual names, and whose rows are counted as they are.
    pub const fn new(about: About, marks: &'static [&'static [&'static str]]) -> Self {
        Self {
            about,
            marks,
            fields: &[],
            lacks: &[],
            extras: &[],
            adapt: None,
            one_way: false,
            delimiter: None,
            headers: &[],
            trailer: None,
        }
    }

    /// Whether a table with columns of these keys, parted by this byte where it is of text, is of this kind.
    pub fn fits(&self, keys: &[Option<Key>], delimiter: Option<u8>) -> bool {
        let has = |mark: &&str| keys.iter().flatten().any(|key| *key == **mark);
        let is_own = |own: u8| delimiter.is_none_or(|delimiter| delimiter == own);
        self.delimiter.is_none_or(is_own) && self.marks.iter().all(|group| group.iter().any(has))
    }
}

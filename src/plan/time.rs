//! A moment of data time in a plan: `2013-07-24T07:46:25Z` when written, as logs have times when read.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::input::parse_time_ns;
use crate::words;

/// A moment of data time, in Unix nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::utc(self.0))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_time_ns(&text).map(Self).map_err(de::Error::custom)
    }
}

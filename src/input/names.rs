//! Sources and hosts by number: in a piece of a log, which a thread reads by itself, and in the whole
//! log. Decides which spellings are one country, and which stand for none; knows no row and no column.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;
use std::num::NonZero;

use foldhash::fast::RandomState;

use crate::model::{Event, Names, Source, UNKNOWN_SOURCE};
use crate::words::logged_country_code;

/// The most sources that are told apart, and the most hosts: a log of garbage costs some hundred
/// bytes for each. Twenty bits of a bubble's key (see `log`).
pub(super) const MOST_NAMES: usize = (1 << 20) - 1;

/// Bytes of all sources' names together, and of all hosts': names are words, not files.
const MOST_BYTES: usize = 256 << 20;

/// The source of rows whose own is beyond [`MOST_NAMES`].
const UNLISTED: &str = "Unlisted";

/// Sources and hosts of a log, by the order of their first event.
#[derive(Default)]
pub(super) struct AllNames {
    sources: Sources,
    hosts: Hosts,
}

impl AllNames {
    /// Numbers of the log for those of a piece: `[sources, hosts]`, to be indexed by them.
    /// Pieces come in the order of the log.
    pub fn merge(&mut self, piece: &PieceNames) -> [Vec<u32>; 2] {
        let sources = piece.introductions.iter();
        let sources = sources.map(|Introduction { code, name }| self.sources.index(code, name));
        let sources = sources.collect();
        let hosts = piece
            .hosts
            .iter()
            .map(|host| self.hosts.number(&piece.host_texts, host));
        [sources, hosts.collect()]
    }

    /// The same for those alone that some events of the piece have; the others get a number that means
    /// nothing.
    pub fn merge_used(&mut self, piece: &PieceNames, events: &[Event]) -> [Vec<u32>; 2] {
        let mut sources = vec![None; piece.introductions.len()];
        let mut hosts = vec![None; piece.hosts.len()];
        for event in events {
            sources[event.source as usize].get_or_insert_with(|| {
                let Introduction { code, name } = &piece.introductions[event.source as usize];
                self.sources.index(code, name)
            });
            let host = &mut hosts[event.host as usize];
            host.get_or_insert_with(|| self.hosts.number(&piece.host_texts, &piece.hosts[event.host as usize]));
        }
        let none = |number: Option<u32>| number.unwrap_or_default();
        [
            sources.into_iter().map(none).collect(),
            hosts.into_iter().map(none).collect(),
        ]
    }

    /// Remarks on sources and hosts that are too many.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let sources = self.sources.unlisted.map(|_| {
            format!("more than {MOST_NAMES} different sources: those after them are shown together as `{UNLISTED}`")
        });
        let hosts = self
            .hosts
            .too_many
            .then(|| format!("more than {MOST_NAMES} different hosts: those after them are not told apart"));
        sources.into_iter().chain(hosts)
    }

    /// The names themselves.
    pub fn finish(self) -> Names {
        Names {
            sources: self.sources.list,
            hosts: self.hosts.list,
        }
    }
}

/// Sources and hosts of a piece, numbered by themselves.
#[derive(Default)]
pub(super) struct PieceNames {
    /// Numbers of those with a code, and of those without by their name.
    codes: Spellings,
    names: Spellings,
    /// The sources, by number.
    introductions: Vec<Introduction>,
    /// The hosts, by number.
    hosts: Vec<Host>,
    host_texts: Spellings,
    host_addresses: ByAddress,
    /// Numbers of sources by their address.
    source_addresses: ByAddress,
    /// Numbers of countries by the address of a source, of those that came last, and by their code.
    recent: Recent,
    letters: Letters,
}

/// Numbers of countries by address, each in a place by its hash, where the next takes it: looking a country up again
/// takes no longer than finding it among many.
struct Recent(Box<[(Option<IpAddr>, u32); Self::PLACES]>);

impl Recent {
    const PLACES: usize = 512;

    #[inline]
    fn place(&mut self, address: IpAddr) -> &mut (Option<IpAddr>, u32) {
        let bits = match address {
            IpAddr::V4(address) => u64::from(u32::from(address)),
            IpAddr::V6(address) => (u128::from(address) >> 64) as u64 ^ u128::from(address) as u64,
        };
        // Fibonacci hashing (Knuth, TAOCP 6.4). Who chooses addresses so that they fall into one place makes each of them be
        // looked up, and no more.
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        &mut self.0[(bits.wrapping_mul(FACTOR) >> (u64::BITS - Self::PLACES.trailing_zeros())) as usize]
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self(Box::new([(None, 0); Self::PLACES]))
    }
}

/// Numbers of countries by their code of two capitals.
struct Letters([Option<NonZero<u32>>; 26 * 26]);

impl Default for Letters {
    fn default() -> Self {
        Self([None; 26 * 26])
    }
}

impl Letters {
    /// The place of a code.
    #[inline]
    fn place(code: [u8; 2]) -> Option<usize> {
        let [first, second] = code.map(|letter| usize::from(letter.wrapping_sub(b'A')));
        (first < 26 && second < 26).then_some(26 * first + second)
    }
}

/// A host of a piece.
enum Host {
    /// Goes by a name, which has this index among the piece's.
    Named(u32),
    /// Goes by its address, which is not written out before somebody asks.
    At(IpAddr),
}

/// Numbers by address.
#[derive(Default)]
struct ByAddress {
    v4: HashMap<u32, u32, RandomState>,
    v6: HashMap<u128, u32, RandomState>,
}

impl ByAddress {
    #[inline]
    fn get(&self, address: IpAddr) -> Option<u32> {
        match address {
            IpAddr::V4(address) => self.v4.get(&address.into()),
            IpAddr::V6(address) => self.v6.get(&address.into()),
        }
        .copied()
    }

    fn insert(&mut self, address: IpAddr, number: u32) {
        match address {
            IpAddr::V4(address) => self.v4.insert(address.into(), number),
            IpAddr::V6(address) => self.v6.insert(address.into(), number),
        };
    }
}

/// A source of a piece.
struct Introduction {
    code: Box<[u8]>,
    /// The first in the alphabet of the names that its rows have; empty where none has one.
    name: Box<[u8]>,
}

impl PieceNames {
    /// The piece's number for a trimmed code and name.
    #[cfg(feature = "prepared")]
    pub fn country(&mut self, code: &[u8], name: &[u8]) -> u32 {
        self.number(code, name, |_| false, code_of)
    }

    /// The same for a row of text; `None` where the text in place of the country cannot be one.
    #[inline]
    pub fn country_of_text(&mut self, code: &[u8], name: &[u8]) -> Option<u32> {
        Some(self.number(code, name, is_no_name, code_of)).filter(|number| *number != NO_NAME)
    }

    /// The piece's number for a row's trimmed name of a source that is no country; `None` as above.
    #[inline]
    pub fn source_of_text(&mut self, name: &[u8]) -> Option<u32> {
        Some(self.number(b"", name, is_no_name, |_, _| None)).filter(|number| *number != NO_NAME)
    }

    #[inline]
    fn number(
        &mut self,
        code: &[u8],
        name: &[u8],
        refuse: fn(&[u8]) -> bool,
        code_of: fn(&[u8], &[u8]) -> Option<&'static str>,
    ) -> u32 {
        let next = self.introductions.len() as u32;
        let coded = match code {
            [] => NO_CODE,
            code => self.codes.index_or(code, || match code {
                code if stands_for_none(code) => NO_CODE,
                code if refuse(code) || holds_comment(name) && refuse(name) => NO_NAME,
                _ => next,
            }),
        };
        let number = if coded == NO_CODE {
            self.names.index_or(name, || if refuse(name) { NO_NAME } else { next })
        } else {
            coded
        };
        if number == NO_NAME {
            return NO_NAME;
        }
        match self.introductions.get_mut(number as usize) {
            None => self.introductions.push(Introduction {
                code: code_of(code, name).map_or(code, str::as_bytes).into(),
                name: name.into(),
            }),
            Some(known) if !same(&known.name, name) => {
                if holds_comment(name) && refuse(name) {
                    return NO_NAME;
                }
                if comes_first(code, name, &known.name) {
                    known.name = name.into();
                }
            }
            Some(_) => {}
        }
        number
    }

    /// The piece's number for a code and a name that no log wrote; that of `Unknown` where both are empty.
    pub fn source(&mut self, code: &[u8], name: &[u8]) -> u32 {
        self.number(code, name, |_| false, |_, _| None)
    }

    /// The piece's number for a country's code of two capitals.
    #[inline]
    pub fn country_of_code(&mut self, code: [u8; 2]) -> u32 {
        let place = Letters::place(code);
        if let Some(known) = place.and_then(|place| self.letters.0[place]) {
            return known.get() - 1;
        }
        let number = self.source(&code, b"");
        if let Some(place) = place {
            self.letters.0[place] = NonZero::new(number + 1);
        }
        number
    }

    /// The piece's number for the country of an address, for which `number` may be asked more than once.
    #[inline]
    pub fn country_at(&mut self, address: IpAddr, number: impl FnOnce(&mut Self) -> u32) -> u32 {
        if let (Some(known), number) = *self.recent.place(address)
            && known == address
        {
            return number;
        }
        let number = number(self);
        *self.recent.place(address) = (Some(address), number);
        number
    }

    /// The piece's number for the source at an address; `number` is asked where the address is new.
    #[inline]
    pub fn source_at(&mut self, address: IpAddr, number: impl FnOnce(&mut Self) -> u32) -> u32 {
        if let Some(known) = self.source_addresses.get(address) {
            return known;
        }
        let number = number(self);
        self.source_addresses.insert(address, number);
        number
    }

    /// Code and name of the source of a number.
    pub fn source_text(&self, number: u32) -> (&[u8], &[u8]) {
        self.introductions
            .get(number as usize)
            .map_or((b"", b""), |source| (&source.code, &source.name))
    }

    /// Name of the host of a number; empty for several, and for one that goes by its address.
    #[cfg(feature = "prepared")]
    pub fn host_text(&self, number: u32) -> &[u8] {
        match self.hosts.get(number as usize) {
            Some(Host::Named(index)) => self.host_texts.get(*index),
            Some(Host::At(_)) | None => b"",
        }
    }

    /// The piece's number for a trimmed host; `None` where the text stands for none.
    #[inline]
    pub fn host(&mut self, name: &[u8]) -> Option<u32> {
        let next = self.hosts.len() as u32;
        let number = self
            .host_texts
            .index_or(name, || if stands_for_none(name) { NO_NAME } else { next });
        if number == next {
            self.hosts.push(Host::Named(self.host_texts.len() as u32 - 1));
        }
        Some(number).filter(|number| *number != NO_NAME)
    }

    /// The piece's number for rows without a host.
    #[inline]
    pub fn no_host(&mut self) -> u32 {
        self.host(b"").unwrap_or_default()
    }

    /// The piece's number for a host that goes by its address.
    #[inline]
    pub fn host_at(&mut self, address: IpAddr) -> u32 {
        if let Some(known) = self.host_addresses.get(address) {
            return known;
        }
        let next = self.hosts.len() as u32;
        self.hosts.push(Host::At(address));
        self.host_addresses.insert(address, next);
        next
    }
}

/// [`PieceNames`]' number of a code that stands for no country.
const NO_CODE: u32 = u32::MAX;

/// [`PieceNames`]' number of a text that cannot be a country.
const NO_NAME: u32 = u32::MAX - 1;

/// The code of two letters for a country that a log names otherwise, by three letters or by a name alone: so
/// films of different logs agree. None for those that are not known, and for codes of two letters.
pub(super) fn code_of(code: &[u8], name: &[u8]) -> Option<&'static str> {
    let text = if code.is_empty() || stands_for_none(code) {
        name
    } else {
        code
    };
    if text.len() == 2 && text == code || stands_for_none(text) {
        return None;
    }
    logged_country_code(&on_one_line(text))
}

/// Whether a text cannot be a country's code or name: it holds control characters, a quote without its
/// other half, the sign of a comment, or what parts the fields of a table. A name in quotes may go on on the
/// next line.
pub(super) fn is_no_name(text: &[u8]) -> bool {
    let control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    let parts = text.iter().filter(|byte| matches!(byte, b';' | b'|' | b'\t'));
    let cr = |at: usize| text.get(at + 1) != Some(&b'\n');
    text.iter().any(control)
        || memchr::memchr_iter(b'\r', text).any(cr)
        || holds_comment(text) && !stands_for_none(text)
        || memchr::memchr_iter(b'"', text).count() % 2 == 1
        || parts.count() >= 2
        || memchr::memmem::find(text, b"sep=").is_some()
}

/// Whether a text may have a comment at its end.
fn holds_comment(text: &[u8]) -> bool {
    memchr::memchr(b'#', text).is_some()
}

/// Words and signs that programs write where they know no country or host, in small letters. `NA` is Namibia.
const FOR_NONE: [&[u8]; 27] = [
    b"-",
    b"--",
    b"---",
    b"?",
    b"??",
    b"*",
    b".",
    b"zz",
    b"xx",
    b"null",
    b"<null>",
    b"(null)",
    b"\\n",
    b"nil",
    b"none",
    b"(none)",
    b"n/a",
    b"#n/a",
    b"nan",
    b"unknown",
    b"(unknown)",
    b"unset",
    b"(unset)",
    b"undefined",
    b"(empty)",
    b"reserved",
    b"not found",
];

/// Whether a text in place of a country or a host stands for none.
pub(super) fn stands_for_none(text: &[u8]) -> bool {
    text.len() <= 9 && FOR_NONE.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A name as text without control characters: each run of them, and of blanks beside them, is one blank.
fn on_one_line(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    if text.contains(char::is_control) {
        let words = text.split(|letter: char| letter.is_control() || letter == ' ');
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    } else {
        text.into_owned()
    }
}

/// Whether a country's name is to be taken in place of another: the first in the alphabet is, so that it
/// is the same one whatever the order of the rows; one that is no more than the code comes after the
/// others. Compared as they will be shown.
fn comes_first(code: &[u8], name: &[u8], other: &[u8]) -> bool {
    let code = on_one_line(code).to_uppercase();
    let rank = |name: &[u8]| {
        let text = on_one_line(name);
        let none = text.is_empty() || stands_for_none(name);
        (none, text.to_uppercase() == code, text)
    };
    rank(name) < rank(other)
}

/// Numbers of spellings. One is looked up for every row, so this is a hash table of its own, with a hash
/// of few instructions. Whoever chooses the spellings does not know how they are hashed.
pub(super) struct Spellings {
    /// Entry + 1 by hash, 0 where no entry is; a power of two, at most half full.
    table: Vec<u32>,
    /// The range of each entry in `bytes`, and its number.
    entries: Vec<(u32, u32, u32)>,
    bytes: Vec<u8>,
    hash: RandomState,
}

impl Default for Spellings {
    fn default() -> Self {
        Self {
            table: vec![0; 64],
            entries: Vec::new(),
            bytes: Vec::new(),
            hash: RandomState::default(),
        }
    }
}

impl Spellings {
    fn len(&self) -> usize {
        self.entries.len()
    }

    /// The spelling that came as number `index`; empty where there is none.
    fn get(&self, index: u32) -> &[u8] {
        self.entries
            .get(index as usize)
            .map_or(&[], |entry| self.spelling(*entry))
    }

    fn spelling(&self, (start, end, _): (u32, u32, u32)) -> &[u8] {
        &self.bytes[start as usize..end as usize]
    }

    /// The number of a spelling, `next` if it is a new one.
    #[inline]
    pub fn index(&mut self, bytes: &[u8], next: u32) -> u32 {
        self.index_or(bytes, || next)
    }

    /// The number of a spelling; a new one gets its number from `next`, and is not kept where that is [`NO_NAME`].
    fn index_or(&mut self, bytes: &[u8], next: impl FnOnce() -> u32) -> u32 {
        let mask = self.table.len() - 1;
        let mut at = self.hash(bytes) & mask;
        while self.table[at] != 0 {
            let entry = self.entries[self.table[at] as usize - 1];
            if same(self.spelling(entry), bytes) {
                return entry.2;
            }
            at = (at + 1) & mask;
        }
        let next = next();
        if next == NO_NAME {
            return NO_NAME;
        }
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        self.entries.push((start, self.bytes.len() as u32, next));
        self.table[at] = self.entries.len() as u32;
        if 2 * self.entries.len() > self.table.len() {
            self.grow();
        }
        next
    }

    #[inline]
    fn hash(&self, spelling: &[u8]) -> usize {
        let mut hasher = self.hash.build_hasher();
        hasher.write(spelling);
        hasher.finish() as usize
    }

    fn grow(&mut self) {
        let mask = 2 * self.table.len() - 1;
        let mut table = vec![0; mask + 1];
        for (index, entry) in self.entries.iter().enumerate() {
            let mut at = self.hash(self.spelling(*entry)) & mask;
            while table[at] != 0 {
                at = (at + 1) & mask;
            }
            table[at] = index as u32 + 1;
        }
        self.table = table;
    }
}

/// Whether two texts are the same. Most are short, and are compared sooner than a function to compare them is
/// called.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    fn ends<const N: usize>(text: &[u8]) -> Option<[&[u8; N]; 2]> {
        Some([text.first_chunk()?, text.last_chunk()?])
    }
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        0..4 => one.iter().eq(other),
        4..8 => ends::<4>(one) == ends::<4>(other),
        8..=16 => ends::<8>(one) == ends::<8>(other),
        _ => one == other,
    }
}

/// Sources by the order of their first event.
struct Sources {
    list: Vec<Source>,
    by_code: HashMap<String, u32>,
    /// Spellings of codes as the log has them.
    codes: HashMap<Box<[u8]>, u32>,
    /// Names of rows that have no code.
    names: HashMap<Box<[u8]>, u32>,
    bytes: usize,
    /// The one that holds all beyond the limit.
    unlisted: Option<u32>,
}

impl Default for Sources {
    fn default() -> Self {
        let unknown = Source {
            code: "Unknown".to_owned(),
            name: String::new(),
        };
        Self {
            by_code: HashMap::from([(unknown.code.clone(), UNKNOWN_SOURCE)]),
            list: vec![unknown],
            codes: HashMap::new(),
            names: HashMap::new(),
            bytes: 0,
            unlisted: None,
        }
    }
}

impl Sources {
    /// The index for a trimmed code and name; the name stands in for an empty code.
    fn index(&mut self, code: &[u8], name: &[u8]) -> u32 {
        let known = if code.is_empty() {
            self.names.get(name)
        } else {
            self.codes.get(code)
        };
        if let Some(known) = known
            && self.list[*known as usize].name.as_bytes() == name
        {
            return *known;
        }
        let [code, name] = [code, name].map(|text| if stands_for_none(text) { &[][..] } else { text });
        let by_name = code.is_empty();
        if by_name && name.is_empty() {
            return UNKNOWN_SOURCE;
        }
        let (spelling, known) = if by_name {
            (name, &self.names)
        } else {
            (code, &self.codes)
        };
        let index = match known.get(spelling) {
            Some(index) => *index,
            None => {
                let text = on_one_line(spelling);
                let index = self.add(if by_name { text } else { text.to_uppercase() });
                if Some(index) == self.unlisted {
                    return index;
                }
                let known = if by_name { &mut self.names } else { &mut self.codes };
                known.insert(spelling.into(), index);
                index
            }
        };
        self.give_name(index, name);
        index
    }

    /// The index for a code as it is kept. `Unknown` is one country however it is written.
    fn add(&mut self, code: String) -> u32 {
        if code.is_empty() || stands_for_none(code.as_bytes()) {
            return UNKNOWN_SOURCE;
        }
        if let Some(index) = self.by_code.get(&code) {
            return *index;
        }
        let next = self.list.len() as u32;
        self.bytes += code.len();
        if self.unlisted.is_some() || self.list.len() >= MOST_NAMES - 1 || self.bytes > MOST_BYTES {
            // One more, and it is the last.
            return *self.unlisted.get_or_insert_with(|| {
                self.list.push(Source {
                    code: UNLISTED.to_owned(),
                    name: String::new(),
                });
                next
            });
        }
        self.list.push(Source {
            code: code.clone(),
            name: String::new(),
        });
        self.by_code.insert(code, next);
        next
    }

    /// Of the names that the log gives a source it keeps the first in the alphabet.
    fn give_name(&mut self, index: u32, name: &[u8]) {
        let source = &mut self.list[index as usize];
        if index != UNKNOWN_SOURCE && comes_first(source.code.as_bytes(), name, source.name.as_bytes()) {
            source.name = on_one_line(name);
        }
    }
}

/// Receiving hosts by the order of their first event.
#[derive(Default)]
struct Hosts {
    list: Vec<String>,
    known: HashMap<Box<[u8]>, u32>,
    by_address: HashMap<IpAddr, u32>,
    bytes: usize,
    too_many: bool,
}

impl Hosts {
    /// The index for a host of a piece.
    fn number(&mut self, texts: &Spellings, host: &Host) -> u32 {
        let address = match host {
            Host::Named(index) => return self.index(texts.get(*index)),
            Host::At(address) => *address,
        };
        if let Some(index) = self.by_address.get(&address) {
            return *index;
        }
        let index = self.index(address.to_string().as_bytes());
        // There is no limit to those that are not told apart.
        if !self.too_many {
            self.by_address.insert(address, index);
        }
        index
    }

    /// The index for a trimmed name; the empty one is a name like any other, and that of all hosts
    /// beyond the limit.
    fn index(&mut self, name: &[u8]) -> u32 {
        if let Some(index) = self.known.get(name) {
            return *index;
        }
        if name.iter().any(u8::is_ascii_control) {
            return self.index(on_one_line(name).as_bytes());
        }
        self.bytes += name.len();
        self.too_many |= self.list.len() >= MOST_NAMES - 1 || self.bytes > MOST_BYTES;
        if self.too_many && !name.is_empty() {
            return self.index(&[]);
        }
        let index = self.list.len() as u32;
        self.known.insert(name.into(), index);
        self.list.push(String::from_utf8_lossy(name).into_owned());
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_and_a_country_are_one_whatever_tells_of_them() {
        let [address, other] = [[192, 0, 2, 1], [192, 0, 2, 2]].map(IpAddr::from);
        let mut piece = PieceNames::default();
        let hosts = [
            piece.host_at(address),
            piece.host(b"192.0.2.1").unwrap(),
            piece.host_at(other),
            piece.host_at(address),
        ];
        let china = piece.country_at(address, |names| names.country_of_code(*b"CN"));
        assert_eq!(piece.country_of_text(b"CN", b"China"), Some(china));
        assert_eq!(piece.country_at(address, |_| u32::MAX), china);
        assert_eq!(piece.country_of_code(*b"CN"), china);
        let mut names = AllNames::default();
        for _ in 0..2 {
            let [sources, numbers] = names.merge(&piece);
            assert_eq!(hosts.map(|host| numbers[host as usize]), [0, 0, 1, 0]);
            assert_eq!(sources.len(), 1);
        }
        let names = names.finish();
        assert_eq!(names.hosts, ["192.0.2.1", "192.0.2.2"]);
        assert_eq!(names.sources[1].name, "China");
    }

    #[test]
    fn nobody_foresees_where_a_spelling_is_put() {
        let spellings: Vec<String> = (0..100).map(|number| format!("sensor-{number}")).collect();
        let places = || {
            let table = Spellings::default();
            let places: Vec<usize> = spellings.iter().map(|text| table.hash(text.as_bytes())).collect();
            places
        };
        assert_ne!(places(), places());
    }

    #[test]
    fn what_stands_for_no_country_is_unknown() {
        let mut piece = PieceNames::default();
        let pairs = [
            ("-", "-"),
            ("--", ""),
            ("ZZ", ""),
            ("??", "null"),
            ("", "N/A"),
            ("Unknown", "unknown"),
            ("(unset)", ""),
            ("\r", "\0"),
            ("nan", "NaN"),
            ("NA", "Namibia"),
            ("na", "-"),
            ("", "NA"),
            ("-", "Germany"),
            ("--", "France"),
            ("N\r\0", "null"),
            ("N", "Nowhere"),
        ];
        let numbers =
            pairs.map(|(code, name)| piece.number(code.as_bytes(), name.as_bytes(), |_| false, |_, _| None) as usize);
        let mut all = AllNames::default();
        let [sources, _] = all.merge(&piece);
        let names = all.finish();
        let found = numbers.map(|number| {
            let country = &names.sources[sources[number] as usize];
            (country.code.as_str(), country.name.as_str())
        });
        let unknown = ("Unknown", "");
        let (namibia, germany, france, n) = (
            ("NA", "Namibia"),
            ("Germany", "Germany"),
            ("France", "France"),
            ("N", "Nowhere"),
        );
        assert_eq!(found[..9], [unknown; 9]);
        assert_eq!(found[9..], [namibia, namibia, namibia, germany, france, n, n]);
        assert!(sources.contains(&UNKNOWN_SOURCE));
    }

    #[test]
    fn a_million_names_are_told_apart_and_no_more() {
        let mut all = AllNames::default();
        let mut last = [0; 2];
        for first in (0..1_100_000_u32).step_by(20_000) {
            let mut piece = PieceNames::default();
            for index in first..first + 20_000 {
                let name = format!("{index:x}Z");
                let numbers = [
                    piece.number(name.as_bytes(), b"", |_| false, |_, _| None),
                    piece.host(name.as_bytes()).unwrap(),
                ];
                assert_eq!(numbers, [index - first; 2]);
            }
            let [sources, hosts] = all.merge(&piece);
            assert_eq!((sources.len(), hosts.len()), (20_000, 20_000));
            last = [sources[19_999], hosts[19_999]];
        }
        assert_eq!(all.warnings().count(), 2);
        let names = all.finish();
        assert_eq!([names.sources.len(), names.hosts.len()], [MOST_NAMES; 2]);
        assert_eq!(names.sources[last[0] as usize].code, UNLISTED);
        assert_eq!(names.hosts[last[1] as usize], "");
    }
}

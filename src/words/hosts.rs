//! Hosts as a picture shows them: their order, names that are short and still tell them apart, and neighbours that
//! are joined where hosts are many. A host is a text of the log: an address or a name, of any length and script.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::{counted, printable_line};

/// A host of rows that name none.
pub const NO_HOST_TEXT: &str = "no host named";

/// Parts of a name between separators up to which it is made shorter.
const MOST_PARTS: usize = 16;
/// Letters of the longest name that is shown whole.
const MOST_LETTERS: usize = 60;
/// Ends of a part of a name.
const SEPARATORS: [char; 3] = ['-', '_', '.'];

/// What a host is; kinds stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    V4(u32),
    V6(u128),
    Name,
    /// The rows that name no host.
    Unnamed,
}

impl Kind {
    fn of(host: &str) -> Self {
        match host.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) => Self::V4(address.into()),
            Ok(IpAddr::V6(address)) => Self::V6(address.into()),
            Err(_) if host.is_empty() => Self::Unnamed,
            Err(_) => Self::Name,
        }
    }

    /// Number of the kind, whatever the address.
    fn family(self) -> usize {
        match self {
            Self::V4(_) => 0,
            Self::V6(_) => 1,
            Self::Name => 2,
            Self::Unnamed => 3,
        }
    }
}

/// The order in which hosts stand: addresses as numbers, IPv4 before IPv6, then names, whose digits are numbers too
/// (`web-9` before `web-10`), and last the rows that name none. Gives indices of `hosts`.
#[must_use]
pub fn host_order(hosts: &[impl AsRef<str>]) -> Vec<u32> {
    let kinds: Vec<Kind> = hosts.iter().map(|host| Kind::of(host.as_ref())).collect();
    let mut order: Vec<u32> = (0..hosts.len() as u32).collect();
    order.sort_by(|a, b| {
        let (a, b) = (*a as usize, *b as usize);
        kinds[a]
            .cmp(&kinds[b])
            .then_with(|| by_name(hosts[a].as_ref(), hosts[b].as_ref()))
    });
    order
}

/// A piece of a name that is compared as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Letter(char),
    /// Digits without the zeros before them.
    Number(&'a str),
}

impl Piece<'_> {
    fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            (Self::Letter(a), Self::Letter(b)) => a.to_lowercase().cmp(b.to_lowercase()),
            // Where digits stand among letters.
            (Self::Number(_), Self::Letter(letter)) => '5'.cmp(&letter),
            (Self::Letter(letter), Self::Number(_)) => letter.cmp(&'5'),
        }
    }
}

/// The pieces of a name, and where each begins and ends.
fn pieces(name: &str) -> impl Iterator<Item = (Piece<'_>, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let rest = &name[start..];
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        if digits > 0 {
            at += digits;
            return Some((Piece::Number(rest[..digits].trim_start_matches('0')), start..at));
        }
        let letter = rest.chars().next()?;
        at += letter.len_utf8();
        Some((Piece::Letter(letter), start..at))
    })
}

/// Names in the order of their pieces; of equal ones, in that of their bytes.
fn by_name(a: &str, b: &str) -> Ordering {
    let order = pieces(a)
        .map(Some)
        .chain(std::iter::repeat(None))
        .zip(pieces(b).map(Some).chain(std::iter::repeat(None)))
        .find_map(|pair| match pair {
            (Some((a, _)), Some((b, _))) => Some(a.order(b)).filter(|order| order.is_ne()),
            (None, None) => Some(Ordering::Equal),
            (None, Some(_)) => Some(Ordering::Less),
            (Some(_), None) => Some(Ordering::Greater),
        });
    order.unwrap_or(Ordering::Equal).then_with(|| a.cmp(b))
}

/// The shortest name of each host that tells it from the others. What a name has before or after a separator (`-`,
/// `_`, `.`) falls away where at least a third of the names share it, and what is left is in no other name and has a
/// letter. Addresses stay whole. Control characters are escapes; of a very long name its beginning and end are left.
/// `hosts` are different from each other, and so are their names, which are never empty.
#[must_use]
pub fn short_hosts(hosts: &[impl AsRef<str>]) -> Vec<String> {
    let parts: Vec<Vec<Range<usize>>> = hosts.iter().map(|host| parts_of(host.as_ref())).collect();
    // Each run of parts, and the number of hosts that have it.
    let mut owners: HashMap<&str, u32> = HashMap::new();
    for (host, parts) in hosts.iter().zip(&parts) {
        let own: HashSet<&str> = runs(parts).map(|(_, _, run)| &host.as_ref()[run]).collect();
        for run in own {
            *owners.entry(run).or_default() += 1;
        }
    }
    let mut shown = HashSet::new();
    let shorts = hosts.iter().zip(&parts).map(|(host, parts)| {
        let host = host.as_ref();
        let is_shared = |range: Range<usize>| {
            let count = owners.get(&host[range]).copied().unwrap_or(0);
            count > 1 && 3 * count as usize >= hosts.len()
        };
        let fitting = runs(parts).filter(|(first, last, run)| {
            let text = &host[run.clone()];
            let before = *first == 0 || is_shared(0..parts[*first - 1].end);
            let after = *last + 1 == parts.len() || is_shared(parts[*last + 1].start..host.len());
            owners.get(text) == Some(&1) && text.chars().any(char::is_alphabetic) && before && after
        });
        let shortest = fitting.min_by_key(|(first, last, run)| (last - first, run.len(), *first));
        let short = shortest.map_or(host, |(_, _, run)| &host[run]);
        unique(shown_host(short), &mut shown)
    });
    shorts.collect()
}

/// A text that is not yet among those shown, and is now: with a number behind it where it has to be.
fn unique(text: String, shown: &mut HashSet<String>) -> String {
    let mut numbered = (2..).map(|number| format!("{text} ({number})"));
    let mut candidate = text.clone();
    while !shown.insert(candidate.clone()) {
        let Some(next) = numbered.next() else { break };
        candidate = next;
    }
    candidate
}

/// A host as it is told: escapes in place of control characters, the beginning and the end of a very long name, and
/// words for none.
#[must_use]
pub fn shown_host(host: &str) -> String {
    if host.is_empty() {
        return NO_HOST_TEXT.to_owned();
    }
    let count = host.chars().take(MOST_LETTERS + 1).count();
    if count <= MOST_LETTERS {
        return printable_line(host).into_owned();
    }
    let head: String = host.chars().take(MOST_LETTERS * 2 / 3).collect();
    let mut tail: Vec<char> = host.chars().rev().take(MOST_LETTERS / 3 - 1).collect();
    tail.reverse();
    printable_line(&format!("{head}…{}", tail.into_iter().collect::<String>())).into_owned()
}

/// Where the parts of a name are between separators. An address, or a name of very many, is one.
fn parts_of(host: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    if Kind::of(host) == Kind::Name {
        for (at, separator) in host.match_indices(SEPARATORS) {
            parts.push(start..at);
            start = at + separator.len();
            if parts.len() == MOST_PARTS {
                parts.clear();
                start = 0;
                break;
            }
        }
    }
    parts.push(start..host.len());
    parts
}

/// All runs of parts that follow each other: the first, the last, and where they are.
fn runs(parts: &[Range<usize>]) -> impl Iterator<Item = (usize, usize, Range<usize>)> {
    (0..parts.len())
        .flat_map(move |first| (first..parts.len()).map(move |last| (first, last, parts[first].start..parts[last].end)))
}

/// Hosts that follow each other and are shown as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedHosts {
    /// Which ones, by their place in the order.
    pub hosts: Range<usize>,
    /// What they are called: a host's own name, or `10.1.2.0/24, 37 hosts`.
    pub name: String,
}

/// Neighbours joined by what they begin with until there are `most` at most; each stays by itself where there are no
/// more hosts than that. `hosts` are in the order of [`host_order`].
#[must_use]
pub fn joined_hosts(hosts: &[impl AsRef<str>], most: usize) -> Vec<JoinedHosts> {
    let hosts: Vec<&str> = hosts.iter().map(AsRef::as_ref).collect();
    let kinds: Vec<Kind> = hosts.iter().map(|host| Kind::of(host)).collect();
    let mut families = [0, 1, 2, 3].map(|family| {
        let start = kinds.partition_point(|kind| kind.family() < family);
        Family {
            range: start..start + kinds[start..].partition_point(|kind| kind.family() == family),
            level: 0,
        }
    });
    let mut joined = families.each_ref().map(|family| family.joined(&kinds, &[]));
    // Looked for once, since names may be joined a few dozen times.
    let likenesses: Vec<Likeness> = if hosts.len() > most {
        let names = &hosts[families[Kind::Name.family()].range.clone()];
        names.windows(2).map(|pair| Likeness::of(pair[0], pair[1])).collect()
    } else {
        Vec::new()
    };
    // Coarser where most are, step by step.
    while joined.iter().map(Vec::len).sum::<usize>() > most {
        let fullest = (0..joined.len()).max_by_key(|family| joined[*family].len());
        let Some(family) = fullest.filter(|family| joined[*family].len() > 1) else {
            break;
        };
        families[family].level += 1;
        joined[family] = families[family].joined(&kinds, &likenesses);
    }
    let mut groups: Vec<(Range<usize>, Option<String>)> = Vec::new();
    for (family, ranges) in families.iter().zip(joined) {
        groups.extend(ranges.into_iter().map(|range| {
            let name = (range.len() > 1).then(|| family.name(range.clone(), &hosts, &kinds));
            (range, name)
        }));
    }
    // Those alone keep their own names, as short as among each other.
    let alone: Vec<&str> = groups
        .iter()
        .filter(|(_, name)| name.is_none())
        .map(|(range, _)| hosts[range.start])
        .collect();
    let mut shorts = short_hosts(&alone).into_iter();
    let mut shown = HashSet::new();
    let groups = groups.into_iter().map(|(range, name)| JoinedHosts {
        name: unique(name.or_else(|| shorts.next()).unwrap_or_default(), &mut shown),
        hosts: range,
    });
    groups.collect()
}

/// What two names that follow each other have in common.
#[derive(Clone, Copy, Debug)]
struct Likeness {
    /// The last number of each, where they have one and all before it is the same.
    numbers: Option<[u64; 2]>,
    /// Pieces at their beginning that are the same; [`u32::MAX`] where all are.
    pieces: u32,
}

impl Likeness {
    fn of(a: &str, b: &str) -> Self {
        let cut = |name: &str| {
            let last = name.rfind(|letter: char| letter.is_ascii_digit())? + 1;
            let start = name[..last].rfind(|letter: char| !letter.is_ascii_digit());
            let start = start.map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8));
            let number = name[start..last].parse::<u64>().unwrap_or(u64::MAX);
            Some((start, number))
        };
        let numbers = cut(a)
            .zip(cut(b))
            .and_then(|((a_start, a_number), (b_start, b_number))| {
                same_pieces(&a[..a_start], &b[..b_start]).then_some([a_number, b_number])
            });
        let [mut a, mut b] = [a, b].map(|name| pieces(name).map(|(piece, _)| piece));
        let mut shared = 0;
        let pieces = loop {
            match (a.next(), b.next()) {
                (None, None) => break u32::MAX,
                (Some(a), Some(b)) if shared < MOST_PIECES && a.order(b).is_eq() => shared += 1,
                _ => break shared,
            }
        };
        Self { numbers, pieces }
    }
}

/// Hosts of a kind, and how coarsely they are joined.
struct Family {
    range: Range<usize>,
    level: u32,
}

/// Largest power of ten by which numbers in names are joined.
const MOST_TENS: u32 = 9;
/// Pieces that names share, at most.
const MOST_PIECES: u32 = 24;

impl Family {
    /// The length of the prefix that addresses of IPv4 are joined by.
    fn v4_bits(&self) -> u32 {
        match self.level {
            0 => 32,
            level => 25_u32.saturating_sub(level),
        }
    }

    /// The same for IPv6, in steps of a digit.
    fn v6_bits(&self) -> u32 {
        match self.level {
            0 => 128,
            level => 68_u32.saturating_sub(4 * level),
        }
    }

    /// The divisor of the last number in a name, above 0, and the number of pieces that names share.
    fn of_names(&self) -> (u64, u32) {
        let tens = 3 * MOST_TENS;
        if self.level <= tens {
            let divisor = [1, 2, 5][self.level as usize % 3] * 10_u64.pow(self.level / 3);
            (divisor, u32::MAX)
        } else {
            (u64::MAX, MOST_PIECES.saturating_sub(self.level - tens - 1))
        }
    }

    /// The hosts that are one, where `likenesses` are those of the names, each with the one before it.
    fn joined(&self, kinds: &[Kind], likenesses: &[Likeness]) -> Vec<Range<usize>> {
        let mut joined: Vec<Range<usize>> = Vec::new();
        for index in self.range.clone() {
            match joined.last_mut() {
                Some(last) if self.are_one(index, kinds, likenesses) => last.end = index + 1,
                _ => joined.push(index..index + 1),
            }
        }
        joined
    }

    /// Whether a host is joined with the one before it.
    fn are_one(&self, index: usize, kinds: &[Kind], likenesses: &[Likeness]) -> bool {
        match (kinds[index - 1], kinds[index]) {
            (Kind::V4(a), Kind::V4(b)) => self.level > 0 && (a ^ b).leading_zeros() >= self.v4_bits(),
            (Kind::V6(a), Kind::V6(b)) => self.level > 0 && (a ^ b).leading_zeros() >= self.v6_bits(),
            (Kind::Name, Kind::Name) => self.level > 0 && self.are_names_one(&likenesses[index - 1 - self.range.start]),
            _ => false,
        }
    }

    fn are_names_one(&self, likeness: &Likeness) -> bool {
        match self.of_names() {
            (divisor, u32::MAX) => likeness.numbers.is_some_and(|[a, b]| a / divisor == b / divisor),
            (_, most) => likeness.pieces >= most,
        }
    }

    /// What joined hosts are called.
    fn name(&self, range: Range<usize>, hosts: &[&str], kinds: &[Kind]) -> String {
        let count = counted(range.len() as u64, "host");
        let (first, last) = (range.start, range.end - 1);
        match (kinds[first], kinds[last]) {
            (Kind::V4(address), _) => {
                let bits = self.v4_bits();
                let network = address & u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                format!("{}/{bits}, {count}", Ipv4Addr::from(network))
            }
            (Kind::V6(address), _) => {
                let bits = self.v6_bits();
                let network = address & u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                format!("{}/{bits}, {count}", Ipv6Addr::from(network))
            }
            _ if self.of_names().1 == u32::MAX => {
                format!("{} to {}, {count}", shown_host(hosts[first]), shown_host(hosts[last]))
            }
            _ => {
                let (a, b) = (hosts[first], hosts[last]);
                let pairs = pieces(a).zip(pieces(b));
                let shared = pairs.take_while(|((a, _), (b, _))| a.order(*b).is_eq()).last();
                let shared = shared.map_or("", |((_, range), _)| &a[..range.end]);
                match shared {
                    "" => format!("{} to {}, {count}", shown_host(a), shown_host(b)),
                    shared => format!("{}…, {count}", shown_host(shared)),
                }
            }
        }
    }
}

/// Whether names are equal but for capitals and zeros before numbers.
fn same_pieces(a: &str, b: &str) -> bool {
    pieces(a).count() == pieces(b).count() && pieces(a).zip(pieces(b)).all(|((a, _), (b, _))| a.order(b).is_eq())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ordered<'a>(hosts: &[&'a str]) -> Vec<&'a str> {
        host_order(hosts)
            .into_iter()
            .map(|index| hosts[index as usize])
            .collect()
    }

    #[test]
    fn hosts_stand_by_number_and_then_by_name() {
        let mixed = [
            "web-10",
            "",
            "2001:db8::a",
            "10.0.0.10",
            "Web-9",
            "9.255.0.1",
            "::ffff:10.0.0.9",
            "alpha",
            "2001:db8::9",
            "web-010",
        ];
        let expected = [
            "9.255.0.1",
            "::ffff:10.0.0.9",
            "10.0.0.10",
            "2001:db8::9",
            "2001:db8::a",
            "alpha",
            "Web-9",
            "web-010",
            "web-10",
            "",
        ];
        assert_eq!(ordered(&mixed), expected);
    }

    #[test]
    fn names_are_as_short_as_tells_them_apart() {
        for (hosts, shorts) in [
            (
                &[
                    "groucho-eu",
                    "groucho-norcal",
                    "groucho-oregon",
                    "groucho-sa",
                    "groucho-singapore",
                    "groucho-sydney",
                    "groucho-tokyo",
                    "groucho-us-east",
                    "zeppo-norcal",
                ][..],
                &[
                    "eu",
                    "groucho-norcal",
                    "oregon",
                    "sa",
                    "singapore",
                    "sydney",
                    "tokyo",
                    "us-east",
                    "zeppo-norcal",
                ][..],
            ),
            (
                &["tokyo.honey.example.com", "oregon.honey.example.com"],
                &["tokyo", "oregon"],
            ),
            (
                &["us_east", "us_west", "eu_east", "eu_west"],
                &["us_east", "us_west", "eu_east", "eu_west"],
            ),
            // A number alone is no name.
            (&["web-1.example.com", "web-2.example.com"], &["web-1", "web-2"]),
            (&["a-", "a", "-a"], &["a-", "a", "-a"]),
            (
                &["10.0.0.1", "10.0.0.2", "db-x", "db-y"],
                &["10.0.0.1", "10.0.0.2", "x", "y"],
            ),
            (&["only-one"], &["only-one"]),
            (&["", "no host named"], &["no host named", "no host named (2)"]),
            (&["\u{202e}gnp", "a\nb"], &["\\u{202e}gnp", "a\\nb"]),
        ] {
            assert_eq!(short_hosts(hosts), shorts, "{hosts:?}");
        }
        let long = format!("{}x", "long-".repeat(2000));
        let other = format!("{}x", "long-".repeat(2001));
        let shorts = short_hosts(&[&long, &other]);
        assert!(
            shorts.iter().all(|short| short.chars().count() <= MOST_LETTERS + 4),
            "{shorts:?}"
        );
        assert_ne!(shorts[0], shorts[1]);
    }

    #[test]
    fn neighbours_are_joined_by_what_they_begin_with() {
        let mut hosts: Vec<String> = (0..600)
            .map(|number| format!("10.1.{}.{}", number / 100, number % 100))
            .collect();
        hosts.push("192.0.2.1".to_owned());
        let joined = joined_hosts(&hosts, 500);
        assert_eq!(joined.len(), 7);
        assert_eq!(joined[2].name, "10.1.2.0/24, 100 hosts");
        assert_eq!(joined[6].name, "192.0.2.1");
        assert_eq!(joined_hosts(&hosts, 601).len(), 601);
        assert_eq!(joined_hosts(&hosts, 3)[0].name, "10.1.0.0/22, 400 hosts");

        let names: Vec<String> = (0..5000).map(|number| format!("web-{number:04}")).collect();
        let joined = joined_hosts(&names, 500);
        assert_eq!(
            (joined.len(), &*joined[1].name),
            (500, "web-0010 to web-0019, 10 hosts")
        );
        let words: Vec<String> = ('a'..='z')
            .flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}x")))
            .collect();
        let joined = joined_hosts(&words, 500);
        assert_eq!((joined.len(), &*joined[1].name), (26, "b…, 26 hosts"));
        let v6: Vec<String> = (0..2000)
            .map(|number| format!("2001:db8:0:{:x}::{:x}", number / 10, number % 10 + 1))
            .collect();
        let joined = joined_hosts(&v6, 500);
        assert_eq!((joined.len(), &*joined[1].name), (200, "2001:db8:0:1::/64, 10 hosts"));
        assert!(joined_hosts(&[] as &[&str], 500).is_empty());
    }

    fn hosts() -> impl Strategy<Value = Vec<String>> {
        let host = prop_oneof![
            any::<u32>().prop_map(|address| Ipv4Addr::from(address).to_string()),
            (0_u32..3000).prop_map(|address| Ipv4Addr::from(address << 3).to_string()),
            any::<u128>().prop_map(|address| Ipv6Addr::from(address).to_string()),
            "[aAbß]{0,2}[-_.]?[0-9]{0,3}[-.]?[a0]{0,2}",
            "\\PC{0,8}",
            "[\\x00-\\x20\u{202e}é-]{0,4}",
            (0_usize..3).prop_map(|times| "ab-".repeat(times * 900)),
        ];
        prop::collection::hash_set(host, 0..120).prop_map(|hosts| hosts.into_iter().collect())
    }

    proptest! {
        #[test]
        fn any_hosts_are_sound(hosts in hosts(), most in 5_usize..40) {
            let order: Vec<&str> = host_order(&hosts).into_iter().map(|index| &*hosts[index as usize]).collect();
            let turned: Vec<&str> = hosts.iter().rev().map(String::as_str).collect();
            prop_assert_eq!(&ordered(&turned), &order);
            let shorts = short_hosts(&order);
            prop_assert_eq!(shorts.len(), order.len());
            prop_assert!(shorts.iter().all(|short| !short.is_empty() && printable_line(short) == *short));
            prop_assert_eq!(shorts.iter().collect::<HashSet<_>>().len(), shorts.len());
            let joined = joined_hosts(&order, most);
            prop_assert!(joined.len() <= most && (order.len() > most || joined.len() == order.len()));
            prop_assert_eq!(joined.iter().map(|joined| &joined.name).collect::<HashSet<_>>().len(), joined.len());
            // None is missing, and all stay in order.
            let mut end = 0;
            for joined in &joined {
                prop_assert_eq!(joined.hosts.start, end);
                prop_assert!(!joined.hosts.is_empty() && !joined.name.is_empty());
                end = joined.hosts.end;
            }
            prop_assert_eq!(end, order.len());
        }
    }
}

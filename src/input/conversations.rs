//! Which records of a log are replies, and which tell again of a connection: judged in the order of the
//! log, by the ties that its format gives them. Knows no format and no address.
//!
//! Who began a conversation is told by a SYN; without one it is the source of the first record, unless
//! its port is that of a server and the other is not. Memory is bounded: of conversations and of
//! connections the last million or two are known, and what comes later is judged as if it were the first.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::record::{Sign, Telling, Tie};

/// Number of conversations in each of two generations, and of connections.
const GENERATION: usize = 1 << 20;

/// What a record counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An event.
    Event,
    /// A reply to whoever began the conversation.
    Reply,
    /// A connection that was told of before.
    Repeat,
    /// A connection of which so many packets were told of before.
    Beyond(u64),
}

/// What is known of the conversations of a log so far.
pub(super) struct Conversations {
    /// Which way each conversation was begun.
    begun: Generations<bool>,
    /// For each connection, the packets that were told.
    told: Generations<u64>,
}

impl Default for Conversations {
    fn default() -> Self {
        Self::of(GENERATION)
    }
}

impl Conversations {
    fn of(generation: usize) -> Self {
        Self {
            begun: Generations::new(generation),
            told: Generations::new(generation),
        }
    }

    /// Judges the record of some packets that comes next. One that is a repeat is not looked at further.
    pub fn judge(&mut self, tie: &Tie, packets: u64) -> Verdict {
        if tie.telling == Telling::Beside {
            return Verdict::Repeat;
        }
        if tie.connection != 0 {
            match (tie.telling, self.told.get(tie.connection)) {
                (Telling::Again, Some(_)) => return Verdict::Repeat,
                (Telling::Sums, Some(before)) => {
                    if packets <= before {
                        return Verdict::Repeat;
                    }
                    self.told.insert(tie.connection, packets);
                    return Verdict::Beyond(before);
                }
                (Telling::Ends, before) => {
                    self.told.insert(tie.connection, 0);
                    match before {
                        Some(before) if packets <= before && before > 0 => return Verdict::Repeat,
                        Some(before @ 1..) => return Verdict::Beyond(before),
                        _ => {}
                    }
                }
                (Telling::Follows, Some(_)) => {
                    self.told.remove(tie.connection);
                    return Verdict::Repeat;
                }
                (Telling::Again | Telling::Sums | Telling::Announces, _) => self.told.insert(tie.connection, packets),
                (Telling::Follows, None) | (Telling::Beside, _) => {}
            }
        }
        if tie.conversation == 0 {
            return Verdict::Event;
        }
        let known = self.begun.get(tie.conversation);
        let begun = match (tie.sign, known) {
            (Sign::Opens, _) => tie.forward,
            (Sign::Answers, _) => !tie.forward,
            (_, Some(begun)) => begun,
            (Sign::FromServer, None) => !tie.forward,
            (Sign::None, None) => tie.forward,
        };
        if known != Some(begun) {
            self.begun.insert(tie.conversation, begun);
        }
        if begun == tie.forward {
            Verdict::Event
        } else {
            Verdict::Reply
        }
    }

    /// A remark where conversations had to be forgotten.
    pub fn remark(&self) -> Option<String> {
        let forgot = self.begun.forgot || self.told.forgot;
        forgot.then(|| {
            format!(
                "more than {GENERATION} conversations: of those, replies and repeats that came long after the rest \
                 may be counted as events"
            )
        })
    }
}

/// A table of a bounded number of entries: the younger half of them, and those of the older half that
/// were not used since.
struct Generations<T> {
    most: usize,
    young: Table<T>,
    old: Table<T>,
    forgot: bool,
}

type Table<T> = HashMap<u64, T, BuildHasherDefault<Hashed>>;

impl<T: Copy> Generations<T> {
    fn new(most: usize) -> Self {
        Self {
            most,
            young: Table::default(),
            old: Table::default(),
            forgot: false,
        }
    }

    fn get(&mut self, key: u64) -> Option<T> {
        if let Some(found) = self.young.get(&key) {
            return Some(*found);
        }
        let found = self.old.remove(&key)?;
        self.insert(key, found);
        Some(found)
    }

    fn remove(&mut self, key: u64) {
        self.young.remove(&key);
        self.old.remove(&key);
    }

    fn insert(&mut self, key: u64, value: T) {
        if self.young.len() >= self.most && !self.young.contains_key(&key) {
            self.forgot |= !self.old.is_empty();
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

/// The hash of a number that is a hash, and one that no log foresees (`record.rs`).
#[derive(Default)]
struct Hashed(u64);

impl std::hash::Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum << 8 | u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    /// Judges records of a packet each.
    #[derive(Default)]
    struct One(Conversations);

    impl One {
        fn judge(&mut self, tie: &Tie) -> Verdict {
            self.0.judge(tie, 1)
        }
    }

    /// Ties of packets from a client to a server, and back.
    fn ways(client_port: u16, server_port: u16) -> impl Fn(bool, Sign) -> Tie {
        move |forward, sign| {
            let client = (IpAddr::from([10, 0, 0, 9]), client_port);
            let server = (IpAddr::from([10, 0, 0, 2]), server_port);
            let (from, to) = if forward { (client, server) } else { (server, client) };
            Tie::one_way(6, from, to, sign)
        }
    }

    #[test]
    fn a_syn_tells_who_began() {
        let mut all = One::default();
        let way = ways(80, 50_000);
        assert_eq!(all.judge(&way(false, Sign::Answers)), Verdict::Reply);
        assert_eq!(all.judge(&way(true, Sign::None)), Verdict::Event);
        // The other end opens a conversation of the same ports anew.
        assert_eq!(all.judge(&way(false, Sign::Opens)), Verdict::Event);
        assert_eq!(all.judge(&way(true, Sign::Answers)), Verdict::Reply);
        assert_eq!(all.judge(&way(true, Sign::None)), Verdict::Reply);
    }

    #[test]
    fn without_one_it_is_the_first_unless_it_is_a_server() {
        let mut all = One::default();
        let way = ways(50_000, 60_000);
        assert_eq!(all.judge(&way(true, Sign::None)), Verdict::Event);
        assert_eq!(all.judge(&way(false, Sign::None)), Verdict::Reply);
        let way = ways(50_000, 443);
        assert_eq!(all.judge(&way(false, Sign::None)), Verdict::Reply);
        assert_eq!(all.judge(&way(true, Sign::None)), Verdict::Event);
        assert_eq!(all.judge(&way(false, Sign::None)), Verdict::Reply);
    }

    #[test]
    fn a_connection_counts_once() {
        let mut all = One::default();
        let told = |name: &[u8]| Tie::default().told_by([name]);
        assert_eq!(all.judge(&told(b"a")), Verdict::Event);
        assert_eq!(all.judge(&told(b"b")), Verdict::Event);
        assert_eq!(all.judge(&told(b"a")), Verdict::Repeat);
        assert_eq!(all.judge(&Tie::default()), Verdict::Event);
        assert_eq!(all.judge(&Tie::default()), Verdict::Event);
        let beside = Tie {
            telling: Telling::Beside,
            ..Tie::default()
        };
        assert_eq!(all.judge(&beside), Verdict::Repeat);
        assert_eq!(all.0.remark(), None);
    }

    #[test]
    fn of_sums_the_growth_counts() {
        let mut all = Conversations::default();
        let tie = Tie {
            telling: Telling::Sums,
            ..Tie::default().told_by([&b"a"[..]])
        };
        let verdicts = [1, 1, 7, 5, 9].map(|packets| all.judge(&tie, packets));
        let expected = [
            Verdict::Event,
            Verdict::Repeat,
            Verdict::Beyond(1),
            Verdict::Repeat,
            Verdict::Beyond(7),
        ];
        assert_eq!(verdicts, expected);
    }

    #[test]
    fn what_ends_counts_once_and_by_what_was_not_told() {
        let mut all = Conversations::default();
        let mut judge = |name: &[u8], telling, packets| {
            let tie = Tie::default().told_by([name]);
            all.judge(&Tie { telling, ..tie }, packets)
        };
        assert_eq!(judge(b"a", Telling::Again, 1), Verdict::Event);
        assert_eq!(judge(b"a", Telling::Ends, 5), Verdict::Beyond(1));
        assert_eq!(judge(b"a", Telling::Again, 1), Verdict::Repeat);
        // Another connection of that name.
        assert_eq!(judge(b"a", Telling::Ends, 3), Verdict::Event);
        // One of which all was told.
        assert_eq!(judge(b"b", Telling::Again, 1), Verdict::Event);
        assert_eq!(judge(b"b", Telling::Ends, 1), Verdict::Repeat);
    }

    #[test]
    fn an_announcement_makes_one_repeat() {
        let mut all = One::default();
        let mut judge = |name: &[u8], telling| {
            let tie = Tie::default().told_by([name]);
            all.judge(&Tie { telling, ..tie })
        };
        assert_eq!(judge(b"a", Telling::Follows), Verdict::Event);
        assert_eq!(judge(b"a", Telling::Follows), Verdict::Event);
        assert_eq!(judge(b"a", Telling::Announces), Verdict::Event);
        assert_eq!(judge(b"b", Telling::Follows), Verdict::Event);
        assert_eq!(judge(b"a", Telling::Follows), Verdict::Repeat);
        assert_eq!(judge(b"a", Telling::Follows), Verdict::Event);
    }

    #[test]
    fn what_was_not_seen_for_long_is_forgotten_and_told() {
        let mut all = One(Conversations::of(10));
        let told = |number: u64| Tie {
            connection: number,
            ..Tie::default()
        };
        for number in 1..=15 {
            assert_eq!(all.judge(&told(number)), Verdict::Event);
            assert_eq!(all.judge(&told(1)), Verdict::Repeat);
        }
        assert_eq!(all.0.remark(), None);
        for number in 16..=40 {
            all.judge(&told(number));
            assert_eq!(all.judge(&told(1)), Verdict::Repeat, "used all the time");
        }
        assert!(all.0.remark().is_some());
        assert_eq!(all.judge(&told(2)), Verdict::Event);
        assert!(all.0.told.young.len() + all.0.told.old.len() <= 20);
    }
}

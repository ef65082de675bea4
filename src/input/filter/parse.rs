//! The grammar of filters: the tree of tests that a text means.
//!
//! ```text
//! any     = all { ("or" | "||") all }
//! all     = not { ("and" | "&&") not }
//! not     = ("not" | "!") not | "(" any ")" | test
//! test    = "tcp" | "udp" | field ( sign value | "in" "{" range { "," range } "}" | "contains" value )
//! sign    = "==" | "!=" | "<" | "<=" | ">" | ">="       also eq, ne, lt, le, gt, ge
//! range   = value [ ".." value ]
//! field   = "port" | "protocol" | "packets" | "time" | "source" | "source.country" | "host"
//! ```

use std::ops::RangeInclusive;

use ipnetwork::IpNetwork;

use super::error::FilterError;
use super::expression::{End, Expression, Number, Text};
use super::tokens::{Kind, Token, tokens};
use crate::input::address::parse_address;
use crate::input::fields::whole_number;
use crate::input::time::parse_time_ns;
use crate::model::{MOST_PACKETS, Protocol};
use crate::words::{country_code, country_name, near_names, network_fault, ports_of_service};

/// Brackets and `not` within each other, at most: as many as anyone types, and too few to fill the stack.
const MOST_DEPTH: usize = 100;

/// The fields, by all their names.
const FIELDS: [(&str, Field); 15] = [
    ("port", Field::Number(Number::Port)),
    ("dst.port", Field::Number(Number::Port)),
    ("destination.port", Field::Number(Number::Port)),
    ("packets", Field::Number(Number::Packets)),
    ("time", Field::Number(Number::Time)),
    ("protocol", Field::Protocol),
    ("proto", Field::Protocol),
    ("source", Field::Address(End::Source)),
    ("source.address", Field::Address(End::Source)),
    ("src", Field::Address(End::Source)),
    ("source.country", Field::Country),
    ("country", Field::Country),
    ("host", Field::Host),
    ("destination", Field::Address(End::Host)),
    ("dst", Field::Address(End::Host)),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Number(Number),
    Protocol,
    Address(End),
    Country,
    Host,
}

/// The tree of tests that a text means.
pub(super) fn parse(text: &str) -> Result<Expression, FilterError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        depth: 0,
    };
    let expression = parser.any()?;
    match parser.peek().kind {
        Kind::End => Ok(expression),
        _ => Err(parser.fault("expected `and`, `or` or the end")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        // The last is the end, and is not passed.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn fault(&self, what: &str) -> FilterError {
        let token = self.peek();
        let found = match &token.kind {
            Kind::Word(word) => format!(", found `{word}`"),
            Kind::Quoted(text) => format!(", found \"{text}\""),
            Kind::Sign(sign) => format!(", found `{sign}`"),
            Kind::End => String::new(),
        };
        FilterError::new(token.at, format!("{what}{found}"))
    }

    /// Passes a word of the grammar or a sign, if it is the next.
    fn pass(&mut self, words: &[&str]) -> bool {
        let is_it = match &self.peek().kind {
            Kind::Word(word) => words.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)),
            Kind::Sign(sign) => words.contains(sign),
            Kind::Quoted(_) | Kind::End => false,
        };
        self.next += usize::from(is_it);
        is_it
    }

    fn any(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.all()?];
        while self.pass(&["or", "||"]) {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.not()?];
        while self.pass(&["and", "&&"]) {
            parts.push(self.not()?);
        }
        Ok(one_or(parts, Expression::All))
    }

    fn not(&mut self) -> Result<Expression, FilterError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.fault("brackets are nested too deeply"));
        }
        let expression = if self.pass(&["not", "!"]) {
            Expression::Not(Box::new(self.not()?))
        } else if self.pass(&["("]) {
            let inner = self.any()?;
            if !self.pass(&[")"]) {
                return Err(self.fault("expected `)`"));
            }
            inner
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn test(&mut self) -> Result<Expression, FilterError> {
        let Kind::Word(word) = &self.peek().kind else {
            return Err(self.fault("expected a field, `not` or `(`"));
        };
        let word = word.to_ascii_lowercase();
        if let Some(protocol) = protocol(&word) {
            self.next += 1;
            return Ok(Expression::Protocol(protocol));
        }
        let Some((_, field)) = FIELDS.iter().find(|(name, _)| *name == word) else {
            let near = near_names(&word, FIELDS.iter().map(|(name, _)| *name));
            let names = if near.is_empty() {
                "tcp, udp, port, packets, time, source, source.country or host".to_owned()
            } else {
                near.join(" or ")
            };
            return Err(self.fault(&format!("expected a field such as {names}")));
        };
        self.next += 1;
        let field = *field;
        if self.pass(&["in"]) {
            return self.set(field);
        }
        let at = self.peek().at;
        for (words, expected) in [(&["==", "eq"][..], false), (&["!=", "ne"], true)] {
            if self.pass(words) {
                let values = vec![self.value(field)?];
                let test = test_of(field, values, false);
                return Ok(if expected {
                    Expression::Not(Box::new(test))
                } else {
                    test
                });
            }
        }
        if self.pass(&["contains"]) {
            if !matches!(field, Field::Country | Field::Host) {
                return Err(FilterError::new(
                    at,
                    "only `host` and `source.country` are texts that contain others",
                ));
            }
            let values = vec![self.value(field)?];
            return Ok(test_of(field, values, true));
        }
        let order = [&["<", "lt"][..], &["<=", "le"], &[">", "gt"], &[">=", "ge"]];
        if let Some(index) = (0..order.len()).find(|index| self.pass(order[*index])) {
            let Field::Number(number) = field else {
                return Err(FilterError::new(
                    at,
                    format!("`{word}` is no number, and is not less or more than another"),
                ));
            };
            let value = self.value(field)?;
            let number_of = value
                .number()
                .ok_or_else(|| FilterError::new(at, "expected one number"))?;
            let range = match index {
                0 => i64::MIN..=number_of.saturating_sub(1),
                1 => i64::MIN..=number_of,
                2 => number_of.saturating_add(1)..=i64::MAX,
                _ => number_of..=i64::MAX,
            };
            return Ok(Expression::Number(number, vec![range]));
        }
        Err(self.fault("expected ==, !=, <, <=, >, >=, `in` or `contains`"))
    }

    /// The values in braces.
    fn set(&mut self, field: Field) -> Result<Expression, FilterError> {
        if !self.pass(&["{"]) {
            return Err(self.fault("expected `{` and values, like {1..1023, 8080}"));
        }
        let mut values = Vec::new();
        loop {
            let at = self.peek().at;
            let first = self.value(field)?;
            values.push(if self.pass(&[".."]) {
                match (first.number(), self.value(field)?.number()) {
                    (Some(first), Some(last)) if first <= last => Value::Numbers(vec![first..=last]),
                    (Some(_), Some(_)) => {
                        return Err(FilterError::new(
                            at,
                            "the first value of a range is its lowest, like 1..1023",
                        ));
                    }
                    _ => return Err(FilterError::new(at, "only numbers and times have ranges")),
                }
            } else {
                first
            });
            if self.pass(&["}"]) {
                return Ok(test_of(field, values, false));
            }
            // Wireshark takes blanks, too.
            if !self.pass(&[","]) && matches!(self.peek().kind, Kind::Sign(_) | Kind::End) {
                return Err(self.fault("expected `,` or `}`"));
            }
        }
    }

    /// A value for a field.
    fn value(&mut self, field: Field) -> Result<Value, FilterError> {
        let text = match &self.peek().kind {
            Kind::Word(text) | Kind::Quoted(text) => text.clone(),
            Kind::Sign(_) | Kind::End => return Err(self.fault("expected a value")),
        };
        if matches!(field, Field::Host | Field::Address(_))
            && let Some(why) = network_fault(&text)
        {
            return Err(self.fault(&format!("expected an address or a network: {why}")));
        }
        let value = match field {
            Field::Number(Number::Port) => port(&text).ok_or("expected a port 0-65535 or a service like ssh"),
            Field::Number(Number::Packets) => whole_number(text.as_bytes(), MOST_PACKETS)
                .map(|number| Value::of(number as i64))
                .ok_or("expected a number of packets"),
            Field::Number(Number::Time) => parse_time_ns(&text)
                .map(Value::of)
                .map_err(|_| "expected a time like 2013-07-24T09:40"),
            Field::Protocol => protocol(&text.to_ascii_lowercase())
                .map(Value::Protocol)
                .ok_or("expected tcp or udp"),
            Field::Address(_) => network(&text)
                .map(Value::Network)
                .ok_or("expected an address or a network like 10.0.0.0/8"),
            Field::Host => Ok(network(&text).map_or_else(|| Value::Text(text.to_lowercase()), Value::Network)),
            Field::Country => Ok(Value::Text(text.to_lowercase())),
        };
        let value = value.map_err(|what| self.fault(what))?;
        self.next += 1;
        Ok(value)
    }
}

/// A value that a field is compared with.
enum Value {
    /// Numbers: one, or the ports of a service.
    Numbers(Vec<RangeInclusive<i64>>),
    Protocol(Protocol),
    Network(IpNetwork),
    Text(String),
}

impl Value {
    fn of(number: i64) -> Self {
        Self::Numbers(vec![number..=number])
    }

    /// The number that it is, if it is one.
    fn number(&self) -> Option<i64> {
        match self {
            Self::Numbers(numbers) if numbers.len() == 1 => Some(*numbers[0].start()),
            _ => None,
        }
    }
}

fn one_or(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            many(parts)
        }
    }
}

/// The test whether a field is one of some values.
fn test_of(field: Field, values: Vec<Value>, contains: bool) -> Expression {
    let (mut ranges, mut networks, mut texts, mut protocols) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for value in values {
        match value {
            Value::Numbers(numbers) => ranges.extend(numbers),
            Value::Protocol(protocol) => protocols.push(Expression::Protocol(protocol)),
            Value::Network(network) if contains => texts.push(network.to_string()),
            Value::Network(network) => networks.push(network),
            Value::Text(text) => texts.push(text),
        }
    }
    match field {
        Field::Number(number) => Expression::Number(number, ranges),
        Field::Protocol => one_or(protocols, Expression::Any),
        Field::Address(end) => Expression::Address(end, networks),
        Field::Country => Expression::Text {
            text: Text::Country,
            // A part of a name stands for no code.
            values: match contains {
                true => texts,
                false => texts.iter().flat_map(|text| country_names(text)).collect(),
            },
            contains,
        },
        Field::Host => {
            let mut parts = Vec::new();
            if !networks.is_empty() {
                parts.push(Expression::Address(End::Host, networks));
            }
            if !texts.is_empty() {
                parts.push(Expression::Text {
                    text: Text::Host,
                    values: texts,
                    contains,
                });
            }
            one_or(parts, Expression::Any)
        }
    }
}

/// A country in small letters by what was typed, and by its code and name.
fn country_names(typed: &str) -> Vec<String> {
    let code = country_code(typed);
    let name = code.and_then(country_name);
    let known = code.into_iter().chain(name).map(str::to_lowercase);
    std::iter::once(typed.to_owned()).chain(known).collect()
}

fn protocol(word: &str) -> Option<Protocol> {
    match word {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        _ => None,
    }
}

/// A port, or those of a service.
fn port(text: &str) -> Option<Value> {
    if let Ok(number) = text.parse::<u16>() {
        return Some(Value::of(i64::from(number)));
    }
    let mut numbers: Vec<i64> = ports_of_service(text).map(|port| i64::from(port.number)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    (!numbers.is_empty()).then(|| Value::Numbers(numbers.into_iter().map(|number| number..=number).collect()))
}

/// An address, or a network by its prefix.
fn network(text: &str) -> Option<IpNetwork> {
    match text.split_once('/') {
        None => parse_address(text.as_bytes()).map(IpNetwork::from),
        Some(_) => text.parse().ok(),
    }
}

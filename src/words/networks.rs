//! Texts that were meant for an address or a network, and are none.

use std::net::{IpAddr, Ipv4Addr};

/// What is wrong with a text that looks like an address or a network, like `10.1.2.0/40` or `300.1.1.1`; none of one
/// that is one, and of a name.
#[must_use]
pub fn network_fault(text: &str) -> Option<String> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    match address.parse::<IpAddr>() {
        Ok(address) => {
            let prefix = prefix?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let is_length = is_number(prefix) && prefix.parse().is_ok_and(|length: u8| length <= most);
            let is_mask = address.is_ipv4() && prefix.parse::<Ipv4Addr>().is_ok();
            (!is_length && !is_mask).then(|| format!("`/{prefix}` is no length of a prefix, which is 0 to {most}"))
        }
        Err(_) => {
            let numbers: Vec<&str> = address.split('.').collect();
            if numbers.iter().all(|number| is_number(number)) && (numbers.len() == 4 || prefix.is_some()) {
                let strange = numbers.iter().find(|number| number.parse::<u8>().is_err());
                return Some(match strange {
                    Some(number) => format!("`{number}` is no number of an address, which is 0 to 255"),
                    None => "an address has four numbers from 0 to 255, like 10.1.2.0/24".to_owned(),
                });
            }
            let colons = address.bytes().filter(|byte| *byte == b':').count();
            let is_six = colons > 1 && address.bytes().all(|byte| byte == b':' || byte.is_ascii_hexdigit());
            is_six.then(|| format!("`{address}` is no address, like 2001:db8::1"))
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_network_and_is_none_says_why() {
        for (text, expected) in [
            ("10.1.2.0/24", ""),
            ("10.1.2.3", ""),
            ("10.1.2.3/0", ""),
            ("10.1.2.3/255.255.0.0", ""),
            ("2001:db8::/32", ""),
            ("::1/128", ""),
            ("tokyo", ""),
            ("tokyo/3", ""),
            ("web.10.example", ""),
            ("10.5", ""),
            ("face", ""),
            ("a:b", ""),
            ("10.1.2.0/40", "`/40` is no length of a prefix, which is 0 to 32"),
            ("10.1.2.0/", "`/` is no length of a prefix, which is 0 to 32"),
            ("10.1.2.0/+8", "`/+8` is no length of a prefix, which is 0 to 32"),
            ("10.1.2.0/8/8", "`/8/8` is no length of a prefix, which is 0 to 32"),
            ("2001:db8::/129", "`/129` is no length of a prefix, which is 0 to 128"),
            ("300.1.1.1/8", "`300` is no number of an address, which is 0 to 255"),
            ("10.1.2.999", "`999` is no number of an address, which is 0 to 255"),
            ("10.1/16", "an address has four numbers from 0 to 255, like 10.1.2.0/24"),
            (
                "10.1.2.3.4/16",
                "an address has four numbers from 0 to 255, like 10.1.2.0/24",
            ),
            ("2001:db8:::1", "`2001:db8:::1` is no address, like 2001:db8::1"),
        ] {
            assert_eq!(network_fault(text).unwrap_or_default(), expected, "{text}");
        }
    }
}

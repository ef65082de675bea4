//! How portbloom says things: countries, services, times, durations and counts, each in one place.
//!
//! A leaf below everything that speaks: pictures, messages, reports and the window say the same thing
//! in the same words. Knows the types of `model`, and no log and no picture.

mod countries;
mod counts;
mod durations;
mod hosts;
mod measures;
mod near;
mod networks;
mod printable;
mod protocols;
mod services;
mod times;

pub use countries::{
    COUNTRIES, country_code, country_index, country_name, in_sentence, logged_country_code, spoken_name,
};
pub use counts::{capital, counted, first_of, grouped, plural, short_count};
pub use durations::{exact_duration, round_duration, short_duration, spoken_duration};
pub use hosts::{JoinedHosts, NO_HOST_TEXT, host_order, joined_hosts, short_hosts, shown_host};
pub use measures::{amount_text, figure, figure_of, measured, short_amount};
pub use near::near_names;
pub use networks::network_fault;
pub use printable::{printable, printable_json, printable_line};
pub use protocols::protocol_name;
pub use services::{port_text, ports_of_service, service_name, service_names};
pub use times::{civil, clock_text, later_time_text, time_text, utc, utc_text};

/// The code and the name of the row that pools the countries without a row of their own.
pub const OTHER: &str = "Other";

/// A bubble's hosts, where its packets went to more than one.
pub const SEVERAL_HOSTS_TEXT: &str = "several hosts";

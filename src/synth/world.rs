//! Who sends what to whom in a made-up log: countries, ports and hosts in the order of their traffic.
//! Tables alone. Countries are named as in GeoLite's table, some of them with a comma.

/// Code, name, and hours that its clocks are ahead of UTC, by its longitude.
pub(super) const COUNTRIES: [(&str, &str, i64); 96] = [
    ("CN", "China", 8),
    ("US", "United States", -6),
    ("RU", "Russian Federation", 3),
    ("VN", "Vietnam", 7),
    ("NL", "Netherlands", 1),
    ("BR", "Brazil", -3),
    ("IN", "India", 5),
    ("KR", "Korea, Republic of", 9),
    ("TW", "Taiwan", 8),
    ("DE", "Germany", 1),
    ("GB", "United Kingdom", 0),
    ("IR", "Iran, Islamic Republic of", 3),
    ("JP", "Japan", 9),
    ("FR", "France", 1),
    ("ID", "Indonesia", 7),
    ("SG", "Singapore", 8),
    ("HK", "Hong Kong", 8),
    ("UA", "Ukraine", 2),
    ("TR", "Turkey", 3),
    ("TH", "Thailand", 7),
    ("IT", "Italy", 1),
    ("CA", "Canada", -5),
    ("PL", "Poland", 1),
    ("MX", "Mexico", -6),
    ("RO", "Romania", 2),
    ("BG", "Bulgaria", 2),
    ("AR", "Argentina", -3),
    ("ES", "Spain", 0),
    ("SE", "Sweden", 1),
    ("MY", "Malaysia", 8),
    ("CO", "Colombia", -5),
    ("PH", "Philippines", 8),
    ("ZA", "South Africa", 2),
    ("EG", "Egypt", 2),
    ("AU", "Australia", 10),
    ("PK", "Pakistan", 5),
    ("BD", "Bangladesh", 6),
    ("VE", "Venezuela", -4),
    ("CZ", "Czech Republic", 1),
    ("LT", "Lithuania", 2),
    ("KZ", "Kazakhstan", 5),
    ("CL", "Chile", -4),
    ("HU", "Hungary", 1),
    ("CH", "Switzerland", 1),
    ("IE", "Ireland", 0),
    ("GR", "Greece", 2),
    ("MA", "Morocco", 0),
    ("SA", "Saudi Arabia", 3),
    ("PE", "Peru", -5),
    ("EC", "Ecuador", -5),
    ("IL", "Israel", 2),
    ("AE", "United Arab Emirates", 4),
    ("FI", "Finland", 2),
    ("NO", "Norway", 1),
    ("DK", "Denmark", 1),
    ("AT", "Austria", 1),
    ("BE", "Belgium", 0),
    ("PT", "Portugal", -1),
    ("RS", "Serbia", 1),
    ("MD", "Moldova, Republic of", 2),
    ("LV", "Latvia", 2),
    ("EE", "Estonia", 2),
    ("SK", "Slovakia", 1),
    ("NG", "Nigeria", 1),
    ("KE", "Kenya", 2),
    ("TN", "Tunisia", 1),
    ("DZ", "Algeria", 0),
    ("IQ", "Iraq", 3),
    ("LK", "Sri Lanka", 5),
    ("NP", "Nepal", 6),
    ("KH", "Cambodia", 7),
    ("MN", "Mongolia", 7),
    ("GE", "Georgia", 3),
    ("AM", "Armenia", 3),
    ("AZ", "Azerbaijan", 3),
    ("BY", "Belarus", 2),
    ("HR", "Croatia", 1),
    ("SI", "Slovenia", 1),
    ("BA", "Bosnia and Herzegovina", 1),
    ("AL", "Albania", 1),
    ("PA", "Panama", -5),
    ("CR", "Costa Rica", -6),
    ("DO", "Dominican Republic", -5),
    ("UY", "Uruguay", -4),
    ("BO", "Bolivia", -4),
    ("PY", "Paraguay", -4),
    ("NZ", "New Zealand", 12),
    ("IS", "Iceland", -1),
    ("LU", "Luxembourg", 0),
    ("CY", "Cyprus", 2),
    ("SC", "Seychelles", 4),
    ("MU", "Mauritius", 4),
    ("GH", "Ghana", 0),
    ("SN", "Senegal", -1),
    ("NA", "Namibia", 1),
    ("FJ", "Fiji", 12),
];

/// TCP ports that are always knocked at.
pub(super) const TCP_PORTS: [u16; 44] = [
    23, 22, 445, 1433, 3389, 80, 8080, 443, 3306, 5900, 81, 2323, 6379, 8443, 25, 139, 135, 21, 5555, 8888, 1080, 9200,
    3128, 8081, 110, 5432, 27017, 7547, 37215, 52869, 2222, 8000, 9090, 11211, 5060, 1723, 4899, 8291, 143, 993, 2375,
    6443, 10000, 49152,
];

/// UDP ports that are always knocked at.
pub(super) const UDP_PORTS: [u16; 20] = [
    53, 5060, 123, 1900, 161, 19, 11211, 389, 1434, 137, 5353, 69, 500, 3702, 17185, 111, 520, 6881, 33434, 27015,
];

/// Where floods go, by protocol (true is TCP): services that are worth to be brought down, and ports
/// whose answers are larger than the questions.
pub(super) const FLOODED: [(bool, u16); 12] = [
    (false, 2193),
    (true, 80),
    (false, 53),
    (true, 443),
    (false, 123),
    (true, 25565),
    (false, 27015),
    (true, 1433),
    (false, 1900),
    (true, 3389),
    (false, 11211),
    (true, 6667),
];

/// Where worms spread, by protocol (true is TCP): away from the ports that are busy anyway.
pub(super) const WORMS: [(bool, u16); 6] = [
    (true, 7001),
    (false, 10001),
    (true, 34567),
    (true, 5358),
    (false, 30303),
    (true, 60001),
];

/// The hosts that are knocked at.
pub(super) const HOSTS: [&str; 9] = [
    "frankfurt-1",
    "tokyo-1",
    "virginia-1",
    "oregon-1",
    "singapore-1",
    "sao-paulo-1",
    "dublin-1",
    "sydney-1",
    "virginia-2",
];

/// Activity by the local hour, in hundredths of the day's mean: people's computers sleep when they do.
pub(super) const DAY: [i64; 24] = [
    62, 54, 48, 45, 45, 50, 60, 76, 96, 114, 124, 130, 132, 132, 134, 136, 136, 134, 132, 130, 126, 118, 100, 80,
];

//! Countries as people call them, by ISO 3166-1 code: the kept table behind labels and colours.
//!
//! Owns the names and their order. A code that is not here has the name that its log gives it.
//!
//! Names are the short ones of everyday English, which neither ISO's official ones ("Korea, Republic
//! of") nor the logs' are. Letters go up to Latin Extended-A, as every text font does.

use crate::model::Source;

/// The name of a log's country as people say it: the table's, else the log's own, else its code.
#[must_use]
pub fn spoken_name(country: &Source) -> &str {
    let own = if country.name.is_empty() {
        &country.code
    } else {
        &country.name
    };
    country_name(&country.code).unwrap_or(own)
}

/// The everyday name for a code in capitals: `IR` is Iran.
///
/// All 249 alpha-2 codes of ISO 3166-1 and three that logs have besides: `XK` (Kosovo, as most
/// registries call it) and `EU` and `AP` (the regions of addresses that `GeoLite` knew no country of).
/// `None` for any other.
#[must_use]
pub fn country_name(code: &str) -> Option<&'static str> {
    country_index(code).map(|index| COUNTRIES[index].1)
}

/// The name of a country within a sentence: `the Netherlands`, `Iran`.
#[must_use]
pub fn in_sentence(name: &str) -> String {
    let has_article = ["United ", "British Virgin "]
        .iter()
        .any(|start| name.starts_with(start))
        || [" Islands", " Republic", " Territory", " Territories"]
            .iter()
            .any(|end| name.ends_with(end))
        || matches!(
            name,
            "Bahamas" | "Comoros" | "Gambia" | "Maldives" | "Netherlands" | "Philippines" | "Seychelles"
        );
    if has_article {
        format!("the {name}")
    } else {
        name.to_owned()
    }
}

/// Names and short forms that people type and logs have, beside those of the table.
const ALSO_CALLED: [(&str, &str); 55] = [
    ("America", "US"),
    ("Bolivia, Plurinational State of", "BO"),
    ("Bonaire, Sint Eustatius and Saba", "BQ"),
    ("Britain", "GB"),
    ("British Indian Ocean Territory", "IO"),
    ("Brunei Darussalam", "BN"),
    ("Burma", "MM"),
    ("Cabo Verde", "CV"),
    ("Cocos (Keeling) Islands", "CC"),
    ("Congo, The Democratic Republic of the", "CD"),
    ("Cote D'Ivoire", "CI"),
    ("Czech Republic", "CZ"),
    ("Côte d'Ivoire", "CI"),
    ("Democratic Republic of the Congo", "CD"),
    ("Falkland Islands (Malvinas)", "FK"),
    ("French Southern Territories", "TF"),
    ("Great Britain", "GB"),
    ("Heard Island and McDonald Islands", "HM"),
    ("Holland", "NL"),
    ("Holy See (Vatican City State)", "VA"),
    ("Iran, Islamic Republic of", "IR"),
    ("Korea, Democratic People's Republic of", "KP"),
    ("Korea, Republic of", "KR"),
    ("Lao People's Democratic Republic", "LA"),
    ("Libyan Arab Jamahiriya", "LY"),
    ("Macao", "MO"),
    ("Macedonia", "MK"),
    ("Micronesia, Federated States of", "FM"),
    ("Moldova, Republic of", "MD"),
    ("Palestine, State of", "PS"),
    ("Palestinian Territory", "PS"),
    ("Republic of Korea", "KR"),
    ("Russian Federation", "RU"),
    ("Saint Helena, Ascension and Tristan da Cunha", "SH"),
    ("Saint Martin (French part)", "MF"),
    ("Saint Vincent and the Grenadines", "VC"),
    ("Sao Tome and Principe", "ST"),
    ("Sint Maarten (Dutch part)", "SX"),
    ("South Georgia and the South Sandwich Islands", "GS"),
    ("Swaziland", "SZ"),
    ("Syrian Arab Republic", "SY"),
    ("Taiwan ROC", "TW"),
    ("Taiwan, Province of China", "TW"),
    ("Tanzania, United Republic of", "TZ"),
    ("Timor-Leste", "TL"),
    ("Türkiye", "TR"),
    ("UAE", "AE"),
    ("UK", "GB"),
    ("USA", "US"),
    ("United States Minor Outlying Islands", "UM"),
    ("United States of America", "US"),
    ("Venezuela, Bolivarian Republic of", "VE"),
    ("Viet Nam", "VN"),
    ("Virgin Islands, British", "VG"),
    ("Virgin Islands, U.S.", "VI"),
];

/// The code of a country as a log may have it, in any case: by its code of two or three letters, its name in
/// the table or another common name. Among what people type, three letters may be a service.
#[must_use]
pub fn logged_country_code(text: &str) -> Option<&'static str> {
    country_code(text)
        .or_else(|| of_three_letters(text))
        .or_else(|| of_same_words(text))
}

/// The code of a country whose name has the same words, in whatever order and between whatever signs:
/// `Korea (Republic of)`, `Iran Islamic Republic Of`.
fn of_same_words(text: &str) -> Option<&'static str> {
    let wanted = words_of(text);
    let also = ALSO_CALLED.iter().map(|&(name, code)| (code, name));
    let mut all = COUNTRIES.into_iter().chain(also);
    let found = all.find(|(_, name)| !wanted.is_empty() && words_of(name) == wanted);
    found.map(|(code, _)| code)
}

/// The words of a country's name in small letters, sorted, without those that names have or lack.
fn words_of(name: &str) -> Vec<String> {
    let small = name.to_lowercase();
    let words = small.split(|letter: char| !letter.is_alphanumeric() && letter != '\'');
    let mut words: Vec<String> = words
        .filter(|word| !matches!(*word, "" | "of" | "the" | "and" | "sar"))
        .map(str::to_owned)
        .collect();
    words.sort_unstable();
    words
}

/// The code of a country by its code, its name in the table or another common name, in any case.
#[must_use]
pub fn country_code(text: &str) -> Option<&'static str> {
    let wanted = text.to_lowercase();
    let also = ALSO_CALLED.iter().map(|&(name, code)| (code, name));
    let mut all = COUNTRIES.into_iter().chain(also);
    let found = all.find(|(code, name)| code.to_lowercase() == wanted || name.to_lowercase() == wanted);
    found.map(|(code, _)| code)
}

/// The code for a code of three letters, in any case: `IR` for `IRN`.
fn of_three_letters(text: &str) -> Option<&'static str> {
    let mut all = ALPHA_3.split_ascii_whitespace().map(|both| both.split_at(3));
    all.find(|(three, _)| three.eq_ignore_ascii_case(text))
        .map(|(_, two)| two)
}

/// The codes of three letters of ISO 3166-1, and behind each that of two.
const ALPHA_3: &str = "\
    ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT \
    AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO \
    BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG \
    COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO \
    DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB \
    GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY \
    HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT \
    JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY \
    LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH \
    MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA \
    NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE \
    PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA \
    SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR \
    SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO \
    TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG \
    VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW";

/// The position of a code in [`COUNTRIES`], by which a palette gives a country the same colour in every
/// film.
///
/// Stable for as long as the table is, which ISO changes about once in ten years.
#[must_use]
pub fn country_index(code: &str) -> Option<usize> {
    COUNTRIES.binary_search_by_key(&code, |&(code, _)| code).ok()
}

/// Code and name, by code. Codes as of ISO 3166-1:2020 with its newsletters to 2026.
pub const COUNTRIES: [(&str, &str); 252] = [
    ("AD", "Andorra"),
    ("AE", "United Arab Emirates"),
    ("AF", "Afghanistan"),
    ("AG", "Antigua and Barbuda"),
    ("AI", "Anguilla"),
    ("AL", "Albania"),
    ("AM", "Armenia"),
    ("AO", "Angola"),
    ("AP", "Asia-Pacific"),
    ("AQ", "Antarctica"),
    ("AR", "Argentina"),
    ("AS", "American Samoa"),
    ("AT", "Austria"),
    ("AU", "Australia"),
    ("AW", "Aruba"),
    ("AX", "Åland Islands"),
    ("AZ", "Azerbaijan"),
    ("BA", "Bosnia and Herzegovina"),
    ("BB", "Barbados"),
    ("BD", "Bangladesh"),
    ("BE", "Belgium"),
    ("BF", "Burkina Faso"),
    ("BG", "Bulgaria"),
    ("BH", "Bahrain"),
    ("BI", "Burundi"),
    ("BJ", "Benin"),
    ("BL", "Saint Barthélemy"),
    ("BM", "Bermuda"),
    ("BN", "Brunei"),
    ("BO", "Bolivia"),
    ("BQ", "Caribbean Netherlands"),
    ("BR", "Brazil"),
    ("BS", "Bahamas"),
    ("BT", "Bhutan"),
    ("BV", "Bouvet Island"),
    ("BW", "Botswana"),
    ("BY", "Belarus"),
    ("BZ", "Belize"),
    ("CA", "Canada"),
    ("CC", "Cocos Islands"),
    ("CD", "DR Congo"),
    ("CF", "Central African Republic"),
    ("CG", "Congo"),
    ("CH", "Switzerland"),
    ("CI", "Ivory Coast"),
    ("CK", "Cook Islands"),
    ("CL", "Chile"),
    ("CM", "Cameroon"),
    ("CN", "China"),
    ("CO", "Colombia"),
    ("CR", "Costa Rica"),
    ("CU", "Cuba"),
    ("CV", "Cape Verde"),
    ("CW", "Curaçao"),
    ("CX", "Christmas Island"),
    ("CY", "Cyprus"),
    ("CZ", "Czechia"),
    ("DE", "Germany"),
    ("DJ", "Djibouti"),
    ("DK", "Denmark"),
    ("DM", "Dominica"),
    ("DO", "Dominican Republic"),
    ("DZ", "Algeria"),
    ("EC", "Ecuador"),
    ("EE", "Estonia"),
    ("EG", "Egypt"),
    ("EH", "Western Sahara"),
    ("ER", "Eritrea"),
    ("ES", "Spain"),
    ("ET", "Ethiopia"),
    ("EU", "Europe"),
    ("FI", "Finland"),
    ("FJ", "Fiji"),
    ("FK", "Falkland Islands"),
    ("FM", "Micronesia"),
    ("FO", "Faroe Islands"),
    ("FR", "France"),
    ("GA", "Gabon"),
    ("GB", "United Kingdom"),
    ("GD", "Grenada"),
    ("GE", "Georgia"),
    ("GF", "French Guiana"),
    ("GG", "Guernsey"),
    ("GH", "Ghana"),
    ("GI", "Gibraltar"),
    ("GL", "Greenland"),
    ("GM", "Gambia"),
    ("GN", "Guinea"),
    ("GP", "Guadeloupe"),
    ("GQ", "Equatorial Guinea"),
    ("GR", "Greece"),
    ("GS", "South Georgia"),
    ("GT", "Guatemala"),
    ("GU", "Guam"),
    ("GW", "Guinea-Bissau"),
    ("GY", "Guyana"),
    ("HK", "Hong Kong"),
    ("HM", "Heard and McDonald Is."),
    ("HN", "Honduras"),
    ("HR", "Croatia"),
    ("HT", "Haiti"),
    ("HU", "Hungary"),
    ("ID", "Indonesia"),
    ("IE", "Ireland"),
    ("IL", "Israel"),
    ("IM", "Isle of Man"),
    ("IN", "India"),
    ("IO", "British Indian Ocean"),
    ("IQ", "Iraq"),
    ("IR", "Iran"),
    ("IS", "Iceland"),
    ("IT", "Italy"),
    ("JE", "Jersey"),
    ("JM", "Jamaica"),
    ("JO", "Jordan"),
    ("JP", "Japan"),
    ("KE", "Kenya"),
    ("KG", "Kyrgyzstan"),
    ("KH", "Cambodia"),
    ("KI", "Kiribati"),
    ("KM", "Comoros"),
    ("KN", "Saint Kitts and Nevis"),
    ("KP", "North Korea"),
    ("KR", "South Korea"),
    ("KW", "Kuwait"),
    ("KY", "Cayman Islands"),
    ("KZ", "Kazakhstan"),
    ("LA", "Laos"),
    ("LB", "Lebanon"),
    ("LC", "Saint Lucia"),
    ("LI", "Liechtenstein"),
    ("LK", "Sri Lanka"),
    ("LR", "Liberia"),
    ("LS", "Lesotho"),
    ("LT", "Lithuania"),
    ("LU", "Luxembourg"),
    ("LV", "Latvia"),
    ("LY", "Libya"),
    ("MA", "Morocco"),
    ("MC", "Monaco"),
    ("MD", "Moldova"),
    ("ME", "Montenegro"),
    ("MF", "Saint Martin"),
    ("MG", "Madagascar"),
    ("MH", "Marshall Islands"),
    ("MK", "North Macedonia"),
    ("ML", "Mali"),
    ("MM", "Myanmar"),
    ("MN", "Mongolia"),
    ("MO", "Macau"),
    ("MP", "Northern Mariana Islands"),
    ("MQ", "Martinique"),
    ("MR", "Mauritania"),
    ("MS", "Montserrat"),
    ("MT", "Malta"),
    ("MU", "Mauritius"),
    ("MV", "Maldives"),
    ("MW", "Malawi"),
    ("MX", "Mexico"),
    ("MY", "Malaysia"),
    ("MZ", "Mozambique"),
    ("NA", "Namibia"),
    ("NC", "New Caledonia"),
    ("NE", "Niger"),
    ("NF", "Norfolk Island"),
    ("NG", "Nigeria"),
    ("NI", "Nicaragua"),
    ("NL", "Netherlands"),
    ("NO", "Norway"),
    ("NP", "Nepal"),
    ("NR", "Nauru"),
    ("NU", "Niue"),
    ("NZ", "New Zealand"),
    ("OM", "Oman"),
    ("PA", "Panama"),
    ("PE", "Peru"),
    ("PF", "French Polynesia"),
    ("PG", "Papua New Guinea"),
    ("PH", "Philippines"),
    ("PK", "Pakistan"),
    ("PL", "Poland"),
    ("PM", "Saint Pierre and Miquelon"),
    ("PN", "Pitcairn Islands"),
    ("PR", "Puerto Rico"),
    ("PS", "Palestine"),
    ("PT", "Portugal"),
    ("PW", "Palau"),
    ("PY", "Paraguay"),
    ("QA", "Qatar"),
    ("RE", "Réunion"),
    ("RO", "Romania"),
    ("RS", "Serbia"),
    ("RU", "Russia"),
    ("RW", "Rwanda"),
    ("SA", "Saudi Arabia"),
    ("SB", "Solomon Islands"),
    ("SC", "Seychelles"),
    ("SD", "Sudan"),
    ("SE", "Sweden"),
    ("SG", "Singapore"),
    ("SH", "Saint Helena"),
    ("SI", "Slovenia"),
    ("SJ", "Svalbard and Jan Mayen"),
    ("SK", "Slovakia"),
    ("SL", "Sierra Leone"),
    ("SM", "San Marino"),
    ("SN", "Senegal"),
    ("SO", "Somalia"),
    ("SR", "Suriname"),
    ("SS", "South Sudan"),
    ("ST", "São Tomé and Príncipe"),
    ("SV", "El Salvador"),
    ("SX", "Sint Maarten"),
    ("SY", "Syria"),
    ("SZ", "Eswatini"),
    ("TC", "Turks and Caicos Islands"),
    ("TD", "Chad"),
    ("TF", "French Southern Lands"),
    ("TG", "Togo"),
    ("TH", "Thailand"),
    ("TJ", "Tajikistan"),
    ("TK", "Tokelau"),
    ("TL", "East Timor"),
    ("TM", "Turkmenistan"),
    ("TN", "Tunisia"),
    ("TO", "Tonga"),
    ("TR", "Turkey"),
    ("TT", "Trinidad and Tobago"),
    ("TV", "Tuvalu"),
    ("TW", "Taiwan"),
    ("TZ", "Tanzania"),
    ("UA", "Ukraine"),
    ("UG", "Uganda"),
    ("UM", "US Outlying Islands"),
    ("US", "United States"),
    ("UY", "Uruguay"),
    ("UZ", "Uzbekistan"),
    ("VA", "Vatican City"),
    ("VC", "Saint Vincent"),
    ("VE", "Venezuela"),
    ("VG", "British Virgin Islands"),
    ("VI", "US Virgin Islands"),
    ("VN", "Vietnam"),
    ("VU", "Vanuatu"),
    ("WF", "Wallis and Futuna"),
    ("WS", "Samoa"),
    ("XK", "Kosovo"),
    ("YE", "Yemen"),
    ("YT", "Mayotte"),
    ("ZA", "South Africa"),
    ("ZM", "Zambia"),
    ("ZW", "Zimbabwe"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_three_letters_are_those_of_two() {
        let all = ALPHA_3.split_ascii_whitespace();
        assert!(
            all.clone()
                .all(|both| both.len() == 5 && country_index(&both[3..]).is_some())
        );
        let two: std::collections::BTreeSet<&str> = all.map(|both| &both[3..]).collect();
        // All but EU, AP and XK.
        assert_eq!(two.len(), COUNTRIES.len() - 3);
        for (text, expected) in [
            ("deu", Some("DE")),
            ("USA", Some("US")),
            ("Iran, Islamic Republic of", Some("IR")),
            ("russian federation", Some("RU")),
            ("Korea (Republic of)", Some("KR")),
            ("Korea Democratic Peoples Republic Of", None),
            ("Korea, Democratic People's Republic Of", Some("KP")),
            ("Iran Islamic Republic Of", Some("IR")),
            ("Iran (ISLAMIC Republic Of)", Some("IR")),
            ("Moldova Republic Of", Some("MD")),
            ("Bolivia Plurinational State Of", Some("BO")),
            ("Congo (the Democratic Republic of the)", Some("CD")),
            ("Hong Kong SAR", Some("HK")),
            ("Taiwan ROC", Some("TW")),
            ("The Netherlands", Some("NL")),
            ("of the", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(logged_country_code(text), expected, "{text}");
        }
        assert!(ALSO_CALLED.iter().all(|(_, code)| country_index(code).is_some()));
    }

    #[test]
    fn the_table_is_sorted_by_unique_codes() {
        assert!(COUNTRIES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(COUNTRIES.len(), 249 + 3);
        for (index, (code, name)) in COUNTRIES.into_iter().enumerate() {
            assert!(
                code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()),
                "{code}"
            );
            assert_eq!(country_index(code), Some(index));
            assert_eq!(country_name(code), Some(name));
        }
    }

    #[test]
    fn names_are_unique_and_fit_a_label() {
        let mut names: Vec<_> = COUNTRIES.iter().map(|&(_, name)| name).collect();
        names.sort_unstable();
        assert!(names.is_sorted_by(|a, b| a < b), "a name stands twice");
        for name in names {
            assert!((4..=25).contains(&name.chars().count()), "{name}");
            assert!(
                name.chars().all(|c| c < '\u{180}') && !name.contains(['(', ',']),
                "{name}"
            );
        }
    }

    #[test]
    fn names_as_people_say_them() {
        for (code, name) in [
            ("AE", "United Arab Emirates"),
            ("BO", "Bolivia"),
            ("CD", "DR Congo"),
            ("CI", "Ivory Coast"),
            ("CZ", "Czechia"),
            ("GB", "United Kingdom"),
            ("HK", "Hong Kong"),
            ("IR", "Iran"),
            ("KP", "North Korea"),
            ("KR", "South Korea"),
            ("LA", "Laos"),
            ("MD", "Moldova"),
            ("NA", "Namibia"),
            ("RU", "Russia"),
            ("SY", "Syria"),
            ("TR", "Turkey"),
            ("TW", "Taiwan"),
            ("TZ", "Tanzania"),
            ("US", "United States"),
            ("VE", "Venezuela"),
            ("VN", "Vietnam"),
            ("XK", "Kosovo"),
            ("EU", "Europe"),
            ("AP", "Asia-Pacific"),
        ] {
            assert_eq!(country_name(code), Some(name));
        }
    }

    #[test]
    fn a_country_without_a_known_code_has_the_name_of_its_log() {
        let spoken = |code: &str, name: &str| {
            let (code, name) = (code.to_owned(), name.to_owned());
            spoken_name(&Source { code, name }).to_owned()
        };
        assert_eq!(spoken("KR", "Korea, Republic of"), "South Korea");
        assert_eq!(spoken("A1", "Anonymous Proxy"), "Anonymous Proxy");
        assert_eq!(spoken("A1", ""), "A1");
        assert_eq!(spoken("Unknown", ""), "Unknown");
    }

    #[test]
    fn countries_are_found_by_what_people_type() {
        for (text, code) in [
            ("CN", "CN"),
            ("cn", "CN"),
            ("China", "CN"),
            ("south korea", "KR"),
            ("ÅLAND ISLANDS", "AX"),
            ("UK", "GB"),
            ("usa", "US"),
        ] {
            assert_eq!(country_code(text), Some(code));
        }
        for (name, code) in ALSO_CALLED {
            assert!(country_name(code).is_some() && country_index(name).is_none(), "{name}");
        }
        assert_eq!(country_code("Korea"), None);
    }

    #[test]
    fn other_codes_have_no_name() {
        // GeoLite's anonymous proxies, a code withdrawn in 2010, no code at all, small letters.
        for code in ["A1", "AN", "ZZ", "", "us", "Unknown", "USA"] {
            assert_eq!(country_name(code), None, "{code}");
            assert_eq!(country_index(code), None, "{code}");
        }
    }
}

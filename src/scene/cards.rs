//! Cards: pages of text that stand before the first packet leaves and after the last has arrived, while the picture
//! behind them steps back.

/// Film time in which a card comes or goes, in seconds.
const FADE_SECS: f64 = 0.4;
/// Share of its opacity that the picture keeps behind a card.
const BEHIND: f32 = 0.06;

/// A page of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Its heading.
    pub title: String,
    /// The lines below it.
    pub lines: Vec<String>,
}

/// The cards of a film: before it and after it.
pub type Cards = [Option<Card>; 2];

/// A card in a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct CardNow<'a> {
    pub card: &'a Card,
    /// How far it has appeared, 0 to 1.
    pub opacity: f32,
}

impl CardNow<'_> {
    /// Share of its opacity that the picture behind it keeps.
    pub fn behind(&self) -> f32 {
        1.0 - (1.0 - BEHIND) * self.opacity
    }
}

/// The card at a moment of a film, which stands still for `holds_secs` before and after and lasts `film_secs`.
pub(super) fn card_at<'a>(
    cards: &'a Cards,
    now_secs: f64,
    holds_secs: [f64; 2],
    film_secs: f64,
) -> Option<CardNow<'a>> {
    let [first, last] = cards;
    let shown = |card: &'a Option<Card>, secs: f64| {
        let opacity = (secs / FADE_SECS).clamp(0.0, 1.0) as f32;
        let card = card.as_ref().filter(|_| opacity > 0.0)?;
        Some(CardNow { card, opacity })
    };
    let since_secs = now_secs - (film_secs - holds_secs[1]);
    shown(first, holds_secs[0] - now_secs).or_else(|| shown(last, since_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_stand_before_and_after() {
        let card = |title: &str| {
            Some(Card {
                title: title.to_owned(),
                lines: Vec::new(),
            })
        };
        let cards = [card("start"), card("end")];
        let at = |secs| card_at(&cards, secs, [2.0, 3.0], 20.0).map(|now| (now.card.title.as_str(), now.opacity));
        assert_eq!(at(0.0), Some(("start", 1.0)));
        assert_eq!(at(1.8), Some(("start", 0.5)));
        assert_eq!((at(2.0), at(17.0)), (None, None));
        assert_eq!(at(17.2), Some(("end", 0.5)));
        assert_eq!(at(19.9), Some(("end", 1.0)));
        assert!(card_at(&[None, None], 0.0, [2.0, 3.0], 20.0).is_none());
        assert!(card_at(&cards, 0.0, [0.0, 0.0], 20.0).is_none());
    }
}

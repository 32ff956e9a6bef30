//! Colours, how well text of one is read on another, and what follows from an accent.

use std::fmt;
use std::str::FromStr;

/// How much lighter one of text and ground must be than the other (WCAG 2.2, 1.4.3).
pub const CONTRAST_MIN: f64 = 4.5;

/// A colour of a screen (sRGB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// How the reader's system is set. Grounds are those of `web/src/shared/base.css`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

/// What follows from an accent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shades {
    /// Links and buttons.
    pub accent: Colour,
    /// What is chosen, behind text in the accent.
    pub accent_ground: Colour,
    /// Text on a button.
    pub on_accent: Colour,
    theme: Theme,
}

const WHITE: Colour = Colour::new(0xff, 0xff, 0xff);
const INK: Colour = Colour::new(0x14, 0x12, 0x1f);
const BLACK: Colour = Colour::new(0, 0, 0);
/// Steps between a colour and white or black, in which a readable one is looked for.
const STEPS: u32 = 50;

impl Colour {
    const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// From 1, the same, to 21, black on white.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// With a share of another, from 0 to 1.
    fn with(self, other: Self, share: f64) -> Self {
        let mixed = |one: u8, two: u8| (f64::from(one) * (1.0 - share) + f64::from(two) * share).round() as u8;
        Self::new(mixed(self.red, other.red), mixed(self.green, other.green), mixed(self.blue, other.blue))
    }
}

impl FromStr for Colour {
    type Err = ();

    /// `#0b6b3a`, in either case.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix('#').filter(|it| it.len() == 6 && it.bytes().all(|it| it.is_ascii_hexdigit()));
        let [_, red, green, blue] = u32::from_str_radix(digits.ok_or(())?, 16).map_err(drop)?.to_be_bytes();
        Ok(Self { red, green, blue })
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl Theme {
    fn ground(self) -> Colour {
        match self {
            Theme::Light => Colour::new(0xf6, 0xf6, 0xf8),
            Theme::Dark => Colour::new(0x10, 0x10, 0x15),
        }
    }

    fn card(self) -> Colour {
        match self {
            Theme::Light => WHITE,
            Theme::Dark => Colour::new(0x1b, 0x1b, 0x23),
        }
    }

    /// How much of the accent is in the ground of what is chosen.
    fn tint(self) -> f64 {
        match self {
            Theme::Light => 0.08,
            Theme::Dark => 0.16,
        }
    }
}

impl Shades {
    /// Of an accent, whether it can be read or not.
    pub fn of(accent: Colour, theme: Theme) -> Self {
        let on_accent = if accent.contrast(WHITE) >= accent.contrast(INK) { WHITE } else { INK };
        Self { accent, accent_ground: theme.card().with(accent, theme.tint()), on_accent, theme }
    }

    /// The least contrast that a text has with what is behind it.
    pub fn contrast(&self) -> f64 {
        let grounds = [self.theme.ground(), self.theme.card(), self.accent_ground, self.on_accent];
        grounds.into_iter().map(|ground| self.accent.contrast(ground)).fold(f64::INFINITY, f64::min)
    }

    /// Whether everything in it can be read.
    pub fn is_readable(&self) -> bool {
        self.contrast() >= CONTRAST_MIN
    }

    /// The accent that can be read, and is least different.
    pub fn nearest(accent: Colour, theme: Theme) -> Colour {
        let end = if theme == Theme::Light { BLACK } else { WHITE };
        let steps = (0..=STEPS).map(|step| accent.with(end, f64::from(step) / f64::from(STEPS)));
        steps.into_iter().find(|accent| Self::of(*accent, theme).is_readable()).unwrap_or(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        text.parse().expect("a colour")
    }

    #[test]
    fn contrast_is_as_the_guidelines_compute_it() {
        for (one, two, contrast) in
            [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.478), ("#4338ca", "#4338ca", 1.0)]
        {
            let found = colour(one).contrast(colour(two));
            assert!((found - contrast).abs() < 0.01, "{one} on {two}: {found}");
        }
    }

    #[test]
    fn a_colour_is_six_digits_and_nothing_else() {
        assert_eq!(colour("#0B6b3a").to_string(), "#0b6b3a");
        for wrong in
            ["", "#", "#fff", "0b6b3a", "#0b6b3", "#0b6b3a0", "#gggggg", "red", "#+b6b3a", "#0b6b3a;}", "#ｆｆ"]
        {
            assert_eq!(wrong.parse::<Colour>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn for_every_colour_there_is_a_readable_one_near_it_in_light_and_dark() {
        for part in 0..=0xfff_u32 {
            let spread = |shift: u32| ((part >> shift) & 0xf) as u8 * 17;
            let accent = Colour::new(spread(8), spread(4), spread(0));
            for theme in [Theme::Light, Theme::Dark] {
                let nearest = Shades::nearest(accent, theme);
                assert!(Shades::of(nearest, theme).is_readable(), "{accent} as {nearest} in {theme:?}");
                if Shades::of(accent, theme).is_readable() {
                    assert_eq!(nearest, accent, "what can be read stays");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_known_by_each_of_its_grounds() {
        assert!(Shades::of(colour("#4338ca"), Theme::Light).is_readable());
        assert!(Shades::of(colour("#a8a3ff"), Theme::Dark).is_readable());
        assert!(!Shades::of(colour("#ffd500"), Theme::Light).is_readable());
        assert!(!Shades::of(colour("#4338ca"), Theme::Dark).is_readable());
        // Enough on white, and not on what is chosen.
        assert!(colour("#757575").contrast(WHITE) > CONTRAST_MIN);
        assert!(!Shades::of(colour("#757575"), Theme::Light).is_readable());
    }
}

//! Texts that people typed.

/// Why a text cannot be used, if it cannot. One that must not be empty must show something.
pub fn problem(field: &str, text: &str, characters_min: usize, characters_max: usize) -> Option<String> {
    if !(characters_min..=characters_max).contains(&text.chars().count()) {
        return Some(format!("{field}: {characters_min} to {characters_max} characters"));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Some(format!("{field}: control characters are not allowed"));
    }
    let shows_nothing = characters_min > 0 && !text.chars().any(is_visible);
    shows_nothing.then(|| format!("{field}: nothing of it can be seen"))
}

/// The same for a text of one line, such as a name: it has no line breaks, no tabs, and no marks that turn the direction of
/// what stands beside it.
pub fn line_problem(field: &str, text: &str, characters_min: usize, characters_max: usize) -> Option<String> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{2029}');
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().any(|c| breaks(c) || turns(c)) {
        return Some(format!(
            "{field}: control characters, line breaks and marks that turn the direction of text are not allowed"
        ));
    }
    problem(field, text, characters_min, characters_max)
}

/// Neither space nor control, nor what Unicode calls ignorable by default (zero-width spaces and joiners, marks of
/// direction, fillers, variation selectors, tags), nor the braille pattern without dots.
fn is_visible(c: char) -> bool {
    let is_ignorable = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    !(c.is_whitespace() || c.is_control() || is_ignorable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line() {
        for text in ["a\nb", "\nx", "tab\tx", "a\u{202e}b", "a\u{2028}b", "a\0", "", " "] {
            assert!(line_problem("name", text, 1, 100).is_some(), "{text:?}");
        }
        for text in ["Lampe", " x ", "מנורה 2", "مصباح\u{200f}", "👨\u{200d}👩\u{200d}👧"] {
            assert_eq!(line_problem("name", text, 1, 100), None, "{text:?}");
        }
    }

    #[test]
    fn a_text_that_shows_nothing_is_refused() {
        let nothing =
            [" ", "\t\n", "\u{a0}", "\u{200b}", " \u{200d}\u{feff} ", "\u{3164}", "\u{2800}", "\u{2060}\u{202e}"];
        for text in nothing {
            assert!(problem("name", text, 1, 100).is_some(), "{text:?}");
            assert_eq!(problem("description", text, 0, 100), None, "{text:?} where nothing need be said");
        }
        for text in ["Lampe", " x ", "灯", "مصباح", "👨\u{200d}👩\u{200d}👧", "e\u{301}", "-"] {
            assert_eq!(problem("name", text, 1, 100), None, "{text:?}");
        }
    }
}

//! Text that is shown as part of an HTML page: whatever somebody wrote, it stays text.

/// A text between tags, or in the quotes of an attribute. It begins nothing and ends nothing there.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            sign => safe.push(sign),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_begins_nothing_and_ends_nothing() {
        let hostile = "\"><script>alert('1')</script>&lt;";
        assert_eq!(escape(hostile), "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;lt;");
        assert_eq!(escape("限时 Lämps مصباح"), "限时 Lämps مصباح", "everything else stays as it is");
    }
}

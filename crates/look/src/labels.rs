//! The few words of ours beside an organiser's, in four languages.

use email::Language;

/// The words of one language.
#[derive(Debug)]
pub struct Labels {
    /// Before the support contact.
    pub support: &'static str,
    /// Of the page of the terms.
    pub terms: &'static str,
    /// Of the page on privacy.
    pub privacy: &'static str,
    /// Of the page of the imprint.
    pub imprint: &'static str,
    /// Before who sells.
    pub seller: &'static str,
}

/// Those of a language.
pub fn labels(language: Language) -> &'static Labels {
    match language {
        Language::En => &EN,
        Language::De => &DE,
        Language::Zh => &ZH,
        Language::Ar => &AR,
    }
}

static EN: Labels =
    Labels { support: "Help", terms: "Terms", privacy: "Privacy", imprint: "Imprint", seller: "Sold by" };
static DE: Labels =
    Labels { support: "Hilfe", terms: "AGB", privacy: "Datenschutz", imprint: "Impressum", seller: "Verkauft von" };
static ZH: Labels =
    Labels { support: "帮助", terms: "条款", privacy: "隐私", imprint: "网站信息", seller: "销售方" };
static AR: Labels =
    Labels {
        support: "المساعدة", terms: "الشروط", privacy: "الخصوصية", imprint: "بيانات الناشر", seller: "البائع"
    };

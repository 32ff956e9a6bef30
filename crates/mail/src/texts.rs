//! What mails say, in four languages.

use email::Language;

/// The words of one language.
pub(crate) struct Text {
    pub(crate) subject: &'static str,
    /// Why this mail comes; the code follows.
    pub(crate) asked: &'static str,
    /// How long the code is good for, in minutes.
    pub(crate) lasts: fn(u64) -> String,
    /// To whoever did not ask.
    pub(crate) not_you: &'static str,
}

pub(crate) fn text(language: Language) -> &'static Text {
    match language {
        Language::En => &EN,
        Language::De => &DE,
        Language::Zh => &ZH,
        Language::Ar => &AR,
    }
}

static EN: Text = Text {
    subject: "Your code to sign in",
    asked: "With this code you confirm your e-mail address, and sign in to the sale:",
    lasts: |minutes| {
        format!("It is good once, for {minutes} minutes from when it was asked for. A newer code takes its place.")
    },
    not_you: "If you did not ask for it, you need not do anything: without the code nobody signs in as you. Tell it to nobody.",
};

static DE: Text = Text {
    subject: "Ihr Code zum Anmelden",
    asked: "Mit diesem Code bestätigen Sie Ihre E-Mail-Adresse und melden sich zum Verkauf an:",
    lasts: |minutes| {
        format!("Er gilt einmal, {minutes} Minuten lang ab der Anforderung. Ein neuerer Code tritt an seine Stelle.")
    },
    not_you: "Wenn Sie ihn nicht angefordert haben, brauchen Sie nichts zu tun: Ohne den Code meldet sich niemand als Sie an. \
         Sagen Sie ihn niemandem.",
};

static ZH: Text = Text {
    subject: "您的登录验证码",
    asked: "请用此验证码确认您的邮箱地址并登录抢购活动:",
    lasts: |minutes| format!("验证码自申请起 {minutes} 分钟内有效,只能使用一次。更新的验证码会取代它。"),
    not_you: "如果不是您申请的,无需任何操作:没有验证码,谁也无法以您的身份登录。请勿告诉任何人。",
};

static AR: Text = Text {
    subject: "رمز تسجيل الدخول",
    asked: "بهذا الرمز تؤكد عنوان بريدك الإلكتروني وتسجل الدخول إلى العرض:",
    lasts: |minutes| format!("يصلح مرة واحدة، خلال {minutes} دقائق من طلبه. وأي رمز أحدث يحل محله."),
    not_you: "إذا لم تطلبه فلا يلزمك شيء: لا يستطيع أحد تسجيل الدخول باسمك بدون الرمز. لا تخبر به أحدًا.",
};

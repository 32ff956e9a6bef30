//! What a list's first line may say instead of naming somebody.

/// Words of headings, in the languages of the console.
const WORDS: &[&str] = &[
    "account",
    "address",
    "addresses",
    "customer",
    "customers",
    "e",
    "email",
    "emails",
    "id",
    "invited",
    "mail",
    "member",
    "name",
    "number",
    "sub",
    "subject",
    "user",
    "username",
    "adresse",
    "adressen",
    "benutzer",
    "eingeladen",
    "eingeladene",
    "emailadresse",
    "konto",
    "kunde",
    "kunden",
    "kundenname",
    "kundennr",
    "kundennummer",
    "kundin",
    "mailadresse",
    "mitglied",
    "mitgliedsnummer",
    "nr",
    "nummer",
    "会员",
    "会员号",
    "受邀者",
    "名字",
    "名称",
    "地址",
    "姓名",
    "客户",
    "客户名称",
    "客户编号",
    "客户号",
    "用户",
    "用户名",
    "电子邮件",
    "电子邮件地址",
    "电子邮箱",
    "电子邮箱地址",
    "编号",
    "邮件",
    "邮箱",
    "邮箱地址",
    "邮件地址",
    "顾客",
    "顾客编号",
    "اسم",
    "الاسم",
    "البريد",
    "الإلكتروني",
    "الحساب",
    "الرقم",
    "الزبون",
    "الضيف",
    "العضو",
    "العميل",
    "العملاء",
    "العنوان",
    "المدعو",
    "المدعوون",
    "المدعوين",
    "المستخدم",
    "المعرف",
    "إلكتروني",
    "بريد",
    "حساب",
    "رقم",
    "زبون",
    "عميل",
    "عنوان",
    "مستخدم",
    "معرف",
];

/// Whether a cell is a heading: it says nothing but such words. `customer-4711` is none.
pub(super) fn is_heading(cell: &str) -> bool {
    let mut words = cell.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    !cell.contains(['@', ':'])
        && words.peek().is_some()
        && words.all(|word| WORDS.contains(&word.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_every_language_and_nobody_is_taken_for_one() {
        for heading in [
            "email",
            "E-Mail",
            "Email Address",
            "E-Mail-Adresse",
            "customer_id",
            "Name",
            "Kunde",
            "Kunden-Nr.",
            "KUNDENNUMMER",
            "sub",
            "邮箱",
            "电子邮箱",
            "客户编号",
            "البريد الإلكتروني",
            "عنوان البريد",
            "رقم العميل",
        ] {
            assert!(is_heading(heading), "{heading}");
        }
        for somebody in [
            "anna@example.org",
            "email@example.org",
            "subject:customer",
            "customer-4711",
            "k-1",
            "Anna",
            "kunde4711",
            "-",
            "",
            "4711",
        ] {
            assert!(!is_heading(somebody), "{somebody}");
        }
    }
}

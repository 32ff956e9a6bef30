use proptest::prelude::*;

use super::*;

fn everything() -> Fields {
    let question = |text: &str, required| Question { text: text.to_owned(), required };
    Fields {
        name: Asked::Required,
        email: Asked::Required,
        phone: Asked::Optional,
        address: Asked::Required,
        questions: vec![question("Size?", true), question("A greeting?", false)],
    }
}

fn ada() -> Buyer {
    Buyer {
        name: "Ada Lovelace".to_owned(),
        email: "ada@example.com".to_owned(),
        phone: "+44 (0)20 7946-0123".to_owned(),
        address: Some(Address {
            line1: "12 St James's Square".to_owned(),
            postal_code: "SW1Y 4JH".to_owned(),
            city: "London".to_owned(),
            country: "GB".to_owned(),
            ..Address::default()
        }),
        answers: vec!["M".to_owned()],
    }
}

fn named(flaws: &[Flaw]) -> Vec<(&str, &'static str)> {
    flaws.iter().map(|flaw| (flaw.field.as_str(), flaw.why.word())).collect()
}

#[test]
fn what_is_required_is_missing_until_it_is_given() {
    let fields = everything();
    let needed = ["name", "email", "address", "answers[0]"].map(|field| (field, "missing"));
    assert_eq!(named(&fields.missing(None)), needed);
    assert_eq!(named(&fields.missing(Some(&Buyer::default()))), needed);
    assert_eq!(fields.missing(Some(&ada())), []);
    assert_eq!(fields.flaws(&ada()), []);
    let without = Buyer { answers: vec![String::new(), "Hi".to_owned()], ..ada() };
    assert_eq!(named(&fields.missing(Some(&without))), [("answers[0]", "missing")]);
}

#[test]
fn a_sale_that_asks_for_nothing_needs_nothing_and_takes_nothing() {
    let fields = Fields::default();
    assert!(!fields.ask() && everything().ask());
    assert_eq!(fields.missing(None), []);
    let refused = ["name", "email", "phone", "address", "answers[0]"].map(|field| (field, "not_asked"));
    assert_eq!(named(&fields.flaws(&ada())), refused);
    let question = Question { text: "Size?".to_owned(), required: false };
    assert!(Fields { questions: vec![question], ..Fields::default() }.ask());
    assert!(Fields { phone: Asked::Optional, ..Fields::default() }.ask());
}

#[test]
fn what_may_be_given_is_not_needed_but_must_be_right_if_it_is() {
    let optional = Fields { email: Asked::Optional, address: Asked::Optional, ..Fields::default() };
    assert_eq!(optional.flaws(&Buyer::default()), []);
    let half = Buyer {
        email: "ada".to_owned(),
        address: Some(Address { line2: "Left door".to_owned(), country: "ZZ".to_owned(), ..Address::default() }),
        ..Buyer::default()
    };
    let flaws = optional.flaws(&half);
    let wrong = [
        ("email", "not_an_email"),
        ("address.line1", "missing"),
        ("address.city", "missing"),
        ("address.country", "not_a_country"),
    ];
    assert_eq!(named(&flaws), wrong);
}

#[test]
fn values_are_judged_as_people_write_them() {
    let flaw = |field: &str, value: &str| {
        let mut buyer = ada();
        match field {
            "name" => buyer.name = value.to_owned(),
            "email" => buyer.email = value.to_owned(),
            _ => buyer.phone = value.to_owned(),
        }
        everything().flaws(&buyer).first().map(|flaw| flaw.why.word())
    };
    for name in ["X", "مريم", "李", "Jean-Luc O'Neill", &"x".repeat(200)] {
        assert_eq!(flaw("name", name), None, "{name}");
    }
    assert_eq!(flaw("name", &"x".repeat(201)), Some("too_long"));
    for name in ["a\nb", "\u{200b}", "a\u{202e}b"] {
        assert_eq!(flaw("name", name), Some("not_text"), "{name:?}");
    }
    for email in ["a@b.c", "ada+1@mail.example.co.uk", "o'neill@xn--bcher-kva.example"] {
        assert_eq!(flaw("email", email), None, "{email}");
    }
    for email in ["a@b", "@b.c", "a@", "a b@c.d", "a@b..c", "a@-b.c", "a@b.c@d.e", "a@b.c,d@e.f", "=a(1)@b.c"] {
        assert_eq!(flaw("email", email), Some("not_an_email"), "{email}");
    }
    for phone in ["112233", "+49 30 901820", "030/90 18-20", "(02) 9876.5432"] {
        assert_eq!(flaw("phone", phone), None, "{phone}");
    }
    for phone in ["1234", "+", "call me", "49+30901820", "+1234567890123456", "٠١٢٣٤٥"] {
        assert_eq!(flaw("phone", phone), Some("not_a_phone"), "{phone}");
    }
}

#[test]
fn a_postal_code_is_needed_and_judged_where_its_shape_is_certain() {
    let flaw = |country: &str, code: &str| {
        let address =
            ada().address.map(|known| Address { country: country.to_owned(), postal_code: code.to_owned(), ..known });
        everything().flaws(&Buyer { address, ..ada() }).first().map(|flaw| flaw.why.word())
    };
    let right = [
        ("DE", "10115"),
        ("DE", "D-10115"),
        ("AT", "A-1010"),
        ("SI", "SI-1000"),
        ("GB", "sw1y 4jh"),
        ("GB", "M1 1AE"),
        ("NL", "1012 AB"),
        ("PL", "00-950"),
        ("PT", "1000-001"),
        ("JP", "100-0001"),
        ("SE", "111 22"),
        ("US", "20500-0003"),
        ("CA", "K1A 0B1"),
        ("IE", ""),
        ("IE", "D02 AF30"),
        ("AE", ""),
        ("HK", "999077"),
    ];
    for (country, code) in right {
        assert_eq!(flaw(country, code), None, "{country} {code}");
    }
    let wrong = [
        ("DE", "1234567"),
        ("DE", "1011"),
        ("DE", "1O115"),
        ("DE", "DE10115"),
        ("GB", "12345"),
        ("US", "2050"),
        ("CH", "٨٠٠١"),
    ];
    for (country, code) in wrong {
        assert_eq!(flaw(country, code), Some("not_a_postal_code"), "{country} {code}");
    }
    assert_eq!(flaw("DE", ""), Some("missing"));
    assert_eq!(flaw("IE", "a\nb"), Some("not_text"));
    let without =
        Buyer { address: ada().address.map(|known| Address { postal_code: String::new(), ..known }), ..ada() };
    assert_eq!(
        named(&everything().missing(Some(&without))),
        [("address.postal_code", "missing")],
        "also of one given before"
    );
}

#[test]
fn nobody_is_shown_by_a_log() {
    let shown = format!("{:?} {:?}", ada(), ada().address);
    for personal in ["Ada", "example", "7946", "James", "London"] {
        assert!(!shown.contains(personal), "{shown}");
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "\\PC{0,8}", "[ \\t\\n]{1,3}[a-z@.+0-9]{0,12}[ ]{0,2}", Just("a@b.c".to_owned())]
}

fn buyer() -> impl Strategy<Value = Buyer> {
    let address = (text(), text(), text(), text(), text(), prop_oneof![text(), Just("DE".to_owned())]);
    let address = address.prop_map(|(line1, line2, postal_code, city, region, country)| Address {
        line1,
        line2,
        postal_code,
        city,
        region,
        country,
    });
    let given = (text(), text(), text(), proptest::option::of(address), prop::collection::vec(text(), 0..4));
    given.prop_map(|(name, email, phone, address, answers)| Buyer { name, email, phone, address, answers })
}

fn fields() -> impl Strategy<Value = Fields> {
    let asked = || prop_oneof![Just(Asked::Off), Just(Asked::Optional), Just(Asked::Required)];
    let question = any::<bool>().prop_map(|required| Question { text: "?".to_owned(), required });
    let fields = (asked(), asked(), asked(), asked(), prop::collection::vec(question, 0..3));
    fields.prop_map(|(name, email, phone, address, questions)| Fields { name, email, phone, address, questions })
}

proptest! {
    /// What was taken can be paid with, and is taken again as it is.
    #[test]
    fn what_is_taken_lacks_nothing(fields in fields(), buyer in buyer()) {
        let tidied = buyer.tidied();
        prop_assert_eq!(&tidied.tidied(), &tidied);
        let flaws = fields.flaws(&tidied);
        let missing = fields.missing(Some(&tidied));
        prop_assert!(missing.iter().all(|flaw| flaws.contains(flaw)));
        if !fields.ask() {
            prop_assert!(missing.is_empty());
            prop_assert_eq!(flaws.is_empty(), tidied == Buyer::default());
        }
        let stored = serde_json::to_string(&tidied).expect("written");
        prop_assert_eq!(serde_json::from_str::<Buyer>(&stored).expect("read"), tidied);
    }

    /// What is missing is what was required and is empty, and nothing that was not.
    #[test]
    fn only_what_is_required_is_missing(fields in fields()) {
        let count = [fields.name, fields.email, fields.phone, fields.address].iter().filter(|asked| **asked == Asked::Required).count()
            + fields.questions.iter().filter(|question| question.required).count();
        prop_assert_eq!(fields.missing(None).len(), count);
    }
}

//! What buyers are asked for to be sent the goods: after the grant, before they pay, by nobody else, and kept nowhere else.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use sqlx::PgPool;
use testbed::by_hand::Shopper;
use testbed::{Admin, Kind, NewSale, Testbed, unique, wait};

const SOON: Duration = Duration::from_secs(30);

/// A sale whose buyers are asked for everything.
fn asking() -> NewSale {
    let questions = json!([{ "text": "Which size?", "required": true }, { "text": "A greeting?" }]);
    let buyer_fields = json!({ "name": "required", "email": "required", "phone": "optional", "address": "required",
                               "questions": questions });
    NewSale { hold_seconds: 120, per_shopper_max: 2, buyer_fields, ..NewSale::of_one(20) }
}

/// What a buyer of it gives; a word that is nowhere else marks each value.
fn given(mark: &str) -> Value {
    let address = json!({ "line1": format!("{mark} Street 1"), "postal_code": "10115", "city": format!("{mark} Town"),
                          "country": "DE" });
    json!({ "name": format!("Ada {mark}"), "email": format!("{mark}@example.com"), "phone": "+49 30 901820",
            "address": address, "answers": [format!("{mark} M")] })
}

/// Somebody who holds a unit.
struct Buyer {
    shopper: Shopper,
    event: EventId,
    attempt: String,
}

impl Buyer {
    async fn holding(testbed: &Testbed, event: EventId, sale: &NewSale) -> Self {
        let shopper = Shopper::arrive(&testbed.base_urls[0]).await;
        let attempt = shopper.click(event, sale, "k").await;
        shopper.sees(event, &attempt, "reserved").await;
        Self { shopper, event, attempt }
    }

    fn path(&self) -> String {
        format!("/sales/{}/reservations/{}/buyer", self.event, self.attempt)
    }

    async fn gives(&self, details: &Value) -> (StatusCode, Value) {
        self.shopper.ask(Method::PUT, &self.path(), "-", details.clone()).await
    }

    async fn reads(&self) -> Value {
        let (status, known) = self.shopper.read(&self.path()).await;
        assert_eq!(status, StatusCode::OK, "{known}");
        known
    }

    async fn pays(&self) -> (StatusCode, Value) {
        self.shopper.pay(self.event, &self.attempt, json!({ "card_token": "tok_ok" })).await
    }

    /// Pays; the order that comes of it, as an admin sees it.
    async fn orders(&self, testbed: &Testbed) -> Value {
        let (status, said) = self.pays().await;
        assert_eq!(status, StatusCode::ACCEPTED, "{said}");
        let is_paid = |seen: &Value| seen["order"]["state"] == "paid";
        let seen = self.shopper.waits_for(self.event, &self.attempt, "paid", is_paid).await;
        let path = format!("/orders?q={}", seen["order"]["number"].as_str().expect("a number"));
        testbed.admin.call(Method::GET, &path, None).await.expect("listed")["orders"][0].clone()
    }
}

/// A problem's kind, and what it says of which field.
fn problem(said: &Value) -> (&str, Vec<String>) {
    let kind = said["type"].as_str().unwrap_or_default().trim_start_matches("/problems/");
    let of = |error: &Value, name: &str| error[name].as_str().map(str::to_owned).expect(name);
    let errors = said["errors"].as_array().into_iter().flatten();
    (kind, errors.map(|error| format!("{} {}", of(error, "field"), of(error, "reason"))).collect())
}

fn path_of(order: &Value) -> String {
    format!("/orders/{}/buyer", order["order_id"].as_str().expect("an order"))
}

async fn export(testbed: &Testbed, event: EventId) -> Vec<Vec<String>> {
    let url = format!("{}/api/v1/admin/orders.csv?event={event}", testbed.base_urls[0]);
    let asked = reqwest::Client::new().get(url).bearer_auth(&testbed.admin_token).send().await.expect("answered");
    let text = asked.text().await.expect("text");
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

async fn kept(pool: &PgPool, buyer: &Buyer) -> bool {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM buyers WHERE reservation_id = $1::uuid)");
    found.bind(&buyer.attempt).fetch_one(pool).await.expect("read")
}

#[tokio::test]
async fn who_has_reserved_is_asked_before_paying_and_nobody_else_can_answer() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = asking();
    let event = testbed.admin.create(&sale).await.expect("created");
    let (_, shown) = Shopper::arrive(&testbed.base_urls[0]).await.read(&format!("/sales/{event}")).await;
    assert_eq!(shown["buyer_fields"]["address"], "required", "the page knows what it will ask for");
    let ada = Buyer::holding(&testbed, event, &sale).await;

    // Nothing is known, so nothing can be paid.
    let known = ada.reads().await;
    assert_eq!(known, json!({ "missing": ["name", "email", "address", "answers[0]"] }));
    let missing = ["name", "email", "address", "answers[0]"].map(|field| format!("{field} missing"));
    let (status, said) = ada.pays().await;
    assert_eq!((status, problem(&said)), (StatusCode::CONFLICT, ("buyer_missing", missing.to_vec())));

    // What is wrong is said of each field, and nothing of it is kept.
    let wrong = json!({ "name": "\u{202e}", "email": "ada", "phone": "call me", "address": { "line1": "x", "country": "ZZ" },
                        "answers": ["M", "hi", "more"] });
    let (status, said) = ada.gives(&wrong).await;
    let flaws = [
        "name not_text",
        "email not_an_email",
        "phone not_a_phone",
        "address.city missing",
        "address.country not_a_country",
        "answers[2] not_asked",
    ];
    let flaws = flaws.map(str::to_owned).to_vec();
    assert_eq!((status, problem(&said)), (StatusCode::UNPROCESSABLE_ENTITY, ("invalid", flaws)), "{said}");
    assert_eq!(ada.gives(&json!({ "vat": "1" })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(ada.reads().await["given_at_ms"].is_null());

    // Nobody else may read or write it, nor learns that it is there.
    let eve = Shopper::arrive(&testbed.base_urls[0]).await;
    for method in [Method::GET, Method::PUT] {
        let (status, _) = eve.ask(method, &ada.path(), "-", given("eve")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }

    // Given, given again, corrected; paid; and then no more.
    let mark = unique("mark");
    for _ in 0..2 {
        let (status, said) = ada.gives(&given("first")).await;
        assert_eq!((status, &said["missing"]), (StatusCode::OK, &json!([])), "{said}");
    }
    let (_, said) = ada.gives(&given(&mark)).await;
    assert_eq!(said, ada.reads().await);
    assert_eq!(
        (&said["address"]["city"], &said["answers"]),
        (&json!(format!("{mark} Town")), &json!([format!("{mark} M")]))
    );
    let order = ada.orders(&testbed).await;
    assert_eq!(order["has_buyer"], true, "{order}");
    assert_eq!(ada.gives(&given("later")).await.0, StatusCode::CONFLICT, "it is paid");
    assert_eq!(ada.reads().await, said, "and still shown to who gave it");
    testbed.end().await;
}

#[tokio::test]
async fn organisers_see_it_and_delete_it_and_it_is_kept_nowhere_else() {
    let described = Testbed::builder().setting("FLASHLINE_LOG", "trace");
    let mut testbed = described.start().await.expect("the system starts");
    let pool = testbed.postgres().await.expect("postgres");
    let endpoint = json!({ "url": "https://localhost:9/", "types": ["order.paid", "reservation.granted"] });
    let endpoint = testbed.admin.call(Method::POST, "/webhooks/endpoints", Some(endpoint)).await.expect("made");
    let sale = asking();
    let event = testbed.admin.create(&sale).await.expect("created");
    let mark = unique("mark");
    let (ada, ben) = (Buyer::holding(&testbed, event, &sale).await, Buyer::holding(&testbed, event, &sale).await);
    ada.gives(&given(&mark)).await;
    let mut formulas = given(&mark);
    formulas["name"] = json!(format!("=cmd|'{mark}'!A1"));
    formulas["answers"] = json!(["@SUM(1)", "-1"]);
    ben.gives(&formulas).await;
    let orders = [ada.orders(&testbed).await, ben.orders(&testbed).await];

    // At the order, with the questions; and in the export, where no cell is a formula.
    let shown = testbed.admin.call(Method::GET, &path_of(&orders[0]), None).await.expect("shown");
    assert_eq!(shown["name"], format!("Ada {mark}"));
    assert_eq!(shown["questions"], json!(["Which size?", "A greeting?"]));
    let rows = export(&testbed, event).await;
    let row = |order: &Value| {
        let row = rows.iter().find(|row| row.iter().any(|cell| json!(cell) == order["order_id"])).expect("exported");
        rows[0].iter().cloned().zip(row.iter().cloned()).collect::<std::collections::BTreeMap<_, _>>()
    };
    let (of_ada, of_ben) = (row(&orders[0]), row(&orders[1]));
    assert_eq!(of_ada["buyer_email"], format!("{mark}@example.com"));
    assert_eq!((&of_ada["product"], &of_ada["unit_price"]), (&sale.items[0].name, &of_ada["total"]));
    assert_eq!((&*of_ada["buyer_phone"], &*of_ada["buyer_country"]), ("'+49 30 901820", "DE"));
    assert_eq!(of_ben["buyer_name"], format!("'=cmd|'{mark}'!A1"));
    assert_eq!((&*of_ben["buyer_answer_1"], &*of_ben["buyer_answer_2"]), ("'@SUM(1)", "'-1"));

    // By its words or the beginning of the address the order is found, and that is not written down.
    for text in
        [format!("{mark}%20Ada"), format!("{}@", mark.to_uppercase()), format!("Ada%20{}", &mark[..mark.len() - 1])]
    {
        let found = testbed.admin.call(Method::GET, &format!("/orders?q={text}"), None).await.expect("found");
        let numbers: Vec<&Value> =
            found["orders"].as_array().expect("orders").iter().map(|order| &order["number"]).collect();
        assert!(numbers.contains(&&orders[0]["number"]), "{text}: {numbers:?}");
        let url = format!("{}/api/v1/admin/orders.csv?q={text}", testbed.base_urls[0]);
        let csv = reqwest::Client::new().get(url).bearer_auth(&testbed.admin_token).send().await.expect("answered");
        let csv = csv.text().await.expect("text");
        assert!(csv.contains(orders[0]["number"].as_str().expect("a number")), "{text}: {csv}");
    }

    // In one table, and in none besides: neither as text nor as bytes.
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'")
            .fetch_all(&pool)
            .await
            .expect("read");
    let mut holding = Vec::new();
    for table in tables {
        let found = format!(r#"SELECT EXISTS (SELECT FROM "{table}" t WHERE t::text LIKE $1 OR t::text LIKE $2)"#);
        let found = sqlx::query_scalar::<_, bool>(sqlx::AssertSqlSafe(found));
        let found = found.bind(format!("%{mark}%")).bind(format!("%{}%", hex::encode(&mark)));
        if found.fetch_one(&pool).await.expect("read") {
            holding.push(table);
        }
    }
    assert_eq!(holding, ["buyers"]);

    // Deleted at one order, then of the sale; the audit log says so, and names nobody.
    let deleted = testbed.admin.call(Method::DELETE, &path_of(&orders[0]), None).await.expect("deleted");
    assert_eq!(deleted, json!({ "deleted": 1 }));
    let shown = testbed.admin.call(Method::GET, &path_of(&orders[0]), None).await.expect("shown");
    assert_eq!(shown, json!({ "questions": ["Which size?", "A greeting?"] }));
    assert!(!kept(&pool, &ada).await && kept(&pool, &ben).await);
    let of_sale = format!("/events/{event}/buyers");
    let deleted = testbed.admin.call(Method::DELETE, &of_sale, None).await.expect("deleted");
    assert_eq!(deleted, json!({ "deleted": 1 }));
    assert!(!kept(&pool, &ben).await);
    for (subject, action) in [(&orders[0]["order_id"], "order.delete_buyer"), (&json!(event), "event.delete_buyers")] {
        let path = format!("/audit?subject={}", subject.as_str().expect("an id"));
        let entry = testbed.admin.call(Method::GET, &path, None).await.expect("listed")["entries"][0].clone();
        assert_eq!((&entry["action"], &entry["detail"]), (&json!(action), &json!({ "deleted": 1 })), "{entry}");
    }

    let id = endpoint["id"].as_str().expect("an id");
    testbed.admin.call(Method::DELETE, &format!("/webhooks/endpoints/{id}"), None).await.expect("removed");
    testbed.stop().await.expect("stops in good order");
    // Nor in any log, however much is logged, nor in what Redis and RabbitMQ keep.
    let folder = testbed.servers.folder();
    let found = std::process::Command::new("grep")
        .args(["--recursive", "--files-with-matches", "--text", "--fixed-strings", "--regexp", &mark])
        .args(["logs", "redis", "rabbitmq"].map(|name| folder.join(name)))
        .output()
        .expect("searched");
    let told = String::from_utf8_lossy(&found.stdout);
    assert_eq!((&*told, found.status.code()), ("", Some(1)), "none has it: {}", String::from_utf8_lossy(&found.stderr));
}

#[tokio::test]
async fn who_only_looks_learns_nobodys_name_and_who_helps_pays_back() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = asking();
    let event = testbed.admin.create(&sale).await.expect("created");
    let mark = unique("mark");
    let ada = Buyer::holding(&testbed, event, &sale).await;
    ada.gives(&given(&mark)).await;
    let order = ada.orders(&testbed).await;
    let number = order["number"].as_str().expect("a number");
    let by = async |role: &str| {
        let spec = json!({ "name": unique(role), "role": role });
        let made = testbed.admin.call(Method::POST, "/tokens", Some(spec)).await.expect("made");
        Admin::new(&testbed.base_urls, made["token"].as_str().expect("a token"))
    };
    let found = async |who: &Admin, q: &str| {
        let page = who.call(Method::GET, &format!("/orders?event={event}&q={q}"), None).await.expect("listed");
        page["orders"].as_array().expect("orders").len()
    };
    let (looks, helps, runs) = (by("viewer").await, by("support").await, by("manager").await);
    assert_eq!((found(&looks, number).await, found(&looks, &mark).await), (1, 0));
    for path in [path_of(&order), format!("/orders.csv?event={event}")] {
        let refused = looks.call(Method::GET, &path, None).await.expect_err("not for viewers").to_string();
        assert!(refused.contains("it takes support or manager or owner"), "{refused}");
    }
    for who in [&helps, &runs] {
        assert_eq!((found(who, number).await, found(who, &mark).await), (1, 1));
        assert_eq!(who.call(Method::GET, &path_of(&order), None).await.expect("shown")["name"], format!("Ada {mark}"));
    }
    // In whatever letters, also behind an apostrophe of either kind.
    let zoe = Buyer::holding(&testbed, event, &sale).await;
    let mut of_zoe = given(&mark);
    of_zoe["name"] = json!(format!("Zoë O’Neil-{mark}"));
    zoe.gives(&of_zoe).await;
    zoe.orders(&testbed).await;
    for q in ["ZOË", "zoë", "O'Neil", "O’NEIL", "neil"] {
        assert_eq!(found(&helps, q).await, 1, "{q}");
    }
    let refund = format!("/orders/{}/refund", order["order_id"].as_str().expect("an id"));
    let why = || Some(json!({ "reason": "a dent" }));
    for who in [&looks, &runs] {
        let refused = who.call(Method::POST, &refund, why()).await.expect_err("not theirs").to_string();
        assert!(refused.contains("it takes support or owner"), "{refused}");
    }
    helps.call(Method::POST, &refund, why()).await.expect("paid back");
    let me = helps.call(Method::GET, "/me", None).await.expect("known");
    assert_eq!((&me["role"], &me["rights"]), (&json!("support"), &json!(["read", "read_buyers", "refund"])));
    testbed.end().await;
}

#[tokio::test]
async fn what_was_given_is_forgotten_when_its_time_is_over_and_sooner_where_nothing_was_bought() {
    let mut testbed =
        Testbed::builder().setting("FLASHLINE_BUYERS_KEPT_DAYS", "30").start().await.expect("the system starts");
    let pool = testbed.postgres().await.expect("postgres");
    let sale = asking();
    let event = testbed.admin.create(&sale).await.expect("created");
    let mut buyers = Vec::new();
    for _ in 0..4 {
        let buyer = Buyer::holding(&testbed, event, &sale).await;
        buyer.gives(&given("somebody")).await;
        buyers.push(buyer);
    }
    let [old, new, lost, held] = &buyers[..] else { panic!("four") };
    old.orders(&testbed).await;
    new.orders(&testbed).await;
    lost.shopper
        .ask(Method::POST, &format!("/sales/{event}/reservations/{}/cancel", lost.attempt), "c", json!({}))
        .await;
    lost.shopper.sees(event, &lost.attempt, "cancelled").await;
    let recorded = async || {
        let state = sqlx::query_scalar::<_, String>("SELECT state FROM reservations WHERE id = $1::uuid");
        state.bind(&lost.attempt).fetch_optional(&pool).await.expect("read")
    };
    wait::until("it is recorded", SOON, recorded, |state| state.as_deref() == Some("cancelled")).await;
    for (buyer, days) in [(old, 31), (new, 29), (lost, 2), (held, 2)] {
        let aged = sqlx::query(
            "UPDATE buyers SET given_at = now() - make_interval(days => $2) WHERE reservation_id = $1::uuid",
        );
        aged.bind(&buyer.attempt).bind(days).execute(&pool).await.expect("aged");
    }
    // It looks as it starts.
    testbed.process(Kind::OrderWorker, 0).start_again_with(&[]).expect("started");
    testbed.ready().await.expect("ready");
    let gone = async || (kept(&pool, old).await, kept(&pool, lost).await);
    wait::until("it is forgotten", SOON, gone, |kept| *kept == (false, false)).await;
    assert!(kept(&pool, new).await && kept(&pool, held).await);
    testbed.end().await;
}

#[tokio::test]
async fn a_sale_that_asks_for_nothing_is_as_ever_and_a_shops_own_checkout_asks_by_itself() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { hold_seconds: 120, ..NewSale::of_one(5) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let ada = Buyer::holding(&testbed, event, &sale).await;
    let (_, shown) = ada.shopper.read(&format!("/sales/{event}")).await;
    assert!(shown["buyer_fields"].is_null());
    let (status, said) = ada.gives(&given("ada")).await;
    assert_eq!((status, problem(&said).0), (StatusCode::CONFLICT, "conflict"));
    assert_eq!(ada.reads().await, json!({ "missing": [] }));
    assert_eq!(ada.orders(&testbed).await["has_buyer"], false);

    // What may be left out keeps nobody from paying.
    let optional = NewSale { buyer_fields: json!({ "email": "optional" }), hold_seconds: 120, ..NewSale::of_one(5) };
    let event = testbed.admin.create(&optional).await.expect("created");
    let ben = Buyer::holding(&testbed, event, &optional).await;
    assert_eq!(ben.orders(&testbed).await["has_buyer"], false);

    let url = Some("https://shop.example/checkout".to_owned());
    let handed_over = NewSale {
        checkout: "handed_over",
        checkout_url: url,
        buyer_fields: json!({ "name": "optional" }),
        ..NewSale::of_one(1)
    };
    let refused = testbed.admin.create(&handed_over).await.expect_err("refused").to_string();
    assert!(refused.contains("buyer_fields: a sale that is handed_over asks for nothing"), "{refused}");
    for (fields, why) in [
        (json!({ "questions": vec![json!({ "text": "Why?" }); 6] }), "buyer_fields.questions: at most 5"),
        (json!({ "questions": [{ "text": " " }] }), "buyer_fields.questions[0].text: nothing of it can be seen"),
        (json!({ "fax": "required" }), "fax"),
        (json!({ "name": "maybe" }), "name"),
    ] {
        let sale = NewSale { buyer_fields: fields, ..NewSale::of_one(1) };
        let refused = testbed.admin.create(&sale).await.expect_err("refused").to_string();
        assert!(refused.contains("422") && refused.contains(why), "{refused}");
    }
    testbed.end().await;
}

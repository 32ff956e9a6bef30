//! The organiser's products: found, mended while sales run, with pictures, and as a spreadsheet.

use std::io::Cursor;
use std::time::Duration;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use testbed::{NewSale, Testbed, unique, wait};

const SOON: Duration = Duration::from_secs(20);

fn picture(width: u32, height: u32, kind: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, 90]));
    DynamicImage::from(image).write_to(&mut bytes, kind).expect("encoded");
    bytes.into_inner()
}

/// The admin API over HTTP, with the bodies that are no JSON.
struct Desk<'t> {
    testbed: &'t Testbed,
    client: Client,
}

impl Desk<'_> {
    async fn send(&self, method: Method, path: &str, kind: &str, body: impl Into<reqwest::Body>) -> Response {
        let url = format!("{}/api/v1/admin{path}", self.testbed.base_urls[0]);
        let request = self.client.request(method, url).bearer_auth(&self.testbed.admin_token);
        request.header("content-type", kind).body(body).send().await.expect("answered")
    }

    async fn upload(&self, kind: &str, body: Vec<u8>) -> (StatusCode, Value) {
        let answer = self.send(Method::POST, "/pictures", kind, body).await;
        (answer.status(), answer.json().await.expect("JSON"))
    }

    async fn import(&self, csv: String) -> (StatusCode, Value) {
        let answer = self.send(Method::POST, "/products.csv", "text/csv", csv).await;
        (answer.status(), answer.json().await.expect("JSON"))
    }

    async fn export(&self) -> String {
        let answer = self.send(Method::GET, "/products.csv", "text/csv", "").await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.text().await.expect("text")
    }

    async fn make(&self, sku: &str, name: &str) -> Value {
        let spec = json!({ "sku": sku, "name": name, "list_minor": 1_990, "currency": "EUR" });
        self.testbed.admin.call(Method::POST, "/products", Some(spec)).await.expect("made")
    }

    async fn found(&self, query: &str) -> Vec<String> {
        let path = format!("/products?{query}");
        let said = self.testbed.admin.call(Method::GET, &path, None).await.expect("listed");
        let products = said["products"].as_array().expect("products");
        products.iter().map(|product| product["sku"].as_str().expect("a SKU").to_owned()).collect()
    }

    async fn audited(&self, action: &str) -> Vec<Value> {
        let path = format!("/audit?action={action}");
        let said = self.testbed.admin.call(Method::GET, &path, None).await.expect("listed");
        said["entries"].as_array().expect("entries").clone()
    }
}

#[tokio::test]
async fn products_are_found_mended_pictured_and_exchanged() {
    let testbed = Testbed::builder().ingresses(2).start().await.expect("the system starts");
    let desk = Desk { testbed: &testbed, client: Client::new() };
    found_by_name_or_sku(&desk).await;
    let url = pictures_are_taken_and_served(&desk).await;
    nothing_else_is_taken_or_served(&desk).await;
    mended_while_a_sale_runs(&desk, &url).await;
    a_sheet_is_taken_whole_or_not_at_all(&desk).await;
    testbed.end().await;
}

async fn found_by_name_or_sku(desk: &Desk<'_>) {
    let word = unique("word").replace('-', "");
    let skus = [format!("{word}-1"), format!("{word}-2"), unique("other"), unique("other")];
    desk.make(&skus[0], "First").await;
    desk.make(&skus[1], "Second").await;
    desk.make(&skus[2], &format!("A 50%_off {} lamp", word.to_uppercase())).await;
    desk.make(&skus[3], &format!("A 50 off {word}")).await;
    let latest_first = |of: &[usize]| of.iter().map(|at| skus[*at].clone()).collect::<Vec<_>>();
    assert_eq!(desk.found(&format!("q={word}")).await, latest_first(&[3, 2, 1, 0]), "in whatever letters");
    assert_eq!(desk.found(&format!("q={}-", word.to_uppercase())).await, latest_first(&[1, 0]));
    assert_eq!(desk.found(&format!("q=50%25_off%20{word}")).await, latest_first(&[2]), "signs stand for themselves");
    assert!(desk.found(&format!("q={}", &word[1..])).await.len() == 2, "a SKU only from its beginning");
    // Page by page.
    let before =
        desk.testbed.admin.call(Method::GET, &format!("/products?q={word}&limit=2"), None).await.expect("listed");
    let last = before["products"][1]["id"].as_str().expect("an id").to_owned();
    assert_eq!(desk.found(&format!("q={word}&limit=2&before={last}")).await, latest_first(&[1, 0]));
}

async fn pictures_are_taken_and_served(desk: &Desk<'_>) -> String {
    let file = picture(2_400, 600, ImageFormat::Png);
    // What it is stands in it.
    let (status, said) = desk.upload("text/plain", file.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    let url = said["url"].as_str().expect("an address").to_owned();
    assert!(url.starts_with("/pictures/") && url.ends_with(".jpg"), "{url}");
    assert_eq!(desk.upload("image/png", file).await.1["url"], said["url"], "the same picture is the same one");
    for kind in [ImageFormat::Jpeg, ImageFormat::WebP] {
        assert_eq!(desk.upload("image/png", picture(40, 30, kind)).await.0, StatusCode::CREATED);
    }
    // At the other door, too.
    for door in &desk.testbed.base_urls {
        let answer = desk.client.get(format!("{door}{url}")).send().await.expect("answered");
        assert_eq!(answer.status(), StatusCode::OK);
        let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), "image/jpeg");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("cache-control").contains("immutable"));
        assert!(header("content-security-policy").contains("default-src 'none'"));
        let etag = header("etag");
        let image = image::load_from_memory(&answer.bytes().await.expect("a body")).expect("a picture");
        assert_eq!((image.width(), image.height()), (1_600, 400));
        let again = desk.client.get(format!("{door}{url}")).header("if-none-match", etag);
        assert_eq!(again.send().await.expect("answered").status(), StatusCode::NOT_MODIFIED);
    }
    let entry = &desk.audited("picture.upload").await[0];
    assert!(entry["subject"].as_str().expect("a subject").starts_with("/pictures/"), "{entry}");
    url
}

async fn nothing_else_is_taken_or_served(desk: &Desk<'_>) {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    for body in [svg, Vec::new(), b"GIF89a".to_vec()] {
        assert_eq!(desk.upload("image/png", body).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let whole = picture(200, 200, ImageFormat::Png);
    let (status, said) = desk.upload("image/png", whole[..whole.len() / 2].to_vec()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(said["detail"].as_str().expect("a detail").starts_with("picture: "), "{said}");
    // Refused before it has arrived: a client that goes on sending may hear no more than that it ends.
    let url = format!("{}/api/v1/admin/pictures", desk.testbed.base_urls[0]);
    let large = desk.client.post(url).bearer_auth(&desk.testbed.admin_token).body(vec![0; 8 * 1024 * 1024 + 1]);
    if let Ok(answer) = large.send().await {
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
    let unknown = "0".repeat(64);
    for name in [
        format!("{unknown}.jpg"),
        "..%2f..%2fCargo.toml".to_owned(),
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd".to_owned(),
        format!("..%2fpictures%2f{unknown}.jpg"),
        format!("{unknown}.svg"),
    ] {
        let url = format!("{}/pictures/{name}", desk.testbed.base_urls[0]);
        let answer = desk.client.get(url).send().await.expect("answered");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{name}");
        assert!(!answer.headers()["cache-control"].to_str().expect("text").contains("immutable"), "{name}");
    }
}

/// What people read of a product is mended in a sale that runs; its price is the sale's.
async fn mended_while_a_sale_runs(desk: &Desk<'_>, picture: &str) {
    let sale = NewSale::of_one(10);
    let sku = &sale.items[0].sku;
    let event = desk.testbed.admin.create(&sale).await.expect("created");
    let found = desk.testbed.admin.call(Method::GET, &format!("/products?q={sku}"), None).await.expect("found");
    let id = found["products"][0]["id"].as_str().expect("an id").to_owned();
    let patch =
        json!({ "name": "A mended thing", "description": "As it is.", "image_url": picture, "list_minor": 9_900 });
    desk.testbed.admin.call(Method::PATCH, &format!("/products/{id}"), Some(patch)).await.expect("mended");
    for door in &desk.testbed.base_urls {
        let look = async || {
            let answer = desk.client.get(format!("{door}/api/v1/sales/{event}")).send().await.expect("answered");
            answer.json::<Value>().await.expect("JSON")["items"][0].clone()
        };
        let item = wait::until("the mended name", SOON, look, |item| item["name"] == "A mended thing").await;
        assert_eq!((&item["description"], &item["image_url"]), (&json!("As it is."), &json!(picture)), "{item}");
        assert_eq!((&item["list_minor"], &item["left"]), (&json!(2_000), &json!(10)), "{item}");
    }
    // And whoever is sent the link sees it.
    let page = desk.client.get(format!("{}/sales/{event}", desk.testbed.base_urls[0])).send().await.expect("answered");
    let page = page.text().await.expect("text");
    let shown = format!("property=\"og:image\" content=\"{}{picture}\"", desk.testbed.base_urls[0]);
    assert!(page.contains(&shown), "{shown} in {page}");
}

async fn a_sheet_is_taken_whole_or_not_at_all(desk: &Desk<'_>) {
    let (old, new) = (unique("old"), unique("new"));
    let made = desk.make(&old, "=An old thing, -1").await;
    let export = desk.export().await;
    assert!(export.starts_with("\u{feff}sku,name,description,list_price,currency,version\n"), "{export}");
    assert!(export.contains(&format!("{old},\"'=An old thing,' -1\",,19.90,EUR,1")), "{export}");
    // As it was exported, it changes nothing.
    let (status, said) = desk.import(export.clone()).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert_eq!((&said["made"], &said["changed"]), (&json!(0), &json!(0)), "{said}");

    let csv = format!("sku;name;list_price;currency\n{old};Mended;24,5;EUR\n{new};;1,234;EUR\n{new}-2;Fine;1;XXXX\n");
    let (status, said) = desk.import(csv).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let told: Vec<_> = said["errors"].as_array().expect("errors").iter().map(|one| one["field"].clone()).collect();
    assert_eq!(told, ["line 3", "line 4"], "{said}");
    assert_eq!(desk.found(&format!("q={new}")).await, Vec::<String>::new(), "nothing of it");

    let csv = format!("sku;name;list_price;currency\n{old};Mended;24,5;EUR\n{new};A new thing;1200;JPY\n");
    let (status, said) = desk.import(csv).await;
    assert_eq!((status, &said), (StatusCode::OK, &json!({ "made": 1, "changed": 1, "unchanged": 0 })));
    let path = format!("/products/{}", made["id"].as_str().expect("an id"));
    let mended = desk.testbed.admin.call(Method::GET, &path, None).await.expect("there");
    assert_eq!((&mended["name"], &mended["list_minor"]), (&json!("Mended"), &json!(2_450)));
    assert_eq!(mended["version"], json!(2), "once, and not by what changed nothing");
    // What was exported before somebody changed it does not change it back.
    let (status, said) = desk.import(format!("sku,name,version\n{old},As before,1\n")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
    assert!(said["errors"][0]["detail"].as_str().expect("a detail").starts_with("version: somebody"), "{said}");
    let csv = format!("sku,currency\n{old},USD\n");
    let (status, said) = desk.import(csv).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
    assert!(said["errors"][0]["detail"].as_str().expect("a detail").contains("never changes"), "{said}");
    let entry = &desk.audited("products.import").await[0];
    assert_eq!(entry["detail"], json!({ "made": 1, "changed": 1, "unchanged": 0 }));
    assert!(!desk.audited("products.export").await.is_empty());
    let changed = &desk.audited("product.update").await[0]["detail"]["changes"];
    assert_eq!(changed[0], json!({ "field": "list_minor", "before": 1_990, "after": 2_450 }));
}

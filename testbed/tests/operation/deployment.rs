//! What deploys the services (`compose/system.yml`, `deploy/kubernetes`) sets what they take, and all that they need.
//! What they take is in `docs/configuration.md`, which is made from their `--help`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const SERVICES: [&str; 6] = ["ingress", "dispenser", "order-worker", "notifier", "sandbox-gateway", "migrate"];

/// The variables of each service, and which of them it cannot do without.
struct Settings {
    known: BTreeMap<String, BTreeSet<String>>,
    required: BTreeMap<String, BTreeSet<String>>,
}

impl Settings {
    fn read() -> Self {
        let mut settings = Self { known: BTreeMap::new(), required: BTreeMap::new() };
        for line in text("docs/configuration.md").lines().filter(|line| line.starts_with("| `FLASHLINE_")) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let variable = cells[1].trim_matches('`').to_owned();
            for service in cells[2].split(", ") {
                settings.known.entry(service.to_owned()).or_default().insert(variable.clone());
                let required = settings.required.entry(service.to_owned()).or_default();
                if cells[3] == "**required**" {
                    required.insert(variable.clone());
                }
            }
        }
        assert_eq!(settings.known.len(), SERVICES.len(), "every service has settings");
        settings
    }

    /// `own` is set for this service alone, `shared` for it and others.
    fn hold_against(&self, place: &str, service: &str, own: &BTreeSet<String>, shared: &BTreeSet<String>) {
        let unknown: Vec<_> = own.difference(&self.known[service]).collect();
        assert!(unknown.is_empty(), "{place}: {service} knows no {unknown:?}");
        let anyone: BTreeSet<String> = self.known.values().flatten().cloned().collect();
        let unknown: Vec<_> = shared.difference(&anyone).collect();
        assert!(unknown.is_empty(), "{place}: nobody knows {unknown:?}");
        let set: BTreeSet<String> = own.union(shared).cloned().collect();
        let missing: Vec<_> = self.required[service].difference(&set).collect();
        assert!(missing.is_empty(), "{place}: {service} needs {missing:?}");
    }
}

#[test]
fn compose_sets_what_the_services_need_and_nothing_that_they_do_not_know() {
    let settings = Settings::read();
    let system = &documents("compose/system.yml")[0];
    let image: BTreeSet<String> = variables_in(&text("Dockerfile"));
    for service in SERVICES {
        let mut own = keys(&system["services"][service]["environment"]);
        for file in system["services"][service]["env_file"].as_array().into_iter().flatten() {
            own.extend(given_in(&text(&format!("compose/{}.example", word(file)))));
        }
        settings.hold_against("compose/system.yml", service, &own, &image);
        assert_eq!(system["services"][service]["command"][0], service);
    }
    let gateway = |system: &Value| keys(&system["services"]["sandbox-gateway"]["environment"]);
    let over_tls = gateway(system).union(&gateway(&documents("compose/system.tls.yml")[0])).cloned().collect();
    settings.hold_against("compose/system.tls.yml", "sandbox-gateway", &over_tls, &image);
    // What must be filled in is in the example, and what is in the example is used.
    let yaml = ["system.yml", "system.tls.yml", "docker-compose.yml"].map(|file| text(&format!("compose/{file}")));
    let (yaml, example) = (yaml.concat(), text("compose/system.env.example"));
    let wanted = yaml.split("${").skip(1).filter_map(|rest| rest.split_once(":?}"));
    let wanted: BTreeSet<String> = wanted.map(|(name, _)| name.to_owned()).filter(|name| !name.contains(':')).collect();
    let given = given_in(&example);
    let missing: Vec<_> = wanted.difference(&given).collect();
    assert!(wanted.len() > 5 && missing.is_empty(), "system.env.example has no {missing:?}");
    let unused: Vec<_> = given.iter().filter(|name| !yaml.contains(&format!("${{{name}"))).collect();
    assert!(unused.is_empty(), "nobody uses {unused:?}");
}

#[test]
fn kubernetes_sets_what_the_services_need_and_nothing_that_they_do_not_know() {
    let settings = Settings::read();
    let folder = "deploy/kubernetes";
    let mut listed = BTreeSet::from(["kustomization.yaml".to_owned(), "secrets.example.yaml".to_owned()]);
    let kustomization = &documents("deploy/kubernetes/kustomization.yaml")[0];
    listed.extend(kustomization["resources"].as_array().expect("resources").iter().map(word));
    let files: BTreeSet<String> = fs::read_dir(root().join(folder))
        .expect("a folder")
        .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, listed, "every file is part of the kustomization");

    let all: Vec<Value> = files.iter().flat_map(|file| documents(&format!("{folder}/{file}"))).collect();
    let named = |kind: &str, name: &str| all.iter().find(|one| one["kind"] == kind && one["metadata"]["name"] == name);
    let mut deployed = BTreeSet::new();
    for pod in all.iter().filter(|one| one["kind"] == "Deployment" || one["kind"] == "Job") {
        let spec = &pod["spec"]["template"]["spec"];
        let container = &spec["containers"][0];
        let service = word(&container["args"][0]);
        let (mut own, mut shared) = (BTreeSet::new(), BTreeSet::new());
        for variable in container["env"].as_array().into_iter().flatten() {
            own.insert(word(&variable["name"]));
            if let Value::Object(key) = &variable["valueFrom"]["secretKeyRef"]
                && key.get("optional") != Some(&Value::Bool(true))
            {
                let secret = named("Secret", &word(&key["name"])).expect("such a secret");
                assert!(keys(&secret["stringData"]).contains(&word(&key["key"])), "{service}: {key:?}");
            }
        }
        for from in container["envFrom"].as_array().into_iter().flatten() {
            let config = from.get("configMapRef").and_then(|map| named("ConfigMap", map["name"].as_str()?));
            let secret = from.get("secretRef").and_then(|secret| named("Secret", secret["name"].as_str()?));
            let data = config.map(|config| &config["data"]).or(secret.map(|secret| &secret["stringData"]));
            shared.extend(keys(data.expect("there is what it refers to")));
        }
        settings.hold_against(folder, &service, &own, &shared);
        if pod["kind"] == "Deployment" {
            let setting = |name: &str| {
                let own = container["env"].as_array().and_then(|all| all.iter().find(|one| one["name"] == name));
                let value =
                    own.map_or(&named("ConfigMap", "flashline").expect("settings")["data"][name], |own| &own["value"]);
                word(value).parse::<u64>().expect("seconds")
            };
            let before: u64 = word(&container["lifecycle"]["preStop"]["exec"]["command"][1]).parse().expect("seconds");
            let grace = spec["terminationGracePeriodSeconds"].as_u64().expect("seconds");
            assert!(grace > before + setting("FLASHLINE_SHUTDOWN_SECONDS"), "{service} is killed before it has ended");
        }
        deployed.insert(service);
    }
    assert_eq!(deployed, SERVICES.map(str::to_owned).into());
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the checkout")
}

fn text(path: &str) -> String {
    let path: PathBuf = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn documents(path: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn keys(map: &Value) -> BTreeSet<String> {
    map.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect()
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// What need not be set is there as a comment.
fn given_in(example: &str) -> BTreeSet<String> {
    let lines = example.lines().map(|line| line.trim_start_matches('#')).filter(|line| line.starts_with("FLASHLINE_"));
    lines.filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect()
}

fn variables_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_uppercase() || letter == '_'));
    words.filter(|word| word.starts_with("FLASHLINE_")).map(str::to_owned).collect()
}

//! The description of the interface:
//!
//! 1. every documented path answers, with a documented status, and nothing undocumented is routed;
//! 2. replies have the form the document says, and its examples are taken;
//! 3. it is sound: version, unique names, no dangling reference;
//! 4. the page that shows it loads nothing from elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};
use ureq::Agent;
use ureq::http::Request;

use crate::connection::{Server, server};

const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
    config.timeout_global(Some(Duration::from_secs(30))).build().into()
}

fn document(server: &Server) -> Value {
    agent().get(server.url("/openapi.json")).call().unwrap().body_mut().read_json().unwrap()
}

/// Path, method and operation of everything in the document.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        let named = |method: &&'static str| Some((path.as_str(), *method, item.get(method)?));
        METHODS.iter().filter_map(named).collect::<Vec<_>>()
    });
    all.collect()
}

/// The path with an example in place of each parameter.
fn filled(path: &str, operation: &Value) -> String {
    let mut path = path.to_owned();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let example = parameter["example"].as_str().unwrap_or("x");
        path = path.replace(&format!("{{{name}}}"), example);
    }
    assert!(!path.contains('{'), "a parameter of {path} is not described");
    path
}

fn request(
    server: &Server,
    path: &str,
    method: &str,
    body: Option<&Value>,
) -> (u16, String, String) {
    let request =
        Request::builder().method(method.to_ascii_uppercase().as_str()).uri(server.url(path));
    let request = request.header("content-type", "application/json");
    let body = body.map(ToString::to_string).unwrap_or_default();
    let mut response = agent().run(request.body(body).unwrap()).unwrap();
    let kind = response.headers().get("content-type").map(|it| it.to_str().unwrap().to_owned());
    let bytes = response.body_mut().read_to_vec().unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (response.status().as_u16(), kind.unwrap_or_default(), text)
}

#[test]
fn every_documented_path_answers_as_documented() {
    let server = server();
    let document = document(&server);
    let operations = operations(&document);
    assert!(operations.len() >= 20, "{}", operations.len());
    for (path, method, operation) in operations {
        let (status, kind, text) = request(&server, &filled(path, operation), method, None);
        let documented = &operation["responses"][status.to_string()];
        assert!(documented.is_object(), "{method} {path} answers {status}: {text}");
        assert!(text.is_empty() || !text.contains("there is nothing at this path"), "{path}");
        assert_ne!(status, 405, "{method} {path}");
        let content = &documented["content"]["application/json"]["schema"];
        if content.is_object() && kind.starts_with("application/json") {
            let reply: Value = serde_json::from_str(&text).unwrap();
            check(&document, content, &reply, &format!("{method} {path} {status}"));
        }
    }
}

#[test]
fn every_route_is_documented() {
    let document = document(&server());
    let documented: BTreeSet<&str> =
        document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    for (file, code) in sources() {
        let place = file.display();
        assert!(!code.contains(".route("), "{place}: use `routes!`, so that it is documented");
        for (_, rest) in code.match_indices("utoipa::path(").map(|(at, _)| code.split_at(at)) {
            let path = rest.split("path = \"").nth(1).and_then(|it| it.split('"').next()).unwrap();
            assert!(documented.contains(path), "{place}: {path} is not in the document");
        }
        let handlers = code.matches("utoipa::path(").count();
        let routed = code.matches("routes!(").count();
        assert!(routed <= handlers || file.ends_with("routes.rs"), "{place}");
    }
    for path in ["/search", "/urgency-detect", "/response-feedback", "/content-feedback"] {
        assert!(documented.contains(format!("/api{path}").as_str()), "{path}");
    }
}

#[test]
fn replies_have_the_documented_form() {
    let server = server();
    let document = document(&server);
    let bodies: [(&str, Value, u16); 9] = [
        ("/v1/search", json!({ "question": "i forgot my pill yesterday", "explain": true }), 200),
        ("/v1/search", json!({ "question": "pill" }), 200),
        ("/v1/search", json!({ "question": "xqzv wkjh" }), 200),
        ("/v1/search", json!({ "question": 5 }), 400),
        ("/api/search", json!({ "query_text": "i forgot my pill yesterday" }), 200),
        ("/search", json!({ "query_text": "" }), 200),
        ("/search", json!({ "query_text": 5 }), 422),
        ("/urgency-detect", json!({ "message_text": "x" }), 200),
        ("/v1/admin/reload", json!({}), 200),
    ];
    for (path, body, wanted) in bodies {
        let (status, _, text) = request(&server, path, "post", Some(&body));
        assert_eq!(status, wanted, "{path} {body}: {text}");
        let reply: Value = serde_json::from_str(&text).unwrap();
        let responses = &document["paths"][path]["post"]["responses"];
        let schema = &responses[status.to_string()]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{path} {status} is not described");
        check(&document, schema, &reply, path);
    }
}

#[test]
fn the_examples_are_taken() {
    let server = server();
    let document = document(&server);
    let mut n_examples = 0;
    for (path, method, operation) in operations(&document) {
        let content = &operation["requestBody"]["content"]["application/json"];
        let Some(example) = example(&document, content) else { continue };
        if path.contains("feedback") {
            continue;
        }
        n_examples += 1;
        let (status, _, text) = request(&server, path, method, Some(&example));
        assert_eq!(status, 200, "{method} {path} {example}: {text}");
        let content = &operation["responses"]["200"]["content"]["application/json"];
        check(&document, &content["schema"], &serde_json::from_str(&text).unwrap(), path);
    }
    assert!(n_examples >= 5, "{n_examples}");
}

/// The example of a body, or one made of the examples of its fields.
fn example(document: &Value, content: &Value) -> Option<Value> {
    if let Some(example) = content.get("example") {
        return Some(example.clone());
    }
    let schema = resolved(document, content.get("schema")?);
    let fields = schema["properties"].as_object()?;
    let examples =
        fields.iter().filter_map(|(name, it)| Some((name.clone(), it.get("example")?.clone())));
    Some(Value::Object(examples.collect::<Map<_, _>>())).filter(|it| it != &json!({}))
}

#[test]
fn the_document_is_sound() {
    let document = document(&server());
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."), "{}", document["openapi"]);
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{method} {path}: {name} is there twice");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{method} {path} is not explained");
        for scheme in operation["security"].as_array().into_iter().flatten() {
            for name in scheme.as_object().unwrap().keys() {
                assert!(document["components"]["securitySchemes"][name].is_object(), "{name}");
            }
        }
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"").skip(1).filter_map(|it| it.split('"').next()) {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let server = server();
    let moved = agent().get(server.url("/docs")).call().unwrap();
    assert_eq!(moved.headers()["location"], "/docs/");
    let mut response = agent().get(server.url("/docs/")).call().unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    for part in
        ["default-src 'none'", "script-src 'self';", "connect-src 'self'", "frame-ancestors 'none'"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    let text = response.body_mut().read_to_string().unwrap();
    assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    assert!(!text.contains("<style") && !text.contains("onload"), "{text}");
    let links = text.split(['"']).filter(|it| it.ends_with(".css") || it.ends_with(".js"));
    let links: Vec<&str> = links.collect();
    assert!(links.len() >= 4, "{links:?}");
    for link in links {
        let path = format!("/docs/{}", link.trim_start_matches("./"));
        let mut file = agent().get(server.url(&path)).call().unwrap();
        assert_eq!(file.status(), 200, "{path}");
        if link.contains("initializer") {
            let script = file.body_mut().read_to_string().unwrap();
            assert!(script.contains("\"/openapi.json\""), "{script}");
            assert!(!script.contains("https://"), "{script}");
        }
    }
    for path in ["/docs/nothing.js", "/docs/..%2f..%2fCargo.toml", "/docs/%00"] {
        assert_eq!(agent().get(server.url(path)).call().unwrap().status(), 404, "{path}");
    }
}

/// Holds a value against a schema of the document.
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Err(why) = fits(document, schema, value) {
        panic!("{place}: {why}\n{value:#}\n{schema:#}");
    }
}

fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let schema = resolved(document, schema);
    let parts: Vec<&Value> = schema["allOf"].as_array().into_iter().flatten().collect();
    for part in &parts {
        match fits(document, part, value) {
            // The other parts describe it.
            Err(why) if why.ends_with("is not described") => (),
            fits => fits?,
        }
    }
    for any in ["oneOf", "anyOf"].iter().filter_map(|it| schema[*it].as_array()) {
        let tried: Vec<_> = any.iter().map(|it| fits(document, it, value)).collect();
        if tried.iter().all(Result::is_err) {
            return Err(format!("{value} fits none of {tried:?}"));
        }
    }
    if let Some(words) = schema["enum"].as_array().filter(|it| !it.contains(value)) {
        return Err(format!("{value} is none of {words:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    if !types.is_empty() && !types.iter().any(|it| is_of(it, value)) {
        return Err(format!("{value} is no {types:?}"));
    }
    if let Value::Object(fields) = value {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                return Err(format!("{name} is missing"));
            }
        }
        for (name, field) in fields {
            let own = &schema["properties"][name];
            let rest = &schema["additionalProperties"];
            match (own.is_null(), rest.is_object()) {
                (false, _) => fits(document, own, field).map_err(|it| format!("{name}: {it}"))?,
                (true, true) => {
                    fits(document, rest, field).map_err(|it| format!("{name}: {it}"))?
                }
                (true, false) if schema["properties"].is_object() => {
                    return Err(format!("{name} is not described"));
                }
                (true, false) => (),
            }
        }
    }
    for item in value.as_array().into_iter().flatten().filter(|_| schema["items"].is_object()) {
        fits(document, &schema["items"], item)?;
    }
    Ok(())
}

fn is_of(r#type: &str, value: &Value) -> bool {
    match r#type {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => schema,
    }
}

/// The Rust files of the service, without their comments.
fn sources() -> Vec<(PathBuf, String)> {
    let mut pending = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/service")];
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|item| item.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().filter(|it| !it.trim_start().starts_with("//"));
            files.push((path, code.collect::<Vec<_>>().join("\n")));
        }
    }
    files
}

//! `/api/docs`: the OpenAPI document as a page, rendered by the server; and every problem that the API
//! answers, at the address that problem+json names as its type.

use askama::Template;
use axum::response::Response;
use drape_core::photo::PhotoError;
use drape_core::sentence::SentenceError;
use drape_retouch::Advice;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use super::frame::Page;
use crate::Problem;
use crate::http::upload::MAX_UPLOAD;

/// One operation.
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: String,
    signed: bool,
    parameters: Vec<Parameter>,
    body: Vec<Field>,
    body_type: String,
    answers: Vec<Answer>,
    curl: String,
}

struct Parameter {
    name: String,
    place: String,
    required: bool,
    description: String,
}

/// A field of a JSON object.
struct Field {
    name: String,
    kind: String,
    required: bool,
    description: String,
}

struct Answer {
    status: String,
    what: String,
    /// Name of the schema, and whether the answer is a list of them.
    schema: Option<(String, bool)>,
}

/// The operations of a tag.
struct Group {
    name: String,
    description: String,
    operations: Vec<Operation>,
}

/// An object of the answers.
struct Schema {
    name: String,
    description: String,
    fields: Vec<Field>,
}

/// The contents of the document, taken apart once.
pub(crate) struct Reference {
    description: String,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
}

impl Reference {
    /// Takes the document apart.
    pub(crate) fn of(document: &OpenApi) -> Self {
        let document = serde_json::to_value(document).expect("the document has only text keys");
        let empty = serde_json::Map::new();
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object).unwrap_or(&empty);
        let paths = document.get("paths").and_then(Value::as_object).unwrap_or(&empty);
        let mut groups: Vec<Group> = document
            .get("tags")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|tag| Group {
                name: text(tag, "name"),
                description: prose(tag, "description"),
                operations: Vec::new(),
            })
            .collect();
        for (path, methods) in paths {
            for method in ["get", "post", "patch", "delete"] {
                let Some(said) = methods.get(method) else { continue };
                let tag = said.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default();
                if let Some(group) = groups.iter_mut().find(|g| g.name == tag) {
                    group.operations.push(operation(path, method, said, schemas));
                }
            }
        }
        let shown = schemas.iter().filter(|(_, s)| s.get("properties").is_some());
        Self {
            description: document.get("info").map(|info| prose(info, "description")).unwrap_or_default(),
            groups,
            schemas: shown
                .map(|(name, schema)| Schema {
                    name: name.clone(),
                    description: prose(schema, "description"),
                    fields: fields(schema),
                })
                .collect(),
        }
    }
}

/// A problem code with its status and message.
struct Code {
    code: &'static str,
    status: u16,
    message: String,
}

#[derive(Template)]
#[template(path = "api.html")]
struct Docs<'a> {
    p: &'a Page,
    document: &'a Reference,
    codes: Vec<Code>,
    origin: &'a str,
}

/// `GET /api/docs`.
pub(crate) fn show(p: &Page, reference: &Reference) -> Result<Response, Problem> {
    let codes = problems().into_iter().map(|problem| Code {
        code: problem.code(),
        status: problem.status().as_u16(),
        message: problem.message(p.language),
    });
    p.show(&Docs { p, document: reference, codes: codes.collect(), origin: &p.origin })
}

/// One problem of each code.
fn problems() -> Vec<Problem> {
    vec![
        Problem::SignedOut,
        Problem::WrongPassword,
        Problem::OtherSite,
        Problem::NotFound,
        Problem::Method,
        Problem::invalid(
            "…",
            "쓸 수 없는 값이 있어요. 어느 값이 왜 안 되는지는 `field`와 `detail`에 적어요.",
            "A field has a value that cannot be used; `field` and `detail` say which and why.",
        ),
        Problem::EmailTaken,
        Problem::KeyTaken,
        Problem::Photo(PhotoError::Empty),
        Problem::Unsuitable(Advice::NoPerson),
        Problem::NoConsent,
        Problem::Sentence(SentenceError::Unreadable),
        Problem::TooLarge { bytes: MAX_UPLOAD },
        Problem::AddressTooLong,
        Problem::HeadersTooLarge,
        Problem::TooSlow,
        Problem::TooMany { retry_after: 30 },
        Problem::OwnLimit { limit: 20 },
        Problem::Full { retry_after: 30 },
        Problem::Away { retry_after: 5 },
        Problem::Crowded { retry_after: 5 },
        Problem::Internal,
    ]
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A text of the document as HTML: escaped, with words in backticks as `code`.
fn prose(value: &Value, key: &str) -> String {
    let mut out = String::new();
    for (k, piece) in text(value, key).split('`').enumerate() {
        let piece = piece.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        if k % 2 == 1 {
            out.push_str(&format!("<code>{piece}</code>"));
        } else {
            out.push_str(&piece);
        }
    }
    out
}

fn operation(path: &str, method: &str, said: &Value, schemas: &serde_json::Map<String, Value>) -> Operation {
    let parameters = said.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let content = said.pointer("/requestBody/content").and_then(Value::as_object);
    let (body_type, body) =
        content.and_then(|c| c.iter().next()).map_or_else(Default::default, |(kind, c)| {
            let schema =
                c.pointer("/schema/$ref").and_then(Value::as_str).and_then(|r| schemas.get(name_of(r)));
            (kind.clone(), schema.map(fields).unwrap_or_default())
        });
    let answers = said.get("responses").and_then(Value::as_object).into_iter().flatten();
    let signed = said.get("security").is_some();
    Operation {
        id: format!("{method}{}", path.replace(|c: char| !c.is_ascii_alphanumeric(), "-")),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: prose(said, "summary"),
        description: prose(said, "description"),
        signed,
        parameters: parameters
            .map(|p| Parameter {
                name: text(p, "name"),
                place: text(p, "in"),
                required: p.get("required").and_then(Value::as_bool).unwrap_or_default(),
                description: prose(p, "description"),
            })
            .collect(),
        curl: curl(path, method, &body_type, &body, signed),
        body,
        body_type,
        answers: answers
            .map(|(status, a)| Answer {
                status: status.clone(),
                what: prose(a, "description"),
                schema: schema_of(a),
            })
            .collect(),
    }
}

fn name_of(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or_default()
}

fn schema_of(answer: &Value) -> Option<(String, bool)> {
    let schema = answer.get("content")?.as_object()?.values().next()?.get("schema")?;
    let one = schema.get("$ref").and_then(Value::as_str).map(|r| (name_of(r).to_owned(), false));
    one.or_else(|| Some((name_of(schema.pointer("/items/$ref")?.as_str()?).to_owned(), true)))
}

fn fields(schema: &Value) -> Vec<Field> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties
        .map(|(name, said)| Field {
            name: name.clone(),
            kind: kind_of(said),
            required: required.contains(&name.as_str()),
            description: prose(said, "description"),
        })
        .collect()
}

fn kind_of(said: &Value) -> String {
    if let Some(reference) = said.get("$ref").and_then(Value::as_str) {
        return name_of(reference).to_owned();
    }
    let one = match said.get("type") {
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ")
        }
        _ => "object".to_owned(),
    };
    match said.get("items") {
        Some(items) if one == "array" => format!("{}[]", kind_of(items)),
        _ => one,
    }
}

/// A curl command to copy.
fn curl(path: &str, method: &str, body_type: &str, body: &[Field], signed: bool) -> String {
    let mut out = String::from("curl");
    if method != "get" {
        out.push_str(&format!(" -X {}", method.to_uppercase()));
    }
    if signed {
        out.push_str(" -H \"Authorization: Bearer $TOKEN\"");
    }
    if body_type == "multipart/form-data" {
        out.push_str(" -F consent=true -F photo=@me.jpg");
    } else if !body_type.is_empty() {
        let needed = body.iter().filter(|f| f.required || body.iter().all(|f| !f.required));
        let pairs: Vec<String> = needed.map(|f| format!("\"{}\": {}", f.name, sample(f))).collect();
        out.push_str(&format!(" -H \"Content-Type: application/json\" -d '{{{}}}'", pairs.join(", ")));
    }
    out.push_str(&format!(" \"$DRAPE{path}\""));
    out
}

fn sample(field: &Field) -> &'static str {
    match (field.name.as_str(), field.kind.as_str()) {
        ("sentence", _) => "\"navy blazer, white shirt\"",
        ("photos", _) => "[\"PHOTO_ID\"]",
        ("url", _) => "\"https://example.com/hook\"",
        (_, "integer" | "integer | null") => "24",
        (_, kind) if kind.ends_with("[]") => "[]",
        _ => "\"…\"",
    }
}

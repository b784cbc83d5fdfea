//! The parts of the document that no handler declares: what the API is, how to sign in, the
//! tags, and the headers, parameters and problems that operations share.

use serde_json::{Map, Value, json};

use crate::http::etag::LONGEST;
use crate::problem::Code;

const ABOUT: &str = "The back end of workplace mentorship: people, pairs, sessions, goals and \
suggestions, with a confidentiality tier on every field.\n\n\
**Tiers.** Every property names its tier in `x-confidentiality`. `public` travels to everybody in \
the organisation; `manager_visible` to the pair, the mentee's direct manager and the program's \
leads; `private` to the parties of the record alone: of a pair the two; of a suggestion, an \
enrolment or a request for a mentor whose it is and the program's leads; of a cohort its leads; \
`never_shared` to its author alone. A hidden field is absent, an empty one is `null`, and \
`withheld` lists the fields hidden from you. An admin is not above what is private in a pair, and \
of programs is a lead.\n\n\
**Errors** are RFC 9457 problem details with a stable `code`; `GET /problems/{code}` tells what to \
do.\n\n\
**Lists** take `limit` (50 unless told, 200 at most) and `cursor`, and with `count=exact` they tell \
how many records you can list in all. To mirror a list that takes `updated_after`, read all its pages and send \
`next_updated_after` as `updated_after` the next time. It lists some changes twice and misses none. **Single records** carry an `ETag`. **PATCH** is a JSON merge \
patch: what is absent stays, `null` clears, and `{}` changes nothing. `If-Match` is optional but where the \
operation says so. **POST** takes an \
`Idempotency-Key`: the same request sent twice has one effect.\n\n\
**Matching.** Private values influence what others see in these ways alone: answers about working \
style, by consent, as part of `personal_fit`; needs and aims, in suggestions and in what a mentor is \
asked; blocks, dismissals and how earlier pairs ended, by absence; the `places` and `wishes` of an \
enrolment, in who is suggested and planned; outcomes, as sums, in learnt weights; and disclosures.\n\n\
**Fairness.** Which group somebody belongs to is loaded for one report and counted there; no \
suggestion reads it, and nobody reads it of anybody but themselves, in their export.\n\n\
**Disclosure.** Who wrote a private value may open it, as it stands, for the mentee's manager or \
the leads, and take it back (`/v1/disclosures`). This is the one way across a tier.";

/// Adds what the document says as a whole.
pub(super) fn head(document: &mut Value) {
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": "Mentorship API",
        "version": env!("CARGO_PKG_VERSION"),
        "description": ABOUT,
        "contact": { "name": "The operators of this installation" },
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    document["servers"] = json!([{
        "url": "/", "description": "This host, in production as on a local machine", "x-internal": false,
    }]);
    document["security"] = json!([{ "bearer": [] }]);
    document["tags"] = json!(TAGS.map(|(name, description)| json!({ "name": name, "description": description })));
    let components = &mut document["components"];
    components["securitySchemes"] = json!({ "bearer": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "A JSON Web Token, verified strictly (RFC8725): from `mentorship token`, or from the \
                        company's identity provider.",
    }});
    components["headers"] = headers();
    components["parameters"] = parameters();
    components["responses"] = problems();
}

const TAGS: [(&str, &str); 22] = [
    ("people", "Who works here: profiles, mentoring offers, reporting line, history."),
    ("identity", "Sign-ins: which account is whose, and how access ends."),
    ("teams", "Teams and departments."),
    ("skills", "The organisation's list of skills, with synonyms."),
    ("career ladders", "Tracks with ordered roles and levels."),
    ("service accounts", "Other systems and what they may do."),
    ("programs", "Mentorship programs and their coordinators."),
    ("pairs", "The relationship of a mentor and a mentee, and its life."),
    ("notebook", "One's own notes; never shared with anybody."),
    ("sessions", "When a pair talks: agenda, notes, action items, reflections."),
    ("goals", "Goals with key results, check-ins, blockers, celebrations and plans."),
    ("insights", "How pairs are doing, from what they do; each sees it as far as they see that."),
    ("suggestions", "Who might mentor whom, and why."),
    ("cohorts", "A whole program matched at once: plan, drafts with reasons, pairs."),
    ("fairness", "Whether suggestions treat groups of people alike: figures about many, for admins."),
    (
        "deliveries",
        "What is told to whom by mail and webhook, and how far that got: ids and kinds, never what it says.",
    ),
    ("webhooks", "Addresses outside that are told what happens: ids and kinds, as far as their scopes reach."),
    ("notices", "What you are told of: a list, read marks, and a stream of what comes."),
    ("audit", "Who looked and who changed what: ids and names of fields, never a value."),
    ("privacy", "What you open to others, what is kept of you, and how it goes."),
    ("viewer", "Who you are to this service."),
    ("system", "Health, figures, problems and this document."),
];

fn headers() -> Value {
    let text = |description: &str, max: u32| json!({ "description": description, "schema": { "type": "string", "maxLength": max } });
    json!({
        "RateLimit": text("What is left of your quota: `\"viewer\";r=<remaining>;t=<seconds to wait>`.", 100),
        "RateLimit-Policy": text("Your quota: `\"viewer\";q=<requests>;w=<window in seconds>`.", 100),
        "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 86400 } },
        "X-Request-Id": text("Names this answer in the log.", 64),
        "ETag": text("The version of what you see; send it as If-Match or If-None-Match.", 80),
        "Location": text("Where the new record is.", 200),
        "Link": text("The next page: `<...>; rel=\"next\"`.", 8000),
        "WWW-Authenticate": text("How to sign in.", 200),
        "Access-Control-Allow-Origin": text("The origin that may read this, where the operator allows any.", 300),
    })
}

fn parameters() -> Value {
    let header = |name: &str, description: &str, schema: &Value| json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema });
    let key = json!({ "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$" });
    let etags = json!({ "type": "string", "maxLength": LONGEST, "pattern": "^[\\t -~]*$" });
    json!({
        "IdempotencyKey": header("Idempotency-Key", "Any text of your choice, such as a UUID; the same key with the same request has one effect, for 24 hours.", &key),
        "IfMatch": header("If-Match", "The ETag you last saw; the change is refused (412) if the record has changed since, or is not there. A weak ETag (`W/…`) never matches.", &etags),
        "IfNoneMatchOfChange": header("If-None-Match", "`*`: the change is refused (412) if the record is there already, so that a `PUT` only creates. An ETag: it is refused if the record is as in that ETag.", &etags),
        "IfNoneMatch": header("If-None-Match", "The ETag you have; answered 304 if nothing you see has changed.", &etags),
    })
}

/// One shared response a status: the codes it may carry, with their meanings.
fn problems() -> Value {
    let mut responses = Map::new();
    for status in statuses() {
        let codes: Vec<_> = Code::ALL.iter().filter(|code| code.status() == status).collect();
        let list = codes.iter().fold(String::new(), |list, code| {
            format!("{list}- `{code}`: {}\n", code.meaning().replace('\n', " ").trim())
        });
        let first = codes[0];
        let mut headers = shared_headers();
        match status {
            401 => headers["WWW-Authenticate"] = reference("headers", "WWW-Authenticate"),
            429 | 503 => headers["Retry-After"] = reference("headers", "Retry-After"),
            _ => {}
        }
        responses.insert(
            name_of(status),
            json!({
                "description": list,
                "headers": headers,
                "content": { "application/problem+json": {
                    "schema": reference("schemas", "Problem"),
                    "example": {
                        "type": format!("/problems/{first}"), "title": first.title(), "status": status, "code": first,
                        "detail": first.meaning().lines().next().unwrap_or_default().trim(),
                        "instance": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c",
                    },
                }},
            }),
        );
    }
    Value::Object(responses)
}

fn statuses() -> Vec<u16> {
    let mut statuses: Vec<_> = Code::ALL.iter().map(|code| code.status()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    // 405 is not part of any operation: it says that there is none.
    statuses.retain(|status| *status != 405);
    statuses
}

/// The name of the shared response of a status.
pub(super) fn name_of(status: u16) -> String {
    format!("Problem{status}")
}

/// The headers that every answer carries.
pub(super) fn shared_headers() -> Value {
    let names = ["RateLimit", "RateLimit-Policy", "X-Request-Id", "Access-Control-Allow-Origin"];
    Value::Object(names.iter().map(|name| ((*name).to_owned(), reference("headers", name))).collect())
}

/// A `$ref` into the components.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

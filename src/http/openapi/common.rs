//! The parts of the document that no handler declares: the introduction, the sign-in, the tags, and the shared headers,
//! parameters and problems.

use serde_json::{Map, Value, json};

use crate::http::etag::LONGEST;
use crate::problem::Code;

const ABOUT: &str = "The back end of workplace mentorship: people, pairs, sessions, goals and suggestions.\n\n\
**Sign-in.** Send an access token as `Authorization: Bearer …`. It comes from the company's identity provider or from \
the operator. `GET /v1/me` shows who you are for the service.\n\n\
**Words.** A *lead* of a record is an admin, or a coordinator of the program of the record. A *party* is a person \
who takes part in the record, such as the mentor of a pair; the tier `private` lists all parties. A pair is *live* \
while its status is `proposed`, `active` or `paused`.\n\n\
**Tiers.** Each field of a record in an answer has a confidentiality tier, in `x-confidentiality`. Fields of requests \
have none:\n\n\
- `public`: all people of the organisation see it.\n\
- `manager_visible`: the pair, the mentee's direct manager and the leads of the program see it.\n\
- `private`: only the parties of the record see it. The parties of a pair are its mentor and its mentee. The parties \
of a suggestion, an enrolment or a mentor request are its person and the leads of the program. The parties of a \
matching round are the leads of its program.\n\
- `never_shared`: only the author sees it.\n\n\
A field that you may not see is absent, and its name is in `withheld`. An empty field is `null`. An admin is a lead \
of every program, but does not see the private fields of a pair.\n\n\
**Errors** are problem details (RFC 9457) with a stable `code`. `GET /problems/{code}` says what to do.\n\n\
**Lists** take `limit` (default 50, maximum 200) and `cursor`. With `count=exact` the page has the total number of \
records that you can list. To mirror a list that takes `updated_after`, read all its pages. Next time, send \
`next_updated_after` as `updated_after`. The service then repeats the changes of the five minutes before that time, \
because a change can become visible a little later than its `updated_at` says. So you may get a change twice, but you \
never miss one.\n\n\
**Single records** have an `ETag`: the version of the record as you see it. Send it as `If-None-Match` when you read \
the record again: the answer is 304 if nothing has changed. Send it as `If-Match` with a change: the answer is 412 if \
the record has changed since.\n\n\
**PATCH** is a JSON merge patch: an absent field stays, `null` clears it, and `{}` changes nothing. `If-Match` is \
optional, unless the operation says otherwise.\n\n\
**POST** takes an `Idempotency-Key`: the same request sent twice has one effect.\n\n\
**POST and PUT** bodies: if a field allows `null`, `null` means the same as an absent field. An empty list is `[]`.\n\n\
**Matching.** Private values influence what other people see only in these ways:\n\n\
- Answers about working style are part of the score `personal_fit`, if the person consents.\n\
- Needs and goals of a mentee influence suggestions and the growth areas in a mentor invitation.\n\
- Blocks, dismissed suggestions and the ends of earlier pairs remove people from suggestions.\n\
- `capacity` and `wishes` of an enrolment influence suggestions and matching rounds.\n\
- Outcomes of pairs influence the learnt weights, as sums over many people. Learnt weights say how much each factor \
counts in a score; the service computes them from the outcomes of earlier pairs (`/v1/match-models`).\n\
- Disclosures show a value, see below.\n\n\
**Fairness.** The members of groups are loaded only for one report, which counts them. Suggestions do not use them. \
A person sees their own groups in their export; no one sees the groups of another person.\n\n\
**Disclosure.** The author of a private value may disclose it to the mentee's manager or to the leads, and revoke \
the disclosure (`/v1/disclosures`). This is the only exception to the tiers.";

/// Adds the parts that concern the whole document.
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
        "url": "/", "description": "The host that serves this document: production, staging or local.", "x-internal": false,
    }]);
    document["security"] = json!([{ "bearer": [] }]);
    document["tags"] = json!(TAGS.map(|(name, description)| json!({ "name": name, "description": description })));
    let components = &mut document["components"];
    components["securitySchemes"] = json!({ "bearer": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "A JSON Web Token from the company's identity provider or from the command `mentorship token`. \
                        It is verified by the rules of RFC8725.",
    }});
    components["headers"] = headers();
    components["parameters"] = parameters();
    components["responses"] = problems();
}

/// In the order in which people need them: own data first, then the daily work, then administration and operation.
const TAGS: [(&str, &str); 22] = [
    ("viewer", "Your own account: who you are, your calendar feed, your blocks, and who read what you wrote."),
    ("people", "People of the organisation: profiles, mentoring offers, reporting line and history."),
    ("pairs", "A pair of mentor and mentee: proposal, agreement, pauses and end."),
    ("sessions", "Sessions of a pair, with agenda, notes, action items and reflections."),
    ("goals", "Goals of a mentee, with key results, check-ins, blockers, celebrations and action plans."),
    (
        "suggestions",
        "Suggested mentors with reasons, mentor requests and invitations, and how much each factor counts in a score.",
    ),
    ("notebook", "Your own notes about a pair. They are never shared."),
    (
        "insights",
        "Which pairs need help: for example, no session for a long time. Usually the pair sees a finding first.",
    ),
    (
        "notices",
        "Messages of the service to you: list them, mark them as read, get new ones as a stream, and choose topics.",
    ),
    ("privacy", "Disclosures of private values, your export, retention rules and erasure."),
    ("programs", "Mentorship programs, their coordinators, enrolments and weights."),
    ("matching rounds", "Matching of a whole program: plan, drafts with reasons, publication as pairs."),
    ("teams", "Teams and departments."),
    ("skills", "Skills of the organisation, with synonyms."),
    ("career ladders", "Career tracks with ordered roles and levels."),
    ("fairness", "Report for admins: whether suggestions treat groups of people alike. It has only numbers."),
    ("identity", "Sign-ins: which account belongs to which person, and how access ends."),
    (
        "service accounts",
        "Accounts for other systems, such as the HR system. Scopes limit what each may read and change.",
    ),
    (
        "webhooks",
        "Send events to other systems: the service calls an address for each event. A call has only ids and kinds.",
    ),
    ("deliveries", "Deliveries of events by mail and webhook, and their status: ids and kinds, never content."),
    ("audit", "Audit events: who read and who changed what. They contain ids and field names, never values."),
    ("system", "Health, metrics, problem codes and this document."),
];

fn headers() -> Value {
    let text = |description: &str, max: u32| json!({ "description": description, "schema": { "type": "string", "maxLength": max } });
    json!({
        "RateLimit": text("The rest of your quota: `\"viewer\";r=<remaining requests>;t=<seconds to wait>`.", 100),
        "RateLimit-Policy": text("Your quota: `\"viewer\";q=<requests>;w=<window in seconds>`.", 100),
        "Retry-After": { "description": "Number of seconds to wait before the next request.", "schema": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 86400 } },
        "X-Request-Id": text("Id of the request. The operator finds it in the log.", 64),
        "ETag": text("The version of the record as you see it. Send it as `If-Match` or `If-None-Match`.", 80),
        "Location": text("Address of the new record.", 200),
        "Link": text("Address of the next page: `<...>; rel=\"next\"`. Absent on the last page.", 8000),
        "WWW-Authenticate": text("The way to sign in: `Bearer`.", 200),
        "Access-Control-Allow-Origin": text("The origin whose pages may read the answer. Absent if the operator allows no origin.", 300),
    })
}

fn parameters() -> Value {
    let header = |name: &str, description: &str, schema: &Value| json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema });
    let key = json!({ "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$" });
    let etags = json!({ "type": "string", "maxLength": LONGEST, "pattern": "^[\\t -~]*$" });
    json!({
        "IdempotencyKey": header("Idempotency-Key", "A text of your choice, such as a UUID. The same request with the same key has only one effect, for 24 hours. Use a new key for another request.", &key),
        "IfMatch": header("If-Match", "The ETag that you last read. The change is refused (412) if the record has changed since, or does not exist. A weak ETag (`W/…`) never matches.", &etags),
        "IfNoneMatchOfChange": header("If-None-Match", "`*`: the change is refused (412) if the record exists, so that a `PUT` only creates. An ETag: the change is refused (412) if the record still has this ETag.", &etags),
        "IfNoneMatch": header("If-None-Match", "The ETag that you have. The answer is 304 without a body if the record, as you see it, has not changed.", &etags),
    })
}

/// One shared response for each status, with the possible codes and their meanings.
fn problems() -> Value {
    let mut responses = Map::new();
    for status in statuses() {
        let codes: Vec<_> = Code::ALL.iter().copied().filter(|code| code.status() == status).collect();
        let list = codes.iter().fold(String::new(), |list, code| format!("{list}- `{code}`: {}\n", in_one_line(*code)));
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
                        "detail": first_sentence(first),
                        "instance": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c",
                    },
                }},
            }),
        );
    }
    Value::Object(responses)
}

fn in_one_line(code: Code) -> String {
    code.meaning().lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn first_sentence(code: Code) -> String {
    let text = in_one_line(code);
    text.split_once(". ").map_or(text.clone(), |(first, _)| format!("{first}."))
}

fn statuses() -> Vec<u16> {
    let mut statuses: Vec<_> = Code::ALL.iter().map(|code| code.status()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    // No operation has 405: it means that there is no operation.
    statuses.retain(|status| *status != 405);
    statuses
}

/// The name of the shared response of a status.
pub(super) fn name_of(status: u16) -> String {
    format!("Problem{status}")
}

/// The headers of every answer.
pub(super) fn shared_headers() -> Value {
    let names = ["RateLimit", "RateLimit-Policy", "X-Request-Id", "Access-Control-Allow-Origin"];
    Value::Object(names.iter().map(|name| ((*name).to_owned(), reference("headers", name))).collect())
}

/// A `$ref` into the components.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

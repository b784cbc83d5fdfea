//! What the proofs are about, and that they leave nothing out.

use std::collections::{BTreeMap, BTreeSet};

use mentorship::policy::{ACTS, Relation};
use serde_json::Value;

use super::acts::acts;
use super::chance::Organisation;
use super::page::Page;
use crate::document::document;
use crate::matrix::personas::columns;
use crate::matrix::table::{documented, rows};

/// The fields of each view, with their tiers.
fn tiers(document: &Value) -> Vec<(String, String, String)> {
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let views = schemas.iter().filter(|(_, schema)| schema["properties"].get("withheld").is_some());
    views
        .flat_map(|(view, schema)| {
            let fields = schema["properties"].as_object().into_iter().flatten();
            fields.map(move |(field, shape)| {
                (view.clone(), field.clone(), shape["x-confidentiality"].as_str().unwrap_or_default().to_owned())
            })
        })
        .collect()
}

#[test]
fn what_the_proofs_are_about() {
    let page = Page::open("10 What is proved, and about what");
    let mut by_tier: BTreeMap<String, usize> = BTreeMap::new();
    for (_, _, tier) in tiers(&document()) {
        *by_tier.entry(tier).or_default() += 1;
    }
    page.say(&format!("{} operations, all of them asked, of every kind of record", documented().len()));
    page.say(&format!(
        "{} relations, {} acts, {} viewers, {} rows",
        Relation::ALL.len(),
        ACTS.len(),
        columns().count(),
        rows().count()
    ));
    page.say(&format!(
        "fields by tier: {}",
        by_tier.iter().map(|(tier, count)| format!("{count} {tier}")).collect::<Vec<_>>().join(", ")
    ));
    page.say(&format!("{} kinds of hidden acts", acts(&Organisation::default()).len()));
}

/// Of what the service goes on with beside the request, when nobody can say when; see tests/api/matching-rounds/confidence.rs.
const BESIDE: &str = "the drafts that come of it are written with change_matching_draft";

/// Hidden fields that nobody writes in secret, each with the reason.
const UNWRITTEN: &[(&str, &str)] = &[
    ("plan_matching_round.objective", BESIDE),
    ("plan_matching_round.penalty", BESIDE),
    ("plan_matching_round.seconds", BESIDE),
    ("plan_matching_round.seed", BESIDE),
    ("plan_matching_round_again.objective", BESIDE),
    ("plan_matching_round_again.penalty", BESIDE),
    ("plan_matching_round_again.seconds", BESIDE),
    ("plan_matching_round_again.seed", BESIDE),
    ("publish_matching_round.starts_on", "everybody sees the pairs begin"),
    ("publish_matching_round.ends_on", "everybody sees the pairs begin"),
    ("accept_mentor_invitation.cadence", "written with change_pair: everybody sees the pair begin"),
    ("create_pair.cadence", "written with change_pair: everybody sees the pair begin"),
    ("create_person.hired_on", "written with change_person: everybody sees the person come"),
    ("put_person_by_external_id.hired_on", "written with change_person: everybody sees the rest change"),
];

/// Whatever can be written that some may not read is written in secret by somebody: a new field
/// above `public` asks for a new act.
#[test]
fn every_hidden_field_is_written_by_some_deed() {
    let document = document();
    let hidden: BTreeSet<_> = tiers(&document)
        .into_iter()
        .filter(|(_, _, tier)| tier != "public")
        .map(|(view, field, _)| (view, field))
        .collect();
    let at =
        |reference: &Value| document.pointer(reference.as_str().unwrap_or_default().trim_start_matches('#')).cloned();
    let mut missing = Vec::new();
    for (name, operation) in documented() {
        let content = "application/json";
        let input = at(&operation.document["requestBody"]["content"][content]["schema"]["$ref"]).unwrap_or_default();
        let answer = ["200", "201"].into_iter().find_map(|status| operation.document["responses"].get(status));
        let answer = answer.map_or(&Value::Null, |answer| &answer["content"][content]["schema"]["$ref"]);
        let view = answer.as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
        let fits = |path: &str| {
            let (mut own, mut its) = (path.split('/'), operation.path.split('/'));
            let same = own.by_ref().zip(its.by_ref()).all(|(own, its)| own == its || its.starts_with('{'));
            same && path.split('/').count() == operation.path.split('/').count()
        };
        let menu = acts(&Organisation::default());
        let done: Vec<_> = menu.iter().filter(|act| act.method == operation.method && fits(&act.path)).collect();
        for field in input["properties"].as_object().into_iter().flatten().map(|(field, _)| field) {
            let is_done = done.iter().any(|act| act.body.get(field).is_some());
            let known = format!("{name}.{field}");
            if hidden.contains(&(view.to_owned(), field.clone()))
                && !is_done
                && !UNWRITTEN.iter().any(|(name, _)| *name == known)
            {
                missing.push(known);
            }
        }
    }
    assert!(missing.is_empty(), "tests/api/confidentiality/acts.rs lacks {missing:?}");
}

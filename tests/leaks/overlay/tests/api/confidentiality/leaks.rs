//! The check of the proofs: mistakes are planted one at a time, and each must be found.

mod identity;

use std::time::Instant;

use mentorship::leaks::{Leak, plant};

use super::dice::Dice;
use super::directed::{Depth, Directed, Part, viewers};
use super::figures;
use super::ground::{Ground, Step, setup};
use super::page::Page;
use super::shrink::Found;
use super::{DirectedTally, Tally, seed, setting};
use crate::harness::TestApp;

/// So many worlds are tried before the whole directed pass.
const PATIENCE: usize = 40;
/// With nothing planted so many worlds are played.
const WITHOUT: usize = 60;

/// Where a mistake is looked for first, besides in the worlds for those that are not named. It is a matter of time alone:
/// what is not found there is looked for everywhere.
const FIRST: &[(Leak, &str, Part)] = &[
    (Leak::OutcomesToColleagues, "colleague", Part::Together),
    (Leak::PrivateToManager, "manager", Part::Acts),
    (Leak::PrivateToLead, "lead", Part::Acts),
    (Leak::AnybodyIsAuthor, "colleague", Part::Acts),
    (Leak::ForbiddenForAbsent, "colleague", Part::Acts),
    (Leak::PreconditionFirst, "colleague", Part::Acts),
    (Leak::WithheldByData, "manager", Part::Acts),
    (Leak::UpdatedAtFollowsCadence, "colleague", Part::Acts),
    (Leak::UpdatedAtFollowsPlace, "manager", Part::Acts),
    (Leak::EtagFollowsRevision, "colleague", Part::Acts),
    (Leak::CursorHoldsRevision, "colleague", Part::Acts),
    (Leak::ProblemQuotesRevision, "colleague", Part::Changes),
    (Leak::FilterOnHidden, "colleague", Part::Acts),
    (Leak::SortOnHidden, "colleague", Part::Acts),
    (Leak::KeysOfAll, "mentee", Part::Changes),
    (Leak::SessionsOfAll, "colleague", Part::Acts),
    (Leak::NotesOfAll, "manager", Part::Acts),
    (Leak::RefusalCounts, "colleague", Part::Acts),
    (Leak::WebhookOfPrivate, "outcomes_read", Part::Acts),
    (Leak::NoticeToManager, "manager", Part::Acts),
    (Leak::MailToLead, "lead", Part::Together),
    (Leak::ExportCountsPartner, "mentor", Part::Acts),
    (Leak::BlockOfThird, "mentee", Part::Changes),
    (Leak::UpdatedAtFollowsNotebook, "colleague", Part::Acts),
    (Leak::ReminderAsksNotebook, "mentor", Part::Acts),
    (Leak::HealthAtWrongTier, "manager", Part::Acts),
    (Leak::RetentionTells, "mentee", Part::Acts),
    (Leak::FeedTellsPlaces, "manager", Part::Acts),
    (Leak::StreamCountsNotices, "mentee", Part::Acts),
    (Leak::LastModifiedFollowsNotes, "colleague", Part::Acts),
    (Leak::ListEtagFollowsNotes, "colleague", Part::Acts),
    (Leak::LinkCountsNotes, "colleague", Part::Acts),
    (Leak::PointerQuotesCadence, "manager", Part::Changes),
    (Leak::ReplayForOthers, "mentee", Part::Changes),
    (Leak::PartnersReads, "mentee", Part::Acts),
    (Leak::DeliveriesCountNotices, "admin", Part::Acts),
    (Leak::DisclosureTooFar, "manager", Part::Acts),
    (Leak::MeCountsHidden, "mentor", Part::Acts),
    (Leak::DraftNamesBlock, "lead", Part::Acts),
];

/// Each leak, planted by itself, is found; where none is planted, nothing is.
#[actix_web::test]
async fn every_planted_leak_is_found() {
    identity::every_mistake_about_identity_is_found().await;
    let page = Page::open("40 planted leaks");
    let started = Instant::now();
    let app = TestApp::on_sqlite_with(setup()).await;
    let ground = Ground::prepare(&app, None).await;
    let mut directed = Directed::new(&ground, Depth::Quick);
    directed.plays_again = false;
    let (mut lines, mut missed, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    let planted = Leak::ALL.iter().filter(|leak| !Leak::DIRECTED.contains(leak));
    for leak in planted.filter(|leak| only().is_none_or(|only| format!("{leak:?}") == only)) {
        plant(Some(*leak));
        let begun = Instant::now();
        match Box::pin(find(&directed, *leak)).await {
            Some((how, part)) => {
                lines.push(format!("{:>6.1?}  {leak:?}: {} {how}", begun.elapsed(), leak.meaning().trim()));
                parts.extend(part.filter(|part| !parts.contains(part)));
            }
            None => missed.push(leak),
        }
        println!("{leak:?}: {:.1?}", begun.elapsed());
    }
    plant(None);
    page.say(&format!(
        "{} of {} found, each planted by itself, in {:.0?}",
        lines.len(),
        lines.len() + missed.len(),
        started.elapsed()
    ));
    lines.iter().for_each(|line| page.say(line));
    assert!(missed.is_empty(), "not found: {missed:?}");
    let (found, tally) = Box::pin(in_worlds(&ground, setting("MENTORSHIP_WORLDS").unwrap_or(WITHOUT))).await;
    if let Some(found) = found {
        panic!("nothing is planted, and yet:\n{}", ground.shrink(found).await);
    }
    // What is looked at first, and whatever else told the sides apart, must not do so without a mistake.
    for (_, viewer, part) in FIRST {
        parts.extend(Some((*viewer, *part)).filter(|part| !parts.contains(part)));
    }
    directed.plays_again = true;
    for (viewer, part) in &parts {
        if let Some(found) = Box::pin(directed.tell_apart(viewer, *part, &mut DirectedTally::default())).await {
            panic!("nothing is planted, and yet in {part:?}:\n{}", ground.shrink(found).await);
        }
    }
    page.say(&format!(
        "none planted: {} worlds, {} parts of the directed pass, nothing found",
        tally.worlds,
        parts.len()
    ));
    page.say(&format!("all in {:.0?}", started.elapsed()));
    drop(ground);
    app.stop().await;
}

/// One leak by its name, to look into it.
fn only() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "asked for from outside")]
    std::env::var("MENTORSHIP_LEAK").ok()
}

/// In words, and the viewer and the part of the directed pass, if it was there.
type How = (String, Option<(&'static str, Part)>);

/// How it was found, and in which part of the directed pass.
async fn find(directed: &Directed<'_, '_>, leak: Leak) -> Option<How> {
    if leak == Leak::FigurePerPrivateRoute {
        let (_, routes) = figures::routes(directed.ground).await;
        return figures::tell_apart(&routes).then(|| ("Found in the figures for operators.".to_owned(), None));
    }
    let first = FIRST.iter().filter(|(known, ..)| *known == leak).map(|(_, viewer, part)| (*viewer, *part));
    if let Some(found) = find_in(directed, first).await {
        return Some(found);
    }
    if let Some(found) = Box::pin(in_worlds(directed.ground, PATIENCE)).await.0 {
        return Some((told(&found), None));
    }
    find_in(directed, viewers().into_iter().flat_map(|viewer| Part::ALL.map(|part| (viewer, part)))).await
}

async fn find_in(directed: &Directed<'_, '_>, parts: impl Iterator<Item = (&'static str, Part)>) -> Option<How> {
    for (viewer, part) in parts {
        if let Some(found) = Box::pin(directed.tell_apart(viewer, part, &mut DirectedTally::default())).await {
            return Some((format!("{} ({part:?})", told(&found)), Some((viewer, part))));
        }
    }
    None
}

/// Who heard what.
fn told(found: &Found) -> String {
    let heard = match found.world.steps.last() {
        Some(Step::Asked(request)) => format!("{} {}", request.method, request.operation),
        _ => "what background jobs brought".to_owned(),
    };
    format!("Found by {}: {heard}.", found.world.viewer)
}

async fn in_worlds(ground: &Ground<'_>, patience: usize) -> (Option<Found>, Tally) {
    let mut tally = Tally::default();
    for world in 0..patience {
        let mut dice = Dice::of(seed(), 0, 1 + world);
        let viewer = ground.pick_viewer(&mut dice);
        let found = ground.tell_apart(&viewer, &mut dice, &mut tally).await;
        if found.is_some() {
            return (found, tally);
        }
    }
    (None, tally)
}

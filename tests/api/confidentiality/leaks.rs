//! The check of the proofs: mistakes are planted one at a time, and each must be found.

mod identity;

use mentorship::leaks::{Leak, plant};

use super::dice::Dice;
use super::ground::Ground;
use super::page::Page;
use super::shrink::Found;
use super::{Tally, seed, setting};
use crate::harness::TestApp;

/// A leak that so many worlds do not show is not found.
const PATIENCE: usize = 1000;

/// Each leak, planted by itself, is found; where none is planted, nothing is.
#[actix_web::test]
async fn every_planted_leak_is_found() {
    identity::every_mistake_about_identity_is_found().await;
    let page = Page::open("40 planted leaks");
    let app = TestApp::on_sqlite().await;
    let ground = Ground::prepare(&app, &mut Dice::of(seed(), 0, 0)).await;
    let patience = setting("MENTORSHIP_WORLDS").unwrap_or(PATIENCE);
    let (mut lines, mut most, mut missed) = (Vec::new(), 0, Vec::new());
    for leak in Leak::ALL.iter().filter(|leak| !Leak::DIRECTED.contains(leak)) {
        plant(Some(*leak));
        let (found, tally) = search(&ground, patience).await;
        let Some(found) = found else {
            missed.push(leak);
            continue;
        };
        most = most.max(tally.worlds);
        let steps = ground.shrink(found).await.world.steps.len();
        let Tally { worlds, requests, .. } = tally;
        lines.push(format!("{worlds:>5} {requests:>9} {steps:>6}  {leak:?}: {}", leak.meaning().trim()));
    }
    plant(None);
    let (found, tally) = search(&ground, most).await;
    page.say(&format!("{} of {} found, each planted by itself", lines.len(), Leak::ALL.len() - Leak::DIRECTED.len()));
    page.say(&format!("none planted: {} worlds, nothing found", tally.worlds));
    page.say("worlds, requests until found; steps of the script that shows it");
    lines.iter().for_each(|line| page.say(line));
    if let Some(found) = found {
        panic!("nothing is planted, and yet:\n{}", ground.shrink(found).await);
    }
    assert!(missed.is_empty(), "not found in {patience} worlds: {missed:?}");
    drop(ground);
    app.stop().await;
}

async fn search(ground: &Ground<'_>, patience: usize) -> (Option<Found>, Tally) {
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

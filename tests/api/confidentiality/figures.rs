//! Figures for operators: they count requests by route, and must not tell which private thing was done.

use std::collections::BTreeSet;

use super::acts::Act;
use super::directed::alone;
use super::ground::Ground;
use crate::matrix::personas::Reach;

/// Parts of an address under which everything is private.
const PRIVATE: [&str; 9] = [
    "notebook-entries",
    "agreement",
    "agenda-items",
    "notes",
    "action-items",
    "reflection",
    "blockers",
    "blocks",
    "disclosures",
];

fn is_private(act: &Act) -> bool {
    let is_hidden = matches!(act.reach, Reach::Private | Reach::NeverShared) && !act.is_paired;
    is_hidden && act.path.split('/').any(|part| PRIVATE.contains(&part))
}

/// Finds no private act counted under a route of its own; how many came to pass.
pub async fn private_routes(ground: &Ground<'_>) -> usize {
    let (came_to_pass, routes) = routes(ground).await;
    assert!(came_to_pass > 0 && !tell_apart(&routes), "the figures tell private acts apart by their route: {routes:?}");
    came_to_pass
}

/// Whether one of the routes is that of a private act alone. Routes of a whole room count public requests too.
pub fn tell_apart(routes: &BTreeSet<String>) -> bool {
    routes.iter().any(|route| route.split('/').any(|part| PRIVATE.contains(&part)))
}

/// Does every private act: how many came to pass, and under which routes they were counted.
pub async fn routes(ground: &Ground<'_>) -> (usize, BTreeSet<String>) {
    let (mut side, mut routes, mut came_to_pass) = (ground.begin("admin", 1).await, BTreeSet::new(), 0);
    for (place, act) in ground.menu.iter().enumerate().filter(|(_, act)| is_private(act)) {
        let before = counts(ground);
        came_to_pass += usize::from(side.happen(&alone(act, place)).await);
        routes.extend(counts(ground).difference(&before).filter_map(|line| route(line)));
    }
    (came_to_pass, routes)
}

/// The lines that count requests.
fn counts(ground: &Ground<'_>) -> BTreeSet<String> {
    let figures = ground.figures.render();
    figures.lines().filter(|line| line.starts_with("http_request_duration_seconds_count")).map(str::to_owned).collect()
}

/// The value of the label `route`.
fn route(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("route=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

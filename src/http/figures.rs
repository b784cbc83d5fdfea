//! What operators count requests by.

/// Parts of a route under which everything is private: only its author reads it, the two of a pair, or who is asked.
const PRIVATE: [&str; 15] = [
    "access-log",
    "action-items",
    "agenda-items",
    "agreement",
    "blockers",
    "blocks",
    "calendar-feed",
    "disclosures",
    "export",
    "mentor-asks",
    "mentor-requests",
    "notebook-entries",
    "notes",
    "notice-preferences",
    "reflection",
];

/// The route as the figures have it. All private ones are one there: who watches the service counts that something was
/// asked, and does not learn that two people write notes or that somebody blocks.
pub fn label(route: &str) -> &str {
    #[cfg(feature = "planted-leaks")]
    if crate::leaks::Leak::FigurePerPrivateRoute.is_planted() {
        return route;
    }
    if route.split('/').any(|part| PRIVATE.contains(&part)) { "private" } else { route }
}

#[test]
fn private_routes_are_one() {
    assert_eq!(label("/v1/me/blocks/{person_id}"), label("/v1/sessions/{id}/notes"));
    assert_eq!(label("/v1/pairs/{id}"), "/v1/pairs/{id}");
}

//! The label of a route in the metrics. Operators read the metrics, so a route has its own label only if its records
//! are public. All other routes of an area share one label.

/// The first part of routes whose records are public or belong to the operator.
const PUBLIC: [&str; 12] = [
    "people",
    "roster",
    "departments",
    "teams",
    "skills",
    "career-ladders",
    "ladder-roles",
    "programs",
    "service-accounts",
    "webhooks",
    "deliveries",
    "retention",
];

/// Parts of such routes whose records are not public.
const PRIVATE: [&str; 3] = ["needs", "weights", "enrolments"];

/// The route, if it has its own label.
pub(super) fn public_route(route: &str) -> Option<&str> {
    let Some(rest) = route.strip_prefix("/v1/") else { return Some(route) };
    let mut parts = rest.split('/');
    let is_public = parts.next().is_some_and(|first| PUBLIC.contains(&first));
    (is_public && !parts.any(|part| PRIVATE.contains(&part))).then_some(route)
}

/// The shared label of any other route.
pub(super) fn area_of(route: &str) -> String {
    let first = route.trim_start_matches("/v1/").split('/').next().unwrap_or_default();
    let area = match first {
        "me" | "people" | "notices" | "calendar" => "me",
        "pairs" | "pair-health" | "cadences" | "notebook-entries" | "disclosures" => "pairs",
        "sessions" | "agenda-items" | "notes" | "action-items" => "sessions",
        "goals" | "key-results" | "check-ins" | "blockers" | "celebrations" | "plan-steps" => "goals",
        "programs" | "enrolments" => "programs",
        "suggestions"
        | "suggestion-requests"
        | "mentor-requests"
        | "mentor-invitations"
        | "matching-rounds"
        | "matching-drafts"
        | "match-models" => "matching",
        _ => "other",
    };
    format!("/v1/{area}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_routes_share_a_label() {
        for (route, area) in [
            ("/v1/me/blocks", "/v1/me"),
            ("/v1/me/blocks/{person_id}", "/v1/me"),
            ("/v1/people/{id}/needs", "/v1/me"),
            ("/v1/sessions/{id}/notes", "/v1/sessions"),
            ("/v1/notes/{id}", "/v1/sessions"),
            ("/v1/goals/{id}/blockers", "/v1/goals"),
            ("/v1/notebook-entries/{id}", "/v1/pairs"),
            ("/v1/matching-rounds/{id}", "/v1/matching"),
            ("/v1/something-new", "/v1/other"),
        ] {
            assert_eq!((public_route(route), area_of(route).as_str()), (None, area), "{route}");
        }
        for route in ["/v1/people/{id}", "/v1/teams", "/metrics", "unmatched", "unanswered"] {
            assert_eq!(public_route(route), Some(route));
        }
    }
}

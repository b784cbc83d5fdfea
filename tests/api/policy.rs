//! The policy's tables, pinned: a change shows as a diff of `policy.txt` and is read as such.

use std::fmt::Write as _;

use mentorship::policy::{ACTS, Relation, Tier};

fn tables() -> String {
    let mut text = String::from("Table 1: who sees what\n\n");
    let heads = row(|relation| format!("{relation:?}"));
    writeln!(text, "{:<24}{:<16}{heads}", "tier", "").unwrap();
    for tier in Tier::ALL {
        let row = marks(tier.audience());
        let scope = tier.scope().map_or(String::new(), |scope| format!("with {}", scope.name()));
        writeln!(text, "{:<40}{row}{scope}", format!("{tier:?}")).unwrap();
    }
    writeln!(text, "\nTable 2: who does what\n\n{:<24}{:<16}{heads}", "act", "on").unwrap();
    for act in ACTS {
        let scope = act.scope.map_or(String::new(), |scope| format!("with {}", scope.name()));
        let ceiling = if act.is_under_ceiling { " / unconfirmed" } else { "" };
        writeln!(text, "{:<24}{:<16}{}{scope}{ceiling}", act.name, act.record, marks(act.allowed)).unwrap();
    }
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

fn marks(allowed: &[Relation]) -> String {
    row(|relation| if allowed.contains(&relation) { "yes" } else { "." }.to_owned())
}

/// A cell a relation.
fn row(cell: impl Fn(Relation) -> String) -> String {
    Relation::ALL.iter().fold(String::new(), |row, relation| format!("{row}{:<10}", cell(*relation)))
}

#[test]
fn the_policy_is_the_pinned_one() {
    let pinned = include_str!("policy.txt");
    let tables = tables();
    if pinned != tables {
        let new = std::env::temp_dir().join("policy.txt");
        std::fs::write(&new, &tables).expect("it writes");
        panic!("the policy changed; read the new tables in {} and copy them to tests/api/policy.txt", new.display());
    }
}

/// The second, naive oracle, from the prose of the tiers.
#[test]
fn the_tiers_are_those_of_the_prose() {
    for tier in Tier::ALL {
        for relation in Relation::ALL {
            let expected = match relation {
                Relation::Author => true,
                Relation::Party => tier != Tier::NeverShared,
                Relation::Manager | Relation::Lead | Relation::Service => {
                    matches!(tier, Tier::Public | Tier::ManagerVisible)
                }
                Relation::Colleague => tier == Tier::Public,
            };
            assert_eq!(tier.audience().contains(&relation), expected, "{tier:?} {relation:?}");
        }
    }
}

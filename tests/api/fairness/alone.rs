//! That whoever moves the others out of the way does not see where somebody stands.

use mentorship::ids::PersonId;
use serde_json::{Value, json};

use super::{Planted, load};
use crate::harness::TestApp;

/// Moves people of the attribute, and nobody else.
async fn move_others(planted: &Planted, group: &str, people: &[PersonId]) {
    let members: Vec<_> = people.iter().map(|who| json!({"person_id": who, "group": group})).collect();
    let moved = json!({"keep_others": true, "members": members});
    planted.admin.put("/v1/fairness/attributes/hand", moved).await.ok();
}

fn suppressed(attribute: &Value, finding: usize) -> Vec<bool> {
    let groups = attribute["findings"][finding]["groups"].as_array().expect("groups");
    groups.iter().map(|group| group["is_suppressed"].as_bool().expect("a truth")).collect()
}

/// Somebody who stays alone in a group, or with those whom one knows, is not found there.
#[apply(on_both_engines!)]
async fn nobody_is_found_by_moving_the_others(app: TestApp) {
    let planted = Planted::new(app).await;
    let (one, other) = (planted.near[0], planted.near[1]);
    let places = [[(one, "left"), (other, "right")], [(one, "right"), (other, "left")]];

    // All the others are elsewhere: in whole fives, so that chance plays no part.
    let mut alone = Vec::new();
    for two in places {
        let others = planted.near[1..].iter().chain(&planted.far[..1]).copied().collect::<Vec<_>>();
        load(&planted.admin, "hand", two).await.ok();
        move_others(&planted, "z", &others).await;
        alone.push(planted.told_of("hand").await);
    }
    // The same with nobody alone: they went, too.
    move_others(&planted, "z", &[one]).await;
    alone.push(planted.told_of("hand").await);
    assert!(alone.iter().all(|told| told == &alone[0]), "{alone:#?}");
    for finding in alone[0]["findings"].as_array().expect("findings") {
        assert_eq!(finding["groups"].as_array().map(Vec::len), Some(3), "{finding}");
        for (place, name) in ["left", "right", "z"].into_iter().enumerate() {
            assert_eq!(
                finding["groups"][place],
                json!({
                    "group": name, "is_suppressed": true, "people": null, "selected": null, "selection_rate": null,
                    "mean_level": null
                })
            );
        }
        assert_eq!((&finding["selection_ratio"], &finding["is_flagged"]), (&Value::Null, &json!(false)));
    }

    // Beside large groups, the smallest of them is hidden whether or not somebody is in the small one.
    for two in places {
        load(&planted.admin, "hand", two).await.ok();
        move_others(&planted, "left", &planted.near[2..27]).await;
        move_others(&planted, "z", &[&[other][..], &planted.near[27..], &planted.far[..]].concat()).await;
        let told = planted.told_of("hand").await;
        assert_eq!(suppressed(&told, 0), [true, true, false], "{told}");
    }
}

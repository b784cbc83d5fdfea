//! HTTP operations for groups: admins load and delete them. No operation shows who belongs to a group.

use actix_web::web::Data;
use actix_web::{delete, get, put};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::load::{self, Load, PutFairnessAttribute};
use super::model::{FairnessAttribute, GroupName, LoadPermit, MAX_ATTRIBUTES, Membership};
use super::store;
use crate::db::OnBehalfOf;
use crate::http::{App, Done, Json, Limit, Page, Path, Preconditions, page};
use crate::ids::FairnessAttributeId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{LoadFairness, ReadMembership};
use crate::policy::{Guarded, Home, NeverShared, Shown, Viewer, may_list, permit, readable_as, show, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_fairness_attributes).service(put_fairness_attribute).service(delete_fairness_attribute);
}

view! {
    /// A fairness attribute: what some groups have in common, such as the age band. Only admins see it. Each person can
    /// see only their own group, in their own export.
    FairnessAttributeView of attribute: FairnessAttribute, clearance {
        let people = attribute.people_shown();
        /// Id of the attribute.
        public id: FairnessAttributeId,
        /// Name of the attribute, in the words of the organisation.
        public name: GroupName,
        /// Names of its groups, in alphabetical order.
        #[schema(max_items = 30)]
        public groups: Vec<GroupName> = attribute.groups.into_iter().map(|group| group.name).collect(),
        /// Number of people with a known group. `null`: fewer than 20 people.
        #[schema(minimum = 20, examples(4211))]
        public people: Option<i64> = people,
        /// Time when groups were last loaded.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(FairnessAttribute: LoadFairness, "fairness_attributes");

view! {
    /// A group in which your organisation counts you for the fairness report. Only you can read it, in your export.
    FairnessMembershipView of membership: Membership, clearance {
        let names = membership.names;
        /// Name of the attribute.
        never_shared attribute: GroupName = clearance.open(Guarded::<NeverShared, _>::new(membership.attribute)),
        /// Name of your group. `null`: the group does not exist any more.
        never_shared group: Option<GroupName> = clearance
                .unseal(Home::of_person(membership.id, membership.person_id, 0), membership.group)
                .map(|id| names.get(&id).cloned()),
    }
}

readable_as!(Membership: ReadMembership, "fairness_members");

/// Permit to load groups. No service gets it, whatever its scopes.
fn load_permit(viewer: &Viewer) -> Result<LoadPermit, Problem> {
    may_list::<LoadFairness>(viewer)?;
    permit(viewer, Organisation)
}

/// List fairness attributes
///
/// Sorted by time of creation, oldest first. Only admins may do this; other viewers get 403. There are at most 20,
/// always on one page. The number of people per group is never shown. The number of people per attribute is shown from
/// 20 people on.
#[utoipa::path(tag = "fairness", responses((status = 200, body = Page<FairnessAttributeView>)))]
#[get("/v1/fairness/attributes")]
async fn list_fairness_attributes(app: Data<App>, viewer: Viewer) -> Result<Page<FairnessAttributeView>, Problem> {
    load_permit(&viewer)?;
    let listed = async {
        let mut tx = app.read().await?;
        store::list(&mut tx, FairnessAttributeId::first(), MAX_ATTRIBUTES).await
    };
    let attributes = OnBehalfOf::Service.scope(listed).await?;
    page(&viewer, Limit::default(), attributes, None, |attribute| attribute.id)
}

/// Replace a fairness attribute
///
/// Loads which person belongs to which group of an attribute, such as gender or age band. You choose the names. Only
/// admins may do this; other viewers get 403.
///
/// - The request replaces all earlier memberships of the attribute, unless `keep_others` is `true`.
/// - More than 2,000 people: send the first 2,000 without `keep_others`. Send the rest in further requests of up to
///   2,000, each with `"keep_others": true`.
/// - Either all members are loaded, or none. `errors` points at members who were not found.
/// - The answer has the number of people in all. It never shows who belongs to a group.
/// - The memberships are counted only in the fairness report. No suggestion, list or filter uses them.
/// - Each membership is sealed with the key of the person. It is in the export of the person and is deleted when the
///   person is erased.
/// - The audit log records who loaded groups and when, but not the content.
#[utoipa::path(tag = "fairness", params(("attribute" = inline(GroupName), Path, description = "Name of the attribute, such as `age%20band`.")),
    request_body = PutFairnessAttribute, responses((status = 200, body = FairnessAttributeView)))]
#[put("/v1/fairness/attributes/{attribute}")]
async fn put_fairness_attribute(
    app: Data<App>,
    viewer: Viewer,
    attribute: Path<GroupName>,
    seen: Preconditions,
    input: Json<PutFairnessAttribute>,
) -> Result<Shown<FairnessAttributeView>, Problem> {
    let permit_to_load = load_permit(&viewer)?;
    let loaded = async {
        let load = {
            let mut tx = app.read().await?;
            let load = Load::of(&mut tx, input.into_inner()).await?;
            load.make_keys(&tx).await?;
            load
        };
        let mut tx = app.write(&viewer).await?;
        let before = load::find_for_update(&mut tx, &attribute).await?;
        match &before {
            Some(before) => seen.check(&viewer, before)?,
            None => seen.check_absent()?,
        }
        load.write(&mut tx, &permit_to_load, &app.clock, &attribute, before).await?;
        let loaded = store::find(&mut tx, &attribute).await?.ok_or_else(Problem::not_found)?;
        tx.about(loaded.id);
        tx.commit().await?;
        Ok::<_, Problem>(loaded)
    };
    show(&viewer, OnBehalfOf::Service.scope(loaded).await?)
}

/// Delete a fairness attribute
///
/// Deletes the attribute, its groups and all memberships. Only admins may do this. Later reports no longer contain it.
/// Nothing else changes.
#[utoipa::path(tag = "fairness", params(("attribute" = inline(GroupName), Path, description = "Name of the attribute, such as `age%20band`.")),
    responses((status = 204, description = "The attribute is deleted.")))]
#[delete("/v1/fairness/attributes/{attribute}")]
async fn delete_fairness_attribute(
    app: Data<App>,
    viewer: Viewer,
    attribute: Path<GroupName>,
    seen: Preconditions,
) -> Result<Done, Problem> {
    let permit_to_load = load_permit(&viewer)?;
    let deleted = async {
        let mut tx = app.write(&viewer).await?;
        let before = load::find_for_update(&mut tx, &attribute).await?.ok_or_else(Problem::not_found)?;
        seen.check(&viewer, &before)?;
        load::delete(&mut tx, &permit_to_load, before.id).await?;
        tx.about(before.id);
        tx.commit().await
    };
    OnBehalfOf::Service.scope(deleted).await?;
    Ok(Done)
}

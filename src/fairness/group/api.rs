//! Groups over HTTP: loaded and forgotten by admins, read by nobody.

use actix_web::web::Data;
use actix_web::{delete, get, put};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::load::{self, Load, PutFairnessAttribute};
use super::model::{FairnessAttribute, GroupName, Leave, MOST_ATTRIBUTES, Membership};
use super::store;
use crate::db::Asker;
use crate::http::{App, Done, Json, Limit, Page, Path, Seen, page};
use crate::ids::FairnessAttributeId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{LoadFairness, ReadMembership};
use crate::policy::{
    Clearance, Guarded, Home, NeverShared, Readable, Shown, Viewed, Viewer, may_list, permit, show, view,
};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_fairness_attributes).service(put_fairness_attribute).service(delete_fairness_attribute);
}

view! {
    /// What groups have in common, and how many people they are together. Only admins see these records, and nobody but
    /// a person themselves sees to which group they belong.
    FairnessAttributeView {
        /// Names the attribute.
        public id: FairnessAttributeId,
        /// What it is called, in the organisation's own words.
        public name: GroupName,
        /// What its groups are called.
        #[schema(max_items = 30)]
        public groups: Vec<GroupName>,
        /// Of how many people the group is known; `null` where they are fewer than 20.
        #[schema(minimum = 20, examples(4211))]
        public people: Option<i64>,
        /// When groups were loaded last.
        public updated_at: DateTime<Utc>,
    }
}

impl Readable for FairnessAttribute {
    type Read = LoadFairness;
    const KIND: &'static str = "fairness_attributes";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for FairnessAttribute {
    type View = FairnessAttributeView;

    fn view(self, clearance: &Clearance) -> FairnessAttributeView {
        FairnessAttributeView {
            people: self.people_told(),
            id: self.id,
            name: self.name,
            groups: self.groups.into_iter().map(|group| group.name).collect(),
            updated_at: self.updated_at,
            withheld: clearance.withheld::<FairnessAttributeView>(),
        }
    }
}

view! {
    /// A group that your organisation counts you in, to find out whether suggestions treat groups alike. It is in your
    /// export, and nobody else reads it.
    FairnessMembershipView {
        /// What its groups have in common.
        never_shared attribute: GroupName,
        /// The group.
        never_shared group: Option<GroupName>,
    }
}

impl Readable for Membership {
    type Read = ReadMembership;
    const KIND: &'static str = "fairness_members";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for Membership {
    type View = FairnessMembershipView;

    fn view(self, clearance: &Clearance) -> FairnessMembershipView {
        let names = self.names;
        FairnessMembershipView {
            attribute: clearance.open(Guarded::<NeverShared, _>::new(self.attribute)),
            group: clearance
                .unseal(Home::of_person(self.id, self.person_id, 0), self.group)
                .map(|id| names.get(&id).cloned()),
            withheld: clearance.withheld::<FairnessMembershipView>(),
        }
    }
}

/// Leave to load groups. No service has it, whatever its scopes.
fn leave(viewer: &Viewer) -> Result<Leave, Problem> {
    may_list::<LoadFairness>(viewer)?;
    permit(viewer, Organisation)
}

/// Lists what fairness is asked about, in the order it was first loaded.
///
/// For admins alone; everybody else is refused. There are at most 20, and they are always one page. How many people a
/// group has is told nowhere; of how many people an attribute is known, only from 20 on.
#[utoipa::path(tag = "fairness", responses((status = 200, body = Page<FairnessAttributeView>)))]
#[get("/v1/fairness/attributes")]
async fn list_fairness_attributes(app: Data<App>, viewer: Viewer) -> Result<Page<FairnessAttributeView>, Problem> {
    leave(&viewer)?;
    let listed = async {
        let mut tx = app.read().await?;
        store::list(&mut tx, FairnessAttributeId::first(), MOST_ATTRIBUTES).await
    };
    let attributes = Asker::Service.scope(listed).await?;
    page(&viewer, Limit::default(), attributes, None, |attribute| attribute.id)
}

/// Says who belongs to which group of an attribute, such as gender or age band, in the organisation's own words.
///
/// For admins alone. The list replaces what was loaded before, wholly; a list of more than 2,000 people goes in several
/// requests, all but the first with `keep_others`. All of it is loaded, or nothing: `errors` points at members whom
/// nobody finds. The answer tells how many people there are in all, and never of anybody where they belong.
///
/// What is loaded here is counted in the report of fairness, and used for nothing else: no suggestion, no list, no filter
/// reads it. It is sealed with each person's own key; it is in the person's own export, and goes when they are erased. The
/// audit log tells who loaded and when, and not what.
#[utoipa::path(tag = "fairness", params(("attribute" = inline(GroupName), Path, description = "What the attribute is called, such as `age%20band`.")),
    request_body = PutFairnessAttribute, responses((status = 200, body = FairnessAttributeView)))]
#[put("/v1/fairness/attributes/{attribute}")]
async fn put_fairness_attribute(
    app: Data<App>,
    viewer: Viewer,
    attribute: Path<GroupName>,
    seen: Seen,
    input: Json<PutFairnessAttribute>,
) -> Result<Shown<FairnessAttributeView>, Problem> {
    let leave = leave(&viewer)?;
    let loaded = async {
        let load = {
            let mut tx = app.read().await?;
            let load = Load::of(&mut tx, input.into_inner()).await?;
            load.make_keys(&tx).await?;
            load
        };
        let mut tx = app.write(&viewer).await?;
        let before = load::hold(&mut tx, &attribute).await?;
        match &before {
            Some(before) => seen.check(&viewer, before)?,
            None => seen.check_absent()?,
        }
        load.write(&mut tx, &leave, &app.clock, &attribute, before).await?;
        let loaded = store::find(&mut tx, &attribute).await?.ok_or_else(Problem::not_found)?;
        tx.about(loaded.id);
        tx.commit().await?;
        Ok::<_, Problem>(loaded)
    };
    show(&viewer, Asker::Service.scope(loaded).await?)
}

/// Forgets an attribute: its groups, and who belongs to them.
///
/// For admins alone. Nothing else changes, because nothing else knows of it; reports tell nothing of it from then on.
#[utoipa::path(tag = "fairness", params(("attribute" = inline(GroupName), Path, description = "What the attribute is called, such as `age%20band`.")),
    responses((status = 204, description = "It is forgotten.")))]
#[delete("/v1/fairness/attributes/{attribute}")]
async fn delete_fairness_attribute(
    app: Data<App>,
    viewer: Viewer,
    attribute: Path<GroupName>,
    seen: Seen,
) -> Result<Done, Problem> {
    let leave = leave(&viewer)?;
    let forgotten = async {
        let mut tx = app.write(&viewer).await?;
        let before = load::hold(&mut tx, &attribute).await?.ok_or_else(Problem::not_found)?;
        seen.check(&viewer, &before)?;
        load::delete(&mut tx, &leave, before.id).await?;
        tx.about(before.id);
        tx.commit().await
    };
    Asker::Service.scope(forgotten).await?;
    Ok(Done)
}

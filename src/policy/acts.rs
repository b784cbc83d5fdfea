//! Table 2: which relations may do what.

use super::relations::Relation::{self, Author, Colleague, Lead, Manager, Party, Service};
use super::scope::Scope::{self, OutcomesRead, PairsRead, PeopleRead, PeopleWrite, ProgramsRead};

/// Something a viewer may do to a record.
pub trait Act {
    /// The name in problems, in the audit log and in the table, such as `end_pair`.
    const NAME: &'static str;
    /// The relations that may do it.
    const ALLOWED: &'static [Relation];
    /// The scope that a service account needs, if the relation `Service` may do it.
    const SCOPE: Option<Scope>;
    /// Whether author and party may do it even if the viewer has a ceiling ([`Viewer::ceiling`](super::Viewer)).
    const UNDER_CEILING: bool;
    /// Whether only people do it; see [`ByPerson`].
    const IS_BY_PERSON: bool;
}

/// An act that only people do: it has no scope for a service account, and is not about the viewer.
pub trait ByPerson: Act {}

/// Says that the act can be done to this kind of record.
pub trait Takes<A: Act> {}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The act.
    pub name: &'static str,
    /// The kind of record.
    pub record: &'static str,
    /// The relations that may do it.
    pub allowed: &'static [Relation],
    /// The scope that a service account needs.
    pub scope: Option<Scope>,
    /// Whether author and party may do it even if the viewer has a ceiling.
    pub is_under_ceiling: bool,
}

macro_rules! acts {
    ($($act:ident $name:literal on $record:tt: $($relation:ident)+ $(, with $scope:ident)? $(/ $open:ident)?;)+) => {
        $(
            #[doc = concat!("`", $name, "` on a ", $record, ".")]
            #[derive(Clone, Copy, Debug)]
            pub struct $act;
            impl Act for $act {
                const NAME: &'static str = $name;
                const ALLOWED: &'static [Relation] = &[$($relation),+];
                const SCOPE: Option<Scope> = acts!(@scope $($scope)?);
                const UNDER_CEILING: bool = acts!(@ceiling $($open)?);
                const IS_BY_PERSON: bool = acts!(@is_by_person $record $($scope)?);
            }
            acts!(@by_person $act $record $($scope)?);
        )+
        /// The whole table, for the tests that compare it with the expected one.
        pub const ACTS: &[Row] = &[$(Row {
            name: $name, record: $record, allowed: <$act as Act>::ALLOWED, scope: <$act as Act>::SCOPE,
            is_under_ceiling: <$act as Act>::UNDER_CEILING,
        }),+];
    };
    // A service account signs itself out, too.
    (@is_by_person "viewer") => { false };
    (@is_by_person $record:tt $scope:ident) => { false };
    (@is_by_person $record:tt) => { true };
    (@by_person $act:ident "viewer") => {};
    (@by_person $act:ident $record:tt $scope:ident) => {};
    (@by_person $act:ident $record:tt) => { impl ByPerson for $act {} };
    (@scope $scope:ident) => { Some($scope) };
    (@scope) => { None };
    // A sign-in that is not confirmed may do it, too: it reads public and manager-visible fields of its own records.
    (@ceiling unconfirmed) => { true };
    (@ceiling) => { false };
}

acts! {
    // The organisation: roster, teams, departments, skills, career ladders. An admin is its lead.
    ReadOrganisation   "read_organisation"   on "organisation": Lead Colleague Service, with PeopleRead;
    ChangeOrganisation "change_organisation" on "organisation": Lead Service, with PeopleWrite;
    ManageAccounts     "manage_accounts"     on "organisation": Lead;
    ErasePerson        "erase_person"        on "organisation": Lead;
    EndAccess          "end_access"          on "organisation": Lead;
    RebindIdentity     "rebind_identity"     on "organisation": Lead;
    // Recorded beside the change itself: the external id or e-mail address of an erased person is used again.
    ReuseErasedName    "reuse_erased_name"   on "organisation": Lead Service, with PeopleWrite;
    CreateProgram      "create_program"      on "organisation": Lead;
    AssignCoordinators "assign_coordinators" on "organisation": Lead;

    ReadPerson         "read_person"         on "person": Author Manager Lead Colleague Service, with PeopleRead / unconfirmed;
    ReadHistory        "read_history"        on "person": Author Manager Lead Service, with OutcomesRead / unconfirmed;
    ChangeProfile      "change_profile"      on "person": Author;
    ReadBlock          "read_block"          on "block": Author;
    ChangeBlock        "change_block"        on "block": Author;
    ReadViewer         "read_viewer"         on "viewer": Author / unconfirmed;

    EndOwnAccess       "end_own_access"      on "viewer": Author;
    ReadIdentityRebind "read_identity_rebind" on "identity rebind": Author Lead / unconfirmed;
    AnswerIdentityRebind "answer_identity_rebind" on "identity rebind": Author;

    ReadProgram        "read_program"        on "program": Lead Colleague Service, with ProgramsRead;
    ChangeProgram      "change_program"      on "program": Lead;

    Enrol              "enrol"               on "program": Lead Colleague;
    EnrolOthers        "enrol_others"        on "program": Lead;
    ReadEnrolment      "read_enrolment"      on "enrolment": Party;
    ChangeEnrolment    "change_enrolment"    on "enrolment": Party;
    DecideEnrolment    "decide_enrolment"    on "enrolment": Lead;

    ReadPair           "read_pair"           on "pair": Party Manager Lead Colleague Service, with PairsRead / unconfirmed;
    ProposePair        "propose_pair"        on "pair": Party Lead;
    OverrideRule       "override_rule"       on "pair": Lead;
    AnswerPair         "answer_pair"         on "pair": Party;
    ChangePair         "change_pair"         on "pair": Party Lead;
    ChangeAgreement    "change_agreement"    on "pair": Party;
    PausePair          "pause_pair"          on "pair": Party Lead;
    EndPair            "end_pair"            on "pair": Party Lead;
    ReadPairHealth     "read_pair_health"    on "pair": Party Manager Lead Service, with OutcomesRead / unconfirmed;
    OverseePair        "oversee_pair"        on "pair": Lead Service, with OutcomesRead;
    WriteNotebook      "write_notebook"      on "pair": Party;
    ReadNotebookEntry  "read_notebook_entry" on "notebook entry": Author;
    ChangeNotebookEntry "change_notebook_entry" on "notebook entry": Author;

    ReadSession        "read_session"        on "session": Party Manager Lead Service, with OutcomesRead / unconfirmed;
    ScheduleSession    "schedule_session"    on "pair": Party;
    ChangeSession      "change_session"      on "session": Party;
    WriteInSession     "write_in_session"    on "session": Party;
    ReadAgendaItem     "read_agenda_item"    on "agenda item": Author Party;
    ChangeAgendaItem   "change_agenda_item"  on "agenda item": Author Party;
    ReadNote           "read_note"           on "note": Author Party;
    ChangeNote         "change_note"         on "note": Author;
    ReadActionItem     "read_action_item"    on "action item": Author Party;
    ChangeActionItem   "change_action_item"  on "action item": Author Party;
    ReadReflection     "read_reflection"     on "reflection": Author;
    ChangeReflection   "change_reflection"   on "reflection": Author;

    ReadGoal           "read_goal"           on "goal": Party Manager Lead Colleague Service, with PairsRead / unconfirmed;
    SetGoal            "set_goal"            on "pair": Party;
    ChangeGoal         "change_goal"         on "goal": Party;
    CheckIn            "check_in"            on "goal": Party;
    CelebrateGoal      "celebrate_goal"      on "goal": Party;
    ListBlockers       "list_blockers"       on "goal": Party;
    RaiseBlocker       "raise_blocker"       on "goal": Party;
    ReadBlocker        "read_blocker"        on "blocker": Author Party;
    ChangeBlocker      "change_blocker"      on "blocker": Author;
    ResolveBlocker     "resolve_blocker"     on "blocker": Author Party;

    ReadAuditEvent     "read_audit_event"    on "audit event": Lead;
    ReadAccess         "read_access"         on "access": Author;

    RequestSuggestions "request_suggestions" on "suggestion": Party;
    ReadSuggestion     "read_suggestion"     on "suggestion": Party;
    AnswerSuggestion   "answer_suggestion"   on "suggestion": Party;

    PlanMatchingRound         "plan_matching_round"         on "program": Lead;
    ReadMatchingRound         "read_matching_round"         on "matching round": Party;
    ChangeMatchingRound       "change_matching_round"       on "matching round": Party;
    PublishMatchingRound      "publish_matching_round"      on "matching round": Party;
    // The members of fairness groups are loaded only for the fairness report.
    LoadFairness       "load_fairness"       on "organisation": Lead;
    ReadFairness       "read_fairness"       on "organisation": Lead;
    ReadMembership     "read_membership"     on "fairness group": Author;
    ReadMatchModel     "read_match_model"    on "match model": Party Lead;
    LearnMatchModel    "learn_match_model"   on "organisation": Lead;
    PromoteMatchModel  "promote_match_model" on "match model": Lead;
    RollBackMatchModel "roll_back_match_model" on "match model": Lead;
    ReadMentorRequest  "read_mentor_request" on "mentor request": Party;
    AskMentors         "ask_mentors"         on "mentor request": Author;
    WithdrawMentorRequest "withdraw_mentor_request" on "mentor request": Author;
    ReadMentorInvitation      "read_mentor_invitation"     on "mentor invitation": Party;
    AnswerMentorInvitation    "answer_mentor_invitation"   on "mentor invitation": Party;

    // The only exception to the tiers: the author discloses a private value to the manager or the lead.
    ReadPrivateValue   "read_private_value"  on "private value": Author Party;
    DiscloseValue      "disclose_value"      on "private value": Author;
    ReadDisclosure     "read_disclosure"     on "disclosure": Author Party Manager Lead;
    RevokeDisclosure   "revoke_disclosure"   on "disclosure": Author;
    ReadExport         "read_export"         on "export": Author;
    ReadCalendarFeed   "read_calendar_feed" on "calendar feed": Author;
    ChangeCalendarFeed "change_calendar_feed" on "calendar feed": Author;
    ReadDelivery       "read_delivery"       on "delivery": Lead;
    ManageWebhooks     "manage_webhooks"     on "webhook": Lead;
    DeleteWebhook      "delete_webhook"      on "webhook": Lead;
    RotateSecret       "rotate_secret"       on "webhook": Lead;
    TestWebhook        "test_webhook"        on "webhook": Lead;
    ReplayDeliveries   "replay_deliveries"   on "webhook": Lead;
    ReadNotice         "read_notice"         on "notice": Author;
    MarkNotice         "mark_notice"         on "notice": Author;
    ReadPreferences    "read_preferences"    on "preferences": Author;
    ChangePreferences  "change_preferences"  on "preferences": Author;
    ReadRetention      "read_retention"      on "retention rule": Lead Colleague Service;
}

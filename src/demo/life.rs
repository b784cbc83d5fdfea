//! The pairs of the demo: how thirty of them began, what they work on, and how some ended.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::cast::FOCI;
use super::client::{Actor, Refused, Stage, id};
use super::people::{Company, FIRST_MEMBER, Member};
use crate::ids::{GoalId, KeyResultId, PairId, PersonId, ProgramId, SessionId};

/// Number of pairs.
const PAIRS: usize = 30;
/// The people who coordinate the two programs.
pub const COORDINATORS: [usize; 2] = [14, 6];

/// State of a pair at the end of the simulated time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Active,
    Paused,
    Ended(&'static str),
    Declined,
    Proposed,
}

/// A pair and its two people.
pub struct Couple {
    pub pair: PairId,
    pub mentor: usize,
    pub mentee: usize,
}

/// Makes the pairs. The first one is the pair of the tour.
pub async fn live(
    stage: &Stage,
    company: &Company,
    admin: PersonId,
    monday: DateTime<Utc>,
) -> Result<Vec<Couple>, Refused> {
    let programs = programs(stage, company, admin).await?;
    enrol(stage, company, admin).await?;
    let mut couples = Vec::new();
    let mut places = vec![0; company.people.len()];
    for n in 0..PAIRS {
        let (mentor, mentee) = cast(company, &mut places, n);
        let fate = match n {
            0..15 => Fate::Active,
            15..18 => Fate::Paused,
            18..25 => Fate::Ended(
                [
                    "goals_met",
                    "life_change",
                    "poor_chemistry",
                    "goals_met",
                    "mentor_burnout",
                    "program_ended",
                    "mentee_disengaged",
                ][n - 18],
            ),
            25..27 => Fate::Declined,
            _ => Fate::Proposed,
        };
        let weeks = if fate == Fate::Proposed { 0 } else { 34 - i64::try_from(n)? };
        let began = monday - TimeDelta::weeks(weeks) - TimeDelta::days(3);
        let scene = 1000 * (n as u64 + 1);
        stage.at(began, scene);
        let pair = begin(stage, company, (mentor, mentee), n, fate, &programs).await?;
        let couple = Couple { pair, mentor, mentee };
        if matches!(fate, Fate::Active | Fate::Paused | Fate::Ended(_)) {
            Scenes { stage, monday, scene, n, couple: &couple, company }.play(began, fate).await?;
        }
        couples.push(couple);
    }
    stage.at(monday, 900_000);
    Ok(couples)
}

async fn programs(stage: &Stage, company: &Company, admin: PersonId) -> Result<[ProgramId; 2], Refused> {
    let office = stage.person(admin, &["admin"])?;
    let coordinator = |n: usize| company.people[COORDINATORS[n]].id;
    let leaders = office
        .post(
            "/v1/programs",
            json!({
                "name": "New Leaders", "model": "career", "is_formal": true, "coordinator_ids": [coordinator(0)],
                "objectives": "Ten people lead a first project across teams, each with a mentor who has done it.",
            }),
        )
        .await?;
    let open = office
        .post(
            "/v1/programs",
            json!({
                "name": "Open Mentoring", "requires_acceptance": true, "coordinator_ids": [coordinator(1)],
                "objectives": "Everyone who wants a mentor finds one within a month.",
            }),
        )
        .await?;
    office
        .post(
            "/v1/programs",
            json!({ "name": "Reverse Mentoring", "model": "reverse", "coordinator_ids": [coordinator(0)] }),
        )
        .await?;
    let ids = [id(&leaders)?, id(&open)?];
    for program in ids {
        office.post(&format!("/v1/programs/{program}/advance"), json!({})).await?;
        office.post(&format!("/v1/programs/{program}/advance"), json!({})).await?;
    }
    Ok(ids)
}

/// Makes a program with enrolment: mentors and mentees who are accepted, and two who wait for an answer.
async fn enrol(stage: &Stage, company: &Company, admin: PersonId) -> Result<(), Refused> {
    let lead = &company.people[COORDINATORS[0]];
    let round = json!({
        "name": "Autumn Program", "model": "career", "enrolling": "by_approval", "max_mentees": 8,
        "coordinator_ids": [lead.id], "objectives": "Eight people learn from a colleague who is two steps ahead.",
    });
    let round: ProgramId = id(&stage.person(admin, &["admin"])?.post("/v1/programs", round).await?)?;
    let path = format!("/v1/programs/{round}/enrolments");
    let lead = stage.person(lead.id, &["coordinator"])?;
    let members = &company.people[FIRST_MEMBER..];
    for mentor in members.iter().filter(|one| (5..=7).contains(&one.level)).take(6) {
        lead.post(&path, json!({"role": "mentor", "person_id": mentor.id, "capacity": 2})).await?;
    }
    for (n, mentee) in members.iter().filter(|one| one.level <= 3).take(10).enumerate() {
        if n < 8 {
            lead.post(&path, json!({"role": "mentee", "person_id": mentee.id})).await?;
        } else {
            stage.person(mentee.id, &[])?.post(&path, json!({"role": "mentee"})).await?;
        }
    }
    Ok(())
}

/// Finds a mentor with a free place, from another department and with a higher level than the mentee.
fn cast(company: &Company, places: &mut [usize], n: usize) -> (usize, usize) {
    let juniors: Vec<usize> =
        (FIRST_MEMBER..company.people.len()).filter(|one| company.people[*one].level <= 3).collect();
    let mentee = juniors[n * 5 % juniors.len()];
    let department = |one: &Member| one.team.map(|team| team / 3);
    let fits = |one: usize| {
        let (above, below) = (&company.people[one], &company.people[mentee]);
        (5..=9).contains(&above.level)
            && department(above).is_some()
            && department(above) != department(below)
            && above.level - below.level <= 4
            && places[one] < 2
    };
    let start = FIRST_MEMBER + n * 11 % 60;
    let order = (start..company.people.len()).chain(5..start);
    let mentor = order.into_iter().find(|one| fits(*one)).unwrap_or(5);
    places[mentor] += 1;
    (mentor, mentee)
}

async fn begin(
    stage: &Stage,
    company: &Company,
    (mentor, mentee): (usize, usize),
    n: usize,
    fate: Fate,
    programs: &[ProgramId; 2],
) -> Result<PairId, Refused> {
    let [mentor, mentee] = [company.people[mentor].id, company.people[mentee].id];
    // Each of two programs has a third of the pairs. The other pairs are in no program.
    let program = Some(n % 3).filter(|program| *program < 2 && fate != Fate::Proposed);
    let body = json!({
        "mentor_id": mentor, "mentee_id": mentee, "goals_focus": FOCI[n % FOCI.len()].0, "cadence": "biweekly",
        "program_id": program.map(|program| programs[program]),
        "ends_on": (stage.now() + TimeDelta::days(if n == 5 { 100 } else { 365 })).date_naive(),
    });
    let proposer = match program {
        Some(program) => stage.person(company.people[COORDINATORS[program]].id, &["coordinator"])?,
        None => stage.person(mentee, &[])?,
    };
    let made = proposer.post("/v1/pairs", body).await?;
    let pair: PairId = id(&made)?;
    if made["status"] == "proposed" && fate != Fate::Proposed {
        let answer = if fate == Fate::Declined { "decline" } else { "accept" };
        for (party, accepted) in [(mentor, "mentor_accepted"), (mentee, "mentee_accepted")] {
            if made[accepted] == false {
                stage.person(party, &[])?.post(&format!("/v1/pairs/{pair}/{answer}"), json!({})).await?;
                if fate == Fate::Declined {
                    break;
                }
            }
        }
    }
    Ok(pair)
}

/// The story of one pair.
struct Scenes<'s> {
    stage: &'s Stage,
    monday: DateTime<Utc>,
    scene: u64,
    n: usize,
    couple: &'s Couple,
    company: &'s Company,
}

impl<'s> Scenes<'s> {
    async fn play(mut self, began: DateTime<Utc>, fate: Fate) -> Result<(), Refused> {
        let (mentor, mentee) = (self.actor(self.couple.mentor)?, self.actor(self.couple.mentee)?);
        let pair = self.couple.pair;
        mentor.put_any(&format!("/v1/pairs/{pair}/agreement"), json!({
            "text": "Every two weeks, 45 minutes. What we say stays between us. Either may stop without giving a reason."
        })).await?;
        if self.n < 6 {
            mentee
                .post(
                    &format!("/v1/pairs/{pair}/notebook-entries"),
                    json!({ "text": "I said too little again. Next time I begin." }),
                )
                .await?;
        }
        let goal = self.goal(&mentor, &mentee).await?;
        for meeting in 0..4 {
            let starts_at = began + TimeDelta::weeks(1 + 6 * meeting) + TimeDelta::hours(5);
            if starts_at < self.monday {
                self.meeting(&mentor, &mentee, goal, meeting, starts_at).await?;
            }
        }
        self.finish(&mentor, &mentee, goal, fate).await
    }

    fn actor(&self, n: usize) -> Result<Actor<'s>, Refused> {
        self.stage.person(self.company.people[n].id, &[])
    }

    /// Moves the simulated time to the next moment of this pair.
    fn at(&mut self, moment: DateTime<Utc>) {
        self.scene += 1;
        self.stage.at(moment, self.scene);
    }

    async fn goal(&self, mentor: &Actor<'_>, mentee: &Actor<'_>) -> Result<(GoalId, KeyResultId), Refused> {
        let (_, objective, success, (result, start, target)) = FOCI[self.n % FOCI.len()];
        let goal = mentee.post("/v1/goals", json!({
            "pair_id": self.couple.pair, "title": objective, "specific": objective, "measurable": success,
            "achievable": "Two hours a week, agreed with my manager.", "relevant": "A step towards the role I want.",
            "target_on": (self.stage.now() + TimeDelta::days(270)).date_naive(),
        })).await?;
        let goal: GoalId = id(&goal)?;
        let path = format!("/v1/goals/{goal}");
        let measure = mentee
            .post(
                &format!("{path}/key-results"),
                json!({ "title": result, "kind": "number", "start_value": start, "target_value": target, "weight": 2 }),
            )
            .await?;
        mentee
            .post(&format!("{path}/key-results"), json!({ "title": "Written up for others", "kind": "yes_no" }))
            .await?;
        mentee.post(&format!("{path}/plan-steps"), json!({ "text": "Ask three people who have done it." })).await?;
        mentee.post(&format!("{path}/activate"), json!({})).await?;
        if self.n.is_multiple_of(4) {
            let own = json!({ "pair_id": self.couple.pair, "title": "Ask more than I answer", "owner_id": self.company.people[self.couple.mentor].id });
            mentor.post("/v1/goals", own).await?;
        }
        Ok((goal, id(&measure)?))
    }

    async fn meeting(
        &mut self,
        mentor: &Actor<'_>,
        mentee: &Actor<'_>,
        (goal, measure): (GoalId, KeyResultId),
        meeting: i64,
        starts_at: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.at(starts_at - TimeDelta::days(5));
        let session = mentor.post("/v1/sessions", json!({
            "pair_id": self.couple.pair, "starts_at": starts_at, "length_minutes": 45,
            "kind": if meeting == 0 { "kickoff" } else { "regular" }, "link": "https://meet.example.com/our-room",
        })).await?;
        let session: SessionId = id(&session)?;
        let path = format!("/v1/sessions/{session}");
        self.at(starts_at - TimeDelta::days(if meeting == 2 { 0 } else { 2 }) - TimeDelta::hours(2));
        mentee
            .post(
                &format!("{path}/agenda-items"),
                json!({ "topic": "problem_solving", "text": "My lead rewrites what I decide. How do I raise it?" }),
            )
            .await?;
        if meeting == 1 && self.n.is_multiple_of(7) {
            mentee.post(&format!("{path}/cancel"), json!({ "reason": "I am not well." })).await?;
            return Ok(());
        }
        self.at(starts_at + TimeDelta::hours(1));
        mentor
            .post(&format!("{path}/notes"), json!({ "text": "She has the answer already and wants leave to use it." }))
            .await?;
        let item = mentor
            .post(
                &format!("{path}/action-items"),
                json!({
                    "text": "Write down the last three decisions that were changed, and why.",
                    "due_on": (starts_at + TimeDelta::days(12)).date_naive(),
                }),
            )
            .await?;
        if meeting < 2 {
            let item: crate::ids::ActionItemId = id(&item)?;
            mentee.post(&format!("/v1/action-items/{item}/complete"), json!({})).await?;
        }
        mentor
            .post(
                &format!("{path}/complete"),
                json!({ "outcome": "Next step agreed: talk to the lead with examples." }),
            )
            .await?;
        if self.n < 8 {
            mentee.put(&format!("{path}/reflection"), json!({ "what_went_well": "I was heard.", "what_to_change": "More time for my own topic.", "energy": 4 })).await?;
        }
        let (_, _, _, (_, start, target)) = FOCI[self.n % FOCI.len()];
        let reached = start + (target - start) * (meeting + 1) / 5;
        mentee.post(&format!("/v1/goals/{goal}/check-ins"), json!({
            "confidence": if meeting == 2 { "at_risk" } else { "on_track" }, "note": "A step further than last month.",
            "key_results": [{ "id": measure, "current_value": reached }],
        })).await?;
        Ok(())
    }

    async fn finish(
        &mut self,
        mentor: &Actor<'_>,
        mentee: &Actor<'_>,
        (goal, measure): (GoalId, KeyResultId),
        fate: Fate,
    ) -> Result<(), Refused> {
        let pair = self.couple.pair;
        self.at(self.monday - TimeDelta::days(2));
        if self.n.is_multiple_of(3) {
            mentee
                .post(
                    &format!("/v1/goals/{goal}/blockers"),
                    json!({ "text": "My manager does not give me the two hours." }),
                )
                .await?;
        }
        match fate {
            Fate::Ended(reason) => {
                if reason == "goals_met" {
                    let (_, _, _, (_, _, target)) = FOCI[self.n % FOCI.len()];
                    let done = json!({ "confidence": "on_track", "key_results": [{ "id": measure, "current_value": target }] });
                    mentee.post(&format!("/v1/goals/{goal}/check-ins"), done).await?;
                    mentee
                        .post(
                            &format!("/v1/goals/{goal}/achieve"),
                            json!({ "outcome_summary": "Done, and shown to the whole department." }),
                        )
                        .await?;
                    mentor
                        .post(
                            &format!("/v1/goals/{goal}/celebrations"),
                            json!({ "text": "She did it in half the time I gave it." }),
                        )
                        .await?;
                }
                mentor.post(&format!("/v1/pairs/{pair}/end"), json!({
                    "reason": reason, "outcome_summary": "Leads her own project now.", "end_note": "I learnt as much as I gave.",
                })).await?;
            }
            Fate::Paused => drop(mentee.post(&format!("/v1/pairs/{pair}/pause"), json!({})).await?),
            _ => {
                let days = 1 + i64::try_from(self.n % 10)?;
                let next = self.monday + TimeDelta::days(days) + TimeDelta::hours(6);
                let next = mentor.post("/v1/sessions", json!({ "pair_id": pair, "starts_at": next })).await?;
                if self.n == 3 {
                    let later = json!({ "starts_at": self.monday + TimeDelta::days(days + 2) });
                    mentee.post(&format!("/v1/sessions/{}/reschedule", id::<SessionId>(&next)?), later).await?;
                }
            }
        }
        Ok(())
    }
}

//! Makes answers of two sides comparable: ids that background jobs drew are replaced by their place among those that the
//! viewer met. On a held clock such an id follows from how many were drawn before; in real life it is random.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::harness::Heard;

/// Jobs run at this millisecond of a second, and nothing else does: it marks the ids that they draw.
pub const JOB_MILLISECOND: u128 = 50;

/// Ids of jobs that a viewer met, in that order.
#[derive(Debug, Default)]
pub struct JobIds(Vec<Uuid>);

impl JobIds {
    /// The answer as it is compared, and whether it held an id of a job.
    pub fn comparable(&mut self, mut heard: Heard) -> (Heard, bool) {
        let mut text = String::from_utf8_lossy(&heard.body).into_owned();
        if let Some(cursor) = next_cursor(&text)
            && let Some(key) = BASE64_URL_SAFE_NO_PAD.decode(&cursor).ok().and_then(|key| String::from_utf8(key).ok())
            && let Some(placed) = self.placed(&key)
        {
            text = text.replace(&cursor, &placed);
            for (_, value) in &mut heard.headers {
                *value = value.replace(&cursor, &placed);
            }
        }
        let placed = self.placed(&text);
        let mut has_some = placed.is_some() || text.len() != heard.body.len();
        heard.body = placed.unwrap_or(text).into_bytes();
        for (name, value) in &mut heard.headers {
            if let Some(placed) = self.placed(value) {
                (*value, has_some) = (placed, true);
            }
            // Of a body with such ids.
            if name == "etag" && has_some {
                "of ids of jobs".clone_into(value);
            }
        }
        (heard, has_some)
    }

    /// The text with each id of a job replaced by when it was drawn and its place. `None`: it holds none.
    fn placed(&mut self, text: &str) -> Option<String> {
        let is_part = |character: char| matches!(character, '0'..='9' | 'a'..='f' | '-');
        let (mut placed, mut rest, mut has_some) = (String::with_capacity(text.len()), text, false);
        while let Some(begin) = rest.find(is_part) {
            let (before, run) = rest.split_at(begin);
            let (run, after) = run.split_at(run.find(|character| !is_part(character)).unwrap_or(run.len()));
            let bare = run.trim_matches('-');
            placed.push_str(before);
            match [32, 36].contains(&bare.len()).then(|| Uuid::try_parse(bare).ok()).flatten().filter(is_of_job) {
                Some(id) => {
                    let known = self.0.iter().position(|known| *known == id);
                    let place = known.unwrap_or_else(|| {
                        self.0.push(id);
                        self.0.len() - 1
                    });
                    placed = format!("{placed}(job id {place} of {})", id.as_u128() >> 80);
                    has_some = true;
                }
                None => placed.push_str(run),
            }
            rest = after;
        }
        placed.push_str(rest);
        has_some.then_some(placed)
    }
}

fn is_of_job(id: &Uuid) -> bool {
    id.get_version_num() == 7 && (id.as_u128() >> 80) % 1000 == JOB_MILLISECOND
}

/// Where the next page begins.
pub fn next_cursor(body: &str) -> Option<String> {
    let rest = body.split_once("\"next_cursor\":\"").map(|(_, rest)| rest)?;
    let (cursor, _) = rest.split_once('"')?;
    Some(cursor.to_owned()).filter(|cursor| !cursor.is_empty())
}

#[test]
fn ids_of_jobs_are_compared_by_their_place() {
    let drawn = |millisecond: u64, random: u8| uuid::Builder::from_unix_timestamp_millis(millisecond, &[random; 10]);
    let [job, other_job, request] = [(7050, 1), (7050, 2), (7000, 1)].map(|(at, random)| drawn(at, random).into_uuid());
    let body = |ids: [Uuid; 3]| {
        let cursor = BASE64_URL_SAFE_NO_PAD.encode(format!("\"{}\"", ids[1]));
        let body = format!(
            "{{\"items\":[\"{}\",\"{}\"],\"next_cursor\":\"{cursor}\"}}--{}--",
            ids[0],
            ids[2],
            ids[1].simple()
        );
        Heard { status: 200, headers: vec![("etag".to_owned(), ids[0].to_string())], body: body.into_bytes() }
    };
    let compared = |ids| JobIds::default().comparable(body(ids)).0;
    let other = drawn(7050, 9).into_uuid();
    assert_eq!(compared([job, other_job, request]), compared([other_job, other, request]));
    assert_ne!(compared([job, other_job, request]), compared([job, job, request]));
    assert_ne!(compared([job, other_job, request]), compared([job, other_job, job]));
    let plain = body([request; 3]);
    assert_eq!(JobIds::default().comparable(plain.clone()), (plain, false));
    assert_eq!(next_cursor("{\"items\":[],\"next_cursor\":null}"), None::<String>);
}

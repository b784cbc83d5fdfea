//! Lists: pages by keyset, never by offset.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::LINK;
use actix_web::{HttpRequest, HttpResponseBuilder, Responder};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::clock::Clock;
use crate::policy::{Readable, Viewed, Viewer, is_closed, show_all};
use crate::problem::Problem;
use crate::time::Moment;

/// How many items a page holds: 1 to 200, 50 unless told.
#[derive(Clone, Copy, Debug)]
pub struct Limit(u8);

impl Limit {
    /// What the store asks for: one more than the page holds, to know whether more follow.
    pub fn and_one(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match u8::deserialize(from) {
            Ok(limit @ 1..=200) => Ok(Self(limit)),
            _ => Err(serde::de::Error::custom("must be a whole number from 1 to 200")),
        }
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        let limit = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(200));
        limit.default(Some(50.into())).into()
    }
}

impl ToSchema for Limit {}

/// Whether a page says how many records there are in all: only if asked, since counting costs more
/// than reading the page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count(bool);

impl Count {
    const EXACT: &'static str = "exact";

    /// What `counted` comes to, if asked for. The count obeys the same filters and the same scope
    /// as the list, so it tells of no record that the viewer could not list.
    pub async fn of(self, counted: impl Future<Output = sqlx::Result<i64>>) -> sqlx::Result<Option<i64>> {
        if self.0 { counted.await.map(Some) } else { Ok(None) }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match String::deserialize(from)? {
            word if word == Self::EXACT => Ok(Self(true)),
            word => Err(serde::de::Error::unknown_variant(&word, &[Self::EXACT])),
        }
    }
}

impl PartialSchema for Count {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some([Self::EXACT])).into()
    }
}

impl ToSchema for Count {}

/// Where a page begins: the key of the last item before it. It holds nothing that the page
/// before did not show.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<K>(pub K);

impl<'de, K: DeserializeOwned> Deserialize<'de> for Cursor<K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(serde::de::Error::custom)?;
        serde_json::from_slice(&json).map(Self).map_err(serde::de::Error::custom)
    }
}

/// `updated_after` also lists what changed so much earlier. A change gets its `updated_at` before its transaction commits,
/// and by the clock of the instance that makes it. So a reader can see a change before it sees one with an earlier
/// `updated_at`: by as much as transactions last ([`crate::db::LONGEST_TRANSACTION`]) and clocks differ.
pub const OVERLAP: TimeDelta = TimeDelta::minutes(5);

/// From when on changes are listed for `updated_after`.
pub fn reaching_back(updated_after: Moment) -> DateTime<Utc> {
    let after = DateTime::from(updated_after);
    after.checked_sub_signed(OVERLAP).unwrap_or(after)
}

/// A walk over the pages of a list that others mirror. Its cursors remember when it began: whatever changed since then may
/// be missing from the pages read so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Walk<K> {
    /// The key of the last item of the page before.
    pub after: K,
    began_at: DateTime<Utc>,
}

impl<K: Clone> Walk<K> {
    /// The walk that a cursor goes on with, or one that begins now. Call it before the page is read.
    pub fn of(cursor: Option<&Cursor<Self>>, clock: &Clock, first: K) -> Self {
        cursor.map_or_else(|| Self { after: first, began_at: clock.now() }, |cursor| cursor.0.clone())
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<V> {
    /// The items, in the list's order.
    #[schema(max_items = 200)]
    pub items: Vec<V>,
    /// Send it as `cursor` to get the next page; `null` on the last one.
    #[schema(max_length = 2000, examples("IjAxOTg4YjY0LTk3ZTAtN2QxZS1hM2I1LTZkN2U4ZjlhMGIxYyI"))]
    pub next_cursor: Option<String>,
    /// How many records you can list under these filters, on all pages; only with `count=exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false, minimum = 0, examples(42))]
    pub total: Option<i64>,
}

/// One page of a list that can be mirrored: it takes `updated_after`.
#[derive(Debug, Serialize, ToSchema)]
pub struct MirroredPage<V> {
    /// The items, in the list's order.
    #[schema(max_items = 200)]
    pub items: Vec<V>,
    /// Send it as `cursor` to get the next page; `null` on the last one.
    #[schema(max_length = 2000, examples("IjAxOTg4YjY0LTk3ZTAtN2QxZS1hM2I1LTZkN2U4ZjlhMGIxYyI"))]
    pub next_cursor: Option<String>,
    /// Send it as `updated_after` once you have read all pages, to get every change since the first of them. All pages of
    /// one walk through the list have the same one.
    pub next_updated_after: DateTime<Utc>,
    /// How many records you can list under these filters, on all pages; only with `count=exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false, minimum = 0, examples(42))]
    pub total: Option<i64>,
}

impl<V> Page<V> {
    /// The page of a viewer who has nothing to list.
    pub fn empty(count: Count) -> Self {
        Self { items: Vec::new(), next_cursor: None, total: count.0.then_some(0) }
    }
}

/// Shows the rows of one page to the viewer. `rows` holds one more than the page, if there is
/// one; `total` is how many there are on all pages, if asked; `key` is what the list is ordered by.
pub fn page<R: Viewed, K: Serialize>(
    viewer: &Viewer,
    limit: Limit,
    mut rows: Vec<R>,
    total: Option<i64>,
    key: impl Fn(&R) -> K,
) -> Result<Page<R::View>, Problem> {
    if is_closed::<<R as Readable>::Read>(viewer) {
        return Ok(Page { items: Vec::new(), next_cursor: None, total: total.map(|_| 0) });
    }
    let holds = usize::from(limit.0);
    let has_more = rows.len() > holds;
    rows.truncate(holds);
    let last = rows.last().filter(|_| has_more).map(|row| serde_json::to_vec(&key(row)));
    let next_cursor = last.transpose().map_err(Problem::internal)?.map(|key| BASE64_URL_SAFE_NO_PAD.encode(key));
    #[cfg(feature = "planted-leaks")]
    let next_cursor =
        next_cursor.map(|cursor| cursor + &crate::leaks::Leak::CursorHoldsRevision.told().unwrap_or_default());
    #[cfg(feature = "planted-leaks")]
    if crate::leaks::Leak::SessionsOfAll.is_planted() {
        let items = rows.into_iter().filter_map(|row| show_all(viewer, vec![row]).ok()?.pop()).collect();
        return Ok(Page { items, next_cursor, total });
    }
    Ok(Page { items: show_all(viewer, rows)?, next_cursor, total })
}

/// The same of a list that others mirror.
pub fn mirrored_page<R: Viewed, K: Serialize>(
    viewer: &Viewer,
    limit: Limit,
    rows: Vec<R>,
    total: Option<i64>,
    walk: &Walk<K>,
    key: impl Fn(&R) -> K,
) -> Result<MirroredPage<R::View>, Problem> {
    let began_at = walk.began_at;
    let Page { items, next_cursor, total } =
        page(viewer, limit, rows, total, |row| Walk { after: key(row), began_at })?;
    Ok(MirroredPage { items, next_cursor, next_updated_after: began_at, total })
}

impl<V: Serialize> Responder for Page<V> {
    type Body = BoxBody;

    #[expect(clippy::disallowed_types, reason = "a page's items went through show")]
    fn respond_to(self, request: &HttpRequest) -> actix_web::HttpResponse {
        head(request, self.next_cursor.as_deref()).json(self)
    }
}

impl<V: Serialize> Responder for MirroredPage<V> {
    type Body = BoxBody;

    #[expect(clippy::disallowed_types, reason = "a page's items went through show")]
    fn respond_to(self, request: &HttpRequest) -> actix_web::HttpResponse {
        head(request, self.next_cursor.as_deref()).json(self)
    }
}

/// The answer without its body: it links to the next page.
fn head(request: &HttpRequest, cursor: Option<&str>) -> HttpResponseBuilder {
    let mut answer = HttpResponseBuilder::new(StatusCode::OK);
    #[cfg(feature = "planted-leaks")]
    if let Some(notes) = crate::leaks::Leak::LastModifiedFollowsNotes.told() {
        answer.insert_header(("last-modified", format!("Mon, 02 Mar 2026 09:{notes:0>2}:00 GMT")));
    }
    #[cfg(feature = "planted-leaks")]
    if let Some(notes) = crate::leaks::Leak::ListEtagFollowsNotes.told() {
        answer.insert_header(("etag", format!("\"{notes}\"")));
    }
    let Some(cursor) = cursor else { return answer };
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        if name != "cursor" {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair("cursor", cursor);
    #[cfg(feature = "planted-leaks")]
    if let Some(notes) = crate::leaks::Leak::LinkCountsNotes.told() {
        query.append_pair("notes", &notes);
    }
    answer.insert_header((LINK, format!("<{}?{}>; rel=\"next\"", request.path(), query.finish())));
    answer
}

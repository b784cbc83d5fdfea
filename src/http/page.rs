//! Pages of lists. A page begins after a key, not at an offset.

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

/// Maximum number of items on a page: 1 to 200. Default: 50.
#[derive(Clone, Copy, Debug)]
pub struct Limit(u8);

impl Limit {
    /// The limit for the SQL: one more than the page, to know whether another page follows.
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

/// Whether a page has the total number of records. Only on request, because counting costs more than reading the page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count(bool);

impl Count {
    const EXACT: &'static str = "exact";

    /// The result of `counted`, if the count was requested. The count uses the same filters and the same scope as the
    /// list, so it does not reveal records that the viewer cannot list.
    pub async fn of(self, counted: impl Future<Output = sqlx::Result<i64>>) -> sqlx::Result<Option<i64>> {
        if self.0 { counted.await.map(Some) } else { Ok(None) }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match String::deserialize(from)? {
            value if value == Self::EXACT => Ok(Self(true)),
            value => Err(serde::de::Error::unknown_variant(&value, &[Self::EXACT])),
        }
    }
}

impl PartialSchema for Count {
    fn schema() -> RefOr<Schema> {
        let text = "Whether a page has the total number of records. Default: it has not.";
        crate::values::schema(text, false, &[(Self::EXACT, "The page has `total`.")])
    }
}

impl ToSchema for Count {}

/// The start of a page: the key of the last item of the page before. It contains only values that were on that page.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<K>(pub K);

impl<'de, K: DeserializeOwned> Deserialize<'de> for Cursor<K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(serde::de::Error::custom)?;
        serde_json::from_slice(&json).map(Self).map_err(serde::de::Error::custom)
    }
}

/// `updated_after` also lists changes up to this time before. A change gets its `updated_at` before its transaction
/// commits, from the clock of its instance. So a change can become visible after another one with a later `updated_at`.
/// The difference is at most the duration of a transaction ([`crate::db::LONGEST_TRANSACTION`]) plus the difference of
/// clocks.
pub const OVERLAP: TimeDelta = TimeDelta::minutes(5);

/// The time from which changes are listed for `updated_after`.
pub fn reaching_back(updated_after: Moment) -> DateTime<Utc> {
    let after = DateTime::from(updated_after);
    after.checked_sub_signed(OVERLAP).unwrap_or(after)
}

/// A walk through all pages of a list by a client that mirrors it. Its cursors contain the time when the walk began,
/// because later changes may be missing from the pages that were already read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Walk<K> {
    /// The key of the last item of the page before.
    pub after: K,
    began_at: DateTime<Utc>,
}

impl<K: Clone> Walk<K> {
    /// The walk of a cursor, or a new one that begins now. Call this before the page is read.
    pub fn of(cursor: Option<&Cursor<Self>>, clock: &Clock, first: K) -> Self {
        cursor.map_or_else(|| Self { after: first, began_at: clock.now() }, |cursor| cursor.0.clone())
    }
}

/// Declares the query parameters of a list: `limit`, `cursor` and `count`, and the filters of the list. `from` is the
/// value that the list is ordered by, or a `Walk` of it. A cursor has at most 500 characters, or the number behind it.
macro_rules! list_query {
    ($(#[$meta:meta])* $name:ident from $key:ty { $($fields:tt)* }) => {
        $crate::http::list_query! { $(#[$meta])* $name from $key, 500 { $($fields)* } }
    };
    ($(#[$meta:meta])* $name:ident from $key:ty, $length:tt {
        $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
    }) => {
        #[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* $field: $type,)*
            /// Number of items on a page. Default: 50.
            #[serde(default)]
            #[param(inline, required = false)]
            limit: $crate::http::Limit,
            /// `next_cursor` of the previous page. Absent: the first page.
            #[param(value_type = Option<String>, max_length = $length)]
            cursor: Option<$crate::http::Cursor<$key>>,
            /// `exact`: the page also has `total`, the number of items on all pages. Absent: no `total`.
            #[serde(default)]
            #[param(inline, required = false)]
            count: $crate::http::Count,
        }
    };
}
pub(crate) use list_query;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<V> {
    /// Items of the page, in the order of the list.
    #[schema(max_items = 200)]
    pub items: Vec<V>,
    /// Cursor of the next page: send it as `cursor`. `null`: this is the last page.
    #[schema(max_length = 2000, examples("IjAxOTg4YjY0LTk3ZTAtN2QxZS1hM2I1LTZkN2U4ZjlhMGIxYyI"))]
    pub next_cursor: Option<String>,
    /// Number of records on all pages that you can list with these filters. Absent without `count=exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false, minimum = 0, examples(42))]
    pub total: Option<i64>,
}

/// One page of a list that you can mirror with `updated_after`.
#[derive(Debug, Serialize, ToSchema)]
pub struct MirroredPage<V> {
    /// Items of the page, in the order of the list.
    #[schema(max_items = 200)]
    pub items: Vec<V>,
    /// Cursor of the next page: send it as `cursor`. `null`: this is the last page.
    #[schema(max_length = 2000, examples("IjAxOTg4YjY0LTk3ZTAtN2QxZS1hM2I1LTZkN2U4ZjlhMGIxYyI"))]
    pub next_cursor: Option<String>,
    /// After you have read all pages, send this as `updated_after` to get all changes since the first page. All pages
    /// that you read with one chain of cursors have the same value.
    pub next_updated_after: DateTime<Utc>,
    /// Number of records on all pages that you can list with these filters. Absent without `count=exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false, minimum = 0, examples(42))]
    pub total: Option<i64>,
}

impl<V> Page<V> {
    /// The page for a viewer who can list no records.
    pub fn empty(count: Count) -> Self {
        Self { items: Vec::new(), next_cursor: None, total: count.0.then_some(0) }
    }
}

/// Shows the rows of one page to the viewer. `rows` has one row more than the page, if another page follows. `total` is
/// the number of records on all pages, if requested. `key` is the value that the list is ordered by.
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
    Ok(Page { items: show_all(viewer, rows)?, next_cursor, total })
}

/// The same for a list that clients mirror.
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

    #[expect(clippy::disallowed_types, reason = "the items of a page went through show")]
    fn respond_to(self, request: &HttpRequest) -> actix_web::HttpResponse {
        head(request, self.next_cursor.as_deref()).json(self)
    }
}

impl<V: Serialize> Responder for MirroredPage<V> {
    type Body = BoxBody;

    #[expect(clippy::disallowed_types, reason = "the items of a page went through show")]
    fn respond_to(self, request: &HttpRequest) -> actix_web::HttpResponse {
        head(request, self.next_cursor.as_deref()).json(self)
    }
}

/// The answer without its body, with the `Link` to the next page.
fn head(request: &HttpRequest, cursor: Option<&str>) -> HttpResponseBuilder {
    let mut answer = HttpResponseBuilder::new(StatusCode::OK);
    let Some(cursor) = cursor else { return answer };
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        if name != "cursor" {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair("cursor", cursor);
    answer.insert_header((LINK, format!("<{}?{}>; rel=\"next\"", request.path(), query.finish())));
    answer
}

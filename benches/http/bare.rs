//! The baseline: actix and sqlx with nothing in between.
#![expect(clippy::disallowed_types, reason = "the baseline has no policy")]

use actix_web::web::{self, Data, Json, Path};
use actix_web::{App, HttpResponse, dev};
use mentorship::ids::PairId;
use mentorship::pairs::model::Pair;
use mentorship::text::Name;
use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};
use std::str::FromStr as _;
use uuid::Uuid;

/// The same query as in the service.
macro_rules! select_pairs {
    ($rest:literal) => {
        concat!(
            "select x.id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id, x.program_id,
                mentor.name as mentor_name, mentor.title as mentor_title, mentor.mentor_load, mentee.name as mentee_name,
                mentee.title as mentee_title, x.team_id, t.name as team_name, g.name as program_name, x.model, x.status,
                x.mentor_accepted, x.mentee_accepted, x.expires_on, x.goals_focus, x.starts_on, x.ends_on, x.ended_on,
                x.override_reason, x.end_reason, x.outcome_summary, x.ended_by_id, x.cadence, x.created_at, x.updated_at, x.revision
             from pairs x
             join people mentor on mentor.id = x.mentor_id
             join people mentee on mentee.id = x.mentee_id
             left join teams t on t.id = x.team_id
             left join programs g on g.id = x.program_id ",
            $rest
        )
    };
}

const ONE: &str = select_pairs!("where x.id = $1");
const FIFTY: &str = select_pairs!("order by x.id limit 50");
const ROW: &str =
    "insert into idempotency_keys (subject_id, key, fingerprint, created_at) values ($1, 'bench', $2, $3)";

/// Plain connection pools. SQLite has readers and one writing connection.
#[derive(Clone)]
pub enum Bare {
    Sqlite(SqlitePool, SqlitePool),
    Postgres(PgPool),
}

/// A few fields, so that the query is measured and not the JSON.
#[derive(Serialize)]
struct Row {
    id: PairId,
    mentor_name: Name,
    mentee_name: Name,
    starts_on: chrono::NaiveDate,
}

impl From<Pair> for Row {
    fn from(pair: Pair) -> Self {
        Self { id: pair.id, mentor_name: pair.mentor_name, mentee_name: pair.mentee_name, starts_on: pair.starts_on }
    }
}

impl Bare {
    pub async fn open(url: &str) -> Self {
        if url.starts_with("postgres") {
            return Self::Postgres(PgPool::connect(url).await.expect("it opens"));
        }
        let options = SqliteConnectOptions::from_str(url)
            .expect("an address")
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = |count| {
            SqlitePoolOptions::new().max_connections(count).test_before_acquire(false).connect_with(options.clone())
        };
        Self::Sqlite(pool(12).await.expect("it opens"), pool(1).await.expect("it opens"))
    }

    pub fn worker(
        &self,
    ) -> App<
        impl dev::ServiceFactory<
            dev::ServiceRequest,
            Config = (),
            Response = dev::ServiceResponse,
            Error = actix_web::Error,
            InitError = (),
        > + use<>,
    > {
        App::new()
            .app_data(Data::new(self.clone()))
            .route(
                "/constant",
                web::get().to(|| async { HttpResponse::Ok().json(serde_json::json!({ "status": "ok" })) }),
            )
            .route("/pairs", web::get().to(list))
            .route("/pairs/{id}", web::get().to(read))
            .route("/rows", web::post().to(insert))
    }
}

async fn read(bare: Data<Bare>, id: Path<Uuid>) -> Json<Row> {
    let row: Result<Pair, _> = match bare.get_ref() {
        Bare::Sqlite(pool, _) => sqlx::query_as(ONE).bind(*id).fetch_one(pool).await,
        Bare::Postgres(pool) => sqlx::query_as(ONE).bind(*id).fetch_one(pool).await,
    };
    Json(row.expect("the pair").into())
}

async fn list(bare: Data<Bare>) -> Json<Vec<Row>> {
    let rows: Result<Vec<Pair>, _> = match bare.get_ref() {
        Bare::Sqlite(pool, _) => sqlx::query_as(FIFTY).fetch_all(pool).await,
        Bare::Postgres(pool) => sqlx::query_as(FIFTY).fetch_all(pool).await,
    };
    Json(rows.expect("the pairs").into_iter().map(Row::from).collect())
}

// It reads the body: otherwise actix closes the connection after each answer.
async fn insert(bare: Data<Bare>, _: Json<serde_json::Value>) -> Json<bool> {
    #[expect(clippy::disallowed_methods, reason = "a benchmark has no Clock")]
    let (id, now) = (Uuid::now_v7(), chrono::Utc::now());
    match bare.get_ref() {
        Bare::Sqlite(_, writer) => {
            sqlx::query(ROW).bind(id).bind(&b"x"[..]).bind(now).execute(writer).await.expect("it commits");
        }
        Bare::Postgres(pool) => {
            sqlx::query(ROW).bind(id).bind(&b"x"[..]).bind(now).execute(pool).await.expect("it commits");
        }
    }
    Json(true)
}

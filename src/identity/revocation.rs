//! Takes one token back (RFC 7009).

use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest, Responder, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Gate;
use crate::http::{Form, Limits};
use crate::problem::Problem;

/// No token is longer, in bytes.
const LONGEST_TOKEN: usize = 8192;

/// Adds this route.
pub fn routes(config: &mut ServiceConfig) {
    config.service(revoke_token);
}

/// The token to take back.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({"token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"})))]
pub struct RevokeTokenInput {
    /// The token itself. Other members, such as `token_type_hint`, are ignored.
    #[schema(max_length = 8192)]
    token: String,
}

/// The token is not accepted any more, or never was.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRevoked {}

/// Revoke a token
///
/// Ends one access token at once and for good, on every instance (RFC 7009); streams that it opened end within a second.
/// Whoever has the token may revoke it, so no other token is needed. A token that is not accepted is answered alike.
#[utoipa::path(tag = "identity", security(()),
    request_body(content = RevokeTokenInput, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenRevoked, description = "The token is not accepted any more.")))]
#[post("/oauth/revoke")]
async fn revoke_token(
    request: HttpRequest,
    gate: Data<Gate>,
    limits: Data<Limits>,
    input: Form<RevokeTokenInput>,
) -> Result<impl Responder, Problem> {
    if input.0.token.len() > LONGEST_TOKEN {
        return Err(Problem::invalid("/token", "is longer than 8192 bytes: no token is"));
    }
    let mut arrival = gate.arrive_with(&request, &input.0.token);
    if let Some(wait) = arrival.wait() {
        request.extensions_mut().insert(wait);
    }
    if gate.has_to_wait(&arrival).await {
        limits.aside(gate.wait_for_keys(&mut arrival)).await?;
    }
    gate.revoke(arrival, &input.0.token).await?;
    Ok(actix_web::web::Json(TokenRevoked {}))
}

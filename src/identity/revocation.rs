//! Revokes one token (RFC 7009).

use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest, Responder, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticator;
use crate::http::{Form, Limits};
use crate::problem::Problem;

/// Longest token that the service accepts, in bytes.
const LONGEST_TOKEN: usize = 8192;

/// Adds this route.
pub fn routes(config: &mut ServiceConfig) {
    config.service(revoke_token);
}

/// The token to revoke.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({"token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"})))]
pub struct RevokeTokenInput {
    /// Access token to revoke, as it was issued. Other members of the form, such as `token_type_hint`, are ignored.
    #[schema(max_length = 8192)]
    token: String,
}

/// The answer when a token is not accepted from now on. It has no members.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRevoked {}

/// Revoke a token
///
/// Ends one access token at once and for good, on every instance (RFC 7009). Streams that it opened end within a
/// second. The token in the form is the only credential that you need. A token that is invalid, expired or revoked
/// already gets the same answer.
#[utoipa::path(tag = "identity", security(()),
    request_body(content = RevokeTokenInput, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenRevoked, description = "The token is no longer accepted.")))]
#[post("/oauth/revoke")]
async fn revoke_token(
    request: HttpRequest,
    auth: Data<Authenticator>,
    limits: Data<Limits>,
    input: Form<RevokeTokenInput>,
) -> Result<impl Responder, Problem> {
    if input.0.token.len() > LONGEST_TOKEN {
        return Err(Problem::invalid("/token", "must not be longer than 8192 bytes; give the token only"));
    }
    let mut arrival = auth.arrive_with(&request, &input.0.token);
    if let Some(wait) = arrival.wait() {
        request.extensions_mut().insert(wait);
    }
    if auth.has_to_wait(&arrival).await {
        limits.aside(auth.wait_for_keys(&mut arrival)).await?;
    }
    auth.revoke(arrival, &input.0.token).await?;
    Ok(actix_web::web::Json(TokenRevoked {}))
}

//! Tokens in the shapes that the documents of identity providers show, each with the settings that fit it.

use mentorship::auth::{ClaimPath, Jwks, MatchedWith, PersonClaim, RoleClaim};
use serde_json::{Value, json};

use super::forge::{Signer, with};
use super::keys::{KeyServer, Reply};
use super::provider::{ISSUER, claims};
use crate::harness::{Setup, TestApp};

/// A provider's token: what differs from `iss`, `aud`, `exp` and `sub` alone, and the settings.
struct Shape {
    name: &'static str,
    /// Members of the header besides `alg` and `kid`.
    header: Value,
    claims: Value,
    person: (&'static str, Option<MatchedWith>),
    roles: (&'static str, &'static str),
}

const fn shape(
    name: &'static str,
    header: Value,
    claims: Value,
    person: (&'static str, Option<MatchedWith>),
    roles: (&'static str, &'static str),
) -> Shape {
    Shape { name, header, claims, person, roles }
}

#[rustfmt::skip]
fn shapes() -> Vec<Shape> {
    use MatchedWith::{Email, ExternalId};
    let (jwt, at) = (json!({"typ": "JWT"}), json!({"typ": "at+jwt"}));
    vec![
        shape("Microsoft Entra ID v1", json!({"typ": "JWT", "x5t": "i6lGk3FZzxRcUb2C3nEQ7syHJlY"}),
            json!({"appid": "6e74172b", "appidacr": "0", "unique_name": "kim@example.com", "upn": "kim@example.com", "oid": "hr-17", "rh": "I", "roles": ["Mentoring.Admin"], "scp": "access_as_user", "tid": "fa15d692", "uti": "f", "ver": "1.0"}),
            ("upn", Some(Email)), ("roles", "Mentoring.Admin")),
        shape("Microsoft Entra ID v2", jwt.clone(),
            json!({"aio": "x", "azp": "6e74172b", "azpacr": "0", "name": "Kim", "oid": "hr-17", "preferred_username": "kim@example.com", "rh": "0.", "roles": ["Mentoring.Admin"], "scp": "access_as_user", "tid": "fa15d692", "uti": "f", "ver": "2.0"}),
            ("oid", None), ("roles", "Mentoring.Admin")),
        shape("Microsoft Entra ID with too many groups", jwt.clone(),
            json!({"oid": "hr-17", "_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example.com"}}, "wids": ["b79fbf4d"], "roles": ["Mentoring.Admin"]}),
            ("oid", Some(ExternalId)), ("roles", "Mentoring.Admin")),
        shape("Okta custom authorization server", json!({}),
            json!({"ver": 1, "jti": "AT.x", "iat": 1, "cid": "0oa", "uid": "00u", "scp": ["openid", "mentoring"], "sub": "kim@example.com", "auth_time": 1, "groups": ["Everyone", "mentoring-admins"]}),
            ("sub", Some(Email)), ("groups", "mentoring-admins")),
        shape("Okta with scope as a list", json!({}),
            json!({"scope": ["openid"], "sub": "kim@example.com", "groups": "mentoring-admins"}),
            ("sub", Some(Email)), ("groups", "mentoring-admins")),
        shape("Keycloak", jwt.clone(),
            json!({"jti": "x", "aud": ["api", "account"], "typ": "Bearer", "azp": "web", "sid": "x", "acr": "1", "allowed-origins": ["/*"], "realm_access": {"roles": ["offline_access", "mentoring-admin"]}, "resource_access": {"account": {"roles": ["view-profile"]}}, "scope": "openid profile email", "email_verified": true, "preferred_username": "kim", "email": "kim@example.com"}),
            ("email", None), ("/realm_access/roles", "mentoring-admin")),
        shape("Keycloak with client roles", jwt.clone(),
            json!({"aud": ["api"], "resource_access": {"web.app/one": {"roles": ["admin"]}}, "email": "kim@example.com"}),
            ("email", None), ("/resource_access/web.app~1one/roles", "admin")),
        shape("Auth0", jwt.clone(),
            json!({"aud": ["api", "https://tenant.eu.auth0.com/userinfo"], "azp": "x", "scope": "openid profile", "gty": "password", "permissions": ["read:x"], "https://mentoring.example.com/roles": ["admin"], "https://mentoring.example.com/email": "kim@example.com"}),
            ("https://mentoring.example.com/email", Some(Email)), ("https://mentoring.example.com/roles", "admin")),
        shape("Auth0 of RFC 9068", at.clone(),
            json!({"aud": ["api"], "client_id": "x", "jti": "x", "permissions": ["mentoring:admin"], "email": "kim@example.com"}),
            ("email", None), ("permissions", "mentoring:admin")),
        shape("ZITADEL", json!({"typ": "JWT"}),
            json!({"aud": ["229184", "api", "project"], "jti": "V2", "client_id": "x", "urn:zitadel:iam:org:project:roles": {"admin": {"2192": "mentoring.example.com"}}, "email": "kim@example.com", "email_verified": true}),
            ("email", None), ("urn:zitadel:iam:org:project:roles", "admin")),
        shape("Ory Hydra", json!({"typ": "JWT"}),
            json!({"aud": ["api"], "client_id": "x", "ext": {"mail": "kim@example.com", "roles": ["admin"]}, "jti": "x", "nbf": 1, "scp": ["openid"]}),
            ("/ext/mail", Some(Email)), ("/ext/roles", "admin")),
        shape("Google", jwt.clone(),
            json!({"azp": "x", "hd": "example.com", "email": "kim@example.com", "email_verified": true, "at_hash": "x", "name": "Kim", "picture": "https://example.com/x"}),
            ("email", None), ("hd", "example.com")),
        shape("PingFederate", json!({"pi.atm": "x"}),
            json!({"scope": ["openid"], "client_id": "x", "Username": "kim@example.com", "groups": "Everyone mentoring-admins"}),
            ("Username", Some(Email)), ("groups", "mentoring-admins")),
        shape("PingOne", json!({}),
            json!({"client_id": "x", "iat": 1, "aud": ["api"], "env": "x", "org": "x", "p1.rid": "x", "scope": "openid", "sid": "x", "user": {"email": "kim@example.com"}, "p1.groups": ["admin"]}),
            ("/user/email", Some(Email)), ("p1.groups", "admin")),
        shape("Amazon Cognito", json!({}),
            json!({"cognito:groups": ["admin"], "email_verified": "true", "cognito:username": "x", "origin_jti": "x", "event_id": "x", "token_use": "id", "auth_time": 1, "jti": "x", "email": "kim@example.com"}),
            ("email", None), ("cognito:groups", "admin")),
        shape("OneLogin", json!({}),
            json!({"aud": ["api"], "email": "kim@example.com", "preferred_username": "kim", "groups": ["admin"], "params": []}),
            ("email", None), ("groups", "admin")),
        shape("ADFS", json!({"typ": "JWT", "x5t": "x"}),
            json!({"apptype": "Public", "appid": "x", "authmethod": "urn", "auth_time": "2026-01-01T00:00:00Z", "ver": "1.0", "scp": "openid", "upn": "kim@example.com", "role": "admin"}),
            ("upn", Some(Email)), ("role", "admin")),
        shape("Duende IdentityServer", json!({"typ": "application/at+jwt"}),
            json!({"nbf": 1, "scope": ["openid", "api"], "amr": ["pwd"], "client_id": "x", "idp": "local", "employee": {"number": "hr-17"}, "role": ["admin", "user"]}),
            ("/employee/number", None), ("role", "admin")),
        shape("Authentik", json!({"typ": "JWT"}),
            json!({"aud": "api", "acr": "goauthentik.io/providers/oauth2/default", "amr": ["pwd"], "sid": "x", "email": "kim@example.com", "email_verified": true, "groups": ["admin"], "uid": "x", "azp": "x"}),
            ("email", None), ("groups", "admin")),
    ]
}

/// Each is taken, names Kim, and makes an admin only by the values that are set.
#[actix_web::test]
async fn tokens_of_real_shapes_are_taken() {
    let shapes = shapes();
    assert!(shapes.len() >= 18);
    for (n, shape) in shapes.into_iter().enumerate() {
        let signer = Signer::new("one");
        let server = KeyServer::start(Reply::keys(&[&signer])).await;
        let setup = Setup { provider: Some(provider(&server, &shape)), ..Setup::default() };
        // The same code on both engines; here they take turns.
        let app = if n % 2 == 1 {
            TestApp::on_postgres_with(setup).await
        } else {
            Some(TestApp::on_sqlite_with(setup).await)
        };
        let Some(app) = app else { continue };
        let kim = super::provider::name_person(&app, "hr-17", "kim@example.com").await;
        let header = with(&json!({"alg": "EdDSA", "kid": "one"}), shape.header.clone());
        let payload = with(&claims(&app, "subject"), shape.claims.clone());
        let client = app.bearing(&signer.sign_as(&header, &payload));
        let me = client.get("/v1/me").await.ok().has("/roles", json!(["admin"]));
        assert!(kim.ends_with(me.body["person"]["id"].as_str().expect("somebody")), "{}", shape.name);
        // Without the claim that gives roles it is a person like any other.
        let first = shape.roles.0.trim_start_matches('/').split('/').next().unwrap_or_default();
        let first = if shape.roles.0.starts_with('/') { first } else { shape.roles.0 };
        let plain: Value = serde_json::from_str(&payload).expect("JSON");
        if !shape.person.0.trim_start_matches('/').starts_with(first) {
            let client = app.bearing(&signer.sign_as(&header, &with(&plain, json!({first: ["other"]}))));
            client.get("/v1/me").await.ok().has("/roles", json!([]));
        }
        app.stop().await;
    }
}

fn provider(server: &KeyServer, shape: &Shape) -> Jwks {
    let person = PersonClaim::new(shape.person.0, shape.person.1);
    let path: ClaimPath = shape.roles.0.parse().expect("a path");
    let roles = RoleClaim { path, admin: vec![shape.roles.1.to_owned()], coordinator: vec!["none".to_owned()] };
    Jwks::new(&server.address, ISSUER, "api", person).expect("settings").with_roles(roles)
}

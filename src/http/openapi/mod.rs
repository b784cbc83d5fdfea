//! The OpenAPI document: what `utoipa` collects from the handlers, completed with what all operations share.

mod common;
mod finish;

use actix_web::dev::ResourceDef;
use serde_json::Value;
use utoipa::openapi::OpenApi;

/// The document as it is served, and its addresses.
#[derive(Debug)]
pub struct Document {
    text: String,
    routes: Vec<(ResourceDef, Vec<String>)>,
}

impl Document {
    /// Completes the declarations of the handlers.
    pub fn new(gathered: &OpenApi) -> Self {
        let document = finish::finish(serde_json::to_value(gathered).unwrap_or_default());
        let routes = document["paths"].as_object().into_iter().flatten().map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten().filter(|(_, operation)| operation.is_object());
            (ResourceDef::new(path.as_str()), methods.map(|(method, _)| method.to_uppercase()).collect())
        });
        Self { routes: routes.collect(), text: pretty(&document) }
    }

    /// The JSON text, as it is in `openapi/openapi.json`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The methods that an address accepts. Empty: there is no such address. `GET` includes `HEAD`.
    pub fn methods_of(&self, path: &str) -> Vec<&str> {
        let matching = self.routes.iter().filter(|(route, _)| route.is_match(path));
        let mut methods: Vec<_> = matching.flat_map(|(_, methods)| methods.iter().map(String::as_str)).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods
    }
}

fn pretty(document: &Value) -> String {
    serde_json::to_string_pretty(document).unwrap_or_default() + "\n"
}

//! Style, scripts and the icon, compiled in. Their names hold a hash of what they say, so that a browser asks for each once.

use std::{io::Write, sync::LazyLock};

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, write::GzEncoder};
use khademyar_domain::language::Language;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    headers::hardened,
    visitor::{LANGUAGE, cookie, language_named},
};

/// What is fetched by its name.
pub(crate) struct Asset {
    /// Its path, which changes with what it says.
    pub(crate) path: String,
    kind: &'static str,
    plain: &'static str,
    gzip: Option<Vec<u8>>,
}

/// All there is to fetch.
pub(crate) struct Assets {
    pub(crate) style: Asset,
    pub(crate) icon: Asset,
    /// The answers that wait for a network; the worker has it too.
    pub(crate) queue: Asset,
    pub(crate) script: Asset,
    /// The roll without a network.
    pub(crate) roll_script: Asset,
    /// What the organizer's pages have of their own.
    pub(crate) admin_style: Asset,
    pub(crate) admin_script: Asset,
    /// What the reference of the API has of its own.
    pub(crate) reference_style: Asset,
    worker: String,
}

pub(crate) static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let style = Asset::new("style", "css", "text/css; charset=utf-8", include_str!("../assets/style.css"));
    let icon = Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg"));
    let queue =
        Asset::new("queue", "js", "text/javascript; charset=utf-8", include_str!("../assets/queue.js"));
    let script =
        Asset::new("page", "js", "text/javascript; charset=utf-8", include_str!("../assets/page.js"));
    let roll_script =
        Asset::new("roll", "js", "text/javascript; charset=utf-8", include_str!("../assets/roll.js"));
    let admin_style =
        Asset::new("admin", "css", "text/css; charset=utf-8", include_str!("../assets/admin.css"));
    let admin_script =
        Asset::new("admin", "js", "text/javascript; charset=utf-8", include_str!("../assets/admin.js"));
    let reference_style =
        Asset::new("reference", "css", "text/css; charset=utf-8", include_str!("../assets/reference.css"));
    let shell = json!([style.path, icon.path, queue.path, script.path, roll_script.path, "/offline"]);
    let worker = format!(
        "const SHELL = {shell};\nconst QUEUE = {};\n{}",
        json!(queue.path),
        include_str!("../assets/worker.js")
    );
    Assets { style, icon, queue, script, roll_script, admin_style, admin_script, reference_style, worker }
});

impl Asset {
    fn new(name: &str, extension: &str, kind: &'static str, plain: &'static str) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(plain)[..9]);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to memory does not fail; if it did, the plain text is sent.
        let gzip = encoder.write_all(plain.as_bytes()).and_then(|()| encoder.finish()).ok();
        Self { path: format!("/assets/{name}-{hash}.{extension}"), kind, plain, gzip }
    }
}

/// An asset, for good.
pub(crate) async fn get(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Assets {
        style, icon, queue, script, roll_script, admin_style, admin_script, reference_style, ..
    } = &*ASSETS;
    let found = [style, icon, queue, script, roll_script, admin_style, admin_script, reference_style]
        .into_iter()
        .find(|asset| asset.path.strip_prefix("/assets/") == Some(name.as_str()));
    let Some(asset) = found else { return hardened(StatusCode::NOT_FOUND.into_response()) };
    let always = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "Accept-Encoding"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match &asset.gzip {
        Some(gzip) if accepted.contains("gzip") => {
            (always, [(header::CONTENT_ENCODING, "gzip")], gzip.clone()).into_response()
        }
        _ => (always, asset.plain).into_response(),
    }
}

/// The script that stands between the pages and the network. It is asked for anew each time, for it names the others.
pub(crate) async fn worker() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, ASSETS.worker.as_str()).into_response()
}

/// What a phone needs to put the pages among its apps.
pub(crate) async fn manifest(headers: HeaderMap) -> Response {
    let language = cookie(&headers, LANGUAGE).map(|tag| language_named(&tag)).unwrap_or_default();
    let (tag, direction, name) = match language {
        Language::Persian => ("fa", "rtl", "خادمیار"),
        Language::English => ("en", "ltr", "Khademyar"),
    };
    let manifest = json!({
        "name": name,
        "short_name": name,
        "lang": tag,
        "dir": direction,
        "id": "/me",
        "start_url": "/me",
        "scope": "/",
        "display": "standalone",
        "background_color": "#faf8f4",
        "theme_color": "#0b5d57",
        "icons": [{"src": ASSETS.icon.path, "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"}],
    });
    let headers = [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, manifest.to_string()).into_response()
}

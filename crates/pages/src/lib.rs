//! The pages that people look at, around the API. A page asks the API as any program does, in process: it imports no
//! other crate that could do more, so it can do nothing that the API cannot.

mod admin;
mod api;
mod assets;
mod desk;
mod form;
mod frame;
mod given_back;
mod ground;
mod headers;
mod me;
mod news;
mod nights;
mod origin;
mod outset;
mod reference;
mod requests;
mod rolls;
mod seats;
mod session;
mod settings;
mod sign_in;
mod trouble;
mod verify;
mod visitor;
mod wall;
mod weekly;

use std::{fmt, sync::Arc};

use axum::{
    Router, middleware,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;
use tower_http::compression::CompressionLayer;

use crate::{reference::Contract, session::Renewals};

/// What every page can reach; cheap to clone.
#[derive(Clone)]
pub struct Pages(Arc<Inner>);

struct Inner {
    /// The API.
    api: Router,
    /// The address people reach this service at, without a slash at its end.
    address: Box<str>,
    /// Whether codes to sign in by leave as text messages.
    sends_codes: bool,
    now: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    renewals: Renewals,
    /// What the API tells of itself, once somebody looked at its reference.
    contract: OnceCell<Contract>,
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("address", &self.0.address).finish_non_exhaustive()
    }
}

impl Pages {
    /// Pages on an API that people reach at `address`; `now` is the API's clock, and `sends_codes` whether volunteers get
    /// codes to sign in by.
    pub fn new(
        api: Router,
        address: &str,
        sends_codes: bool,
        now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        let (renewals, contract) = (Renewals::default(), OnceCell::new());
        let (address, now) = (address.into(), Box::new(now));
        Self(Arc::new(Inner { api, address, sends_codes, now, renewals, contract }))
    }

    fn now(&self) -> DateTime<Utc> {
        (self.0.now)()
    }

    fn sends_codes(&self) -> bool {
        self.0.sends_codes
    }

    /// Whether cookies go over TLS alone.
    fn is_secure(&self) -> bool {
        self.0.address.starts_with("https:")
    }
}

/// The pages, and beside them the API.
pub fn router(pages: Pages) -> Router {
    let api = pages.0.api.clone();
    let lost = Router::new()
        .fallback(outset::lost)
        .layer(middleware::from_fn_with_state(pages.clone(), session::keep))
        .layer(middleware::from_fn(headers::harden))
        .with_state(pages.clone());
    Router::new()
        .route("/", get(outset::lead))
        .route("/sign-in", get(sign_in::show))
        .route("/sign-in/phone", post(sign_in::ask_for_code))
        .route("/sign-in/code", post(sign_in::give_code))
        .route("/sign-in/password", get(sign_in::show_password).post(sign_in::give_password))
        .route("/sign-in/second-factor", post(sign_in::give_second_factor))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/settings", post(settings::keep))
        .route("/me", get(nights::show))
        .route("/me/assignments/{assignment_id}/leave", get(nights::ask_why))
        .route("/me/assignments/{assignment_id}/accept", post(nights::accept))
        .route("/me/assignments/{assignment_id}/withdraw", post(nights::withdraw))
        .merge(me::routes())
        .route("/desk", get(desk::show))
        .route("/desk/events", get(desk::follow))
        .route("/desk/coverage", get(desk::coverage))
        .route("/desk/seats", get(seats::show))
        .route("/desk/assignments", post(seats::assign))
        .route("/desk/requests", get(requests::show))
        .route("/desk/requests/{list}/{id}/{verb}", post(requests::decide))
        .merge(rolls::routes())
        .route("/wall/{festival}/{token}", get(wall::show))
        .route("/verify", get(verify::show))
        .route("/reports/{festival}", get(weekly::public))
        .route("/docs", get(reference::index))
        .route("/docs/{operation}", get(reference::show))
        .route("/offline", get(outset::offline))
        .merge(admin::routes())
        .route_layer(middleware::from_fn_with_state(pages.clone(), session::keep))
        .route_layer(middleware::from_fn_with_state(pages.clone(), origin::guard))
        .route_layer(middleware::from_fn(headers::harden))
        .route("/manifest.webmanifest", get(assets::manifest))
        .route("/worker.js", get(assets::worker))
        .route("/assets/{name}", get(assets::get))
        .layer(CompressionLayer::new())
        .with_state(pages)
        .merge(api)
        .fallback_service(lost)
}

//! The contract: what all operations share, and the six operations of every list.

mod examples;

use std::collections::BTreeMap;

use khademyar_storage::listing::FilterKind;
use serde_json::json;
use utoipa::{
    IntoResponses, Modify, OpenApi, ToSchema,
    openapi::{
        ContentBuilder, HttpMethod, OpenApi as Contents, Ref, RefOr, Required, Response, ResponseBuilder,
        Schema,
        header::HeaderBuilder,
        link::LinkBuilder,
        path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem},
        request_body::RequestBodyBuilder,
        schema::{ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    crud::{BatchBody, LARGEST_BULK, Resource},
    problems::Problem,
    query::{LARGEST_LIMIT, LONGEST_TEXT, USUAL_LIMIT, sorts},
};

/// What is said of the API as a whole; the operations are added by its routes.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Khademyar",
        description = "Schedules the volunteers (khademyar) of religious and cultural festivals.\n\n\
            Times are RFC 3339, ids are UUIDs, texts are stored as Persian is written. A festival night is named by \
            its place among the festival's nights, from 0, also past midnight. Problems come as RFC 9457, in Persian or \
            English by `Accept-Language`. Rows carry an `ETag`; send it as `If-Match` so that nobody's change is lost. \
            Send an `Idempotency-Key` with a POST so that repeating it is harmless.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "This service")),
    components(schemas(Problem, BatchBody)),
    security(("bearer" = [])),
    modifiers(&Shared),
    tags(
        (name = "sign-in", description = "Tokens, and who one is."),
        (name = "me", description = "What a volunteer reads and answers."),
        (name = "festivals", description = "Festivals, their nights and the ways between their districts."),
        (name = "set-up", description = "The lists of a festival: districts, venues, shifts, positions, volunteers, …"),
        (name = "plans", description = "Rosters: asked for, solved, compared, published."),
        (name = "roster", description = "The published roster."),
        (name = "reports", description = "Thanks, when the nights are over."),
        (name = "service", description = "Whether the service is well."),
    )
)]
pub(crate) struct Contract;

struct Shared;

impl Modify for Shared {
    fn modify(&self, contract: &mut Contents) {
        let components = contract.components.get_or_insert_default();
        components.security_schemes.insert(
            "bearer".to_owned(),
            RefOr::T(SecurityScheme::Http(
                HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build(),
            )),
        );
        for (name, _, description) in PROBLEMS {
            components.responses.insert((*name).to_owned(), RefOr::T(problem_response(description)));
        }
    }
}

const PROBLEMS: &[(&str, &str, &str)] = &[
    ("Unreadable", "400", "The request cannot be read."),
    ("Unauthenticated", "401", "No valid token came with the request."),
    ("Denied", "403", "The actor's part in the festival does not reach so far."),
    ("NotFound", "404", "There is no such thing, or the actor may not know of it."),
    ("Conflict", "409", "Something that is there stands in the way."),
    ("TooSlow", "408", "The request took too long, or its client was silent for too long."),
    ("Stale", "412", "Someone else changed it since it was read."),
    ("TooLarge", "413", "The body is larger than is read."),
    ("MediaType", "415", "The content type is not read here."),
    ("Invalid", "422", "The request is not valid; every fault is named."),
    ("TooMany", "429", "Too many requests; `Retry-After` names the seconds to wait."),
    ("HeadersTooLarge", "431", "The headers are larger than is read."),
    ("Busy", "503", "The service or its database is busy; try again in a moment."),
];

/// How every request can be refused before anyone asks what it wants.
const AT_THE_GATE: &[&str] = &["408", "431", "429", "503"];

fn problem_response(description: &str) -> Response {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content("application/problem+json", problem).build()
}

fn problem_refs(statuses: &[&str]) -> BTreeMap<String, RefOr<Response>> {
    PROBLEMS
        .iter()
        .filter(|(_, status, _)| statuses.contains(status))
        .map(|(name, status, _)| ((*status).to_owned(), RefOr::Ref(Ref::from_response_name(*name))))
        .collect()
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident: [$($status:literal),+];)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(crate) struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    problem_refs(&[$($status),+])
                }
            }
        )+
    };
}

refusals! {
    /// How reading can be refused, for `responses(…, Reading)`.
    Reading: ["401", "403", "404", "503"];
    /// How reading with a query can be refused.
    Querying: ["400", "401", "403", "404", "422", "503"];
    /// How what is printed can be refused.
    Printing: ["400", "401", "403", "404", "409", "422", "503"];
    /// How reading or ending what is one's own can be refused.
    Own: ["401", "403", "404", "422", "503"];
    /// How what has a secret address can be refused.
    SecretAddress: ["404", "503"];
    /// How a POST or PUT with a body can be refused.
    Writing: ["400", "401", "403", "404", "409", "412", "413", "415", "422", "503"];
    /// How an action without a body can be refused.
    Acting: ["401", "403", "404", "409", "412", "422", "503"];
    /// How even a question without a body can be refused.
    Asking: ["413"];
    /// How readiness is denied.
    NotReady: ["413", "503"];
    /// How signing in can be refused.
    SigningIn: ["400", "401", "413", "415", "422", "429", "503"];
    /// How changing a password can be refused.
    ChangingPassword: ["400", "401", "403", "409", "412", "413", "415", "422", "429", "503"];
    /// How somebody who registers can be refused.
    Registering: ["400", "404", "409", "413", "415", "422", "429", "503"];
    /// How asking for a code can be refused.
    AskingForCode: ["400", "409", "413", "415", "422", "429", "503"];
    /// How an operation that needs no token can be refused.
    Open: ["400", "413", "415", "422", "429", "503"];
}

/// The operations of a path.
fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten()
}

/// A bulk creation's schema.
pub(crate) fn bulk_schema<T: ToSchema>() -> RefOr<Schema> {
    ObjectBuilder::new()
        .property(
            "items",
            ArrayBuilder::new()
                .items(Ref::from_schema_name(T::name()))
                .min_items(Some(1))
                .max_items(Some(LARGEST_BULK)),
        )
        .required("items")
        .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(false)))
        .into()
}

fn schema_of<T: ToSchema>(contract: &mut Contents) -> Ref {
    let schemas = &mut contract.components.get_or_insert_default().schemas;
    let mut parts = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut parts);
    schemas.extend(parts);
    Ref::from_schema_name(T::name())
}

fn json_content(schema: Ref, example: serde_json::Value) -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(schema)).example(Some(example)).build()
}

fn uuid(name: &str, description: &str) -> Parameter {
    parameter(name, ParameterIn::Path, description, string(Some(KnownFormat::Uuid)))
}

fn string(format: Option<KnownFormat>) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).format(format.map(SchemaFormat::KnownFormat)).into()
}

fn parameter(
    name: &str,
    place: ParameterIn,
    description: &str,
    schema: impl Into<RefOr<Schema>>,
) -> Parameter {
    let required = if place == ParameterIn::Path { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn if_match() -> Parameter {
    parameter(
        "If-Match",
        ParameterIn::Header,
        "The `ETag` that was read; refused when it is older than the row.",
        string(None),
    )
}

pub(crate) fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(200))
        .pattern(Some("^[!-~]+$"));
    parameter(
        "Idempotency-Key",
        ParameterIn::Header,
        "Makes repeating the request harmless.",
        Schema::from(schema),
    )
}

/// Tells what can be done with the row that a creation answers with.
fn links(created: ResponseBuilder, noun: &str) -> ResponseBuilder {
    ["get", "replace", "delete"].into_iter().fold(created, |created, verb| {
        let link = LinkBuilder::new()
            .operation_id(format!("{verb}_{noun}"))
            .parameter("festival_id", "$request.path.festival_id")
            .parameter("id", "$response.body#/id");
        created.link(verb, link.build())
    })
}

fn with_etag(description: &str) -> ResponseBuilder {
    let etag = HeaderBuilder::new()
        .schema(Some(string(None)))
        .description(Some("The row's version, in quotes."))
        .build();
    ResponseBuilder::new().description(description).header("ETag", etag)
}

/// Adds the operations of a list at `base`.
pub(crate) fn crud_paths<T: Resource>(contract: &mut Contents, base: &str) {
    let (noun, plural) = (T::NOUN, T::NAME);
    let value = schema_of::<T>(contract);
    let stored = schema_of::<khademyar_domain::Stored<T>>(contract);
    let bulk = schema_of::<crate::crud::BulkBody<T>>(contract);
    let page_name = format!("{}Page", T::name());
    let page = ObjectBuilder::new()
        .property("items", ArrayBuilder::new().items(stored.clone()))
        .property(
            "next_cursor",
            ObjectBuilder::new()
                .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
                .description(Some("Where the next page begins; null after the last.")),
        )
        .required("items")
        .required("next_cursor");
    contract.components.get_or_insert_default().schemas.insert(page_name.clone(), Schema::from(page).into());

    let stored_example = {
        let mut example = T::example();
        example["id"] = json!("0190d1a0-5e6c-7a3b-8c1d-000000000001");
        example["version"] = json!(1);
        example
    };
    let operation = |id: String, summary: String| {
        OperationBuilder::new()
            .tag("set-up")
            .operation_id(Some(id))
            .summary(Some(summary))
            .security(SecurityRequirement::new::<_, _, String>("bearer", []))
            .parameter(uuid("festival_id", "The festival."))
    };
    let one = || uuid("id", "Its id.");
    let body = |schema: &Ref, example| {
        RequestBodyBuilder::new()
            .content("application/json", json_content(schema.clone(), example))
            .required(Some(Required::True))
            .build()
    };
    let refused = |mut operation: OperationBuilder, statuses: &[&str]| {
        for (status, response) in problem_refs(statuses) {
            operation = operation.response(status, response);
        }
        operation
    };

    let mut list = operation(format!("list_{plural}"), format!("Lists the festival's {plural}.")).response(
        "200",
        ResponseBuilder::new().description("A page.").content(
            "application/json",
            json_content(
                Ref::from_schema_name(page_name),
                json!({"items": [stored_example.clone()], "next_cursor": null}),
            ),
        ),
    );
    for parameter in list_parameters::<T>() {
        list = list.parameter(parameter);
    }
    let create = operation(format!("create_{}", noun.replace(' ', "_")), format!("Creates a {noun}."))
        .parameter(idempotency_key())
        .request_body(Some(body(&value, T::example())))
        .response(
            "201",
            links(
                with_etag("Created.")
                    .content("application/json", json_content(stored.clone(), stored_example.clone())),
                &noun.replace(' ', "_"),
            ),
        );
    let create_many = operation(
        format!("create_{plural}"),
        format!("Creates many {plural} at once, or none of them."),
    )
    .description(Some("All of them carry the batch's id, by which they can be undone together."))
    .parameter(idempotency_key())
    .request_body(Some(body(&bulk, json!({"items": [T::example()]}))))
    .response(
        "201",
        ResponseBuilder::new().description("Created.").content(
            "application/json",
            json_content(
                Ref::from_schema_name("BatchBody"),
                json!({"batch_id": "0190d1a0-5e6c-7a3b-8c1d-0000000000ff", "ids": [stored_example["id"]]}),
            ),
        ),
    );
    let get = operation(format!("get_{noun}"), format!("Reads a {noun}.")).parameter(one()).response(
        "200",
        with_etag("It.").content("application/json", json_content(stored.clone(), stored_example.clone())),
    );
    let replace = operation(format!("replace_{noun}"), format!("Replaces a {noun}."))
        .parameter(one())
        .parameter(if_match())
        .request_body(Some(body(&value, T::example())))
        .response(
            "200",
            with_etag("As it is now.").content("application/json", json_content(stored, stored_example)),
        );
    let delete = operation(format!("delete_{noun}"), format!("Deletes a {noun}."))
        .parameter(one())
        .parameter(if_match())
        .response("204", ResponseBuilder::new().description("Deleted."));

    let reading: &[&str] = &["401", "403", "404", "503"];
    let writing: &[&str] = &["400", "401", "403", "404", "409", "412", "413", "415", "422", "503"];
    let paths = &mut contract.paths;
    let mut add = |path: String, operations: Vec<(HttpMethod, OperationBuilder)>| {
        let item = operations.into_iter().fold(PathItem::default(), |mut item, (method, operation)| {
            item.merge_operations(PathItem::new(method, operation));
            item
        });
        paths.paths.insert(path, item);
    };
    add(
        base.to_owned(),
        vec![
            (HttpMethod::Get, refused(list, &["400", "401", "403", "404", "422", "503"])),
            (HttpMethod::Post, refused(create, writing)),
        ],
    );
    add(format!("{base}/bulk"), vec![(HttpMethod::Post, refused(create_many, writing))]);
    add(
        format!("{base}/{{id}}"),
        vec![
            (HttpMethod::Get, refused(get, reading)),
            (HttpMethod::Put, refused(replace, writing)),
            (HttpMethod::Delete, refused(delete, &["401", "403", "404", "409", "412", "503"])),
        ],
    );
}

fn list_parameters<T: Resource>() -> Vec<Parameter> {
    let limit = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(LARGEST_LIMIT))
        .default(Some(json!(USUAL_LIMIT)));
    let sorts: Vec<String> =
        sorts::<T>().into_iter().flat_map(|name| [name.to_owned(), format!("-{name}")]).collect();
    let sort = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(sorts));
    let mut parameters = vec![
        parameter("limit", ParameterIn::Query, "How many rows at the most.", Schema::from(limit)),
        parameter("cursor", ParameterIn::Query, "The `next_cursor` of the page before.", string(None)),
        parameter("sort", ParameterIn::Query, "By what; with `-`, the largest first.", Schema::from(sort)),
    ];
    parameters.extend(T::FILTERS.iter().map(|filter| {
        let schema = match filter.kind {
            FilterKind::Id => string(Some(KnownFormat::Uuid)),
            FilterKind::Integer => ObjectBuilder::new()
                .schema_type(Type::Integer)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
                .minimum(Some(i32::MIN))
                .maximum(Some(i32::MAX))
                .into(),
            FilterKind::Word(words) => {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied())).into()
            }
            FilterKind::Text | FilterKind::Part => {
                ObjectBuilder::new().schema_type(Type::String).max_length(Some(LONGEST_TEXT)).into()
            }
        };
        let description = match filter.kind {
            FilterKind::Part => "Only rows with this part in it, however it is typed.",
            _ => "Only rows with this value.",
        };
        parameter(filter.name, ParameterIn::Query, description, schema)
    }));
    parameters
}

/// The contract as it is told: with its version, and an example of every body.
pub(crate) fn finished(mut contract: Contents) -> Contents {
    env!("CARGO_PKG_VERSION").clone_into(&mut contract.info.version);
    examples::complete(&mut contract);
    for (path, item) in &mut contract.paths.paths {
        // Whether the process lives is answered to everyone.
        let statuses = if path == "/healthz" { &AT_THE_GATE[..2] } else { AT_THE_GATE };
        for operation in operations(item) {
            for (status, refusal) in problem_refs(statuses) {
                operation.responses.responses.entry(status).or_insert(refusal);
            }
        }
    }
    contract
}

//! Where the log goes and how it looks; and where traces go, which are asked for.

use std::io::stderr;

use anyhow::Context;
use opentelemetry::{global, trace::TracerProvider};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    registry,
    util::SubscriberInitExt,
};

use crate::config::{Config, LogFormat};

/// What is logged and traced: ends with this, and then what was traced last is sent.
#[must_use]
pub(crate) struct Log {
    traces: Option<SdkTracerProvider>,
}

/// Sends what is logged to standard error as `config` says, and traces to the collector that it names.
pub(crate) fn start(config: &Config) -> anyhow::Result<Log> {
    let filter = EnvFilter::try_new(&config.log).with_context(|| format!("log is `{}`", config.log))?;
    let log = fmt::layer().with_writer(stderr);
    let log = match config.log_format {
        LogFormat::Text => log.boxed(),
        LogFormat::Json => log.json().boxed(),
    };
    let traces = config.traces.as_deref().map(collector).transpose().context("traces cannot be sent")?;
    let tracing = traces.as_ref().map(|traces| {
        // What libraries do within a request is theirs to tell.
        let ours = Targets::new().with_target("khademyar", LevelFilter::INFO);
        tracing_opentelemetry::layer().with_tracer(traces.tracer("khademyar")).with_filter(ours)
    });
    registry().with(log.with_filter(filter)).with(tracing).init();
    Ok(Log { traces })
}

/// Sends spans to an OTLP collector, many at once, from a thread of its own.
fn collector(address: &str) -> anyhow::Result<SdkTracerProvider> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{address}/v1/traces"))
        .build()?;
    let resource = Resource::builder().with_service_name("khademyar").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.traces.as_ref().map(SdkTracerProvider::shutdown) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

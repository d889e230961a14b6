//! What is configured, and where each value came from: flags, then the environment, then a file, then the defaults.

mod gate;
mod layers;
mod senders;

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

use anyhow::Context;
use khademyar_api::{gate::Limits, serving::Tls};
use khademyar_senders::Senders;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use layers::Layers;

/// Flags of every command that knows the database; also those below such a command take them.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct Flags {
    /// The configuration file; left out, `khademyar.toml` where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the SQLite database.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// The database, where it is not the one in the data folder: `sqlite://PATH` or `postgres://…`.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// What to log: error, warn, info, debug or trace.
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// How to log: auto, text or json.
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
}

/// Flags of the server.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct ServerFlags {
    /// The address to listen on.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The address people reach the server at, such as `https://roster.example`.
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// How many threads a solve may use, 256 at the most; 0: as many as there are processors.
    #[arg(long, value_name = "N")]
    solver_threads: Option<String>,
    /// For how many seconds a client may follow events before it has to come back.
    #[arg(long, value_name = "SECONDS")]
    stream_seconds: Option<String>,
    #[command(flatten)]
    flags: Flags,
}

/// Flags of the worker.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct WorkerFlags {
    /// How many threads a solve may use, 256 at the most; 0: as many as there are processors.
    #[arg(long, value_name = "N")]
    solver_threads: Option<String>,
    #[command(flatten)]
    flags: Flags,
}

impl WorkerFlags {
    /// What is in force, and the ways that messages leave by.
    pub(crate) fn config(&self) -> anyhow::Result<(Config, Senders)> {
        let Self { solver_threads, flags } = self.clone();
        let layers = ServerFlags { solver_threads, flags, ..ServerFlags::default() }.layers()?;
        with_senders(&layers)
    }
}

/// What is in force.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    /// Without a slash at its end; left open where it follows from what the server listens on.
    pub(crate) address: Option<String>,
    /// Whether TLS is spoken there.
    tls: bool,
    pub(crate) data: PathBuf,
    /// Where the fonts are that letters are printed with.
    pub(crate) fonts: PathBuf,
    pub(crate) database_url: String,
    pub(crate) solver_threads: usize,
    /// How long a client may follow events before it has to come back.
    pub(crate) longest_stream: Duration,
    pub(crate) staff_need_second_factor: bool,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
    /// The address of the collector that traces are sent to, without a slash at its end.
    pub(crate) traces: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Flags {
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        ServerFlags { flags: self.clone(), ..ServerFlags::default() }.config()
    }
}

impl ServerFlags {
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        Config::read(&self.layers()?)
    }

    /// All that a server needs: what is in force, the ways that messages leave by, what is limited and how much, and the
    /// certificate that is shown where TLS is spoken.
    pub(crate) fn serving(&self) -> anyhow::Result<(Config, Senders, Limits, Option<Tls>)> {
        let layers = self.layers()?;
        let (config, senders) = with_senders(&layers)?;
        Ok((config, senders, gate::limits(&layers)?, gate::tls(&layers)?))
    }

    fn layers(&self) -> anyhow::Result<Layers> {
        let Flags { config, data, database_url, log, log_format } = &self.flags;
        let given = [
            ("listen", &self.listen),
            ("address", &self.address),
            ("data", data),
            ("database_url", database_url),
            ("solver_threads", &self.solver_threads),
            ("stream_seconds", &self.stream_seconds),
            ("log", log),
            ("log_format", log_format),
        ];
        let given = given.into_iter().filter_map(|(key, value)| Some((key, value.clone()?)));
        Layers::gather(given, |name| std::env::var(name).ok(), config.as_deref())
    }
}

impl Config {
    /// The address people reach the server at, given what it listens on.
    pub(crate) fn address_at(&self, listening: SocketAddr) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        self.address.clone().unwrap_or_else(|| format!("{scheme}://{listening}"))
    }

    fn read(layers: &Layers) -> anyhow::Result<Self> {
        let data: PathBuf = layers.text("data").into();
        let database_url = match layers.text("database_url") {
            "" => sqlite_url(&data),
            url => url.to_owned(),
        };
        let solver_threads = match layers.parse("solver_threads", "a whole number from 0")? {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let stream_seconds: NonZeroU32 = layers.parse("stream_seconds", "a whole number from 1")?;
        let log_format = match layers.text("log_format") {
            "auto" if io::IsTerminal::is_terminal(&io::stderr()) => LogFormat::Text,
            "auto" | "json" => LogFormat::Json,
            "text" => LogFormat::Text,
            _ => return Err(layers.refused("log_format", "auto, text or json")),
        };
        let [address, traces] = ["address", "traces"].map(|key| address(layers, key));
        let (address, traces) = (address?, traces?);
        let staff_need_second_factor = match layers.text("staff_second_factor") {
            "optional" => false,
            "required" => true,
            _ => return Err(layers.refused("staff_second_factor", "optional or required")),
        };
        let log = layers.text("log");
        // To the filter a single word that is no level is the name of a module, of which nothing would be logged.
        let one_word = !log.contains(['=', ',', '[']);
        if EnvFilter::try_new(log).is_err() || one_word && log.parse::<LevelFilter>().is_err() {
            return Err(layers.refused("log", "error, warn, info, debug, trace or off"));
        }
        Ok(Self {
            staff_need_second_factor,
            address,
            traces,
            tls: !layers.text("tls_cert").is_empty(),
            listen: layers.parse("listen", "an address and a port, such as 127.0.0.1:8080")?,
            data,
            fonts: layers.text("fonts").into(),
            database_url,
            solver_threads,
            longest_stream: Duration::from_secs(u64::from(stream_seconds.get())),
            log: log.to_owned(),
            log_format,
        })
    }
}

/// The address that is configured as `key`, without a slash at its end.
fn address(layers: &Layers, key: &str) -> anyhow::Result<Option<String>> {
    match layers.text(key).trim_end_matches('/') {
        "" => Ok(None),
        url if url.starts_with("http://") || url.starts_with("https://") => Ok(Some(url.to_owned())),
        _ => Err(layers.refused(key, "an address that begins with https:// or http://")),
    }
}

fn with_senders(layers: &Layers) -> anyhow::Result<(Config, Senders)> {
    let config = Config::read(layers)?;
    let senders = senders::read(layers, &config.data).context("messages cannot leave as it is configured")?;
    Ok((config, senders))
}

/// The URL of the SQLite database in a folder, whatever the folder is called.
fn sqlite_url(data: &Path) -> String {
    let path = data.join("khademyar.sqlite").display().to_string();
    format!("sqlite://{}", path.replace('%', "%25").replace('?', "%3F"))
}

/// `khademyar config`
pub(crate) fn print(flags: &ServerFlags) -> anyhow::Result<ExitCode> {
    let layers = flags.layers()?;
    let config = Config::read(&layers);
    config
        .and_then(|config| {
            gate::limits(&layers)?;
            gate::tls(&layers)?;
            senders::read(&layers, &config.data)
        })
        .context("this configuration is not one to start with")?;
    write!(io::stdout(), "{layers}")?;
    Ok(ExitCode::SUCCESS)
}

//! The layers a configuration is made of, one over the other.

use std::{fmt, fs, path::Path, str::FromStr};

use anyhow::{Context, anyhow, bail};
use toml::{Table, Value};

const DEFAULTS: &str = include_str!("../../config.default.toml");
/// Read where no other file is named.
const USUAL_FILE: &str = "khademyar.toml";

/// What is shown nowhere.
const SECRETS: &[&str] = &["sms_key", "smtp_password"];

/// What one key is worth, and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Setting {
    key: String,
    text: String,
    from: Source,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Default,
    File(String),
    Environment(String),
    Flag(String),
}

/// Every key of the defaults with its topmost value.
#[derive(Clone, Debug)]
pub(super) struct Layers(Vec<Setting>);

impl Layers {
    /// Lays the flags that are `given` over the environment over the file over the defaults.
    ///
    /// # Errors
    /// When the file cannot be read, or holds a key that is none.
    pub(super) fn gather(
        given: impl Iterator<Item = (&'static str, String)>,
        environment: impl Fn(&str) -> Option<String>,
        file: Option<&Path>,
    ) -> anyhow::Result<Self> {
        // An empty variable is one that someone meant to unset.
        let variable = |name: &str| environment(name).filter(|value| !value.is_empty());
        let mut layers = Self(Vec::new());
        for (key, value) in DEFAULTS.parse::<Table>().context("the defaults")? {
            layers.0.push(Setting { text: plain(&key, &value)?, key, from: Source::Default });
        }
        let named = file.map(Path::to_owned).or_else(|| variable("KHADEMYAR_CONFIG").map(Into::into));
        let usual = || Some(Path::new(USUAL_FILE)).filter(|path| path.exists()).map(Path::to_owned);
        if let Some(path) = named.or_else(usual) {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            layers.lay_file(&path.display().to_string(), &text)?;
        }
        for setting in &mut layers.0 {
            let mut names = vec![format!("KHADEMYAR_{}", setting.key.to_uppercase())];
            if setting.key == "database_url" {
                names.push("DATABASE_URL".to_owned());
            }
            let heard = names.into_iter().find_map(|name| variable(&name).map(|text| (name, text)));
            if let Some((name, text)) = heard {
                setting.text = text;
                setting.from = Source::Environment(name);
            }
        }
        for (key, text) in given {
            if let Some(setting) = layers.0.iter_mut().find(|setting| setting.key == key) {
                setting.text = text;
                setting.from = Source::Flag(format!("--{}", key.replace('_', "-")));
            }
        }
        Ok(layers)
    }

    fn lay_file(&mut self, path: &str, text: &str) -> anyhow::Result<()> {
        let table = text.parse::<Table>().with_context(|| format!("{path} is not TOML"))?;
        for (key, value) in table {
            let Some(setting) = self.0.iter_mut().find(|setting| setting.key == key) else {
                let known: Vec<&str> = self.0.iter().map(|setting| setting.key.as_str()).collect();
                bail!("{path}: there is no key `{key}`; there are {}", known.join(", "));
            };
            setting.text = plain(&key, &value).with_context(|| path.to_owned())?;
            setting.from = Source::File(path.to_owned());
        }
        Ok(())
    }

    /// The value of a key of the defaults.
    pub(super) fn text(&self, key: &str) -> &str {
        &self.setting(key).text
    }

    /// The value of a key as a `T`; `wanted` tells people what that looks like.
    pub(super) fn parse<T: FromStr>(&self, key: &str, wanted: &str) -> anyhow::Result<T> {
        self.text(key).parse().map_err(|_| self.refused(key, wanted))
    }

    /// Says whose value of `key` is not what is `wanted`.
    pub(super) fn refused(&self, key: &str, wanted: &str) -> anyhow::Error {
        let Setting { text, from, .. } = self.setting(key);
        anyhow!("{key} is `{text}` ({from}); give {wanted}")
    }

    fn setting(&self, key: &str) -> &Setting {
        self.0
            .iter()
            .find(|setting| setting.key == key)
            .expect("every key that is read stands in the defaults")
    }
}

/// One line a key, as TOML, with its source; passwords hidden.
impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Setting { key, text, from } in &self.0 {
            let text = match key.as_str() {
                "database_url" => without_password(text),
                key if SECRETS.contains(&key) && !text.is_empty() => "***".to_owned(),
                _ => text.clone(),
            };
            let value = text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from);
            writeln!(f, "{:<40} # {from}", format!("{key} = {value}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

fn plain(key: &str, value: &Value) -> anyhow::Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        _ => bail!("`{key}` must be a text or a whole number"),
    }
}

/// `url` with asterisks for the password before the host and for those among the parameters.
fn without_password(url: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, None), |(a, p)| (a, Some(p)));
    let mut shown = address.to_owned();
    if let Some((scheme, rest)) = address.split_once("://")
        && let Some((user, host)) = rest.rsplit_once('@')
        && let Some((name, _)) = user.split_once(':')
    {
        shown = format!("{scheme}://{name}:***@{host}");
    }
    if let Some(parameters) = parameters {
        let hidden = parameters.split('&').map(|parameter| match parameter.split_once('=') {
            Some((key, _)) if key.contains("password") => format!("{key}=***"),
            _ => parameter.to_owned(),
        });
        shown = format!("{shown}?{}", hidden.collect::<Vec<_>>().join("&"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_variable(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn each_layer_overrules_those_below_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("k.toml");
        fs::write(&file, "listen = \"10.0.0.1:1\"\nsolver_threads = 3\nlog = \"warn\"\n").unwrap();
        let environment = |name: &str| match name {
            "KHADEMYAR_LISTEN" => Some("10.0.0.2:2".to_owned()),
            "KHADEMYAR_LOG" => Some("debug".to_owned()),
            "KHADEMYAR_DATA" => Some(String::new()),
            _ => None,
        };
        let flags = [("listen", "10.0.0.3:3".to_owned())].into_iter();
        let layers = Layers::gather(flags, environment, Some(&file)).unwrap();

        assert_eq!(layers.text("listen"), "10.0.0.3:3");
        assert_eq!(layers.setting("listen").from, Source::Flag("--listen".to_owned()));
        assert_eq!(layers.text("log"), "debug");
        assert_eq!(layers.setting("log").from, Source::Environment("KHADEMYAR_LOG".to_owned()));
        assert_eq!(layers.text("solver_threads"), "3");
        assert_eq!(layers.setting("solver_threads").from, Source::File(file.display().to_string()));
        assert_eq!(layers.setting("data").from, Source::Default);
    }

    #[test]
    fn the_shared_name_of_the_database_is_heard_after_our_own() {
        let both = |name: &str| match name {
            "DATABASE_URL" => Some("postgres://shared/db".to_owned()),
            "KHADEMYAR_DATABASE_URL" => Some("postgres://own/db".to_owned()),
            _ => None,
        };
        let layers = Layers::gather([].into_iter(), both, None).unwrap();
        assert_eq!(layers.text("database_url"), "postgres://own/db");
        let shared = |name: &str| both(name).filter(|_| name == "DATABASE_URL");
        let layers = Layers::gather([].into_iter(), shared, None).unwrap();
        assert_eq!(layers.setting("database_url").from, Source::Environment("DATABASE_URL".to_owned()));
    }

    #[test]
    fn an_unknown_key_and_a_wrong_value_are_named() {
        let mut layers = Layers::gather([].into_iter(), no_variable, None).unwrap();
        let error = layers.lay_file("k.toml", "listn = \"x\"").unwrap_err();
        assert!(error.to_string().contains("k.toml: there is no key `listn`"), "{error}");
        let error = layers.lay_file("k.toml", "[listen]\nport = 1").unwrap_err();
        assert!(format!("{error:#}").contains("`listen`"), "{error:#}");
        layers.lay_file("k.toml", "listen = \"here\"").unwrap();
        let error = layers.parse::<std::net::SocketAddr>("listen", "an address").unwrap_err();
        assert_eq!(error.to_string(), "listen is `here` (file k.toml); give an address");
    }

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://anna:s3:cr@t@db.example:5432/k", "postgres://anna:***@db.example:5432/k"),
            ("postgres://db/k?user=anna&password=secret", "postgres://db/k?user=anna&password=***"),
            ("sqlite://data/khademyar.sqlite", "sqlite://data/khademyar.sqlite"),
            ("postgres://anna@db/k", "postgres://anna@db/k"),
        ] {
            assert_eq!(without_password(url), shown);
        }
        let given = [("database_url", "postgres://a:secret@h/d".to_owned())].into_iter();
        let layers = Layers::gather(given, no_variable, None).unwrap();
        assert!(!layers.to_string().contains("secret"), "{layers}");
        for key in SECRETS {
            let mut layers = Layers::gather([].into_iter(), no_variable, None).unwrap();
            layers.lay_file("k.toml", &format!("{key} = \"k3y\"")).unwrap();
            assert!(!layers.to_string().contains("k3y"), "{layers}");
        }
    }

    #[test]
    fn what_is_printed_can_be_a_file() {
        let mut layers = Layers::gather([].into_iter(), no_variable, None).unwrap();
        let printed = layers.to_string();
        layers.lay_file("printed", &printed).unwrap();
        assert_eq!(layers.text("listen"), "127.0.0.1:8080");
    }
}

//! The rules of the house: who may import whom, what may not be called so, how long a file may be.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Which of our crates each may import. The tests may import all of them.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("scheduling", &[]),
    ("sheets", &[]),
    ("migrations", &[]),
    ("demo", &["domain"]),
    ("generator", &["scheduling"]),
    ("storage", &["domain", "migrations"]),
    ("senders", &["domain"]),
    ("reports", &["domain", "sheets"]),
    ("roster", &["domain", "scheduling", "storage"]),
    ("worker", &["domain", "roster", "scheduling", "storage"]),
    ("api", &["domain", "reports", "roster", "scheduling", "senders", "sheets", "storage"]),
    ("pages", &["domain"]),
    (
        "khademyar",
        &[
            "api",
            "demo",
            "domain",
            "generator",
            "pages",
            "roster",
            "scheduling",
            "senders",
            "storage",
            "worker",
        ],
    ),
];

/// What may be imported nowhere but in these crates.
const KEPT_TO: &[(&str, &[&str])] = &[
    ("sea-orm", &["storage", "tests"]),
    ("sea-orm-migration", &["storage", "migrations"]),
    ("sqlx", &["storage"]),
    ("axum", &["api", "pages", "tests"]),
    ("hyper", &["api"]),
    ("tokio-rustls", &["api", "tests"]),
    ("tower", &["api", "pages", "tests"]),
    ("tower-http", &["api", "pages"]),
    ("tokio", &["storage", "senders", "worker", "api", "pages", "khademyar", "tests"]),
    ("reqwest", &["senders"]),
    ("lettre", &["senders"]),
    ("getrandom", &["api"]),
    ("anyhow", &["khademyar"]),
];

/// What the crates that only compute never name: files, sockets, clocks, dice.
const IMPURE: &[&str] =
    &["std::fs", "std::net", "std::env", "SystemTime", "Utc::now", "Local::now", "now_v7", "new_v4"];
const PURE: &[&str] = &["domain", "scheduling", "sheets", "reports", "demo", "generator"];

/// Names that say nothing of what a module holds.
const NO_NAMES: &[&str] =
    &["utils", "util", "helpers", "helper", "common", "types", "core", "manager", "misc"];

/// How many lines a source file may have.
const LONGEST_FILE: usize = 600;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every crate by its folder's name, with its manifest.
fn crates() -> BTreeMap<String, (PathBuf, toml::Table)> {
    let folders = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    folders
        .chain([root().join("migrations"), root().join("tests")])
        .filter(|folder| folder.join("Cargo.toml").exists())
        .map(|folder| {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
            (name, (folder, manifest))
        })
        .collect()
}

/// What a crate depends on, in its code or in its tests alone.
fn dependencies(manifest: &toml::Table) -> impl Iterator<Item = (&str, &str)> {
    ["dependencies", "build-dependencies", "dev-dependencies"].into_iter().flat_map(|kind| {
        let table = manifest.get(kind).and_then(toml::Value::as_table);
        table.into_iter().flatten().map(move |(name, _)| (kind, name.as_str()))
    })
}

/// Every file below `folder` that git would keep.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if matches!(name, "target" | "data" | "node_modules" | ".git" | ".hypothesis") {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn all_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&root(), &mut found);
    found
}

fn sources() -> impl Iterator<Item = PathBuf> {
    all_files().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[track_caller]
fn none(broken: &[String]) {
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn each_crate_imports_only_whom_it_may() {
    let mut broken = Vec::new();
    for (name, (_, manifest)) in crates() {
        if name == "tests" {
            continue;
        }
        let Some((_, may)) = MAY_IMPORT.iter().find(|(known, _)| *known == name) else {
            broken.push(format!("{name} is not in the table of who may import whom"));
            continue;
        };
        for (kind, dependency) in dependencies(&manifest) {
            let sibling = dependency.strip_prefix("khademyar-");
            if sibling.is_some_and(|sibling| !may.contains(&sibling)) && kind != "dev-dependencies" {
                broken.push(format!("{name} imports {dependency}"));
            }
        }
    }
    none(&broken);
}

#[test]
fn libraries_are_kept_to_the_crates_that_are_there_for_them() {
    let mut broken = Vec::new();
    for (name, (_, manifest)) in crates() {
        // A test may look from the outside with whatever shows it.
        for (_, dependency) in dependencies(&manifest).filter(|(kind, _)| *kind != "dev-dependencies") {
            let kept = KEPT_TO.iter().find(|(library, _)| *library == dependency);
            if kept.is_some_and(|(_, crates)| !crates.contains(&name.as_str())) {
                broken.push(format!("{name} imports {dependency}"));
            }
        }
    }
    none(&broken);
}

#[test]
fn what_only_computes_reads_no_file_no_clock_and_throws_no_dice() {
    let mut broken = Vec::new();
    for name in PURE {
        let mut found = Vec::new();
        files(&root().join("crates").join(name).join("src"), &mut found);
        for path in found {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in IMPURE.iter().filter(|word| code.contains(**word)) {
                broken.push(format!("{} names {word}", short(&path)));
            }
        }
    }
    none(&broken);
}

#[test]
fn every_crate_keeps_the_lints_and_takes_versions_from_the_workspace() {
    let mut broken = Vec::new();
    for (name, (_, manifest)) in crates() {
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
        if lints != Some(true) {
            broken.push(format!("{name} has lints of its own"));
        }
        for kind in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let table = manifest.get(kind).and_then(toml::Value::as_table);
            for (dependency, told) in table.into_iter().flatten() {
                if told.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    broken.push(format!("{name} has a version of {dependency} of its own"));
                }
            }
        }
    }
    none(&broken);
}

#[test]
fn every_module_is_named_after_what_it_holds() {
    let broken: Vec<String> = all_files()
        .iter()
        .flat_map(|path| [path.file_stem(), path.parent().and_then(Path::file_name)].map(|name| (path, name)))
        .filter(|(_, name)| name.and_then(|name| name.to_str()).is_some_and(|name| NO_NAMES.contains(&name)))
        .map(|(path, _)| short(path))
        .collect();
    none(&broken);
}

#[test]
fn no_file_is_too_long_to_read() {
    let broken: Vec<String> = sources()
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .map(|(lines, path)| format!("{}: {lines} lines", short(&path)))
        .collect();
    none(&broken);
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    // In two parts, so that this file does not name them either.
    let words = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!(".lib", "rary"),
        concat!("registry.npm", "js.org"),
        concat!("index.crates", ".io"),
        concat!("pyth", "onhosted.org"),
    ];
    let mut broken = Vec::new();
    for path in all_files() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (k, line) in text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                broken.push(format!("{}:{}: {word}", short(&path), k + 1));
            }
        }
    }
    none(&broken);
}

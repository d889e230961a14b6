//! What is for its owner's eyes alone.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::{Folder, assert_code, files::problem, server::Server};

#[test]
fn what_holds_personal_data_is_for_its_owners_eyes_alone() {
    let folder = Folder::new();
    folder.import(&problem(), "maryam");
    assert_code(&folder.run(&["export", "-o", "out.json.gz"]), 0);
    assert_code(&folder.run(&["backup", "kept.sqlite"]), 0);
    // While it is served there are more files.
    let _server = Server::start(&folder, &[]);

    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("data"), 0o700);
    for entry in fs::read_dir(folder.path().join("data")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(path.to_str().unwrap()), 0o600, "{}", path.display());
    }
    assert!(folder.path().join("data/khademyar.sqlite-wal").exists());
    assert_eq!((mode("out.json.gz"), mode("kept.sqlite")), (0o600, 0o600));
}

//! What is logged tells of nobody, and what is refused says no more of others.

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::http::StatusCode;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{
    app::{TestApp, on_each_api},
    story::{PASSWORD, from_nothing_to_thanks},
};

/// Lines as they would stand on standard error.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What nobody who reads a log may find: names, phones as they are stored and as people write them, secrets.
async fn secrets(app: &TestApp) -> Vec<String> {
    let (organizer, path) = from_nothing_to_thanks(app).await;
    let volunteers = app.get(format!("{path}/volunteers?limit=500")).by(&organizer).await;
    let volunteers = volunteers.expect(StatusCode::OK);
    let mut secrets = vec![PASSWORD.to_owned(), "eyJ".to_owned(), organizer.token];
    for volunteer in volunteers["items"].as_array().unwrap() {
        secrets.push(volunteer["name"]["fa"].as_str().unwrap().to_owned());
        secrets.extend(volunteer["note"].as_str().map(str::to_owned));
        if let Some(phone) = volunteer["phone"].as_str() {
            // The ten digits stand in every spelling of it, in figures of either kind.
            let digits = phone.trim_start_matches("+98");
            let persian =
                digits.bytes().map(|digit| char::from_u32(0x6F0 + u32::from(digit - b'0')).unwrap());
            secrets.extend([digits.to_owned(), persian.collect()]);
        }
    }
    assert!(secrets.len() > 24, "few secrets: {}", secrets.len());
    secrets
}

#[tokio::test]
async fn the_whole_story_is_logged_without_anyones_data() {
    on_each_api(async |app| {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("debug,khademyar=trace"))
            .with_writer(log.clone())
            .finish();
        // The test's runtime is this thread's alone, so that all it does is heard and nothing of other tests.
        let heard = tracing::subscriber::set_default(subscriber);
        // Where there is but one subscriber, a thread that has none could switch off for good what it logs first.
        let second = tracing::Dispatch::new(tracing_subscriber::registry());
        let secrets = secrets(app).await;
        let (logged, refused) = (log.text(), app.refusals());
        assert!(logged.contains("/v1/festivals/{festival_id}/assignments"), "{logged}");
        // Whoever sends a table is told what stands in it.
        let refused: Vec<_> = refused.into_iter().filter(|(path, _)| !path.ends_with("/import")).collect();
        assert!(!refused.is_empty(), "nothing was refused");
        for secret in &secrets {
            let line = logged.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} is logged");
            let refusal = refused.iter().find(|(_, body)| body.contains(secret));
            assert_eq!(refusal, None, "{secret} stands in a refusal");
        }

        tracing::debug!(phone = secrets[4], "what is logged would be found");
        assert!(secrets.iter().any(|secret| log.text().contains(secret)));
        drop((heard, second));
    })
    .await;
}

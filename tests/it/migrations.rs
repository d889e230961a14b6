//! The schema goes up and down.

use khademyar_storage::Store;

use crate::store::on_each_bare_engine;

#[tokio::test]
async fn every_step_goes_up_down_and_up_again() {
    on_each_bare_engine(async |store| {
        let steps = store.pending_migrations().await.unwrap();
        assert!(!steps.is_empty());

        store.migrate().await.unwrap();
        assert!(store.pending_migrations().await.unwrap().is_empty());
        store.migrate_down(Some(1)).await.unwrap();
        assert_eq!(store.pending_migrations().await.unwrap(), steps[steps.len() - 1..]);
        store.migrate_down(None).await.unwrap();
        assert_eq!(store.pending_migrations().await.unwrap(), steps);
        store.migrate().await.unwrap();

        assert!(store.pending_migrations().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn processes_that_migrate_at_once_take_turns() {
    on_each_bare_engine(async |store| {
        let migrations: Vec<_> = (0..4)
            .map(|_| {
                let store = Store::clone(store);
                tokio::spawn(async move { store.migrate().await })
            })
            .collect();
        for migration in migrations {
            migration.await.unwrap().unwrap();
        }
        assert!(store.pending_migrations().await.unwrap().is_empty());
    })
    .await;
}

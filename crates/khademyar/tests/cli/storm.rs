//! Everyone at once, while processes are killed: what was acknowledged is there, once, and nothing is as it may not be.
//!
//! `KHADEMYAR_STORM` is how many operations there are on each engine.

mod checks;
mod client;
mod site;
mod tally;

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::database::in_a_folder_on_each_engine;
use client::Client;
use site::Site;
use tally::Tally;

/// As many as take some half a minute.
const USUAL: usize = 600;

#[test]
fn a_storm_of_changes_and_kills_loses_and_doubles_nothing() {
    let operations = env::var("KHADEMYAR_STORM").ok().map_or(USUAL, |count| count.parse().unwrap());
    in_a_folder_on_each_engine(|folder| {
        let site = Site::open(folder, operations);
        let over = AtomicBool::new(false);
        let began = Instant::now();
        let (tally, kills) = thread::scope(|scope| {
            let clients: Vec<_> = (0..site::CLIENTS)
                .map(|number| {
                    let site = &site;
                    scope.spawn(move || Client::new(site, number).storm())
                })
                .collect();
            let killer = scope.spawn(|| {
                let mut dice = site::Dice::new(7);
                let mut kills = 0;
                while !over.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(3_000 + dice.below(4_000) as u64));
                    site.kill_one(dice.below(site.processes()));
                    kills += 1;
                }
                kills
            });
            let mut tally = Tally::default();
            for client in clients {
                let done = client.join();
                // Whoever fails must not leave the killer running.
                over.store(done.is_err(), Ordering::Relaxed);
                tally.add(done.unwrap());
            }
            over.store(true, Ordering::Relaxed);
            (tally, killer.join().unwrap())
        });
        let took = began.elapsed();
        let found = checks::all(&site, &tally);
        eprintln!("{operations} operations in {took:.1?}, {kills} kills\n{tally}{found}");
    });
}

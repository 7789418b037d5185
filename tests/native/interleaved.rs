//! A scheduler for races of two requests: suspends one of them before its n-th statement, for each n,
//! while the other runs from beginning to end.

use std::{
    future::Future,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use hanzo_iam::{
    origin::http::{Request, Response},
    ports::{Publishing, Snapshots, SnapshotsError},
};
use serde_json::Value;

use crate::{
    oauth::TOKEN,
    oauth_races::{Yielding, give_way},
    world::World,
};

/// A KV that gives way to others before each call.
struct YieldingSnapshots(Rc<dyn Publishing>);

#[async_trait(?Send)]
impl Snapshots for YieldingSnapshots {
    async fn get(&self, name: &str) -> Result<Option<String>, SnapshotsError> {
        give_way().await;
        self.0.get(name).await
    }
}

#[async_trait(?Send)]
impl Publishing for YieldingSnapshots {
    async fn put(&self, name: &str, text: &str, ttl: Option<u64>) -> Result<(), SnapshotsError> {
        give_way().await;
        self.0.put(name, text, ttl).await
    }

    async fn delete(&self, name: &str) -> Result<(), SnapshotsError> {
        give_way().await;
        self.0.delete(name).await
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, SnapshotsError> {
        give_way().await;
        self.0.names(prefix).await
    }
}

/// What a test does: a request to the origin, or a run of its schedule.
#[derive(Clone)]
pub enum Task {
    Request(Box<Request>),
    Schedule,
}

impl Task {
    async fn run(self, world: &World) -> Option<Response> {
        match self {
            Self::Request(request) => Some(world.origin.handle(*request).await),
            Self::Schedule => {
                world.origin.scheduled().await.unwrap();
                None
            }
        }
    }
}

/// Suspends `one` before its statement number `steps`, runs `other` from beginning to end, and then
/// the rest of `one`: the answer of `one`, and whether it had that many statements.
pub fn interleaved(
    world: &mut World,
    one: Task,
    other: Task,
    steps: usize,
) -> (Option<Response>, bool) {
    let (database, snapshots) =
        (Rc::clone(&world.origin.database), Rc::clone(&world.origin.snapshots));
    world.origin.database = Rc::new(Yielding(Rc::clone(&database)));
    world.origin.snapshots = Rc::new(YieldingSnapshots(Rc::clone(&snapshots)));
    let answer = {
        let world = &*world;
        let mut context = Context::from_waker(Waker::noop());
        let mut one = pin!(one.run(world));
        let early = (0..steps).find_map(|_| match one.as_mut().poll(&mut context) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        });
        finished(pin!(other.run(world)), &mut context);
        match early {
            Some(answer) => (answer, false),
            None => (finished(one, &mut context), true),
        }
    };
    world.origin.database = database;
    world.origin.snapshots = snapshots;
    answer
}

fn finished<T>(mut future: Pin<&mut impl Future<Output = T>>, context: &mut Context<'_>) -> T {
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return value;
        }
    }
}

/// What is done to a world before a race.
pub type Prepare = fn(&World);
pub type Make = fn(&World) -> Task;

pub fn put(world: &World, path: &str, body: &Value) -> Task {
    let call = world.put(&format!("/v1/iam/{path}")).of("root").json(body);
    Task::Request(Box::new(call.request))
}

pub fn delete(world: &World, path: &str) -> Task {
    let call = world.delete(&format!("/v1/iam/{path}")).of("root");
    Task::Request(Box::new(call.request))
}

pub fn post(world: &World, path: &str, body: &Value) -> Task {
    let call = world.post(&format!("/v1/iam/{path}")).of("root").json(body);
    Task::Request(Box::new(call.request))
}

pub fn form(world: &World, client: Option<(&str, &str)>, form: &[(&str, &str)]) -> Task {
    let call = world.post(TOKEN);
    let call = match client {
        Some((id, secret)) => call.basic(id, secret),
        None => call,
    };
    Task::Request(Box::new(call.form(form).request))
}

/// Counts what comes out of a race: a claim about nothing would always hold.
#[derive(Default)]
pub struct Seen(std::cell::Cell<usize>);

impl Seen {
    pub fn one(&self) {
        self.0.set(self.0.get() + 1);
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        assert!(std::thread::panicking() || self.0.get() > 0, "nothing came out of any race");
    }
}

/// Races each of `ones` against each of `others` at every step, and has `claim` looked at.
pub fn every_interleaving(
    prepare: Prepare,
    ones: &[(&str, Make)],
    others: &[(&str, Make)],
    claim: impl Fn(&World, Option<Response>, &str),
) {
    for (one, make_one) in ones {
        for (other, make_other) in others {
            for steps in 0.. {
                let mut world = World::demo();
                prepare(&world);
                let (first, second) = (make_one(&world), make_other(&world));
                let (answer, suspended) = interleaved(&mut world, first, second, steps);
                claim(&world, answer, &format!("{one}, and {other} before step {steps}"));
                if !suspended {
                    break;
                }
            }
        }
    }
}

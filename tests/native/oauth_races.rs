//! Parallel uses of what may be used once (ATTACKS D-58, CVE-2026-1035): several requests advance
//! statement by statement, in any order.

use std::{
    cell::Cell,
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use hanzo_iam::{
    origin::http::{Request, Response},
    ports::{Database, DatabaseError, Row, Statement},
};
use http::StatusCode;
use proptest::prelude::*;
use serde_json::Value;

use crate::{
    browser::CALLBACK,
    oauth::{TOKEN, VERIFIER, allowed, code, is_active, sql, text, tokens},
    world::World,
};

/// A database that gives way to others before each statement.
pub struct Yielding(pub Rc<dyn Database>);

#[async_trait(?Send)]
impl Database for Yielding {
    async fn run(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        give_way().await;
        self.0.run(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        give_way().await;
        self.0.batch(statements).await
    }
}

/// Suspends the caller once.
pub async fn give_way() {
    let waited = Cell::new(false);
    std::future::poll_fn(|context| {
        if waited.replace(true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Runs the requests against each other: `order` says who takes the next step.
pub fn race(world: &World, requests: Vec<Request>, order: &[usize]) -> Vec<Response> {
    type Running<'a> = Option<Pin<Box<dyn Future<Output = Response> + 'a>>>;
    let mut running: Vec<Running<'_>> = requests
        .into_iter()
        .map(|request| Some(Box::pin(world.origin.handle(request)) as Pin<Box<_>>))
        .collect();
    let mut answers: Vec<Option<Response>> = running.iter().map(|_| None).collect();
    let mut context = Context::from_waker(Waker::noop());
    let all = (0..running.len()).cycle();
    for next in
        order.iter().map(|index| index % running.len()).collect::<Vec<_>>().into_iter().chain(all)
    {
        if let Some(future) = &mut running[next]
            && let Poll::Ready(answer) = future.as_mut().poll(&mut context)
        {
            answers[next] = Some(answer);
            running[next] = None;
        }
        if running.iter().all(Option::is_none) {
            break;
        }
    }
    answers.into_iter().flatten().collect()
}

fn yielding() -> World {
    let mut world = World::demo();
    world.origin.database = Rc::new(Yielding(Rc::clone(&world.origin.database)));
    world
}

fn winners(answers: &[Response]) -> Vec<Value> {
    answers
        .iter()
        .filter(|answer| answer.status() == StatusCode::OK)
        .map(|answer| serde_json::from_slice(answer.body()).unwrap())
        .collect()
}

/// A refresh as `hanzo-app`.
fn refreshing(world: &World, token: &str) -> Request {
    let form =
        [("grant_type", "refresh_token"), ("client_id", "hanzo-app"), ("refresh_token", token)];
    world.post(TOKEN).form(&form).request
}

fn live_refresh_tokens(world: &World) -> usize {
    sql(
        world,
        "SELECT 1 FROM refresh_tokens JOIN grants ON grants.id = grant_id \
         WHERE consumed_at IS NULL AND revoked_at IS NULL",
    )
    .len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn of_parallel_redemptions_of_a_code_exactly_one_wins_and_the_code_is_burnt(
        order in proptest::collection::vec(0_usize..3, 0..40)
    ) {
        let world = yielding();
        let code = code(&world, allowed(&world));
        let request = || {
            world.post(TOKEN).form(&[
                ("grant_type", "authorization_code"),
                ("client_id", "hanzo-app"),
                ("code", &code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ]).request
        };
        let answers = race(&world, vec![request(), request(), request()], &order);
        prop_assert_eq!(winners(&answers).len(), 1);
        prop_assert_eq!(sql(&world, "SELECT 1 FROM grants").len(), 1);
        prop_assert_eq!(live_refresh_tokens(&world), 0, "a second use revokes the first");
    }

    /// Issue 10, fault 30.
    #[test]
    fn twenty_parallel_refreshes_get_one_successor_and_no_second_branch(
        order in proptest::collection::vec(0_usize..20, 0..200)
    ) {
        let world = yielding();
        let first = tokens(&world);
        let requests = (0..20).map(|_| refreshing(&world, text(&first, "refresh_token"))).collect();
        let winners = winners(&race(&world, requests, &order));
        prop_assert_eq!(winners.len(), 20);
        let successors: BTreeSet<&str> =
            winners.iter().map(|answer| text(answer, "refresh_token")).collect();
        prop_assert_eq!(successors.len(), 1);
        prop_assert_eq!(sql(&world, "SELECT 1 FROM refresh_tokens").len(), 2);
        prop_assert_eq!(live_refresh_tokens(&world), 1);
        prop_assert!(winners.iter().all(|answer| is_active(&world, answer)));
    }

    /// ATTACKS D-58, D-59: where no grace covers it, a second use ends the family.
    #[test]
    fn of_parallel_uses_without_a_grace_exactly_one_wins_and_the_family_ends(
        order in proptest::collection::vec(0_usize..3, 0..40)
    ) {
        let mut world = yielding();
        world.config_mut().refresh_grace = 0;
        let first = tokens(&world);
        let requests = (0..3).map(|_| refreshing(&world, text(&first, "refresh_token"))).collect();
        prop_assert_eq!(winners(&race(&world, requests, &order)).len(), 1);
        prop_assert_eq!(live_refresh_tokens(&world), 0);
    }

    /// Any uses of any tokens of a family, parallel and one after another.
    #[test]
    fn a_family_has_at_most_one_live_refresh_token_whatever_is_used_when(
        rounds in proptest::collection::vec(
            (
                0_i64..12,
                proptest::collection::vec(any::<proptest::sample::Index>(), 1..4),
                proptest::collection::vec(0_usize..3, 0..20),
            ),
            1..5,
        )
    ) {
        let world = yielding();
        let mut known = vec![text(&tokens(&world), "refresh_token").to_owned()];
        for (pause, used, order) in rounds {
            world.clock.advance(pause);
            let requests = used
                .iter()
                .map(|index| refreshing(&world, &known[index.index(known.len())]))
                .collect();
            for answer in winners(&race(&world, requests, &order)) {
                let next = text(&answer, "refresh_token").to_owned();
                if !known.contains(&next) {
                    known.push(next);
                }
            }
            prop_assert!(live_refresh_tokens(&world) <= 1);
            let replayed = sql(&world, "SELECT 1 FROM refresh_tokens").len() == known.len();
            prop_assert!(replayed, "every token on record was given to somebody");
        }
    }

    #[test]
    fn of_parallel_polls_of_an_approved_device_at_most_one_wins(
        order in proptest::collection::vec(0_usize..2, 0..30)
    ) {
        let world = yielding();
        let device =
            world.post("/v1/iam/oauth/device").form(&[("client_id", "hanzo-app")]).send().ok();
        sql(&world, "UPDATE device_codes SET state = 'approved', auth_time = 1795464000, \
             user_id = (SELECT id FROM users WHERE name = 'bob')");
        let request = || {
            world.post(TOKEN).form(&[
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("client_id", "hanzo-app"),
                ("device_code", text(&device, "device_code")),
            ]).request
        };
        let answers = race(&world, vec![request(), request()], &order);
        prop_assert_eq!(winners(&answers).len(), 1);
        prop_assert_eq!(sql(&world, "SELECT 1 FROM grants").len(), 1);
        prop_assert_eq!(live_refresh_tokens(&world), 1);
    }
}

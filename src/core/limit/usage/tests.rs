use proptest::prelude::*;

use super::*;
use crate::core::limit::{KeyUsage, Month};

const NOW: UnixTime = UnixTime(1_800_000_000);

/// What an origin does, as far as counting goes.
#[derive(Default)]
struct Origin {
    last: HashMap<String, u64>,
    counted: HashMap<String, u64>,
}

impl Origin {
    fn take(&mut self, batch: &Batch) -> UsageReply {
        let last = self.last.entry(batch.isolate.clone()).or_default();
        if batch.number > *last {
            *last = batch.number;
            for (key, calls) in &batch.counts {
                *self.counted.entry(key.clone()).or_default() += u64::from(*calls);
            }
        }
        let standing = |(key, _): &(String, u32)| KeyUsage {
            key: key.clone(),
            spend: Spend { in_month: Month(1), month: self.counted[key], total: self.counted[key] },
            over: false,
            wait: 0,
        };
        UsageReply { keys: batch.counts.iter().map(standing).collect() }
    }

    fn counted(&self, key: &str) -> u64 {
        self.counted.get(key).copied().unwrap_or_default()
    }
}

fn unconfirmed(usage: &Usage, key: &str) -> u64 {
    usage.spent(key, Spend::default()).1
}

#[test]
fn a_batch_is_due_after_the_interval_or_when_it_is_full() {
    let mut usage = Usage::new([1; 16]);
    assert_eq!(usage.take_batch(NOW), None);
    usage.count("k", NOW);
    assert_eq!(usage.take_batch(NOW.plus(INTERVAL - 1)), None);
    let batch = usage.take_batch(NOW.plus(INTERVAL)).unwrap();
    assert_eq!((batch.number, batch.since), (1, NOW));
    assert_eq!(batch.counts, [("k".to_owned(), 1)]);
    usage.confirm(1, &UsageReply::default());
    for _ in 0..CALLS {
        usage.count("k", NOW);
    }
    assert_eq!(usage.take_batch(NOW).unwrap().counts, [("k".to_owned(), CALLS)]);
}

/// ATTACKS F-93, better-auth #4023: a repeated batch is unchanged, and later calls wait.
#[test]
fn a_batch_without_an_answer_is_sent_again_unchanged_under_its_number() {
    let mut usage = Usage::new([1; 16]);
    usage.count("k", NOW);
    let first = usage.take_batch(NOW.plus(2)).unwrap();
    usage.count("k", NOW.plus(2));
    assert_eq!(usage.take_batch(NOW.plus(6)), None);
    usage.fail(first.number);
    assert_eq!(usage.take_batch(NOW.plus(6)), None);
    assert_eq!(usage.take_batch(NOW.plus(2 + RETRY)).as_ref(), Some(&first));
    // no result of the batch ever arrives
    assert_eq!(usage.take_batch(NOW.plus(2 + RETRY + PATIENCE)).as_ref(), Some(&first));
    usage.confirm(first.number, &UsageReply::default());
    usage.confirm(first.number, &UsageReply::default());
    let second = usage.take_batch(NOW.plus(100)).unwrap();
    assert_eq!((second.number, second.counts), (2, vec![("k".to_owned(), 1)]));
}

#[test]
fn an_answer_is_remembered_and_calls_since_come_on_top() {
    let (mut usage, mut origin) = (Usage::new([1; 16]), Origin::default());
    usage.count("k", NOW);
    let batch = usage.take_batch(NOW.plus(2)).unwrap();
    usage.count("k", NOW.plus(2));
    assert_eq!(usage.spent("k", Spend::default()), (Spend::default(), 2));
    usage.confirm(1, &origin.take(&batch));
    let (spend, unconfirmed) = usage.spent("k", Spend::default());
    assert_eq!((spend.total, unconfirmed), (1, 1));
    // a record that was published later knows more
    let published = Spend { in_month: Month(1), month: 9, total: 9 };
    assert_eq!(usage.spent("k", published), (published, 1));
}

#[test]
fn a_batch_that_cannot_be_sent_is_given_up_before_the_origin_forgets_it() {
    let mut usage = Usage::new([1; 16]);
    usage.count("k", NOW);
    let first = usage.take_batch(NOW.plus(2)).unwrap();
    usage.count("k", NOW.plus(3));
    let late = NOW.plus(2 + GIVE_UP);
    assert_eq!(usage.take_batch(late).as_ref(), Some(&first));
    let second = usage.take_batch(late.plus(1)).unwrap();
    assert_eq!((second.number, second.counts), (2, vec![("k".to_owned(), 1)]));
    // a malformed one does not hold up the next
    usage.give_up(2);
    usage.count("k", late);
    assert_eq!(usage.take_batch(late.plus(9)).unwrap().number, 3);
}

#[test]
fn the_memory_is_bounded_while_the_origin_does_not_answer() {
    let mut usage = Usage::new([1; 16]);
    for key in 0..10_000 {
        usage.count(&key.to_string(), NOW);
    }
    assert_eq!(usage.accounts.len(), ACCOUNTS);
    let mut origin = Origin::default();
    let mut now = NOW.plus(10);
    while let Some(batch) = usage.take_batch(now) {
        assert!(batch.counts.len() <= Batch::KEYS);
        usage.confirm(batch.number, &origin.take(&batch));
        now = now.plus(10);
    }
    assert_eq!(origin.counted.values().sum::<u64>(), ACCOUNTS as u64);
    // now there is room
    usage.count("another", now);
    assert_eq!(usage.spent("another", Spend::default()).1, 1);
}

/// What may happen, step by step.
#[derive(Debug, Clone)]
enum Event {
    Clock(i64),
    Calls(u8, u16),
    /// A batch is taken if one is due; whether it arrives, and what the isolate hears of it.
    Flush {
        arrives: bool,
        heard: Heard,
    },
    /// The network delivers an old batch once more.
    Repeat(prop::sample::Index),
    /// A response comes late.
    LateResponse(prop::sample::Index),
}

#[derive(Debug, Clone, Copy)]
enum Heard {
    Response,
    Failure,
    Nothing,
}

fn event() -> impl Strategy<Value = Event> {
    let heard = prop_oneof![3 => Just(Heard::Response), 1 => Just(Heard::Failure), 1 => Just(Heard::Nothing)];
    prop_oneof![
        4 => (0i64..8).prop_map(Event::Clock),
        1 => (-100i64..100).prop_map(Event::Clock),
        4 => (0u8..5, 1u16..600).prop_map(|(key, calls)| Event::Calls(key, calls)),
        4 => (any::<bool>(), heard).prop_map(|(arrives, heard)| Event::Flush { arrives, heard }),
        1 => any::<prop::sample::Index>().prop_map(Event::Repeat),
        1 => any::<prop::sample::Index>().prop_map(Event::LateResponse),
    ]
}

proptest! {
    /// ATTACKS F-93: for all losses of batches and steps of the clock, the origin never counts a call
    /// twice, no isolate underestimates its own calls, and in the end each call is counted.
    #[test]
    fn each_call_is_counted_once(events in prop::collection::vec(event(), 0..120)) {
        let (mut usage, mut origin) = (Usage::new([1; 16]), Origin::default());
        let (mut now, mut made) = (NOW, [0u64; 5]);
        let (mut sent, mut answers): (Vec<Batch>, Vec<(u64, UsageReply)>) = Default::default();
        for event in events {
            match event {
                Event::Clock(by) => now = now.plus(by),
                Event::Calls(key, calls) => {
                    made[usize::from(key)] += u64::from(calls);
                    for _ in 0..calls { usage.count(&key.to_string(), now); }
                }
                Event::Flush { arrives, heard } => {
                    let Some(mut batch) = usage.take_batch(now) else { continue };
                    batch.counts.sort(); // their order means nothing
                    let earlier = sent.iter().find(|sent| sent.number == batch.number);
                    prop_assert!(earlier.is_none_or(|earlier| *earlier == batch));
                    sent.push(batch.clone());
                    let answer = arrives.then(|| origin.take(&batch));
                    if let Some(answer) = &answer { answers.push((batch.number, answer.clone())); }
                    match (heard, answer) {
                        (Heard::Response, Some(answer)) => usage.confirm(batch.number, &answer),
                        (Heard::Nothing, _) => {}
                        (Heard::Failure | Heard::Response, _) => usage.fail(batch.number),
                    }
                }
                Event::Repeat(which) if !sent.is_empty() => { origin.take(which.get(&sent)); }
                Event::LateResponse(which) if !answers.is_empty() => {
                    let (number, answer) = which.get(&answers);
                    usage.confirm(*number, answer);
                }
                Event::Repeat(_) | Event::LateResponse(_) => {}
            }
            for (key, made) in made.iter().enumerate() {
                let key = key.to_string();
                let (counted, unconfirmed) = (origin.counted(&key), unconfirmed(&usage, &key));
                prop_assert!(counted <= *made);
                prop_assert!(counted + unconfirmed >= *made, "a call has been lost");
                let (spend, _) = usage.spent(&key, Spend::default());
                prop_assert!(spend.total <= counted);
            }
        }
        for _ in 0..200 {
            now = now.plus(PATIENCE);
            let Some(batch) = usage.take_batch(now) else { continue };
            usage.confirm(batch.number, &origin.take(&batch));
        }
        for (key, made) in made.iter().enumerate() {
            prop_assert_eq!(origin.counted(&key.to_string()), *made);
            prop_assert_eq!(unconfirmed(&usage, &key.to_string()), 0);
        }
    }
}

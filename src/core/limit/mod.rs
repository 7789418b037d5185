//! Limits: how often a consumer may call (its [`Rate`]), and how much a key may spend in all (its
//! [`Budget`]).
//!
//! Both are decided in the isolate that has the call, from its own counts. It reports them to the
//! origin behind the response ([`Usage`]), and the reply contains the counts of all isolates together.
//! So no call waits for a counter; in exchange, the error is not zero but bounded. Let `n` isolates
//! admit calls of one key, each of them `r` a second, and let `d` be the [`INTERVAL`] in which an
//! isolate reports, plus the time until it has the reply (together 3 s, say):
//!
//! - **Rate.** One isolate admits at most twice the limit in any window ([`Window`] has the
//!   exact bound). All together admit at most `limit + 2 × n × r × d` in a minute before each of
//!   them refuses: it learns of the others within `d`, and calls in flight when the minute begins are
//!   counted in neither.
//! - **Budget.** At most `n × r × d` calls are admitted beyond it. Calls that an isolate has not
//!   reported when the platform ends it are not counted: at most `r × d`, or [`CALLS`], each time.
//!
//! While the origin does not respond, `d` lasts as long as the outage: each isolate continues with its
//! own counts and reports later.
//!
//! A budget counts calls: one unit for each admitted call. The gateway knows no prices; a service that
//! does may report more units for a key in the same way, as a reporter of its own ([`Batch`]).

mod attempts;
mod batch;
mod budget;
mod fields;
mod inquiry;
mod meter;
mod rate;
mod saved;
mod slot;
mod table;
mod usage;

pub use attempts::{AttemptLimit, Slowing};
pub use batch::{Batch, BatchError, KeyUsage, UsageReply};
pub use budget::{Budget, Month, Spend};
pub use fields::rate_limit_headers;
pub use inquiry::Inquiry;
pub use meter::{LimitReached, Meter};
pub use rate::{Admission, Rate, Window};
pub use slot::{PRIME, SLOTS, Slot, Spread};
pub use table::{Consumer, LimitTable};
pub use usage::{CALLS, INTERVAL, Usage};

//! Sweeps the directory in steps, so that somebody can watch and stop it. A session that the
//! component cannot get through costs only itself.

use session_recovery::answer::{Outcome, Purged, Summary};
use session_recovery::recover::Options;
use wasmtime::Store;

use crate::bindings::Guest;
use crate::error::HostError;
use crate::sandbox::Answer;
use crate::state::State;
use crate::{Operations, Sessions, Watch, grant, this_user};

/// About how many steps a sweep takes.
const STEPS: u32 = 100;
/// A step is no smaller than this, unless one of its sessions failed.
const SMALLEST_STEP: u32 = 16;

/// Sweeps the directory.
pub fn run(
    sessions: &Sessions,
    known: Option<Vec<String>>,
    options: Options,
    watch: Watch,
) -> Result<Summary, HostError> {
    let swept = sweep(sessions, known, options, watch)?;
    Ok(if options.prune && swept.left == 0 {
        pruned(swept, sessions.prune(options.dry_run))
    } else {
        swept
    })
}

/// The summary, and what was pruned. If that failed, the sessions are restored all the same.
fn pruned(swept: Summary, pruned: Result<Vec<Purged>, HostError>) -> Summary {
    let (pruned, failure) = match pruned {
        Ok(pruned) => (pruned, None),
        Err(error) => (Vec::new(), Some(error.into())),
    };
    let oddities = swept.oddities.into_iter().chain(failure);
    Summary {
        oddities: oddities.collect(),
        pruned,
        ..swept
    }
}

/// Sweeps without pruning, which is a call of its own: it has its own limits.
fn sweep(
    sessions: &Sessions,
    known: Option<Vec<String>>,
    options: Options,
    watch: Watch,
) -> Result<Summary, HostError> {
    let mut sweep = Sweep {
        known,
        options: Options {
            prune: false,
            ..options
        },
        watch,
        outcomes: Vec::new(),
        total: None,
        after: None,
        in_hand: Vec::new(),
        one_by_one: 0,
    };
    // All its instances are one run.
    let run = sessions.begun(options.dry_run);
    loop {
        let swept =
            sessions.call_in_run(grant(options.dry_run), run.as_ref(), |recovery, store| {
                sweep.go_on(recovery, store)
            });
        match swept {
            Ok(summary) => return Ok(sweep.completed(summary)),
            Err(error) => sweep.step_over(error)?,
        }
    }
}

/// A sweep that may go through several instances of the component.
struct Sweep<'a> {
    /// The sessions that there are, if the caller knows.
    known: Option<Vec<String>>,
    options: Options,
    watch: Watch<'a>,
    outcomes: Vec<Outcome>,
    /// How many sessions with a backup there are in all.
    total: Option<u32>,
    /// The last session that is done.
    after: Option<String>,
    /// The sessions of the step under way.
    in_hand: Vec<String>,
    /// How many of the next sessions must be done one by one.
    one_by_one: usize,
}

impl Sweep<'_> {
    /// Goes on in a new instance.
    fn go_on(&mut self, recovery: &Guest, store: &mut Store<State>) -> Answer<Summary> {
        let component = recovery.sweep();
        let options = self.options.into();
        let after = self.after.as_deref();
        let known = self.known.as_deref();
        let sweep = match component.call_start(&mut *store, known, after, options)? {
            Ok(sweep) => sweep,
            Err(refused) => return Ok(Err(refused)),
        };
        let left = component.call_total(&mut *store, sweep)?;
        let total = *self.total.get_or_insert(left);
        let mut done = 0;
        while self.shall_go_on(total.saturating_sub(left - done), total) && done < left {
            let step = self.step(total);
            self.in_hand = component.call_upcoming(&mut *store, sweep, step)?;
            for id in &self.in_hand {
                if let Some(refusal) = this_user::refusal(store, id) {
                    component.call_withhold(&mut *store, sweep, id, &refusal.into())?;
                }
            }
            let outcomes = component.call_next(&mut *store, sweep, step)?;
            self.outcomes
                .extend(outcomes.into_iter().map(Outcome::from));
            self.has_done();
            done = component.call_done(&mut *store, sweep)?;
        }
        let summary = component.call_finish(&mut *store, sweep)?;
        Ok(Ok(summary.into()))
    }

    fn shall_go_on(&mut self, done: u32, total: u32) -> bool {
        (self.watch)(done as usize, total as usize).is_continue()
    }

    const fn step(&self, total: u32) -> u32 {
        match total / STEPS {
            _ if self.one_by_one > 0 => 1,
            step if step > SMALLEST_STEP => step,
            _ => SMALLEST_STEP,
        }
    }

    fn has_done(&mut self) {
        self.one_by_one = self.one_by_one.saturating_sub(self.in_hand.len());
        if let Some(last) = self.in_hand.pop() {
            self.after = Some(last);
        }
        self.in_hand.clear();
    }

    /// Records a step that failed.
    fn step_over(&mut self, error: HostError) -> Result<(), HostError> {
        let in_hand = std::mem::take(&mut self.in_hand);
        match &*in_hand {
            [] => return Err(error),
            [id] => {
                self.outcomes.push(Outcome::unanswered(id, error.into()));
                self.one_by_one = self.one_by_one.saturating_sub(1);
                self.after = Some(id.clone());
            }
            many => self.one_by_one = many.len(),
        }
        Ok(())
    }

    /// The summary of the last instance has only what that restored, and no session that was given
    /// before.
    fn completed(self, last: Summary) -> Summary {
        let summary = last.with(self.outcomes);
        let restored = summary.sessions.iter().filter(|each| each.is_restored());
        Summary {
            restored: u32::try_from(restored.count()).unwrap_or(u32::MAX),
            ..summary
        }
    }
}

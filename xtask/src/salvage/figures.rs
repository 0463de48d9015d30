//! What the program that reads the files says, and what of it is a fault.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How many of all whole messages are to be found, in thousandths.
const LEAST_FOUND: u64 = 995;

/// What came of some files.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Score {
    pub files: u32,
    pub there: u64,
    pub found: u64,
    pub made_up: u64,
    pub doubled: u64,
    pub out_of_order: u64,
    pub in_doubt: u64,
    pub given_up: u32,
    pub seconds: f64,
}

/// What came of the files that all read.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Sampled {
    pub ours: Score,
    pub peers: BTreeMap<String, Score>,
}

/// What came of all files.
#[derive(Deserialize)]
pub struct Figures {
    pub kinds: Vec<(String, Score)>,
    pub shapes: BTreeMap<String, Score>,
    pub sampled: Vec<(String, Sampled)>,
    pub read_by_cpython: u32,
    pub differing: Vec<u64>,
    pub bytes: u64,
}

/// Medians, in seconds.
#[derive(Deserialize)]
pub struct Speed {
    pub bytes: u64,
    pub messages: u32,
    pub salvaged: u32,
    pub counted: f64,
    pub whole_salvaged: f64,
    pub holed_salvaged: f64,
}

impl Score {
    pub fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.there += other.there;
        self.found += other.found;
        self.made_up += other.made_up;
        self.doubled += other.doubled;
        self.out_of_order += other.out_of_order;
        self.in_doubt += other.in_doubt;
        self.given_up += other.given_up;
        self.seconds += other.seconds;
    }

    fn sum<'a>(scores: impl Iterator<Item = &'a Self>) -> Self {
        scores.fold(Self::default(), |mut sum, score| {
            sum.add(score);
            sum
        })
    }
}

impl Figures {
    /// Of our salvager, for all files.
    pub fn total(&self) -> Score {
        Score::sum(self.kinds.iter().map(|(_, score)| score))
    }

    /// Of the files that all read.
    pub fn sampled_total(&self) -> Sampled {
        let mut total = Sampled::default();
        for (_, sampled) in &self.sampled {
            total.ours.add(&sampled.ours);
            for (name, score) in &sampled.peers {
                total.peers.entry(name.clone()).or_default().add(score);
            }
        }
        total
    }

    /// What should not be.
    pub fn faults(&self) -> Vec<String> {
        let total = self.total();
        let mut faults = Vec::new();
        if total.found * 1000 < total.there * LEAST_FOUND {
            faults.push(format!("only {} of {} found", total.found, total.there));
        }
        for (number, what) in [
            (total.made_up, "made up"),
            (total.doubled, "doubled"),
            (total.out_of_order, "out of order"),
        ] {
            if number > 0 {
                faults.push(format!("{number} {what}"));
            }
        }
        if !self.differing.is_empty() {
            let seeds = &self.differing;
            faults.push(format!("not what CPython reads, in the seeds {seeds:?}"));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(score: Score, differing: Vec<u64>) -> Figures {
        Figures {
            kinds: vec![("cut".to_owned(), score)],
            shapes: BTreeMap::new(),
            sampled: Vec::new(),
            read_by_cpython: 0,
            differing,
            bytes: 0,
        }
    }

    #[test]
    fn each_fault_is_named() {
        let good = Score {
            there: 1000,
            found: 995,
            ..Score::default()
        };
        assert_eq!(figures(good, Vec::new()).faults(), Vec::<String>::new());
        let bad = Score {
            found: 994,
            made_up: 1,
            doubled: 2,
            out_of_order: 3,
            ..good
        };
        let expected = [
            "only 994 of 1000 found",
            "1 made up",
            "2 doubled",
            "3 out of order",
            "not what CPython reads, in the seeds [7]",
        ];
        assert_eq!(figures(bad, vec![7]).faults(), expected);
    }
}

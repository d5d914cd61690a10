//! The runner with engines that panic, forget requests, end them twice, or do not stop.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use drape_core::engine::{
    Drawn, Engine, EngineFailure, Generated, Progress, Request, Settings, Stage, Subject,
};
use drape_core::job::FailureReason;
use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::report::Report;
use drape_core::runner::{Hooks, Pace, run};
use drape_core::sentence::Sentence;
use drape_core::style::Style;
use image::RgbImage;

/// The closures that an engine is given for a batch.
struct Calls<'a> {
    progress: &'a mut dyn FnMut(usize, Progress) -> bool,
    done: &'a mut dyn FnMut(usize, Generated),
}

impl Calls<'_> {
    fn step(&mut self, k: usize) -> bool {
        (self.progress)(k, step(Stage::Denoise, 0, None))
    }

    fn done(&mut self, k: usize, seed: u64) {
        (self.done)(k, Ok(vec![look(seed)]));
    }
}

type Act = dyn Fn(&[u64], &mut Calls<'_>) + Send + Sync;

/// An engine that runs the test's closure with a batch; requests are known by their seeds.
struct Acts {
    act: Box<Act>,
    /// The seeds of each batch that it received.
    batches: Mutex<Vec<Vec<u64>>>,
}

impl Acts {
    fn new(act: impl Fn(&[u64], &mut Calls<'_>) + Send + Sync + 'static) -> Self {
        Self { act: Box::new(act), batches: Mutex::default() }
    }

    fn batches(&self) -> Vec<Vec<u64>> {
        self.batches.lock().expect("the engine panics while it is not held").clone()
    }
}

impl Engine for Acts {
    fn name(&self) -> &'static str {
        "acts"
    }

    fn generate(&self, _: Request<'_>, _: &mut dyn FnMut(Progress) -> bool) -> Generated {
        panic!("batches only");
    }

    fn generate_all(
        &self,
        requests: &[Request<'_>],
        progress: &mut dyn FnMut(usize, Progress) -> bool,
        done: &mut dyn FnMut(usize, Generated),
    ) {
        let seeds: Vec<u64> = requests.iter().map(|r| r.seeds[0]).collect();
        self.batches.lock().expect("the engine panics while it is not held").push(seeds.clone());
        (self.act)(&seeds, &mut Calls { progress, done });
    }
}

/// Records the runner's calls, and wants each request for a limited number of questions.
#[derive(Default)]
struct Record {
    /// How many times each request is still wanted; without an entry, always.
    wanted: Vec<usize>,
    steps: Vec<(usize, Progress)>,
    ends: Vec<(usize, Result<Vec<u64>, EngineFailure>)>,
}

impl Hooks for Record {
    fn wanted(&mut self, request: usize) -> bool {
        let Some(left) = self.wanted.get_mut(request) else { return true };
        let wanted = *left > 0;
        *left = left.saturating_sub(1);
        wanted
    }

    fn progress(&mut self, request: usize, progress: Progress) {
        self.steps.push((request, progress));
    }

    fn done(&mut self, request: usize, outcome: Generated) {
        let seed = |look: &Drawn| u64::from(look.picture.pixels.width());
        self.ends.push((request, outcome.map(|looks| looks.iter().map(seed).collect())));
    }
}

fn step(stage: Stage, step: u32, preview: Option<Vec<u8>>) -> Progress {
    Progress { stage, step, total: 4, preview }
}

/// A look as many pixels wide as its seed.
fn look(seed: u64) -> Drawn {
    let picture = Photo { pixels: RgbImage::new(seed as u32, 1), icc: None };
    Drawn { picture, photo: 0, report: Report::new("test", &style(), seed) }
}

fn style() -> Style {
    lexicon::read(&Sentence::default())
}

/// Runs requests with the seeds 1, 2, 3 ...
fn run_seeds(engine: &dyn Engine, number: u64, pace: Pace, record: &mut Record) {
    let (style, settings) = (style(), Settings::default());
    let seeds: Vec<[u64; 1]> = (1..=number).map(|seed| [seed]).collect();
    let photo: &[u8] = b"a photo";
    let requests: Vec<Request<'_>> = seeds
        .iter()
        .map(|seeds| Request {
            photos: std::slice::from_ref(&photo),
            style: &style,
            seeds,
            subject: Subject::Person,
            settings: &settings,
            owner: None,
        })
        .collect();
    run(engine, &requests, pace, record);
}

fn ends(engine: &dyn Engine, number: u64) -> Vec<(usize, Result<Vec<u64>, EngineFailure>)> {
    let mut record = Record::default();
    run_seeds(engine, number, Pace::default(), &mut record);
    record.ends
}

fn failed<T>(detail: &str) -> Result<T, EngineFailure> {
    Err(EngineFailure::Failed { reason: FailureReason::EngineFailed, detail: detail.to_owned() })
}

#[test]
fn each_request_of_a_batch_gets_its_own_end_at_once() {
    let engine = Acts::new(|seeds, calls| {
        for (k, &seed) in seeds.iter().enumerate().rev() {
            assert!(calls.step(k));
            calls.done(k, seed);
        }
    });
    assert_eq!(ends(&engine, 3), [(2, Ok(vec![3])), (1, Ok(vec![2])), (0, Ok(vec![1]))]);
    assert_eq!(engine.batches(), [[1, 2, 3]]);
    assert_eq!(ends(&engine, 0), []);
}

#[test]
fn a_panic_fails_the_request_that_was_begun_and_nothing_else() {
    let engine = Acts::new(|seeds, calls| {
        for (k, &seed) in seeds.iter().enumerate() {
            calls.step(k);
            assert_ne!(seed, 2, "this one always panics");
            calls.done(k, seed);
        }
    });
    let panicked = failed("the engine panicked");
    assert_eq!(ends(&engine, 4), [(0, Ok(vec![1])), (1, panicked), (2, Ok(vec![3])), (3, Ok(vec![4]))]);
    assert_eq!(engine.batches(), [vec![1, 2, 3, 4], vec![3, 4]]);
}

#[test]
fn a_panic_of_requests_that_are_drawn_together_fails_only_the_one_to_blame() {
    let engine = Acts::new(|seeds, calls| {
        for k in 0..seeds.len().min(3) {
            calls.step(k);
        }
        assert!(!seeds.contains(&2), "with this one it panics");
        seeds.iter().enumerate().for_each(|(k, &seed)| calls.done(k, seed));
    });
    let panicked = failed("the engine panicked");
    assert_eq!(ends(&engine, 4), [(3, Ok(vec![4])), (0, Ok(vec![1])), (1, panicked), (2, Ok(vec![3]))]);
    assert_eq!(engine.batches(), [vec![1, 2, 3, 4], vec![4], vec![1], vec![2], vec![3]]);
}

#[test]
fn a_panic_before_the_first_step_fails_only_the_one_to_blame() {
    let engine = Acts::new(|seeds, calls| {
        for k in 0..seeds.len() {
            // A preview before the engine begins does not count.
            assert!((calls.progress)(k, step(Stage::Preview, 0, None)));
        }
        assert!(!seeds.contains(&2), "with this one it panics");
        seeds.iter().enumerate().for_each(|(k, &seed)| calls.done(k, seed));
    });
    let panicked = failed("the engine panicked");
    assert_eq!(ends(&engine, 3), [(0, Ok(vec![1])), (1, panicked), (2, Ok(vec![3]))]);
    assert_eq!(engine.batches(), [vec![1, 2, 3], vec![1], vec![2], vec![3]]);
}

#[test]
fn an_engine_that_always_panics_ends_every_request_once() {
    let engine = Acts::new(|_, _| panic!("on purpose"));
    let panicked = || failed("the engine panicked");
    assert_eq!(ends(&engine, 3), [(0, panicked()), (1, panicked()), (2, panicked())]);
}

#[test]
fn a_panic_after_the_ends_changes_nothing() {
    let engine = Acts::new(|seeds, calls| {
        seeds.iter().enumerate().for_each(|(k, &seed)| calls.done(k, seed));
        panic!("on purpose");
    });
    assert_eq!(ends(&engine, 2), [(0, Ok(vec![1])), (1, Ok(vec![2]))]);
    assert_eq!(engine.batches(), [[1, 2]]);
}

#[test]
fn a_request_that_the_engine_forgets_fails() {
    let engine = Acts::new(|seeds, calls| {
        calls.step(1);
        calls.done(0, seeds[0]);
    });
    assert_eq!(ends(&engine, 2), [(0, Ok(vec![1])), (1, failed("the engine did not answer"))]);
}

#[test]
fn the_first_of_two_ends_counts() {
    let engine = Acts::new(|seeds, calls| {
        calls.done(0, seeds[0]);
        calls.done(0, 77);
        (calls.done)(0, Err(EngineFailure::Cancelled));
        assert!(!calls.step(0), "an ended request does not go on");
        // There is no third request either.
        calls.done(2, 99);
        assert!(!calls.step(2));
        calls.done(1, seeds[1]);
    });
    let mut record = Record::default();
    run_seeds(&engine, 2, Pace::default(), &mut record);
    assert_eq!(record.ends, [(0, Ok(vec![1])), (1, Ok(vec![2]))]);
    assert_eq!(record.steps, []);
}

#[test]
fn cancelling_one_halfway_leaves_the_others_alone() {
    let engine = Acts::new(|seeds, calls| {
        let mut wanted = vec![true; seeds.len()];
        for _ in 0..10 {
            for (k, wanted) in wanted.iter_mut().enumerate().filter(|(_, wanted)| **wanted) {
                *wanted = calls.step(k);
                if !*wanted {
                    (calls.done)(k, Err(EngineFailure::Cancelled));
                }
            }
        }
        for (k, &seed) in seeds.iter().enumerate().filter(|(k, _)| wanted[*k]) {
            calls.done(k, seed);
        }
    });
    let mut record = Record { wanted: vec![usize::MAX, 7], ..Record::default() };
    run_seeds(&engine, 3, Pace::default(), &mut record);
    assert_eq!(record.ends, [(1, Err(EngineFailure::Cancelled)), (0, Ok(vec![1])), (2, Ok(vec![3]))]);
}

#[test]
fn a_cancelled_request_stays_cancelled_whatever_the_engine_makes_of_it() {
    type Last = fn(&mut Calls<'_>);
    let lasts: [Last; 4] = [
        |calls| calls.done(0, 1),
        |calls| (calls.done)(0, failed("too late")),
        |_| {},
        |_| panic!("on purpose"),
    ];
    for last in lasts {
        let engine = Acts::new(move |seeds, calls| {
            assert_eq!(seeds, [1]);
            assert!(calls.step(0));
            assert!(!calls.step(0));
            // The request was wanted before it began, and twice at its first step.
            assert!(!calls.step(0));
            last(calls);
        });
        let mut record = Record { wanted: vec![3], ..Record::default() };
        run_seeds(&engine, 1, Pace::default(), &mut record);
        assert_eq!(record.ends, [(0, Err(EngineFailure::Cancelled))]);
        assert_eq!((record.steps.len(), engine.batches().len()), (1, 1));
    }
}

#[test]
fn the_engine_is_not_asked_for_what_is_not_wanted() {
    let engine = Acts::new(|seeds, calls| {
        assert_eq!(seeds, [2]);
        calls.done(0, 2);
    });
    let mut record = Record { wanted: vec![0], ..Record::default() };
    run_seeds(&engine, 2, Pace::default(), &mut record);
    assert_eq!(record.ends, [(0, Err(EngineFailure::Cancelled)), (1, Ok(vec![2]))]);

    let mut record = Record { wanted: vec![0, 0], ..Record::default() };
    run_seeds(&Acts::new(|_, _| panic!("nothing to do")), 2, Pace::default(), &mut record);
    assert_eq!(record.ends.len(), 2);
}

#[test]
fn answers_that_break_the_contract_fail_the_request() {
    let gives_up = Acts::new(|_, calls| (calls.done)(0, Err(EngineFailure::Cancelled)));
    assert_eq!(ends(&gives_up, 1), [(0, failed("the engine gave up a request that was wanted"))]);
    let strange = Acts::new(|_, calls| (calls.done)(0, Ok(vec![Drawn { photo: 1, ..look(1) }])));
    assert_eq!(ends(&strange, 1), [(0, failed("the engine named a photo that it was not given"))]);
}

#[test]
fn steps_of_a_stage_are_reported_at_the_pace_and_stages_at_once() {
    let pace = Pace { steps: Duration::from_millis(100), ..Pace::default() };
    let engine = Acts::new(|seeds, calls| {
        assert!((calls.progress)(0, step(Stage::Load, 0, None)));
        let start = Instant::now();
        let mut k = 0;
        while start.elapsed() < Duration::from_millis(350) {
            assert!((calls.progress)(0, step(Stage::Denoise, k, None)));
            k += 1;
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!((calls.progress)(0, step(Stage::Decode, 0, None)));
        // A repeated report is not passed on, however long it lasts.
        std::thread::sleep(Duration::from_millis(150));
        assert!((calls.progress)(0, step(Stage::Decode, 0, None)));
        calls.done(0, seeds[0]);
    });
    let mut record = Record::default();
    run_seeds(&engine, 1, pace, &mut record);
    let stages: Vec<Stage> = record.steps.iter().map(|(_, step)| step.stage).collect();
    assert_eq!((stages[0], stages[stages.len() - 1]), (Stage::Load, Stage::Decode));
    let denoise = stages.iter().filter(|&&stage| stage == Stage::Denoise).count();
    assert!((2..=4).contains(&denoise) && denoise + 2 == stages.len(), "{stages:?}");
}

#[test]
fn previews_are_reported_at_their_own_pace_and_the_latest_waits() {
    let pace = Pace { previews: Duration::from_millis(200), largest_preview: 2, ..Pace::default() };
    let engine = Acts::new(|seeds, calls| {
        let mut show = |number, preview| assert!((calls.progress)(0, step(Stage::Denoise, number, preview)));
        show(0, Some(vec![9; 3]));
        show(1, Some(vec![1]));
        show(2, Some(vec![2]));
        show(3, Some(vec![3]));
        std::thread::sleep(Duration::from_millis(220));
        show(3, None);
        calls.done(0, seeds[0]);
    });
    let mut record = Record::default();
    run_seeds(&engine, 1, pace, &mut record);
    let told = |number, preview: Option<u8>| (0, step(Stage::Denoise, number, preview.map(|p| vec![p])));
    let expected = [told(0, None), told(1, Some(1)), told(2, None), told(3, None), told(3, Some(3))];
    assert_eq!(record.steps, expected);
}

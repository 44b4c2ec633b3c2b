//! One target, from its manifest to the end of its log.

use std::cell::OnceCell;
use std::time::Duration;

use crate::converge::act::Actor;
use crate::converge::hook::{Hook, HookOutput};
use crate::converge::inspect;
use crate::converge::observe::{
    State, look_at_record_leftover, observe, read_record, record_backups,
};
use crate::converge::plan::{Plan, keep_or_remove_record_leftover, plan};
use crate::converge::signals::Signals;
use crate::converge::step::Step;
use crate::home::change::Outcome;
use crate::home::open::{Home, Lock, Origin};
use crate::home::place::{Place, TakenBackups};
use crate::home::record::{Found, Record, RecordState};
use crate::manifest::names::RECORD_PATH;
use crate::manifest::path::AbsolutePath;
use crate::manifest::{HookPolicy, Link, Manifest};
use crate::report::change::Change;
use crate::report::document::{HookReport, Mode, Phase};
use crate::report::error::{Error, ErrorKind};
use crate::report::log::{Format, Log};

/// How many times a plan is made, if somebody else changes what it was made for.
const ATTEMPTS: u32 = 32;

/// One run over one target.
pub struct Run<'a> {
    manifest: &'a Manifest,
    origin: Origin,
    lock_timeout: Duration,
    log: &'a mut Log,
    signals: OnceCell<Signals>,
}

impl<'a> Run<'a> {
    /// A run that has not begun. `lock_timeout` is how long it waits for another
    /// run in the same HOME.
    pub fn new(
        manifest: &'a Manifest,
        origin: Origin,
        lock_timeout: Duration,
        log: &'a mut Log,
    ) -> Self {
        log.begin(manifest.instance.as_str(), manifest.home.as_str());
        Self {
            manifest,
            origin,
            lock_timeout,
            log,
            signals: OnceCell::new(),
        }
    }

    /// Does what is asked for.
    ///
    /// # Errors
    /// Whatever keeps the HOME from being as the manifest wants it, or from
    /// being looked at.
    pub fn execute(&mut self) -> Result<(), Error> {
        let home = Home::open(self.manifest, self.origin)?;
        match self.log.mode() {
            Mode::Apply => self.apply(home),
            Mode::DryRun | Mode::Check => self.look(home.as_ref()),
        }
    }

    /// Observes and plans, and changes nothing.
    fn look(&mut self, home: Option<&Home>) -> Result<(), Error> {
        match home {
            Some(home) => self.lock(home, Lock::Shared)?,
            None => self.log.change(self.creation_of_home()),
        }
        let place = home.map(Home::place);
        let record = read_record(place)?;
        self.note_record(&record);
        let state = self.observe(place, &record)?;
        self.warn_before_changes(&state);
        let plan = plan(self.manifest, &state)?;
        for step in &plan.steps {
            self.log.change(step.change());
        }
        if let Some(record) = plan.record {
            self.log.change(Step::WriteRecord(record).change());
        }
        self.look_at_problems(home, &state)
    }

    /// Reports what is wrong besides drift: the first problem as the error, the others as
    /// warnings.
    fn look_at_problems(&mut self, home: Option<&Home>, state: &State<'_>) -> Result<(), Error> {
        let mut problems: Vec<Error> = Vec::new();
        let open = state.open_sources.iter();
        problems.extend(open.map(|link| Error::failed(open_source(link))));
        if let Some(home) = home {
            problems.extend(home.check_path(self.manifest.home.as_str()).err());
            if self.log.mode() == Mode::Check {
                for warning in inspect::warnings(home, self.manifest)? {
                    self.log.warn(warning);
                }
            }
        }
        for phase in [Phase::PreInit, Phase::PostInit] {
            if let Some(program) = self.due_hook(phase) {
                if self.log.mode() == Mode::DryRun {
                    let program = program.as_str().into();
                    self.log.hook(HookReport::not_run(phase, program));
                }
                let why = inspect::check_hook(program);
                let why = why.map(|why| format!("{} {why}", phase.name()));
                problems.extend(why.map(|why| Error::new(ErrorKind::HookFailed, why)));
            }
        }
        let mut problems = problems.into_iter();
        let first = problems.next();
        for problem in problems {
            self.log.warn(problem.message);
        }
        first.map_or(Ok(()), Err)
    }

    /// Observes, plans and acts, with the hooks around it.
    fn apply(&mut self, home: Option<Home>) -> Result<(), Error> {
        let home = match home {
            Some(home) => home,
            None => self.create_home()?,
        };
        self.lock(&home, Lock::Exclusive)?;
        if self.manifest.pre_init.is_some() {
            self.note_record(&read_record(Some(home.place()))?);
            self.run_hook(Phase::PreInit, &home)?;
        }
        let record = self.converge(home.place())?;
        self.end_if_asked_to()?;
        self.run_hook(Phase::PostInit, &home)?;
        if self.log.has_done_something() {
            self.verify(home.place())?;
        }
        home.check_path(self.manifest.home.as_str())?;
        match record {
            Some(record) => self.write_last_record(home.place(), record),
            None => Ok(()),
        }
    }

    fn create_home(&mut self) -> Result<Home, Error> {
        let home = Home::create(self.manifest, self.origin)?;
        self.log.change(self.creation_of_home());
        Ok(home)
    }

    fn creation_of_home(&self) -> Change {
        Change::CreateHome {
            path: self.manifest.home.as_str().into(),
        }
    }

    fn lock(&self, home: &Home, lock: Lock) -> Result<(), Error> {
        let path = self.manifest.home.as_str();
        home.lock(path, lock, self.lock_timeout, |time| {
            self.signals()?.pause(time)
        })
    }

    /// The signals, which are blocked when this run waits for the first time.
    fn signals(&self) -> Result<&Signals, Error> {
        if let Some(signals) = self.signals.get() {
            return Ok(signals);
        }
        let signals = Signals::block()?;
        Ok(self.signals.get_or_init(|| signals))
    }

    /// Puts everything but the last record in place. Returns that record, if
    /// one is due.
    fn converge(&mut self, home: &Place) -> Result<Option<Record>, Error> {
        let mut actor = Actor::new(home);
        for _ in 0..ATTEMPTS {
            let record = read_record(Some(home))?;
            self.note_record(&record);
            let state = self.observe(Some(home), &record)?;
            let plan = plan(self.manifest, &state)?;
            self.warn_before_changes(&state);
            let carried_out = self.carry_out(&mut actor, &plan);
            // Whatever was done is written to the disk, even if a later step has failed.
            let synced = actor.sync();
            if carried_out? == Outcome::Done {
                synced?;
                return Ok(plan.record);
            }
        }
        Err(Error::failed(format!(
            "{}: another process keeps changing this HOME; everything found is still there: \
             stop that process and run apply again",
            self.manifest.home
        )))
    }

    fn carry_out(&mut self, actor: &mut Actor<'_>, plan: &Plan<'_>) -> Result<Outcome, Error> {
        for step in &plan.steps {
            self.end_if_asked_to()?;
            if actor.act(step)? == Outcome::ChangedUnderneath {
                return Ok(Outcome::ChangedUnderneath);
            }
            self.log.change(step.change());
        }
        Ok(Outcome::Done)
    }

    /// Ends the run between two changes if a signal has come. As long as the signals are
    /// not blocked, they end the process by themselves.
    fn end_if_asked_to(&self) -> Result<(), Error> {
        let signals = self.signals.get();
        signals.map_or(Ok(()), |signals| signals.pause(Duration::ZERO))
    }

    /// Looks again whether HOME is as it should be: a hook may have undone a change, or a
    /// change may have cut off a source whose path leads through HOME. A run that leaves
    /// the server without its configuration must not succeed.
    fn verify(&mut self, home: &Place) -> Result<(), Error> {
        let record = read_record(Some(home))?;
        let state = self.observe(Some(home), &record)?;
        let plan = plan(self.manifest, &state)?;
        // What a hook has put in the place of the record does not matter here.
        match plan.first_due() {
            Some(step) => Err(Error::failed(format!(
                "{}: does not stay as its manifest says, since this is due again: {}; \
                 look for a hook or another process that undoes it",
                self.manifest.home,
                step.change().infinitive()
            ))),
            None => Ok(()),
        }
    }

    /// Writes the record that says that a run has fully succeeded. What a hook or
    /// somebody else has put in its way since HOME was observed is removed or kept first.
    fn write_last_record(&mut self, home: &Place, record: Record) -> Result<(), Error> {
        let mut actor = Actor::new(home);
        let step = Step::WriteRecord(record);
        for _ in 0..ATTEMPTS {
            if actor.act(&step)? == Outcome::Done {
                actor.sync()?;
                self.log.change(step.change());
                return Ok(());
            }
            let leftover = look_at_record_leftover(home)?;
            let backups = match leftover {
                Found::Unknown => record_backups(home)?,
                Found::Nothing | Found::OfKilledRun => TakenBackups::default(),
            };
            if let Some(step) = keep_or_remove_record_leftover(leftover, &backups)
                && actor.act(&step)? == Outcome::Done
            {
                self.log.change(step.change());
            }
        }
        Err(Error::failed(format!(
            "{RECORD_PATH}: cannot be written, since another process keeps taking its private name; \
             stop that process and run apply again"
        )))
    }

    /// The hook of this phase, if there is one and it is due.
    fn due_hook(&self, phase: Phase) -> Option<&'a AbsolutePath> {
        let program = match phase {
            Phase::PreInit => self.manifest.pre_init.as_ref(),
            Phase::PostInit => self.manifest.post_init.as_ref(),
        };
        let always = self.manifest.hooks == HookPolicy::Always;
        program.filter(|_| always || self.is_first_run())
    }

    /// Runs the hook of this phase, if one is due.
    fn run_hook(&mut self, phase: Phase, home: &Home) -> Result<(), Error> {
        let Some(program) = self.due_hook(phase) else {
            return Ok(());
        };
        let hook = Hook {
            phase,
            program,
            first_run: self.is_first_run(),
            output: match self.log.format() {
                Format::Json => HookOutput::ToStandardError,
                Format::Text => HookOutput::Inherited,
            },
        };
        let (report, result) = hook.run(self.manifest, home, self.signals()?);
        self.log.hook(report);
        result
    }

    fn is_first_run(&self) -> bool {
        self.log.first_run() == Some(true)
    }

    /// Observes HOME. The first problem that keeps the server from using it is an error.
    fn observe<'s>(&self, home: Option<&Place>, record: &'s RecordState) -> Result<State<'s>, Error>
    where
        'a: 's,
    {
        let state = observe(home, self.manifest, record)?;
        match state.problems.first() {
            Some(problem) => Err(Error::failed(problem.as_str())),
            None => Ok(state),
        }
    }

    /// Notes what the record says that is read first, or why it cannot be used.
    fn note_record(&mut self, record: &RecordState) {
        if self.log.first_run().is_some() {
            return;
        }
        self.log.set_first_run(record.is_first_run());
        if let RecordState::Broken(why) = record {
            self.log.warn(format!(
                "{RECORD_PATH}: {why}; taken as absent, so this counts as the first run"
            ));
        }
    }

    /// Warns of what is unusual, unless this run has changed something already.
    fn warn_before_changes(&mut self, state: &State<'_>) {
        if self.log.has_done_something() {
            return;
        }
        if *state.record == RecordState::Absent && state.has_earlier_work(self.manifest) {
            self.log.warn(format!(
                "{RECORD_PATH}: is missing although HOME is set up; a new one is due, and this counts as the first run"
            ));
        }
        if self.log.mode() == Mode::Apply {
            for link in &state.open_sources {
                self.log.warn(open_source(link));
            }
        }
    }
}

fn open_source(link: &Link) -> String {
    let (path, source) = (&link.path, &link.source);
    format!(
        "{path}: everybody can write to its source {source}, and so decide what opencode may do; \
         close it: chmod o-w {source}"
    )
}

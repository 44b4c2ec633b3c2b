//! One target, from its manifest to its report.

use std::io;
use std::time::Duration;

use crate::act::Actor;
use crate::action::Action;
use crate::error::Error;
use crate::home::{Home, Origin};
use crate::hook::{self, HookOutput, HookReport, Phase};
use crate::inspect::inspect;
use crate::manifest::{HookPolicy, Manifest};
use crate::names::{RECORD_PATH, record_directory, record_path};
use crate::observe::{State, observe, read_record};
use crate::paths::AbsolutePath;
use crate::plan::{Plan, plan};
use crate::record::{self, Record, RecordState};
use crate::report::{Change, Mode, Report};
use crate::swap::Step;

/// How often a plan is made anew when somebody else keeps changing what it was
/// made for.
const ATTEMPTS: u32 = 32;

/// How one target is to be treated.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What is asked for.
    pub mode: Mode,
    /// How long to wait for another run in the same HOME.
    pub lock_timeout: Duration,
    /// Where the hooks' standard output goes.
    pub hook_output: HookOutput,
}

/// One run over one target, filling in its report as it goes.
pub struct Convergence<'a> {
    manifest: &'a Manifest,
    origin: Origin,
    options: Options,
    report: &'a mut Report,
    /// Told of every change as soon as it is made.
    on_change: &'a mut dyn FnMut(&Action),
    /// Whether the record was written ahead, and nobody told yet.
    owes_word_of_record: bool,
}

impl<'a> Convergence<'a> {
    /// A run that has not begun.
    pub fn new(
        manifest: &'a Manifest,
        origin: Origin,
        options: Options,
        report: &'a mut Report,
        on_change: &'a mut dyn FnMut(&Action),
    ) -> Self {
        report.instance = Some(manifest.instance.as_str().to_owned());
        report.home = Some(manifest.home.as_str().to_owned());
        Self {
            manifest,
            origin,
            options,
            report,
            on_change,
            owes_word_of_record: false,
        }
    }

    /// Does what is asked for.
    ///
    /// # Errors
    /// Whatever keeps the HOME from being as the manifest wants it, or from
    /// being looked at.
    pub fn execute(mut self) -> Result<(), Error> {
        let home = Home::open(self.manifest, self.origin)?;
        match self.options.mode {
            Mode::Apply => {
                let result = self.apply(home);
                if self.owes_word_of_record {
                    self.note_record();
                }
                result
            }
            Mode::DryRun | Mode::Check => self.look(home.as_ref()),
        }
    }

    /// Observes and plans, and changes nothing.
    fn look(&mut self, home: Option<&Home>) -> Result<(), Error> {
        let path = self.manifest.home.as_str();
        if let Some(home) = home {
            home.lock(path, true, self.options.lock_timeout)?;
        } else {
            let path = path.to_owned();
            self.report.changes.push(Action::CreateHome { path }.into());
        }
        let state = observe(home.map(Home::directory), self.manifest)?;
        self.note_state(&state);
        if self.options.mode == Mode::DryRun {
            let first_run = state.record.is_first_run();
            for phase in [Phase::PreInit, Phase::PostInit] {
                if let Some(program) = self.due_hook(phase, first_run) {
                    let hook = HookReport::not_run(phase, program);
                    self.report.hooks.push(hook);
                }
            }
        }
        if let Some(home) = home
            && self.options.mode == Mode::Check
        {
            self.report.warnings.extend(inspect(home, self.manifest)?);
        }
        let plan = plan(self.manifest, &state)?;
        let changes = plan.changes().into_iter().map(Change::from);
        self.report.changes.extend(changes);
        Ok(())
    }

    /// Observes, plans and acts, with the hooks around it.
    fn apply(&mut self, home: Option<Home>) -> Result<(), Error> {
        let home = match home {
            Some(home) => home,
            None => self.create_home()?,
        };
        let path = self.manifest.home.as_str();
        home.lock(path, false, self.options.lock_timeout)?;
        if self.manifest.pre_init.is_some() {
            let first_run = read_record(home.directory())?.is_first_run();
            self.report.first_run = Some(first_run);
            if let Some(program) = self.due_hook(Phase::PreInit, first_run) {
                self.run_hook(Phase::PreInit, program, &home, first_run)?;
            }
        }
        let record = self.converge(&home)?;
        let first_run = self.report.first_run == Some(true);
        if let Some(program) = self.due_hook(Phase::PostInit, first_run) {
            self.run_hook(Phase::PostInit, program, &home, first_run)?;
        }
        if !self.report.changes.is_empty() || !self.report.hooks.is_empty() {
            self.verify(&home)?;
        }
        match record {
            Some(record) => self.write_last_record(&home, &record),
            None => Ok(()),
        }
    }

    fn create_home(&mut self) -> Result<Home, Error> {
        let home = Home::create(self.manifest, self.origin)?;
        self.note_change(Action::CreateHome {
            path: self.manifest.home.as_str().to_owned(),
        });
        Ok(home)
    }

    /// Puts everything but the last record in place. Returns that record, if
    /// one is due.
    fn converge(&mut self, home: &Home) -> Result<Option<Record>, Error> {
        let mut actor = Actor::new(home.directory());
        for attempt in 0..ATTEMPTS {
            let state = observe(Some(home.directory()), self.manifest)?;
            if attempt == 0 {
                self.note_state(&state);
            }
            let plan = plan(self.manifest, &state)?;
            let carried_out = self.carry_out(&mut actor, home, &plan);
            // What was done stays done, whatever came of the rest.
            let synced = actor.sync();
            if carried_out? == Step::Done {
                synced?;
                return Ok(plan.record);
            }
        }
        Err(Error::failed(format!(
            "{}: somebody else keeps changing this HOME; everything found is still there: \
             stop whoever it is and run apply again",
            self.manifest.home
        )))
    }

    fn carry_out(
        &mut self,
        actor: &mut Actor<'_>,
        home: &Home,
        plan: &Plan,
    ) -> Result<Step, Error> {
        if self.act_each(actor, &plan.groundwork)? == Step::Overtaken {
            return Ok(Step::Overtaken);
        }
        if let Some(intent) = &plan.intent {
            record::write(home.directory(), intent).map_err(|error| cannot_write(&error))?;
            actor.has_changed(record_directory());
            self.owes_word_of_record = true;
        }
        self.act_each(actor, &plan.links)
    }

    fn act_each(&mut self, actor: &mut Actor<'_>, actions: &[Action]) -> Result<Step, Error> {
        for action in actions {
            match actor.act(action)? {
                Step::Done => self.note_change(action.clone()),
                Step::Overtaken => return Ok(Step::Overtaken),
            }
        }
        Ok(Step::Done)
    }

    /// Looks again: what was made can be undone by a hook, or make a source
    /// unreachable that led through HOME. A run that leaves the server without
    /// its configuration must not succeed.
    fn verify(&mut self, home: &Home) -> Result<(), Error> {
        let path = &self.manifest.home;
        if !home.is_at(path.as_path()) {
            return Err(Error::failed(format!(
                "{path}: is not the directory any more that this run has worked in; \
                 keep hooks and others from moving HOME, and run apply again"
            )));
        }
        let state = observe(Some(home.directory()), self.manifest)?;
        let plan = plan(self.manifest, &state)?;
        match plan.changes().first() {
            Some(action) if !plan.is_in_place() => Err(Error::failed(format!(
                "{path}: does not stay as its manifest says, since this is due again: {}; \
                 look for a hook or somebody else who undoes it, or for two paths that lead to one place",
                action.infinitive()
            ))),
            _ => Ok(()),
        }
    }

    fn write_last_record(&mut self, home: &Home, record: &Record) -> Result<(), Error> {
        record::write(home.directory(), record)
            .and_then(|()| record::sync(home.directory()))
            .map_err(|error| cannot_write(&error))?;
        self.note_record();
        Ok(())
    }

    fn note_record(&mut self) {
        self.owes_word_of_record = false;
        let path = record_path();
        self.note_change(Action::WriteRecord { path });
    }

    /// The hook of this phase, if there is one and it is its time.
    fn due_hook(&self, phase: Phase, first_run: bool) -> Option<&'a AbsolutePath> {
        let program = match phase {
            Phase::PreInit => self.manifest.pre_init.as_ref(),
            Phase::PostInit => self.manifest.post_init.as_ref(),
        };
        program.filter(|_| first_run || self.manifest.hooks == HookPolicy::Always)
    }

    fn run_hook(
        &mut self,
        phase: Phase,
        program: &AbsolutePath,
        home: &Home,
        first_run: bool,
    ) -> Result<(), Error> {
        let (report, result) = hook::run(
            phase,
            program,
            self.manifest,
            home.directory(),
            first_run,
            self.options.hook_output,
        );
        self.report.hooks.push(report);
        result
    }

    fn note_change(&mut self, change: Action) {
        (self.on_change)(&change);
        self.report.changes.push(change.into());
    }

    /// Notes what the record tells, or does not tell.
    fn note_state(&mut self, state: &State) {
        self.report
            .first_run
            .get_or_insert(state.record.is_first_run());
        match &state.record {
            RecordState::Broken(why) => self.report.warnings.push(format!(
                "{RECORD_PATH}: {}; taken as absent, so this counts as the first run",
                crate::error::printable(why)
            )),
            RecordState::Absent if state.has_earlier_work(self.manifest) => {
                self.report.warnings.push(format!(
                    "{RECORD_PATH}: is missing although HOME is set up; a new one is due, and this counts as the first run"
                ));
            }
            RecordState::Absent | RecordState::Present(_) => {}
        }
    }
}

fn cannot_write(error: &io::Error) -> Error {
    Error::failed(format!(
        "{RECORD_PATH}: cannot be written: {error}; everything found is still there, \
         mend that and run apply again"
    ))
}

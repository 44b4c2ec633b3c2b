//! One target, from its manifest to its report.

use std::time::Duration;

use crate::act::{Actor, Step};
use crate::action::Action;
use crate::error::Error;
use crate::home::{Home, Origin};
use crate::hook::{self, HookOutput, HookReport, Phase};
use crate::inspect::inspect;
use crate::manifest::{HookPolicy, Manifest};
use crate::names::RECORD_PATH;
use crate::observe::{State, observe, read_record};
use crate::paths::AbsolutePath;
use crate::plan::{Plan, plan};
use crate::record::{self, Record, RecordState};
use crate::report::{Change, Mode, Report};

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
pub struct Run<'a> {
    manifest: &'a Manifest,
    origin: Origin,
    options: Options,
    report: &'a mut Report,
    /// Told of every change as soon as it is made.
    on_change: &'a mut dyn FnMut(&Action),
}

impl<'a> Run<'a> {
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
            Mode::Apply => self.apply(home),
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
            self.report.warnings.extend(inspect(home, self.manifest));
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
        home.lock(
            self.manifest.home.as_str(),
            false,
            self.options.lock_timeout,
        )?;
        if self.manifest.pre_init.is_some() {
            let first_run = read_record(home.directory())?.is_first_run();
            self.report.first_run = Some(first_run);
            if let Some(program) = self.due_hook(Phase::PreInit, first_run) {
                self.run_hook(Phase::PreInit, program, &home, first_run)?;
            }
        }
        let (state, plan) = self.converge(&home)?;
        let first_run = state.record.is_first_run();
        self.finish(&home, &state.record, plan, first_run)
    }

    fn create_home(&mut self) -> Result<Home, Error> {
        let home = Home::create(self.manifest, self.origin)?;
        self.note_change(Action::CreateHome {
            path: self.manifest.home.as_str().to_owned(),
        });
        Ok(home)
    }

    /// Puts everything but the record in place. Returns what was found and what
    /// was planned last.
    fn converge(&mut self, home: &Home) -> Result<(State, Plan), Error> {
        let mut actor = Actor::new(home.directory(), self.manifest);
        for attempt in 0..ATTEMPTS {
            let state = observe(Some(home.directory()), self.manifest)?;
            if attempt == 0 {
                self.note_state(&state);
            }
            let plan = plan(self.manifest, &state)?;
            if self.carry_out(&mut actor, &plan)? == Step::Done {
                actor.sync()?;
                return Ok((state, plan));
            }
        }
        Err(Error::failed(format!(
            "{}: somebody else keeps changing this HOME; everything found is still there: \
             stop whoever it is and run apply again",
            self.manifest.home
        )))
    }

    fn carry_out(&mut self, actor: &mut Actor<'_>, plan: &Plan) -> Result<Step, Error> {
        for action in &plan.actions {
            match actor.act(action) {
                Ok(Step::Done) => self.note_change(action.clone()),
                Ok(Step::Overtaken) => return Ok(Step::Overtaken),
                Err(error) => {
                    // What was done stays done, whatever this says.
                    let _ = actor.sync();
                    return Err(error);
                }
            }
        }
        Ok(Step::Done)
    }

    /// Runs the last hook, with the record brought up to date around it.
    fn finish(
        &mut self,
        home: &Home,
        found: &RecordState,
        plan: Plan,
        first_run: bool,
    ) -> Result<(), Error> {
        let hook = self.due_hook(Phase::PostInit, first_run);
        if let Some(program) = hook {
            // Which links are ours has to be known even if the hook fails and
            // the manifest is another one next time.
            let interim = Record::of(self.manifest, !first_run);
            if plan.record.is_some() && found.record() != Some(&interim) {
                self.write_record(home, &interim)?;
            }
            self.run_hook(Phase::PostInit, program, home, first_run)?;
        }
        match plan.record {
            Some(record) => self.write_record(home, &record),
            None => Ok(()),
        }
    }

    fn write_record(&mut self, home: &Home, record: &Record) -> Result<(), Error> {
        record::write(home.directory(), record).map_err(|error| {
            Error::failed(format!(
                "{RECORD_PATH}: cannot be written: {error}; HOME is in order otherwise, mend that and run apply again"
            ))
        })?;
        let path = crate::names::record_path();
        let change = Action::WriteRecord { path };
        let last = self.report.changes.last().map(|last| &last.action);
        if last != Some(&change) {
            self.note_change(change);
        }
        Ok(())
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

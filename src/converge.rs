//! One target, from its manifest to its report.

use std::io;
use std::time::Duration;

use crate::account::Account;
use crate::act::Actor;
use crate::action::Action;
use crate::error::Error;
use crate::home::{Home, Origin};
use crate::hook::{self, HookOutput, HookReport, Phase};
use crate::inspect::inspect;
use crate::manifest::{HookPolicy, Manifest};
use crate::names::{RECORD_PATH, record_directory};
use crate::observe::{State, observe, observe_record_leftover, read_record};
use crate::paths::AbsolutePath;
use crate::plan::{Plan, plan, tidy_record_leftover};
use crate::record::{self, Record};
use crate::report::Mode;
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

/// One run over one target.
pub struct Convergence<'a> {
    manifest: &'a Manifest,
    origin: Origin,
    options: Options,
    account: Account<'a>,
}

impl<'a> Convergence<'a> {
    /// A run that has not begun.
    #[must_use]
    pub fn new(
        manifest: &'a Manifest,
        origin: Origin,
        options: Options,
        account: Account<'a>,
    ) -> Self {
        Self {
            manifest,
            origin,
            options,
            account,
        }
    }

    /// Does what is asked for.
    ///
    /// # Errors
    /// Whatever keeps the HOME from being as the manifest wants it, or from
    /// being looked at.
    pub fn execute(mut self) -> Result<(), Error> {
        let result =
            Home::open(self.manifest, self.origin).and_then(|home| match self.options.mode {
                Mode::Apply => self.apply(home),
                Mode::DryRun | Mode::Check => self.look(home.as_ref()),
            });
        self.account.close();
        result
    }

    /// Observes and plans, and changes nothing.
    fn look(&mut self, home: Option<&Home>) -> Result<(), Error> {
        let path = self.manifest.home.as_str();
        if let Some(home) = home {
            home.lock(path, true, self.options.lock_timeout)?;
        } else {
            let path = path.to_owned();
            self.account.due([Action::CreateHome { path }]);
        }
        let state = self.observe_untouched(home)?;
        if self.options.mode == Mode::DryRun {
            for phase in [Phase::PreInit, Phase::PostInit] {
                if let Some(program) = self.due_hook(phase) {
                    self.account.hook(HookReport::not_run(phase, program));
                }
            }
        }
        if let Some(home) = home
            && self.options.mode == Mode::Check
        {
            self.account.warn(inspect(home, self.manifest)?);
        }
        self.account.due(plan(self.manifest, &state)?.changes());
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
            self.account
                .record_found(&read_record(Some(home.directory()))?);
            self.run_hook(Phase::PreInit, &home)?;
        }
        let record = self.converge(&home)?;
        self.run_hook(Phase::PostInit, &home)?;
        if self.account.has_done_something() {
            self.verify(&home)?;
        }
        match record {
            Some(record) => self.write_last_record(&home, &record),
            None => Ok(()),
        }
    }

    fn create_home(&mut self) -> Result<Home, Error> {
        let home = Home::create(self.manifest, self.origin)?;
        self.account.changed(Action::CreateHome {
            path: self.manifest.home.as_str().to_owned(),
        });
        Ok(home)
    }

    /// Puts everything but the last record in place. Returns that record, if
    /// one is due.
    fn converge(&mut self, home: &Home) -> Result<Option<Record>, Error> {
        let mut actor = Actor::new(home.directory());
        for attempt in 0..ATTEMPTS {
            let state = match attempt {
                0 => self.observe_untouched(Some(home))?,
                _ => self.observe(home)?,
            };
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
        for actions in [plan.record_leftover.as_slice(), &plan.groundwork] {
            if self.act_each(actor, actions)? == Step::Overtaken {
                return Ok(Step::Overtaken);
            }
        }
        if let Some(intent) = &plan.intent {
            self.write_record(actor, home, intent)?;
            actor.has_changed(record_directory());
            self.account.record_written_ahead();
        }
        self.act_each(actor, &plan.links)
    }

    fn act_each(&mut self, actor: &mut Actor<'_>, actions: &[Action]) -> Result<Step, Error> {
        for action in actions {
            match actor.act(action)? {
                Step::Done => self.account.changed(action.clone()),
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
        let plan = plan(self.manifest, &self.observe(home)?)?;
        // What a hook has put in the way of the next record is for the next run.
        match plan.groundwork.first().or(plan.links.first()) {
            Some(action) => Err(Error::failed(format!(
                "{path}: does not stay as its manifest says, since this is due again: {}; \
                 look for a hook or somebody else who undoes it, or for two paths that lead to one place",
                action.infinitive()
            ))),
            None => Ok(()),
        }
    }

    fn write_last_record(&mut self, home: &Home, record: &Record) -> Result<(), Error> {
        let mut actor = Actor::new(home.directory());
        self.write_record(&mut actor, home, record)?;
        record::sync(home.directory()).map_err(|error| cannot_write(&error))?;
        self.account.record_written();
        Ok(())
    }

    /// Writes a record, past whatever a hook or somebody else has put in its way
    /// since HOME was observed.
    fn write_record(
        &mut self,
        actor: &mut Actor<'_>,
        home: &Home,
        record: &Record,
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            match record::write(home.directory(), record) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map_err(|error| cannot_write(&error)),
            }
            let leftover = observe_record_leftover(home.directory())?;
            self.act_each(actor, tidy_record_leftover(leftover).as_slice())?;
        }
        Err(cannot_write(&io::ErrorKind::AlreadyExists.into()))
    }

    /// The hook of this phase, if there is one and it is its time.
    fn due_hook(&self, phase: Phase) -> Option<&'a AbsolutePath> {
        let program = match phase {
            Phase::PreInit => self.manifest.pre_init.as_ref(),
            Phase::PostInit => self.manifest.post_init.as_ref(),
        };
        let always = self.manifest.hooks == HookPolicy::Always;
        program.filter(|_| always || self.account.is_first_run())
    }

    /// Runs the hook of this phase, if one is due.
    fn run_hook(&mut self, phase: Phase, home: &Home) -> Result<(), Error> {
        let Some(program) = self.due_hook(phase) else {
            return Ok(());
        };
        let (report, result) = hook::run(
            phase,
            program,
            self.manifest,
            home.directory(),
            self.account.is_first_run(),
            self.options.hook_output,
        );
        self.account.hook(report);
        result
    }

    /// Observes a HOME to which nothing was done yet, and notes what was odd.
    /// What the record tells is noted even if nothing else can be observed.
    fn observe_untouched(&mut self, home: Option<&Home>) -> Result<State, Error> {
        let home = home.map(Home::directory);
        let record = read_record(home)?;
        self.account.record_found(&record);
        let state = observe(home, self.manifest, record)?;
        self.account.home_found(self.manifest, &state);
        Ok(state)
    }

    fn observe(&self, home: &Home) -> Result<State, Error> {
        let home = Some(home.directory());
        observe(home, self.manifest, read_record(home)?)
    }
}

fn cannot_write(error: &io::Error) -> Error {
    Error::failed(format!(
        "{RECORD_PATH}: cannot be written: {error}; everything found is still there, \
         mend that and run apply again"
    ))
}

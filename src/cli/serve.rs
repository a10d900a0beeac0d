//! `almoner serve`

use std::process::ExitCode;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{CliError, Where, clock, output::say, start_log};
use crate::app::App;
use crate::config::{Overrides, Settings};

/// The arguments of `serve`.
#[derive(Args)]
pub(super) struct Serve {
    #[command(flatten)]
    site: Where,
    /// Where to listen (default: 127.0.0.1:8080, or the port in PORT).
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// The address that people use, such as <https://grants.example>.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// What of the site to serve: any of applicant,staff,finance,assessor (default: all).
    #[arg(long, value_name = "PARTS")]
    surface: Option<String>,
}

impl Serve {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let settings = Settings::load(Overrides {
            listen: self.listen,
            base_url: self.base_url,
            surface: self.surface,
            ..self.site.overrides()
        })?;
        start_log(&settings)?;
        actix_web::rt::System::new().block_on(async move {
            let end = End::expect()?;
            let app = App::build(settings, clock())?;
            greet(&app);
            let running = app.start()?;
            end.come().await;
            running.stop().await;
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn greet(app: &App) {
    let context = app.context();
    say(&format!("Almoner serves {} on port {}.", context.site.base_url, app.port()));
    if app.settings().controller.is_example() {
        say("The organisation is invented: name yours in the settings before anybody applies.");
    }
    let surfaces = app.settings().surfaces;
    if !surfaces.is_all() {
        say(&format!("It serves these parts of the site and no other: {surfaces}."));
    }
    let classes: Vec<String> = context.classes().iter().map(ToString::to_string).collect();
    say(&format!("This process can open: {}.", classes.join(", ")));
    let seals: Vec<String> = context.only_seals().iter().map(ToString::to_string).collect();
    if !seals.is_empty() {
        say(&format!("It can seal and not open: {}.", seals.join(", ")));
    }
    if app.settings().mail.smtp.is_none() {
        say(&format!(
            "No mail server is set: mails land in {}.",
            app.settings().mail.folder.display()
        ));
    }
    if let Some(link) = app.first_admin_link() {
        say("Nobody administers this site yet. This link makes the first administrator, once:");
        say(&format!("  {}", link.expose()));
    }
}

/// The moment when the process is asked to end.
pub(super) struct End {
    terminate: Signal,
    interrupt: Signal,
}

impl End {
    /// From here on the process ends in good order when it is asked to, also while it still starts.
    pub(super) fn expect() -> std::io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Returns when the process is asked to end.
    pub(super) async fn come(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

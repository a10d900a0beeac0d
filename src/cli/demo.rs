//! `almoner demo`

use std::process::ExitCode;
use std::sync::Arc;

use chrono::Duration;
use clap::Args;

use super::serve::End;
use super::{CliError, clock, output::say, start_log};
use crate::app::App;
use crate::clock::FixedClock;
use crate::config::{ConfigError, Overrides, Settings};
use crate::service::demo;

/// How long ago the invented people began to apply.
const SINCE: Duration = Duration::days(21);

/// The arguments of `demo`.
#[derive(Args)]
pub(super) struct Demo {
    /// Where to listen.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    listen: String,
}

/// A folder that is gone when this is.
struct ThrowAway(std::path::PathBuf);

impl Drop for ThrowAway {
    fn drop(&mut self) {
        // What can't be removed holds invented people and nothing else.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Demo {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let now = clock().now();
        let name = format!("almoner-demo-{}-{}", std::process::id(), now.timestamp_millis());
        let folder = ThrowAway(std::env::temp_dir().join(name));
        let mut settings = Settings::below(&folder.0);
        settings.listen = listen(self.listen, &folder.0)?;
        settings.log.filter = "warn".to_owned();
        // The printed links are mailed ones, and lead to every page at once.
        settings.sign_in.staff_by_mail = true;
        start_log(&settings)?;
        actix_web::rt::System::new().block_on(async move {
            let end = End::expect()?;
            // The people apply in the past, one after another; then the clock is the machine's.
            let then = FixedClock::at(now - SINCE);
            let past = App::build(settings.clone(), Arc::new(then.clone()))?;
            say("Sixty invented people apply …");
            demo::fill(past.context(), || then.advance(SINCE.num_seconds() / 130))?;
            drop(past);
            let app = App::build(settings, clock())?;
            say(&format!("Almoner's demo is at {}", app.context().site.base_url));
            say("Each link signs in once, in a browser on this machine:");
            for link in demo::links(app.context())? {
                say(&format!("  {:<32} {}", link.who, link.link.expose()));
            }
            say(&format!("Mails land in {}", app.settings().mail.folder.display()));
            say("Ctrl-C ends it, and nothing of it stays.");
            let running = app.start()?;
            end.come().await;
            running.stop().await;
            drop(folder);
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// The address, checked as the settings check it.
fn listen(listen: String, data: &std::path::Path) -> Result<std::net::SocketAddr, ConfigError> {
    let overrides =
        Overrides { listen: Some(listen), data: Some(data.to_owned()), ..Overrides::default() };
    Ok(Settings::from_parts(overrides, std::iter::empty())?.listen)
}

use session_recovery_host::{HostError, Limits, Operations, Options, Plugin};

fn main() -> Result<(), HostError> {
    let plugin = Plugin::new(Limits::default())?;
    let summary = plugin.open("sessions").recover_all(Options::default())?;
    for outcome in summary.sessions {
        println!("{}: {:?}", outcome.status.session_id, outcome.action);
    }
    Ok(())
}

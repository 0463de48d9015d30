use session_recovery_host::{HostError, Limits, Operations, Options, Plugin};

fn main() -> Result<(), HostError> {
    let plugin = Plugin::new(Limits::default())?;
    let sessions = plugin.open("sessions");

    let status = sessions.inspect("3f2a90c41b7e")?;
    println!("{:?}: {}", status.recommendation, status.reason);

    for outcome in sessions.recover_all(Options::default())?.sessions {
        println!("{}: {:?}", outcome.status.session_id, outcome.action);
    }
    Ok(())
}

use session_recovery_host::{HostError, Limits, Operations, Options, Plugin, Window};

fn main() -> Result<(), HostError> {
    let plugin = Plugin::new(Limits::default())?;
    let sessions = plugin.open("sessions").in_run("ticket-4711");

    let id = sessions.resolve("3f2a")?;
    let found = sessions.sources(&id)?;
    let Some(best) = found.best else {
        println!("Somebody has to choose: {}", found.why);
        return Ok(());
    };

    let window = Window {
        changed: 5,
        ..Window::default()
    };
    for message in sessions.preview(&id, Some(&best), window)?.brought {
        println!("{}: {:?}", message.number, message.text);
    }

    let outcome = sessions.recover_from(&id, &best, Options::default())?;
    println!("{best}: {:?}", outcome.action);
    for event in sessions.history()? {
        println!("{:?}: can be undone: {}", event.run, event.can_undo);
    }
    Ok(())
}

//! Programs that read one file after another, so that their start does not count: each gets a path
//! a line, and answers with a line for each message and a last one with its time.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// A program, and how long it may take for a file.
pub struct Peer {
    pub name: String,
    command: Vec<String>,
    bound: Duration,
    running: Option<Running>,
}

struct Running {
    child: Child,
    lines: Receiver<Vec<u8>>,
}

/// What a program says of a file.
#[derive(Default)]
pub struct Answer {
    /// Whether it read the file.
    pub is_read: bool,
    /// Whether it took too long, or ended.
    pub is_given_up: bool,
    pub messages: Vec<Vec<u8>>,
    pub seconds: f64,
}

impl Peer {
    /// One with a name, a program and its words.
    pub fn new(words: &[String], bound: Duration) -> Result<Self> {
        let (name, command) = words.split_first().context("a peer has a name")?;
        Ok(Self {
            name: name.clone(),
            command: command.to_vec(),
            bound,
            running: None,
        })
    }

    /// Lets it read a file. If it takes too long it is ended, and nothing counts as found.
    pub fn read(&mut self, file: &Path) -> Result<Answer> {
        let running = match &mut self.running {
            Some(running) => running,
            none => none.insert(Running::start(&self.command)?),
        };
        let start = Instant::now();
        let answer = running.read(file, start + self.bound);
        if let Some(answer) = answer {
            return Ok(answer);
        }
        if let Some(running) = self.running.take() {
            running.stop()?;
        }
        Ok(Answer {
            is_given_up: true,
            seconds: start.elapsed().as_secs_f64(),
            ..Answer::default()
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // There is nobody left to be told.
        let _ = self.running.take().map(Running::stop);
    }
}

impl Running {
    fn start(command: &[String]) -> Result<Self> {
        let (program, words) = command.split_first().context("a peer has a program")?;
        let mut child = Command::new(program)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{program} cannot be run"))?;
        let output = child.stdout.take().context("a peer has an output")?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(output).split(b'\n');
            // It ends with the peer, or if nobody listens any more.
            lines
                .map_while(Result::ok)
                .all(|line| sender.send(line).is_ok());
        });
        Ok(Self { child, lines })
    }

    /// The answer, unless there is none in time.
    fn read(&mut self, file: &Path, end: Instant) -> Option<Answer> {
        let input = self.child.stdin.as_mut()?;
        writeln!(input, "{}", file.display()).ok()?;
        input.flush().ok()?;
        let mut answer = Answer::default();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line: Result<_, RecvTimeoutError> = self.lines.recv_timeout(left);
            let line = line.ok()?;
            match line.first() {
                Some(mark @ (b'=' | b'!')) => {
                    answer.is_read = *mark == b'=';
                    answer.seconds = str::from_utf8(&line[1..]).ok()?.trim().parse().ok()?;
                    return Some(answer);
                }
                _ => answer.messages.push(line),
            }
        }
    }

    fn stop(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

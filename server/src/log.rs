//! What the program is told of how serving goes on: never content, never a credential.

use std::fmt;
use std::sync::Arc;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something that should have been done was not.
    Error,
    /// Something to look after.
    Warning,
    /// What the server does by itself.
    Info,
    /// Every request.
    Debug,
}

type Sink = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// Where lines go.
#[derive(Clone)]
pub struct Log {
    most: Level,
    sink: Sink,
}

impl Log {
    /// Lines up to this level, to a sink of the program's.
    #[must_use]
    pub fn new(most: Level, sink: impl Fn(Level, &str) + Send + Sync + 'static) -> Self {
        Self { most, sink: Arc::new(sink) }
    }
    /// Tells a line, if anybody wants it.
    pub fn tell(&self, level: Level, line: fmt::Arguments<'_>) {
        if level <= self.most {
            (self.sink)(level, &line.to_string());
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("most", &self.most).finish_non_exhaustive()
    }
}

//! How a command fails: a sentence for the person at the terminal, and an exit code.

/// Ends the program with a sentence for the person at the terminal.
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) code: u8,
}

impl Failure {
    /// The input must change.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 2 }
    }

    /// The program or the machine failed.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }
}

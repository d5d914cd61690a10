//! YAML files as JSON values.

use std::path::PathBuf;
use std::process::Command;

/// Reads YAML by the linters' own library.
pub(super) struct Yaml {
    /// The Python that has the library.
    pub(super) python: PathBuf,
}

impl Yaml {
    pub(super) fn read(&self, file: &str) -> Result<serde_json::Value, String> {
        let script = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
        let output = Command::new(&self.python).args(["-c", script, file]).output();
        let output = output.map_err(|e| format!("{}: {e}", self.python.display()))?;
        serde_json::from_slice(&output.stdout).map_err(|e| format!("{file}: {e}"))
    }
}

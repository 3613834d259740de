//! The runtimes that take part: `NAME='COMMAND'` from the command line, and our own two.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A runtime that takes part: a name and the command, split into words, to which a file and arguments are added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    pub name: String,
    pub command: Vec<String>,
}

/// Our interpreter alone, and our runtime as it is shipped: `(name, arguments)`.
pub const OURS: [(&str, &[&str]); 2] = [("ours-interp", &["--jit=off"]), ("ours", &[])];

impl Runtime {
    /// Parses `NAME=COMMAND`, or one of the names in [`OURS`].
    pub fn parse(text: &str, own_binary: &Path) -> Result<Runtime, String> {
        if let Some((name, command)) = text.split_once('=') {
            let command = split_words(command)?;
            if name.is_empty() || command.is_empty() {
                return Err(format!("runtime {text:?}: expected NAME='COMMAND'"));
            }
            return Ok(Runtime {
                name: name.to_owned(),
                command,
            });
        }
        let (name, args) = OURS.iter().find(|(name, _)| *name == text).ok_or_else(|| {
            format!("runtime {text:?}: expected NAME='COMMAND', ours or ours-interp")
        })?;
        let mut command = vec![own_binary.display().to_string()];
        command.extend(args.iter().map(|a| (*a).to_owned()));
        Ok(Runtime {
            name: (*name).to_owned(),
            command,
        })
    }

    /// True for a runtime whose binary this workspace builds.
    pub fn uses(&self, own_binary: &Path) -> bool {
        self.command
            .iter()
            .any(|word| Path::new(word) == own_binary)
    }

    /// A command that runs this runtime with further arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]);
        command
    }
}

/// Splits a command into words as a shell does for plain words and quotes; no expansions.
pub fn split_words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(format!("unclosed quote in command {text:?}"));
    }
    words.extend(word);
    Ok(words)
}

/// Where cargo puts this workspace's `threadsnake`: beside the running program.
pub fn own_binary() -> Result<PathBuf, String> {
    let me = std::env::current_exe().map_err(|e| format!("own path: {e}"))?;
    let folder = me.parent().ok_or("the running program has no folder")?;
    Ok(folder.join("threadsnake"))
}

/// Builds `threadsnake` in release mode into the folder that [`own_binary`] names.
pub fn build_own(own_binary: &Path) -> Result<(), String> {
    let target = own_binary
        .parent()
        .and_then(Path::parent)
        .ok_or("no target folder")?;
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--package",
            "threadsnake",
            "--bin",
            "threadsnake",
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(workspace)
        .status()
        .map_err(|e| format!("cargo build: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("threadsnake does not build".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_split_as_in_a_shell() {
        assert_eq!(
            split_words("a  'b c' d\"e f\"").unwrap(),
            ["a", "b c", "de f"]
        );
        assert!(split_words("a 'b").is_err());
    }

    #[test]
    fn our_names_need_no_command() {
        let own = Path::new("/x/threadsnake");
        let interp = Runtime::parse("ours-interp", own).unwrap();
        assert_eq!(interp.command, ["/x/threadsnake", "--jit=off"]);
        assert!(interp.uses(own));
        assert!(
            !Runtime::parse("py=python3 -X importtime", own)
                .unwrap()
                .uses(own)
        );
        assert!(Runtime::parse("nobody", own).is_err());
    }
}

//! What `sys.flags`, `sys.warnoptions` and `sys._xoptions` tell of how the command was called.

/// The switches of a runtime that only Python code reads.
#[derive(Clone, Debug)]
pub struct Flags {
    /// `-d`
    pub debug: u8,
    /// `-i`
    pub inspect: bool,
    /// `-E`
    pub ignore_environment: bool,
    /// `-v`
    pub verbose: u8,
    /// `-b`
    pub bytes_warning: u8,
    /// `-q`
    pub quiet: bool,
    /// `-I`
    pub isolated: bool,
    /// `-X dev`
    pub dev_mode: bool,
    /// `-X warn_default_encoding`
    pub warn_default_encoding: bool,
    /// `-P`
    pub safe_path: bool,
    /// `-X thread_inherit_context=N`
    pub thread_inherit_context: bool,
    /// `-X context_aware_warnings=N`
    pub context_aware_warnings: bool,
    /// `-X int_max_str_digits=N`
    pub int_max_str_digits: usize,
    /// Filters of warnings as `-W` takes them; later ones go before earlier ones.
    pub warnings: Vec<String>,
    /// `-X NAME[=VALUE]`
    pub xoptions: Vec<(String, Option<String>)>,
}

/// Digits that `int` reads and writes unless told otherwise.
pub const DIGITS: usize = 4300;

impl Default for Flags {
    fn default() -> Self {
        Flags {
            debug: 0,
            inspect: false,
            ignore_environment: false,
            verbose: 0,
            bytes_warning: 0,
            quiet: false,
            isolated: false,
            dev_mode: false,
            warn_default_encoding: false,
            safe_path: false,
            thread_inherit_context: true,
            context_aware_warnings: true,
            int_max_str_digits: DIGITS,
            warnings: Vec::new(),
            xoptions: Vec::new(),
        }
    }
}

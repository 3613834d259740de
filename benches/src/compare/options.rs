//! The command line of `compare`.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;

/// Printed for `--help`.
pub const HELP: &str = "\
Runs pyperformance's programs, unmodified, on several Python runtimes in turn and prints how they compare.

compare [--runtime NAME='COMMAND' | --runtime ours | --runtime ours-interp]... [OPTIONS]

The first runtime is the yardstick. ours and ours-interp are this workspace's own, built first; when neither is named,
both are added. A ratio is the yardstick's time divided by the runtime's: 2.00 is twice as fast as the yardstick.

  --programs A,B      only these (see --list)
  --wider             the suite's other programs instead of those that are measured by default
  --json FILE         keep all samples
  --dir DIR           where the suite is unpacked (default: .cache in the workspace); for a runtime in another root
                      (chroot) it has to be visible there under the same path
  --samples N         samples of each program and runtime (default 5; 3 where they take over 8 s)
  --min-time MS       shortest sample in milliseconds (default 60)
  --warmup MS         time spent before the first sample in milliseconds (default 300)
  --timeout S         longest wait for one answer in seconds (default 60)
  --without-ours      do not add ours and ours-interp
  --no-build          take our binary as it is
  --list              print the programs' names
";

/// What was asked for.
pub struct Options {
    pub runtimes: Vec<String>,
    pub programs: Vec<String>,
    pub wider: bool,
    pub json: Option<PathBuf>,
    pub dir: Option<PathBuf>,
    pub samples: usize,
    pub min_time: Duration,
    pub warmup: Duration,
    pub timeout: Duration,
    pub add_ours: bool,
    pub build: bool,
    pub list: bool,
    pub help: bool,
}

impl Options {
    /// Reads the process's arguments.
    pub fn from_env() -> Result<Options, lexopt::Error> {
        let mut options = Options {
            runtimes: Vec::new(),
            programs: Vec::new(),
            wider: false,
            json: None,
            dir: None,
            samples: 5,
            min_time: Duration::from_millis(60),
            warmup: Duration::from_millis(300),
            timeout: Duration::from_secs(60),
            add_ours: true,
            build: true,
            list: false,
            help: false,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Long("runtime") => options.runtimes.push(parser.value()?.string()?),
                Long("programs") => {
                    let names = parser.value()?.string()?;
                    options.programs.extend(
                        names
                            .split(',')
                            .filter(|n| !n.is_empty())
                            .map(str::to_owned),
                    );
                }
                Long("wider") => options.wider = true,
                Long("json") => options.json = Some(parser.value()?.into()),
                Long("dir") => options.dir = Some(parser.value()?.into()),
                Long("samples") => options.samples = parser.value()?.parse::<usize>()?.max(1),
                Long("min-time") => {
                    options.min_time = Duration::from_millis(parser.value()?.parse()?)
                }
                Long("warmup") => options.warmup = Duration::from_millis(parser.value()?.parse()?),
                Long("timeout") => options.timeout = Duration::from_secs(parser.value()?.parse()?),
                Long("without-ours") => options.add_ours = false,
                Long("no-build") => options.build = false,
                Long("list") => options.list = true,
                Short('h') | Long("help") => options.help = true,
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }
}

//! Fetches pinned packages from the Python package index with pip, and lays out the benchmark programs.
//!
//! Nothing fetched is ever committed: it lives in the cache folder (`.cache/` by default). pip checks every archive
//! against the SHA-256 given here.

mod wheels;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A package of fixed version and content.
pub struct Pinned {
    /// Name and version as pip takes them.
    pub requirement: &'static str,
    /// SHA-256 of the one archive that is accepted.
    pub sha256: &'static str,
    /// The archive's file name.
    pub archive: &'static str,
    /// The importable folder inside the unpacked archive.
    pub package: &'static str,
}

/// The benchmark suite itself.
pub const PYPERFORMANCE: Pinned = Pinned {
    requirement: "pyperformance==1.14.0",
    sha256: "94068ac2935b6952ccb5e8a302eb9cebc26e82454494bef6e53822738adf0049",
    archive: "pyperformance-1.14.0-py3-none-any.whl",
    package: "pyperformance",
};

/// What the suite's programs import, as the suite's own requirement files pin it.
pub const DEPENDENCIES: [Pinned; 3] = [
    Pinned {
        requirement: "sqlglot==4.6.0",
        sha256: "377d9d79ae0873fb964a7781d776f5617e7fa311ea198675fb06c8abf7500417",
        archive: "sqlglot-4.6.0-py3-none-any.whl",
        package: "sqlglot",
    },
    Pinned {
        requirement: "tomli==2.0.1",
        sha256: "939de3e7a6161af0c887ef91b7d41a53e7c5a1ca976325f429cb46ea9bc30ecc",
        archive: "tomli-2.0.1-py3-none-any.whl",
        package: "tomli",
    },
    Pinned {
        requirement: "pyaes==1.6.1",
        sha256: "02c1b1405c38d3c370b085fb952dd8bea3fadcee6411ad99f312cc129c536d8f",
        archive: "pyaes-1.6.1.tar.gz",
        package: "pyaes-1.6.1/pyaes",
    },
];

/// A wheel of fixed version and content.
pub struct Wheel {
    /// Name and version as pip takes them.
    requirement: &'static str,
    /// SHA-256 of the archive.
    sha256: &'static str,
    /// The archive's file name.
    archive: &'static str,
}

/// The folder of a runnable suite: `program(name)` gives a benchmark's file.
pub struct Suite {
    benchmarks: PathBuf,
}

impl Suite {
    /// The path of a program's `run_benchmark.py`, for instance for `bm_go`.
    pub fn program(&self, folder: &str) -> PathBuf {
        self.benchmarks.join(folder).join("run_benchmark.py")
    }
}

/// Fetches and unpacks what is missing below `dir`, and puts our stand-in for pyperf and the dependencies beside each
/// program, where Python finds them without any environment variable.
pub fn suite(dir: &Path) -> Result<Suite, String> {
    let root = dir.join("pyperformance-1.14.0");
    let benchmarks = root.join("suite/pyperformance/data-files/benchmarks");
    if !benchmarks.join("MANIFEST").is_file() {
        fetch(&PYPERFORMANCE, &root.join("archives"))?;
        unpack(
            &root.join("archives").join(PYPERFORMANCE.archive),
            &root.join("suite"),
        )?;
    }
    let packages = root.join("packages");
    for pinned in &DEPENDENCIES {
        let folder = packages.join(pinned.requirement);
        if !folder.join(pinned.package).is_dir() {
            fetch(pinned, &root.join("archives"))?;
            unpack(&root.join("archives").join(pinned.archive), &folder)?;
        }
    }
    install_shim(&packages.join("pyperf"))?;
    for entry in fs::read_dir(&benchmarks).map_err(|e| at(&benchmarks, e))? {
        let folder = entry.map_err(|e| at(&benchmarks, e))?.path();
        if folder.join("run_benchmark.py").is_file() {
            link(&folder, "pyperf", "pyperf")?;
            for pinned in &DEPENDENCIES {
                let name = pinned.package.rsplit('/').next().unwrap_or(pinned.package);
                link(
                    &folder,
                    name,
                    &format!("{}/{}", pinned.requirement, pinned.package),
                )?;
            }
        }
    }
    Ok(Suite { benchmarks })
}

/// Fetches what a program of the wider set imports and unpacks it beside the program.
pub fn wheels(dir: &Path, suite: &Suite, folder: &str) -> Result<(), String> {
    let program = suite.benchmarks.join(folder);
    if folder == "bm_2to3" {
        // The suite brings this one along, and would have it installed.
        return link_to(&program, "lib2to3", "vendor/src/lib2to3");
    }
    let Some((_, wheels)) = wheels::WHEELS.iter().find(|(f, _)| *f == folder) else {
        return Ok(());
    };
    let done = program.join("wheels.txt");
    let wanted: String = wheels
        .iter()
        .map(|w| format!("{}\n", w.requirement))
        .collect();
    if fs::read_to_string(&done).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    let archives = dir.join("pyperformance-1.14.0/archives");
    for wheel in *wheels {
        let (platform, version) = match wheel.archive.split("-cp3").nth(1) {
            Some(tag) => (
                "manylinux2014_x86_64",
                format!("3.{}", tag.split('-').next().unwrap_or(tag)),
            ),
            None => ("any", "3.14".to_owned()),
        };
        let options = [
            "--only-binary=:all:",
            "--platform",
            platform,
            "--python-version",
            &version,
        ];
        download(wheel.requirement, wheel.sha256, &archives, &options)?;
        unpack(&archives.join(wheel.archive), &program)?;
    }
    if program.join("setuptools").is_dir() {
        // What setuptools does for those that still import it.
        link_to(&program, "distutils", "setuptools/_distutils")?;
    }
    fs::write(&done, wanted).map_err(|e| at(&done, e))
}

/// Writes the shim anew each time: it may have changed since the cache was made.
fn install_shim(folder: &Path) -> Result<(), String> {
    const FILES: [(&str, &str); 2] = [
        (
            "__init__.py",
            include_str!("../pyperf_shim/pyperf/__init__.py"),
        ),
        ("checks.py", include_str!("../pyperf_shim/pyperf/checks.py")),
    ];
    fs::create_dir_all(folder).map_err(|e| at(folder, e))?;
    for (name, text) in FILES {
        let path = folder.join(name);
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(&path, text).map_err(|e| at(&path, e))?;
        }
    }
    Ok(())
}

/// A relative link, so that it also holds inside another root where the cache is visible.
fn link(folder: &Path, name: &str, package: &str) -> Result<(), String> {
    link_to(folder, name, &format!("../../../../../packages/{package}"))
}

fn link_to(folder: &Path, name: &str, target: &str) -> Result<(), String> {
    let path = folder.join(name);
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    std::os::unix::fs::symlink(target, &path).map_err(|e| at(&path, e))
}

fn fetch(pinned: &Pinned, archives: &Path) -> Result<(), String> {
    download(pinned.requirement, pinned.sha256, archives, &[])
}

/// Downloads an archive of that content, unless it is there.
fn download(
    requirement: &str,
    sha256: &str,
    archives: &Path,
    options: &[&str],
) -> Result<(), String> {
    fs::create_dir_all(archives).map_err(|e| at(archives, e))?;
    let list = archives.join("requirement.txt");
    let line = format!("{requirement} --hash=sha256:{sha256}\n");
    fs::write(&list, line).map_err(|e| at(&list, e))?;
    eprintln!("fetching {requirement}");
    run(Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
        ])
        .args(options)
        .arg("--dest")
        .arg(archives)
        .arg("--requirement")
        .arg(&list))
}

fn unpack(archive: &Path, folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|e| at(folder, e))?;
    let module = if archive.extension().is_some_and(|e| e == "whl") {
        "zipfile"
    } else {
        "tarfile"
    };
    run(Command::new("python3")
        .args(["-m", module, "-e"])
        .arg(archive)
        .arg(folder))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|e| format!("python3 with pip is needed to fetch the suite: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr).trim_end()
    ))
}

fn at(path: &Path, error: std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

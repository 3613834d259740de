//! The programs that are measured: names, where each lives in pyperformance, and its arguments.

/// One program: a file of the suite with fixed arguments. A file may time several functions; they count as one program.
pub struct Program {
    pub name: &'static str,
    /// Folder in pyperformance's `data-files/benchmarks`.
    pub folder: &'static str,
    pub args: &'static [&'static str],
}

const fn plain(name: &'static str, folder: &'static str) -> Program {
    Program {
        name,
        folder,
        args: &[],
    }
}

const fn part(name: &'static str, folder: &'static str, args: &'static [&'static str]) -> Program {
    Program { name, folder, args }
}

/// In the order in which they run and are printed.
pub const PROGRAMS: &[Program] = &[
    plain("richards", "bm_richards"),
    plain("richards_super", "bm_richards_super"),
    plain("deltablue", "bm_deltablue"),
    plain("nbody", "bm_nbody"),
    plain("fannkuch", "bm_fannkuch"),
    plain("float", "bm_float"),
    plain("spectral_norm", "bm_spectral_norm"),
    plain("raytrace", "bm_raytrace"),
    plain("chaos", "bm_chaos"),
    plain("go", "bm_go"),
    plain("hexiom", "bm_hexiom"),
    plain("nqueens", "bm_nqueens"),
    plain("pidigits", "bm_pidigits"),
    part("scimark_sor", "bm_scimark", &["sor"]),
    part(
        "scimark_sparse_mat_mult",
        "bm_scimark",
        &["sparse_mat_mult"],
    ),
    part("scimark_monte_carlo", "bm_scimark", &["monte_carlo"]),
    part("scimark_lu", "bm_scimark", &["lu"]),
    part("scimark_fft", "bm_scimark", &["fft"]),
    plain("crypto_pyaes", "bm_crypto_pyaes"),
    plain("pyflate", "bm_pyflate"),
    plain("mdp", "bm_mdp"),
    plain("unpack_sequence", "bm_unpack_sequence"),
    plain("generators", "bm_generators"),
    plain("coroutines", "bm_coroutines"),
    plain("comprehensions", "bm_comprehensions"),
    plain("meteor_contest", "bm_meteor_contest"),
    plain("barnes_hut", "bm_barnes_hut"),
    plain("regex_compile", "bm_regex_compile"),
    plain("regex_v8", "bm_regex_v8"),
    plain("regex_effbot", "bm_regex_effbot"),
    plain("regex_dna", "bm_regex_dna"),
    plain("json_dumps", "bm_json_dumps"),
    plain("json_loads", "bm_json_loads"),
    plain("deepcopy", "bm_deepcopy"),
    plain("typing_runtime_protocols", "bm_typing_runtime_protocols"),
    plain("gc_collect", "bm_gc_collect"),
    plain("gc_traversal", "bm_gc_traversal"),
    plain("tomli_loads", "bm_tomli_loads"),
    part("sqlglot_v2_parse", "bm_sqlglot_v2", &["parse"]),
    part("sqlglot_v2_transpile", "bm_sqlglot_v2", &["transpile"]),
    part("sqlglot_v2_optimize", "bm_sqlglot_v2", &["optimize"]),
    part("sqlglot_v2_normalize", "bm_sqlglot_v2", &["normalize"]),
    part("argparse", "bm_argparse", &["many_optionals"]),
    part("argparse_subparsers", "bm_argparse", &["subparsers"]),
    plain("bpe_tokeniser", "bm_bpe_tokeniser"),
];

/// The programs named, in the table's order. A name may also be a folder without `bm_` (`scimark`: all five).
pub fn select(names: &[String]) -> Result<Vec<&'static Program>, String> {
    if names.is_empty() {
        return Ok(PROGRAMS.iter().collect());
    }
    let named = |p: &Program, n: &str| p.name == n || p.folder.strip_prefix("bm_") == Some(n);
    if let Some(unknown) = names.iter().find(|n| !PROGRAMS.iter().any(|p| named(p, n))) {
        return Err(format!("no program {unknown:?}; --list prints them"));
    }
    Ok(PROGRAMS
        .iter()
        .filter(|p| names.iter().any(|n| named(p, n)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (i, p) in PROGRAMS.iter().enumerate() {
            assert!(PROGRAMS[..i].iter().all(|q| q.name != p.name), "{}", p.name);
        }
    }

    #[test]
    fn a_folder_selects_its_parts() {
        assert_eq!(select(&["scimark".to_owned()]).unwrap().len(), 5);
        assert_eq!(select(&["argparse".to_owned()]).unwrap().len(), 2);
        assert!(select(&["nothing".to_owned()]).is_err());
    }
}

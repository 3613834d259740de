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

/// The suite's other programs that a Python without C libraries runs. What is left of the suite needs one of them, and is
/// in benches/README.md with the reason.
pub const WIDER: &[Program] = &[
    plain("2to3", "bm_2to3"),
    plain("async_generators", "bm_async_generators"),
    part("async_tree", "bm_async_tree", &["none"]),
    part(
        "async_tree_cpu_io_mixed",
        "bm_async_tree",
        &["cpu_io_mixed"],
    ),
    part("async_tree_io", "bm_async_tree", &["io"]),
    part("async_tree_memoization", "bm_async_tree", &["memoization"]),
    part("async_tree_eager", "bm_async_tree", &["eager"]),
    part(
        "async_tree_eager_cpu_io_mixed",
        "bm_async_tree",
        &["eager_cpu_io_mixed"],
    ),
    part("async_tree_eager_io", "bm_async_tree", &["eager_io"]),
    part(
        "async_tree_eager_memoization",
        "bm_async_tree",
        &["eager_memoization"],
    ),
    part("async_tree_tg", "bm_async_tree", &["none", "--task-groups"]),
    part(
        "async_tree_cpu_io_mixed_tg",
        "bm_async_tree",
        &["cpu_io_mixed", "--task-groups"],
    ),
    part(
        "async_tree_io_tg",
        "bm_async_tree",
        &["io", "--task-groups"],
    ),
    part(
        "async_tree_memoization_tg",
        "bm_async_tree",
        &["memoization", "--task-groups"],
    ),
    part(
        "async_tree_eager_tg",
        "bm_async_tree",
        &["eager", "--task-groups"],
    ),
    part(
        "async_tree_eager_cpu_io_mixed_tg",
        "bm_async_tree",
        &["eager_cpu_io_mixed", "--task-groups"],
    ),
    part(
        "async_tree_eager_io_tg",
        "bm_async_tree",
        &["eager_io", "--task-groups"],
    ),
    part(
        "async_tree_eager_memoization_tg",
        "bm_async_tree",
        &["eager_memoization", "--task-groups"],
    ),
    plain("base64", "bm_base64"),
    plain("chameleon", "bm_chameleon"),
    plain("decimal_pi", "bm_decimal_pi"),
    plain("django_template", "bm_django_template"),
    plain("docutils", "bm_docutils"),
    plain("dulwich_log", "bm_dulwich_log"),
    part("genshi_text", "bm_genshi", &["text"]),
    part("genshi_xml", "bm_genshi", &["xml"]),
    plain("html5lib", "bm_html5lib"),
    part("logging_format", "bm_logging", &["format"]),
    part("logging_silent", "bm_logging", &["silent"]),
    part("logging_simple", "bm_logging", &["simple"]),
    plain("mako", "bm_mako"),
    part("networkx", "bm_networkx", &["shortest_path"]),
    part(
        "networkx_connected_components",
        "bm_networkx",
        &["connected_components"],
    ),
    part("networkx_k_core", "bm_networkx", &["k_core"]),
    plain("pathlib", "bm_pathlib"),
    part(
        "pickle_pure_python",
        "bm_pickle",
        &["--pure-python", "pickle"],
    ),
    part(
        "unpickle_pure_python",
        "bm_pickle",
        &["--pure-python", "unpickle"],
    ),
    plain("pprint", "bm_pprint"),
    plain("python_startup", "bm_python_startup"),
    part(
        "python_startup_no_site",
        "bm_python_startup",
        &["--no-site"],
    ),
    plain("sphinx", "bm_sphinx"),
    part("sympy_expand", "bm_sympy", &["expand"]),
    part("sympy_integrate", "bm_sympy", &["integrate"]),
    part("sympy_sum", "bm_sympy", &["sum"]),
    part("sympy_str", "bm_sympy", &["str"]),
    plain("telco", "bm_telco"),
    part("xml_etree_parse", "bm_xml_etree", &["parse"]),
    part("xml_etree_iterparse", "bm_xml_etree", &["iterparse"]),
    part("xml_etree_generate", "bm_xml_etree", &["generate"]),
    part("xml_etree_process", "bm_xml_etree", &["process"]),
    plain("yaml", "bm_yaml"),
];

/// The programs named, in the tables' order; without names the first table, or the second if `wider`. A name may
/// also be a folder without `bm_` (`scimark`: all five).
pub fn select(names: &[String], wider: bool) -> Result<Vec<&'static Program>, String> {
    if names.is_empty() {
        return Ok(if wider { WIDER } else { PROGRAMS }.iter().collect());
    }
    let all = || PROGRAMS.iter().chain(WIDER);
    let named = |p: &Program, n: &str| p.name == n || p.folder.strip_prefix("bm_") == Some(n);
    if let Some(unknown) = names.iter().find(|n| !all().any(|p| named(p, n))) {
        return Err(format!("no program {unknown:?}; --list prints them"));
    }
    Ok(all()
        .filter(|p| names.iter().any(|n| named(p, n)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let all: Vec<&Program> = PROGRAMS.iter().chain(WIDER).collect();
        for (i, p) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|q| q.name != p.name), "{}", p.name);
        }
    }

    #[test]
    fn a_folder_selects_its_parts() {
        assert_eq!(select(&["scimark".to_owned()], false).unwrap().len(), 5);
        assert_eq!(select(&["argparse".to_owned()], false).unwrap().len(), 2);
        assert!(select(&["nothing".to_owned()], true).is_err());
    }
}

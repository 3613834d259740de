//! Listings: every byte decoded back by iced-x86, with names in place of addresses, so that they can be golden.

use super::cold::Emitted;
use crate::lower::lir::LFunc;
use iced_x86::{
    Code, Decoder, DecoderOptions, FlowControl, Formatter, Instruction, IntelFormatter,
};
use std::fmt::Write;

/// The label of a position, if a block, a stub or the entry is there.
fn label(e: &Emitted, f: &LFunc, at: u32) -> Option<String> {
    if at == e.entry {
        return Some("entry".into());
    }
    if let Some(n) = e.stubs.iter().position(|s| *s == at) {
        return Some(format!("exit{n}"));
    }
    // Of empty blocks at one position, the last is the one that begins there.
    let (_, n) = e.block_starts.iter().rev().find(|(s, _)| *s == at)?;
    Some(format!(
        "L{n}{}",
        if f.blocks[*n as usize].header {
            " loop"
        } else {
            ""
        }
    ))
}

/// All instructions of some code, with their positions.
pub fn decode(e: &Emitted, f: &LFunc) -> Vec<Instruction> {
    let start = f.pool.len() * 8;
    let mut d = Decoder::with_ip(64, &e.code[start..], start as u64, DecoderOptions::NONE);
    let mut out = Vec::new();
    while d.can_decode() {
        out.push(d.decode());
    }
    out
}

/// The text of some code.
pub fn listing(e: &Emitted, f: &LFunc) -> String {
    let mut out = String::new();
    let mut formatter = IntelFormatter::new();
    formatter
        .options_mut()
        .set_space_after_operand_separator(true);
    let mut text = String::new();
    for i in decode(e, f) {
        let at = i.ip() as u32;
        if at < e.entry {
            continue;
        }
        if at == e.cold {
            out.push_str("cold:\n");
        }
        if let Some(l) = label(e, f, at) {
            // Writing into a String cannot fail.
            let _ = writeln!(out, "{l}:");
        }
        text.clear();
        formatter.format(&i, &mut text);
        if let Some((_, name)) = e.names.iter().find(|(end, _)| *end == i.next_ip() as u32) {
            text = format!("mov r11, {name}");
        } else if matches!(
            i.flow_control(),
            FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch
        ) && i.code() != Code::Jmp_rm64
        {
            let to = i.near_branch_target() as u32;
            let inside = if to < e.cold {
                format!("hot+{}", to - e.entry)
            } else {
                format!("cold+{}", to - e.cold)
            };
            let target = label(e, f, to).map_or(inside, |l| l.replace(" loop", ""));
            text = format!("{} {target}", format!("{:?}", i.mnemonic()).to_lowercase());
        }
        let patched = e
            .patches
            .iter()
            .find(|p| p.at >= at && u64::from(p.at) < i.next_ip());
        match patched {
            Some(p) => {
                let _ = writeln!(out, "    {text}  ; patch point to exit{}", p.exit);
            }
            None => {
                let _ = writeln!(out, "    {text}");
            }
        }
    }
    out
}

//! What a pure module must say, and must not do.

use proc_macro2::{Delimiter, TokenTree};
use quote::ToTokens;

use crate::house;
use crate::source::Source;
use crate::tokens::{for_each_list, group_at, ident_at, inside, is_ident, is_path_separator, line_of};

pub fn is_pure(source: &Source) -> bool {
    source.top_module().is_some_and(|module| house::PURE.contains(&module))
}

/// True for the one file of a module in which its attributes stand, if `#![forbid(unsafe_code)]` is not among them.
pub fn lacks_forbid(source: &Source) -> bool {
    let is_head_of_module = source.module.len() == 1;
    let forbids = |attribute: &syn::Attribute| {
        attribute.path().is_ident("forbid") && attribute.meta.to_token_stream().to_string().contains("unsafe_code")
    };
    is_head_of_module && !source.syntax.attrs.iter().any(forbids)
}

/// The lines with an effect, and what it is.
pub fn effects(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for_each_list(&source.tokens, &mut |tokens| {
        for index in 0..tokens.len() {
            let line = line_of(&tokens[index]);
            for keyword in ["extern", "libc"] {
                if is_ident(tokens, index, keyword) {
                    found.push((line, keyword.to_owned()));
                }
            }
            if is_ident(tokens, index, "std") && is_path_separator(tokens, index + 1) {
                found.extend(effects_of_std(tokens, index + 3).into_iter().map(|name| (line, format!("std::{name}"))));
            }
        }
    });
    found
}

/// What of `std::X` and `std::{X, Y::Z}` is an effect; `index` is behind `std::`.
fn effects_of_std(tokens: &[TokenTree], index: usize) -> Vec<&'static str> {
    let branches = match group_at(tokens, index, Delimiter::Brace) {
        Some(group) => inside(group)
            .split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
            .map(<[TokenTree]>::to_vec)
            .collect(),
        None => vec![tokens.get(index..).unwrap_or_default().to_vec()],
    };
    let first_names = branches.iter().filter_map(|branch| ident_at(branch, 0));
    first_names.filter_map(|name| house::EFFECTS_OF_STD.iter().find(|effect| name == *effect).copied()).collect()
}

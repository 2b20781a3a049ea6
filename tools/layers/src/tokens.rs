//! Small questions about tokens.

use proc_macro2::{Delimiter, Group, Ident, TokenTree};

pub fn ident_at(tokens: &[TokenTree], index: usize) -> Option<&Ident> {
    match tokens.get(index) {
        Some(TokenTree::Ident(ident)) => Some(ident),
        _ => None,
    }
}

pub fn is_ident(tokens: &[TokenTree], index: usize, text: &str) -> bool {
    ident_at(tokens, index).is_some_and(|ident| ident == text)
}

pub fn is_punct(tokens: &[TokenTree], index: usize, character: char) -> bool {
    matches!(tokens.get(index), Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

/// `::` is two tokens.
pub fn is_path_separator(tokens: &[TokenTree], index: usize) -> bool {
    is_punct(tokens, index, ':') && is_punct(tokens, index + 1, ':')
}

pub fn group_at(tokens: &[TokenTree], index: usize, delimiter: Delimiter) -> Option<&Group> {
    match tokens.get(index) {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

pub fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

pub fn line_of(token: &TokenTree) -> usize {
    token.span().start().line
}

/// Shows every list of tokens, with what is in groups, to `look`.
pub fn for_each_list(tokens: &[TokenTree], look: &mut dyn FnMut(&[TokenTree])) {
    look(tokens);
    for token in tokens {
        if let TokenTree::Group(group) = token {
            for_each_list(&inside(group), look);
        }
    }
}

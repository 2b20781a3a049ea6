//! Where unsafe code stands, and whether it says why it is right.

use proc_macro2::{Delimiter, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::house;
use crate::source::Source;
use crate::tokens::{for_each_list, group_at, ident_at, inside, is_ident, line_of};

/// The lines with unsafe code, or with the permission for it, in a file that may not have it.
pub fn misplaced(source: &Source) -> Vec<usize> {
    let is_allowed = source.top_module().is_some_and(|module| house::UNSAFE_MODULES.contains(&module))
        || house::UNSAFE_FILES.contains(&source.path.as_str());
    if is_allowed {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for_each_list(&tokens_without_permitted_modules(source), &mut |tokens| {
        let misplaced =
            (0..tokens.len()).filter(|&index| is_unsafe_code(tokens, index) || is_permission(tokens, index));
        lines.extend(misplaced.map(|index| line_of(&tokens[index])));
    });
    lines
}

/// In `src/lib.rs`, the declaration of a module that may have unsafe code is where the permission is given.
fn tokens_without_permitted_modules(source: &Source) -> Vec<TokenTree> {
    if source.top_module().is_some() {
        return source.tokens.clone();
    }
    let is_permitted = |item: &&syn::Item| {
        matches!(item, syn::Item::Mod(module)
            if module.content.is_none() && house::UNSAFE_MODULES.iter().any(|name| module.ident == name))
    };
    let items = source.syntax.items.iter().filter(|item| !is_permitted(item)).map(ToTokens::to_token_stream);
    source.syntax.attrs.iter().map(ToTokens::to_token_stream).chain(items).flatten().collect()
}

/// `unsafe`, unless it belongs to the type of a pointer to a function.
fn is_unsafe_code(tokens: &[TokenTree], index: usize) -> bool {
    if !is_ident(tokens, index, "unsafe") {
        return false;
    }
    let mut next = index + 1;
    if is_ident(tokens, next, "extern") {
        next += 1;
        if matches!(tokens.get(next), Some(TokenTree::Literal(_))) {
            next += 1;
        }
    }
    let is_pointer_type = is_ident(tokens, next, "fn") && group_at(tokens, next + 1, Delimiter::Parenthesis).is_some();
    !is_pointer_type
}

/// `allow(unsafe_code)` and the like.
fn is_permission(tokens: &[TokenTree], index: usize) -> bool {
    let is_lint_level =
        ident_at(tokens, index).is_some_and(|name| ["allow", "expect", "warn"].iter().any(|level| name == level));
    is_lint_level
        && group_at(tokens, index + 1, Delimiter::Parenthesis).is_some_and(|lints| {
            let lints = inside(lints);
            (0..lints.len()).any(|index| is_ident(&lints, index, "unsafe_code"))
        })
}

/// The lines of unsafe blocks and impls that no `SAFETY:` comment stands right before.
pub fn unexplained(source: &Source) -> Vec<usize> {
    let mut finder = Finder { lines: source.text.lines().collect(), statements: Vec::new(), unexplained: Vec::new() };
    finder.visit_file(&source.syntax);
    finder.unexplained
}

struct Finder<'a> {
    lines: Vec<&'a str>,
    /// The lines on which the statements, match arms and items around the present place begin.
    statements: Vec<usize>,
    unexplained: Vec<usize>,
}

impl Finder<'_> {
    fn meet(&mut self, line: usize) {
        let is_explained = self.has_comment_before(line)
            || self.statements.last().is_some_and(|&statement| self.has_comment_before(statement));
        if !is_explained {
            self.unexplained.push(line);
        }
    }

    /// Goes up from the line through comments and attributes.
    fn has_comment_before(&self, line: usize) -> bool {
        self.lines[..line - 1]
            .iter()
            .rev()
            .map(|line| line.trim())
            .take_while(|line| line.starts_with("//") || line.starts_with("#["))
            .any(|line| line.strip_prefix("// SAFETY:").is_some_and(|reason| !reason.trim().is_empty()))
    }

    fn within(&mut self, statement: usize, visit: impl FnOnce(&mut Self)) {
        self.statements.push(statement);
        visit(self);
        self.statements.pop();
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_expr_unsafe(&mut self, block: &'ast syn::ExprUnsafe) {
        self.meet(block.unsafe_token.span.start().line);
        visit::visit_expr_unsafe(self, block);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if let Some(keyword) = &item.unsafety {
            self.meet(keyword.span.start().line);
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let tokens: Vec<TokenTree> = call.tokens.clone().into_iter().collect();
        for_each_list(&tokens, &mut |tokens| {
            for index in 0..tokens.len() {
                if is_ident(tokens, index, "unsafe") && group_at(tokens, index + 1, Delimiter::Brace).is_some() {
                    self.meet(line_of(&tokens[index]));
                }
            }
        });
    }

    fn visit_stmt(&mut self, statement: &'ast syn::Stmt) {
        self.within(statement.span().start().line, |finder| visit::visit_stmt(finder, statement));
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.within(arm.span().start().line, |finder| visit::visit_arm(finder, arm));
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        self.within(item.span().start().line, |finder| visit::visit_item(finder, item));
    }
}

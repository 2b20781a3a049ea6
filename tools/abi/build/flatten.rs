//! Makes one flat file of declarations out of a source file of millpond, in the old Rust that ctest2 reads.
//!
//! So the sources themselves are compared with the C headers, and no second copy of the declarations is kept by hand.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use quote::{format_ident, quote, ToTokens};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{
    parse_quote, Attribute, Fields, ForeignItem, Ident, Item, ItemStruct, ItemUnion, ReturnType, Type, TypePath,
    Visibility,
};

/// The declarations of one file.
pub struct Flat {
    pub text: String,
    /// What can be compared: structs and unions with a layout, constants, type aliases, functions and statics.
    pub names: Vec<String>,
}

/// What of a file is compared.
#[derive(Debug, Clone, Copy)]
pub enum Extent {
    /// Every declaration.
    All,
    /// What the rules have a C name for. The file has more, which is Rust's alone.
    Named,
}

/// How the declarations of millpond are brought to what C says.
pub struct Rules {
    /// `(name in Rust, name in C)`, where the two differ.
    pub names_in_c: &'static [(&'static str, &'static str)],
    /// Conditions of `#[cfg(...)]` that do not hold here. What other conditions guard is compared.
    pub unmet_conditions: Vec<&'static str>,
}

/// What every flat file begins with.
pub const PRELUDE: &str = "pub type pointer_to_functions = *mut Option<unsafe extern \"C\" fn()>;\n";

/// Fields whose names are keywords of Rust: in the flat file, in Rust, and in C.
pub const KEYWORD_FIELDS: &[(&str, &str, &str)] = &[("move_", "r#move", "move")];

/// How C writes the type of the prelude, which ctest2 cannot put into C by itself.
pub const POINTER_TO_FUNCTIONS: (&str, &str) = ("pointer_to_functions", "void (**)(void)");

/// One for each file, in their order.
pub fn flatten(sources: &[(PathBuf, Extent)], rules: &Rules) -> Vec<Flat> {
    let files: Vec<syn::File> = sources.iter().map(|(source, _)| parse(source)).collect();
    let mut simple = Simple { callbacks: files.iter().flat_map(|file| callbacks(&file.items)).collect() };
    let extents = sources.iter().map(|(_, extent)| *extent);
    files.into_iter().zip(extents).map(|(file, extent)| flatten_file(file, extent, rules, &mut simple)).collect()
}

fn parse(source: &Path) -> syn::File {
    println!("cargo::rerun-if-changed={}", source.display());
    let text = fs::read_to_string(source).unwrap_or_else(|reason| panic!("{}: {reason}", source.display()));
    syn::parse_file(&text).unwrap_or_else(|reason| panic!("{}: {reason}", source.display()))
}

fn flatten_file(file: syn::File, extent: Extent, rules: &Rules, simple: &mut Simple) -> Flat {
    let mut flat = Flat { text: String::new(), names: Vec::new() };
    for mut item in file.items {
        simple.visit_item_mut(&mut item);
        if matches!(extent, Extent::All) || is_named(&item, rules) {
            flat.add(item, rules);
        }
    }
    flat
}

impl Flat {
    fn add(&mut self, item: Item, rules: &Rules) {
        match item {
            Item::Struct(item) if is_opaque(&item) => self.put_opaque(&item.ident),
            Item::Enum(item) if item.variants.is_empty() => self.put_opaque(&item.ident),
            Item::Struct(item) if is_repr_c(&item.attrs) => {
                let ItemStruct { ident, fields, .. } = item;
                self.put(&ident, quote!(#[repr(C)] pub struct #ident #fields));
            }
            Item::Union(item) if is_repr_c(&item.attrs) => {
                let (ident, fields) = (item.ident, item.fields);
                self.put(&ident, quote!(#[repr(C)] pub union #ident #fields));
            }
            Item::Struct(ItemStruct { ident, .. }) | Item::Union(ItemUnion { ident, .. }) => {
                panic!("{ident} needs #[repr(C)]: C sees it");
            }
            Item::Const(item) => {
                let (ident, ty, value) = (item.ident, item.ty, item.expr);
                self.put(&ident, quote!(pub const #ident: #ty = #value;));
            }
            Item::Type(item) => {
                let (ident, ty) = (item.ident, item.ty);
                self.put(&ident, quote!(pub type #ident = #ty;));
            }
            Item::Fn(item) if is_exported(&item.attrs) => self.put_function(&item.sig),
            Item::Static(item) if is_exported(&item.attrs) => {
                let (mutability, ident, ty) = (item.mutability, item.ident, item.ty);
                self.put(&ident, quote!(extern "C" { pub static #mutability #ident: #ty; }));
            }
            Item::ForeignMod(block) => {
                for item in block.items.into_iter().filter(|item| is_met(item, rules)) {
                    self.add_foreign(item);
                }
            }
            _ => {}
        }
    }

    fn add_foreign(&mut self, item: ForeignItem) {
        match item {
            ForeignItem::Fn(item) => self.put_function(&item.sig),
            ForeignItem::Static(item) => {
                let (mutability, ident, ty) = (item.mutability, item.ident, item.ty);
                self.put(&ident, quote!(extern "C" { pub static #mutability #ident: #ty; }));
            }
            ForeignItem::Type(item) => self.put_opaque(&item.ident),
            other => panic!("a declaration that cannot be compared: {}", other.to_token_stream()),
        }
    }

    fn put_function(&mut self, signature: &syn::Signature) {
        let (ident, inputs, variadic) = (&signature.ident, &signature.inputs, &signature.variadic);
        let comma = (variadic.is_some() && !inputs.empty_or_trailing()).then(|| quote!(,));
        let output = match &signature.output {
            ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) => &ReturnType::Default,
            output => output,
        };
        self.put(ident, quote!(extern "C" { pub fn #ident(#inputs #comma #variadic) #output; }));
    }

    fn put(&mut self, name: &Ident, declaration: impl ToTokens) {
        self.names.push(name.to_string());
        self.text += &format!("{}\n", declaration.to_token_stream());
    }

    /// A type that is only ever pointed to: there is nothing in it to compare.
    fn put_opaque(&mut self, name: &Ident) {
        self.text += &format!("#[repr(C)] pub struct {name} {{ _private: [u8; 0] }}\n");
    }
}

/// The aliases for pointers to functions.
fn callbacks(items: &[Item]) -> Vec<(String, Type)> {
    let aliases = items.iter().filter_map(|item| match item {
        Item::Type(alias) if alias.ty.to_token_stream().to_string().contains("fn (") => {
            Some((alias.ident.to_string(), (*alias.ty).clone()))
        }
        _ => None,
    });
    aliases.collect()
}

/// Takes off what ctest2 does not know: attributes, paths before names, and what hides the arguments of a callback.
struct Simple {
    callbacks: HashMap<String, Type>,
}

impl Simple {
    /// By the alias's name, a callback would be compared with itself.
    fn show_callback(&self, ty: &mut Type) {
        if let Some(callback) = name_of(ty).and_then(|name| self.callbacks.get(&name)) {
            *ty = callback.clone();
        }
    }
}

impl VisitMut for Simple {
    fn visit_field_mut(&mut self, field: &mut syn::Field) {
        field.attrs.clear();
        field.ident = field.ident.take().map(|name| without_keyword(&name));
        self.show_callback(&mut field.ty);
        visit_mut::visit_field_mut(self, field);
    }

    fn visit_fn_arg_mut(&mut self, argument: &mut syn::FnArg) {
        if let syn::FnArg::Typed(argument) = argument {
            argument.attrs.clear();
            self.show_callback(&mut argument.ty);
        }
        visit_mut::visit_fn_arg_mut(self, argument);
    }

    fn visit_type_mut(&mut self, ty: &mut Type) {
        visit_mut::visit_type_mut(self, ty);
        let said = ty.to_token_stream().to_string().replace(' ', "");
        if said == "*mutOption<unsafeextern\"C\"fn()>" {
            let name = format_ident!("{}", POINTER_TO_FUNCTIONS.0);
            *ty = parse_quote!(#name);
        }
    }

    fn visit_type_path_mut(&mut self, path: &mut TypePath) {
        visit_mut::visit_type_path_mut(self, path);
        let last = path.path.segments.last().cloned();
        path.path.leading_colon = None;
        path.path.segments = last.into_iter().collect();
    }
}

/// The Rust that ctest2 reads has no `r#`: a field `r#move` is `move_` there, which [`KEYWORD_FIELDS`] takes back.
fn without_keyword(name: &Ident) -> Ident {
    let plain = name.unraw();
    if *name == plain {
        return plain;
    }
    let known = KEYWORD_FIELDS.iter().any(|(_, rust, _)| *name == rust);
    assert!(known, "the field {name} is to be added to KEYWORD_FIELDS");
    format_ident!("{plain}_")
}

fn name_of(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

fn is_named(item: &Item, rules: &Rules) -> bool {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        _ => return false,
    };
    rules.names_in_c.iter().any(|(name, _)| ident == name)
}

fn is_met(item: &ForeignItem, rules: &Rules) -> bool {
    let attributes = match item {
        ForeignItem::Fn(item) => &item.attrs,
        ForeignItem::Static(item) => &item.attrs,
        _ => return true,
    };
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    !conditions.filter_map(|attribute| attribute.meta.require_list().ok()).any(|condition| {
        let condition = condition.tokens.to_string();
        rules.unmet_conditions.iter().any(|unmet| condition == *unmet)
    })
}

fn is_public(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}

/// Nothing in it may be touched from outside: it stands for a C type whose content is not our business.
fn is_opaque(item: &ItemStruct) -> bool {
    matches!(&item.fields, Fields::Named(fields) if fields.named.iter().all(|field| !is_public(&field.vis)))
}

fn is_repr_c(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.to_token_stream().to_string().replace(' ', "").starts_with("#[repr(C"))
}

fn is_exported(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.to_token_stream().to_string().contains("no_mangle"))
}

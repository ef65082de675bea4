//! No two files of `src` import each other, directly or through others.
//!
//! A file imports another where a path in its code, in a `use` or in place, leads to an item that the
//! other defines. Re-exports are followed to the file that defines the item: a `mod.rs` that only
//! declares its children and passes their items on imports none of them. Paths that end at a module, and
//! methods, which have no path, are no imports. Items that only tests have are left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::source::{code_of, is_name, sources, tokens};

#[test]
fn no_two_files_import_each_other() {
    let circles = circles(&imports(&sources()));
    assert!(
        circles.is_empty(),
        "files that import each other:\n{}",
        circles.join("\n")
    );
}

#[test]
fn circles_of_any_length_are_found() {
    for (files, expected) in [
        // Two files, by `crate`, by `super`, by a path in place.
        (
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b::B; pub struct A;"),
                ("b.rs", "use super::a::A; pub struct B;"),
            ][..],
            &["a.rs -> b.rs (B) -> a.rs (A)"][..],
        ),
        (
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "pub struct A; fn f() { super::b::g(); }"),
                ("b.rs", "pub fn g() -> crate::a::A {}"),
            ],
            &["a.rs -> b.rs (g) -> a.rs (A)"],
        ),
        // Three, one of them through a `use` of a module.
        (
            &[
                ("lib.rs", "mod a; mod b; mod c;"),
                ("a.rs", "use crate::{b as other}; pub struct A; fn f(x: other::B) {}"),
                ("b.rs", "use crate::c::{self, C}; pub struct B;"),
                ("c.rs", "pub struct C; impl C { fn f(self) -> crate::a::A { } }"),
            ],
            &["a.rs -> b.rs (B) -> c.rs (C) -> a.rs (A)"],
        ),
        // Two children, each through their parent's re-export of the other.
        (
            &[
                ("lib.rs", "mod p;"),
                ("p/mod.rs", "mod a; mod b; pub use a::A; pub(crate) use b::*;"),
                ("p/a.rs", "use super::B; pub struct A;"),
                ("p/b.rs", "use super::A; pub struct B;"),
            ],
            &["p/a.rs -> p/b.rs (B) -> p/a.rs (A)"],
        ),
        // A parent that uses what its child makes of the parent's own.
        (
            &[
                ("lib.rs", "mod p;"),
                ("p/mod.rs", "mod a; use a::f; pub struct P; fn g() { f(); }"),
                ("p/a.rs", "use super::P; pub fn f() {}"),
            ],
            &["p/a.rs -> p/mod.rs (P) -> p/a.rs (f)"],
        ),
        // The same, where what it passes on is used as well.
        (
            &[
                ("lib.rs", "mod p;"),
                ("p/mod.rs", "mod a; pub use a::A; pub struct P(A);"),
                ("p/a.rs", "pub struct A; fn f(p: super::P) {}"),
            ],
            &["p/a.rs -> p/mod.rs (P) -> p/a.rs (A)"],
        ),
        // Everything of a module at once, and a macro's body.
        (
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b::*; pub const A: u8 = 1;"),
                ("b.rs", "pub macro_rules! m { () => { $crate::a::A } } pub fn f() {}"),
            ],
            &["a.rs -> b.rs (*) -> a.rs (A)"],
        ),
        // A module inside a file is that file's.
        (
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "pub fn f() {} mod inner { use super::super::b::g; }"),
                ("b.rs", "pub fn g() { super::a::f(); }"),
            ],
            &["a.rs -> b.rs (g) -> a.rs (f)"],
        ),
        // None: siblings through a parent that only passes on, and a parent's own type in its children.
        (
            &[
                ("lib.rs", "mod p; mod q;"),
                ("p/mod.rs", "mod a; mod b; pub use a::A; pub use b::B; pub struct Error;"),
                ("p/a.rs", "use super::Error; pub struct A;"),
                ("p/b.rs", "use super::{A, Error}; pub struct B;"),
                ("q.rs", "use crate::p::{self, A}; fn f(b: p::B) {}"),
            ],
            &[],
        ),
        // A parent that uses what it passes on, behind two points; and none, where it has a method or a field of the
        // name.
        (
            &[
                ("lib.rs", "mod p;"),
                ("p/mod.rs", "mod a; pub use a::f; pub struct P; fn g(x: T) { 0..f() }"),
                ("p/a.rs", "use super::P; pub fn f() {}"),
            ],
            &["p/a.rs -> p/mod.rs (P) -> p/a.rs (f)"],
        ),
        (
            &[
                ("lib.rs", "mod p;"),
                ("p/mod.rs", "mod a; pub use a::f; pub struct P; fn g(x: T) { x.f(); x.f }"),
                ("p/a.rs", "use super::P; pub fn f() {}"),
            ],
            &[],
        ),
        // None: tests, other crates of a module's name, and what is not code.
        (
            &[
                ("lib.rs", "mod a; mod b; #[cfg(test)] mod testing;"),
                ("a.rs", "use crate::b::B; pub struct A; #[cfg(test)] mod tests { use crate::testing::T; }"),
                (
                    "b.rs",
                    "pub struct B; use a::b; /* crate::a::A */ #[cfg(test)] use crate::a::A; const T: &str = \"crate::a::A\";
                    #[cfg(all(test, unix))] mod tests { use crate::a::A; } #[cfg(test)] fn f(x: [crate::a::A; 2]) {}",
                ),
                ("testing.rs", "use crate::a::A; use crate::b::B; pub struct T;"),
            ],
            &[],
        ),
    ] {
        let files: Vec<(String, String)> = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        assert_eq!(circles(&imports(&files)), expected, "{files:?}");
    }
}

/// Which file imports which, and an item that it imports.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

/// A name that a `use` brings into a module.
struct Use {
    path: Vec<String>,
    /// `*` for all names of `path`.
    name: String,
    is_public: bool,
}

/// A module of the crate.
#[derive(Default)]
struct Module {
    parent: Option<usize>,
    /// The file whose code it is.
    file: String,
    children: BTreeMap<String, usize>,
    items: BTreeSet<String>,
    uses: Vec<Use>,
    /// Paths of two names and more, outside of `use`.
    paths: Vec<Vec<String>>,
    /// All names in its code, outside of `use`.
    names: BTreeSet<String>,
}

/// The modules of a crate; those of `lib.rs` and of `main.rs` are the first two.
struct Modules {
    all: Vec<Module>,
}

/// The target of a path.
#[derive(Clone, Copy)]
enum Found {
    Module(usize),
    /// An item of a module.
    Item(usize),
}

/// The shortest circle through each file that is in one, each circle once: files with an item that the file before
/// imports from them.
fn circles(imports: &Imports) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for start in imports.keys() {
        let Some(circle) = shortest_circle(imports, start) else {
            continue;
        };
        if seen.insert(circle.iter().copied().collect::<BTreeSet<_>>()) {
            let mut text = circle[0].to_owned();
            for (at, from) in circle.iter().enumerate() {
                let to = circle[(at + 1) % circle.len()];
                text += &format!(" -> {to} ({})", imports[*from][to]);
            }
            circles.push(text);
        }
    }
    circles
}

fn shortest_circle<'a>(imports: &'a Imports, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut circle = vec![file];
                while circle[circle.len() - 1] != start {
                    circle.push(came_from[circle[circle.len() - 1]]);
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next.as_str(), file);
                queue.push_back(next);
            }
        }
    }
    None
}

fn imports(files: &[(String, String)]) -> Imports {
    let modules = Modules::new(files);
    let mut imports = Imports::new();
    for (number, module) in modules.all.iter().enumerate() {
        let mut found = |path: &[String], name: &str, found: Option<Found>| {
            let file = match found {
                Some(Found::Item(at)) => &modules.all[at].file,
                Some(Found::Module(at)) if name == "*" => &modules.all[at].file,
                _ => return,
            };
            if *file != module.file {
                let item = if name == "*" { name } else { &path[path.len() - 1] };
                let imported = imports.entry(module.file.clone()).or_default();
                imported.entry(file.clone()).or_insert_with(|| item.to_owned());
            }
        };
        for one in &module.uses {
            let passes_on = one.is_public && !module.names.contains(&one.name);
            if !passes_on {
                found(&one.path, &one.name, modules.resolve(number, &one.path, 0));
            }
        }
        for path in &module.paths {
            found(path, "", modules.resolve(number, path, 0));
        }
    }
    imports
}

impl Modules {
    fn new(files: &[(String, String)]) -> Self {
        let codes: BTreeMap<&str, String> = files
            .iter()
            .map(|(path, text)| (path.as_str(), code_of(text)))
            .collect();
        let mut modules = Self { all: Vec::new() };
        for root in ["lib.rs", "main.rs"] {
            modules.read(
                root,
                None,
                tokens(codes.get(root).map_or("", String::as_str)),
                "",
                &codes,
            );
        }
        modules
    }

    /// Takes a module's code, and that of the modules that it declares, whose files are in `folder`.
    fn read(
        &mut self,
        file: &str,
        parent: Option<usize>,
        tokens: Vec<&str>,
        folder: &str,
        codes: &BTreeMap<&str, String>,
    ) -> usize {
        let number = self.all.len();
        let mut module = Module {
            parent,
            file: file.to_owned(),
            ..Module::default()
        };
        self.all.push(Module::default());
        let (mut at, mut depth) = (0, 0_usize);
        while at < tokens.len() {
            let next = |ahead: usize| tokens.get(at + ahead).copied().unwrap_or_default();
            match (tokens[at], next(1), next(2)) {
                ("mod", name, ";") => {
                    let paths = [format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")];
                    let path = paths.iter().find(|path| codes.contains_key(path.as_str()));
                    let path = path.unwrap_or_else(|| panic!("{file} declares {name}: none of {paths:?} is there"));
                    let inside = super::source::tokens(&codes[path.as_str()]);
                    let child = self.read(path, Some(number), inside, &format!("{folder}{name}/"), codes);
                    module.children.insert(name.to_owned(), child);
                    at += 3;
                }
                ("mod", name, "{") => {
                    let length = block_length(&tokens[at + 2..]);
                    let inside = tokens[at + 3..at + 1 + length].to_vec();
                    let child = self.read(file, Some(number), inside, &format!("{folder}{name}/"), codes);
                    module.children.insert(name.to_owned(), child);
                    at += 2 + length;
                }
                ("use", start, _) if start != "<" => {
                    let is_public = at > 0 && matches!(tokens[at - 1], "pub" | ")");
                    let length = tokens[at..].iter().position(|token| *token == ";");
                    let end = at + length.expect("a `use` ends");
                    take_uses(&tokens[at + 1..end], &mut Vec::new(), is_public, &mut module.uses);
                    at = end + 1;
                }
                (token, name, _) => {
                    match token {
                        "{" => depth += 1,
                        "}" => depth = depth.saturating_sub(1),
                        "macro_rules" => _ = module.items.insert(next(2).to_owned()),
                        "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" if depth == 0 => {
                            let name = if name == "mut" { next(2) } else { name };
                            module.items.insert(name.to_owned());
                        }
                        _ => {}
                    }
                    let begins = at == 0 || tokens[at - 1] != "::";
                    if begins && token.starts_with(is_name) && name == "::" {
                        let mut path = vec![token.to_owned()];
                        while tokens.get(at + 1) == Some(&"::")
                            && tokens.get(at + 2).is_some_and(|token| token.starts_with(is_name))
                        {
                            path.push(tokens[at + 2].to_owned());
                            at += 2;
                        }
                        module.paths.push(path);
                    }
                    // Methods and fields stand behind a point; behind two begins a path again.
                    let is_part = at > 0 && tokens[at - 1] == "." && (at == 1 || tokens[at - 2] != ".");
                    if token.starts_with(is_name) && !is_part {
                        module.names.insert(token.to_owned());
                    }
                    at += 1;
                }
            }
        }
        self.all[number] = module;
        number
    }

    /// The target of a path in a module; `None` where that is not of this crate. `followed` is the number of
    /// re-exports that led here.
    fn resolve(&self, from: usize, path: &[String], followed: usize) -> Option<Found> {
        let mut at = from;
        for (number, name) in path.iter().enumerate() {
            let found = match name.as_str() {
                "crate" | "portbloom" if number == 0 => Found::Module(0),
                "self" => Found::Module(at),
                "super" => Found::Module(self.all[at].parent?),
                name => self.look_up(at, name, followed)?,
            };
            match found {
                Found::Module(module) => at = module,
                item @ Found::Item(_) => return Some(item),
            }
        }
        Some(Found::Module(at))
    }

    /// The target of a name in a module.
    fn look_up(&self, module: usize, name: &str, followed: usize) -> Option<Found> {
        let here = &self.all[module];
        if let Some(child) = here.children.get(name) {
            return Some(Found::Module(*child));
        }
        if here.items.contains(name) {
            return Some(Found::Item(module));
        }
        // A path that begins with the name that it brings in is another crate's.
        let not_itself = |one: &&Use| one.path[0] != name;
        // Two modules may take all of each other.
        if followed > 8 {
            return None;
        }
        let named = here.uses.iter().filter(|one| one.name == name).filter(not_itself);
        let all = here.uses.iter().filter(|one| one.name == "*").filter(not_itself);
        let named = named.filter_map(|one| self.resolve(module, &one.path, followed + 1));
        let of_all = all.filter_map(|one| match self.resolve(module, &one.path, followed + 1)? {
            Found::Module(other) => self.look_up(other, name, followed + 1),
            Found::Item(_) => None,
        });
        named.chain(of_all).next()
    }
}

/// Length of a `{ ... }` at the start of tokens, with its braces.
fn block_length(tokens: &[&str]) -> usize {
    let mut depth = 0_usize;
    let end = tokens.iter().position(|token| {
        match *token {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    end.expect("a block ends") + 1
}

/// The names that a `use` brings in; `before` is the path up to here.
fn take_uses(tokens: &[&str], before: &mut Vec<String>, is_public: bool, uses: &mut Vec<Use>) {
    let whole = before.len();
    let mut tokens = tokens;
    loop {
        match tokens {
            ["{", inside @ .., "}"] => {
                let mut depth = 0_usize;
                let parts = inside.split(|token| {
                    match *token {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        _ => {}
                    }
                    depth == 0 && *token == ","
                });
                for part in parts.filter(|part| !part.is_empty()) {
                    take_uses(part, before, is_public, uses);
                }
                break;
            }
            [name, "::", rest @ ..] => {
                before.push((*name).to_owned());
                tokens = rest;
            }
            ["::", ..] | [] => break,
            [last, rest @ ..] => {
                if !matches!(*last, "*" | "self") {
                    before.push((*last).to_owned());
                }
                let name = match (rest, *last) {
                    (["as", name], _) => (*name).to_owned(),
                    (_, "*") => "*".to_owned(),
                    _ => before[before.len() - 1].clone(),
                };
                let path = before.clone();
                uses.push(Use { path, name, is_public });
                break;
            }
        }
    }
    before.truncate(whole);
}

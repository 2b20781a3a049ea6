//! Faults in pool.h.

use super::Mutation;

/// The header itself refuses another size; the comparison has to see it too.
const WITHOUT_ASSERTION: (&str, &str) = ("sizeof(struct Pool) == (sizeof(void *) == 8 ? 176 : 92)", "1");

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "a field is long instead of int",
        replacements: &[("int flags;", "long flags;")],
        complaint: "Pool_flags",
    },
    Mutation {
        name: "two fields of one type change places",
        replacements: &[
            ("uintptr_t curfree;", "uintptr_t former_curfree;"),
            ("uintptr_t curalloc;", "uintptr_t curfree;"),
            ("uintptr_t former_curfree;", "uintptr_t curalloc;"),
        ],
        complaint: "offset curfree",
    },
    Mutation {
        name: "a callback takes another argument",
        replacements: &[("void *(*alloc)(POOL_ULONG);", "void *(*alloc)(unsigned int);")],
        complaint: "Pool_alloc",
    },
    Mutation {
        name: "a callback returns nothing",
        replacements: &[("int (*merge)(", "void (*merge)(")],
        complaint: "Pool_merge",
    },
    Mutation {
        name: "a callback gets const",
        replacements: &[("void (*move)(void *from, void *to);", "void (*move)(const void *from, void *to);")],
        complaint: "Pool_move",
    },
    Mutation {
        name: "print takes no further arguments",
        replacements: &[("void (*print)(struct Pool*, char*, ...);", "void (*print)(struct Pool*, char*);")],
        complaint: "Pool_print",
    },
    Mutation {
        name: "panic gets a const format",
        replacements: &[("void (*panic)(struct Pool*, char*, ...);", "void (*panic)(struct Pool*, const char*, ...);")],
        complaint: "Pool_panic",
    },
    Mutation {
        name: "a text is not to const",
        replacements: &[("const char *name;", "char *name;")],
        complaint: "Pool_name",
    },
    Mutation {
        name: "a field follows the last",
        replacements: &[("void *POOL_PRIVATE_FIELD;", "void *POOL_PRIVATE_FIELD; int one_more;"), WITHOUT_ASSERTION],
        complaint: "Pool size",
    },
    Mutation {
        name: "a field is missing",
        replacements: &[("void (*logstack)(struct Pool*);", ""), WITHOUT_ASSERTION],
        complaint: "Pool_logstack",
    },
    Mutation {
        name: "a field has another name",
        replacements: &[("#define POOL_PRIVATE_FIELD private\n", "#define POOL_PRIVATE_FIELD its_own\n")],
        complaint: "Pool_private",
    },
    Mutation {
        name: "a type of its own has another size",
        replacements: &[("#define POOL_ULONG unsigned long", "#define POOL_ULONG unsigned int")],
        complaint: "millpond_POOL_ULONG_is_as_wide_as_a_pointer",
    },
    Mutation {
        name: "a constant has another value",
        replacements: &[("POOL_LOGGING (1 << 4)", "POOL_LOGGING (1 << 3)")],
        complaint: "POOL_LOGGING value",
    },
    Mutation {
        name: "a parameter is int instead of unsigned long",
        replacements: &[(
            "*poolrealloc(struct Pool *pool, void *block, POOL_ULONG n)",
            "*poolrealloc(struct Pool *pool, void *block, int n)",
        )],
        complaint: "fn_poolrealloc",
    },
    Mutation {
        name: "a parameter is missing",
        replacements: &[("POOL_ULONG align, POOL_LONG offset,", "POOL_ULONG align,")],
        complaint: "fn_poolallocalign",
    },
    Mutation {
        name: "a pointer is to const",
        replacements: &[("void poolcheck(struct Pool *pool)", "void poolcheck(const struct Pool *pool)")],
        complaint: "fn_poolcheck",
    },
    Mutation {
        name: "a pointer is not to const",
        replacements: &[("const char *poolerror(", "char *poolerror(")],
        complaint: "fn_poolerror",
    },
    Mutation {
        name: "a function returns int instead of unsigned long",
        replacements: &[("POOL_ULONG poolmsize(", "int poolmsize(")],
        complaint: "fn_poolmsize",
    },
    Mutation {
        name: "a function is missing",
        replacements: &[("int poolcompact(struct Pool *pool);", "")],
        complaint: "fn_poolcompact",
    },
    Mutation {
        name: "a pool is a pool instead of a pointer",
        replacements: &[("extern Pool *mainmem;", "extern Pool mainmem;")],
        complaint: "static_mainmem",
    },
    Mutation {
        name: "a pointer to a pool is const",
        replacements: &[("extern Pool *secrmem;", "extern const Pool *secrmem;")],
        complaint: "static_secrmem",
    },
];

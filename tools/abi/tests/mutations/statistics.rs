//! Faults in millpond.h.

use super::Mutation;

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "frees and allocs change places",
        replacements: &[
            ("uint64_t frees;", "uint64_t former_frees;"),
            ("uint64_t allocs;", "uint64_t frees;"),
            ("uint64_t former_frees;", "uint64_t allocs;"),
        ],
        complaint: "offset allocs",
    },
    Mutation {
        name: "a name has less room",
        replacements: &[("char name[32];\n\t/**\n\t * Blocks", "char name[24];\n\t/**\n\t * Blocks")],
        complaint: "field_type_millpond_stats_pool_name",
    },
    Mutation {
        name: "a field follows the last",
        replacements: &[("uint64_t file_bytes;", "uint64_t file_bytes, one_more;")],
        complaint: "millpond_stats_group size",
    },
    Mutation { name: "a field is signed", replacements: &[("uint64_t inode;", "int64_t inode;")], complaint: "inode" },
    Mutation {
        name: "a constant has another value",
        replacements: &[("MILLPOND_STATS_GIVEN_UP 4", "MILLPOND_STATS_GIVEN_UP 3")],
        complaint: "MILLPOND_STATS_GIVEN_UP value",
    },
    Mutation {
        name: "a number is signed",
        replacements: &[("uint32_t millpond_stats_count(", "int32_t millpond_stats_count(")],
        complaint: "fn_millpond_stats_count",
    },
    Mutation {
        name: "a function writes another struct",
        replacements: &[(
            "(uint32_t number, struct millpond_stats_buffer *out)",
            "(uint32_t number, struct millpond_stats_group *out)",
        )],
        complaint: "fn_millpond_stats_get_buffer",
    },
];

//! Faults in chain/shm.h.

use super::Mutation;

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "two fields of the request change places",
        replacements: &[
            ("size_t buffer_bytes;", "size_t former_bytes;"),
            ("size_t pix_instances;\n\t/**\n\t * The pixels", "size_t buffer_bytes;\n\t/**\n\t * The pixels"),
            ("size_t former_bytes;", "size_t pix_instances;"),
        ],
        complaint: "offset buffer_bytes",
    },
    Mutation {
        name: "a format is signed",
        replacements: &[("uint32_t format_without_alpha;", "int32_t format_without_alpha;")],
        complaint: "format_without_alpha",
    },
    Mutation {
        name: "a parameter is long instead of int",
        replacements: &[(
            "millpond_chain_scroll(struct buffer *buf, int rows,",
            "millpond_chain_scroll(struct buffer *buf, long rows,",
        )],
        complaint: "fn_millpond_chain_scroll",
    },
    Mutation {
        name: "a function returns int instead of bool",
        replacements: &[("bool millpond_chain_can_scroll(", "int millpond_chain_can_scroll(")],
        complaint: "fn_millpond_chain_can_scroll",
    },
    Mutation {
        name: "a pointer is not to const",
        replacements: &[(
            "const int *widths, const int *heights,\n\t\t\t     struct buffer **bufs);",
            "int *widths, const int *heights,\n\t\t\t     struct buffer **bufs);",
        )],
        complaint: "fn_millpond_chain_get_many",
    },
];

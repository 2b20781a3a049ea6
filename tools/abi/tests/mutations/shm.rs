//! Faults in shm.h.

use super::Mutation;

pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "width and height change places",
        replacements: &[
            ("int width;", "int former_width;"),
            ("int height;", "int width;"),
            ("int former_width;", "int height;"),
        ],
        complaint: "offset height",
    },
    Mutation {
        name: "a parameter is long instead of int",
        replacements: &[("struct buffer *buf, int rows,", "struct buffer *buf, long rows,")],
        complaint: "fn_shm_scroll",
    },
    Mutation {
        name: "a function returns int instead of bool",
        replacements: &[("bool shm_can_scroll(", "int shm_can_scroll(")],
        complaint: "fn_shm_can_scroll",
    },
    Mutation {
        name: "a parameter is missing",
        replacements: &[("shm_purge(struct wl_shm *shm, unsigned long cookie)", "shm_purge(struct wl_shm *shm)")],
        complaint: "fn_shm_purge",
    },
    Mutation {
        name: "a pointer is not to const",
        replacements: &[("shm_can_scroll(const struct buffer *", "shm_can_scroll(struct buffer *")],
        complaint: "fn_shm_can_scroll",
    },
    Mutation {
        name: "a field is int instead of unsigned",
        replacements: &[("unsigned int age;", "int age;")],
        complaint: "buffer_age",
    },
    Mutation {
        name: "a field follows the last",
        replacements: &[("pixman_region32_t dirty;", "pixman_region32_t dirty; int one_more;")],
        complaint: "buffer size",
    },
    Mutation {
        name: "a constant has another value",
        replacements: &[("SHM_ERRORS_RETURN 1", "SHM_ERRORS_RETURN 2")],
        complaint: "SHM_ERRORS_RETURN value",
    },
    Mutation {
        name: "a callback takes another argument",
        replacements: &[("(int level, const char *message,", "(int level, char *message,")],
        complaint: "fn_shm_set_log_handler",
    },
];

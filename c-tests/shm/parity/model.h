/*
 * What a program may rely on, in the plainest terms: arrays of pixels, and the rules of reuse.
 *
 * A model follows one library. It says what must come next; the files above it (side.c) compare.
 */
#ifndef MILLPOND_PARITY_MODEL_H
#define MILLPOND_PARITY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;

#define MODEL_GROUPS 6
#define MODEL_BUFFERS_MAX 24
#define AGE_OF_NEW 1234

/* shm_scroll()'s numbers. */
struct scroll_step {
	int rows, top_margin, top_keep_rows, bottom_margin, bottom_keep_rows;
};

enum model_place {
	IN_HAND,                               /* the program draws it */
	HELD,                                  /* the compositor reads it */
	IDLE,
};

struct model_buffer {
	struct buffer *handle;
	uint32_t *pixels;                      /* width x height, rows without a gap */
	int width, height;
	enum model_place place;
	bool is_optional;                      /* when idle: may be reused, or may be gone (never so in the original) */
	bool is_doomed;                        /* when idle: goes with the next get of its group */
	bool surely_scrolls;                   /* made while the pool size was ample */
	unsigned age;                          /* as the original counts it */
	unsigned long got_at;                  /* the group's get that returned it last */
	unsigned long touched_at;              /* the same, in gets of all groups */
};

/* The buffers of a cookie. */
struct model_group {
	unsigned long cookie;
	bool scrollable;
	size_t pix_instances;
	struct model_buffer *buffers[MODEL_BUFFERS_MAX];
	unsigned count;
	struct model_buffer *last;             /* returned last */
	unsigned long gets;
};

struct model {
	bool is_original;
	struct model_group groups[MODEL_GROUPS];
	unsigned long gets;
};

/* What a get of a group may come to, given the buffers that are idle. */
struct model_forecast {
	struct model_buffer *reused;           /* the idle one that has the handle; NULL: none has, it must be new */
	bool is_first;                         /* no other one would have to be reused before it */
	bool must_reuse;                       /* a new one would be wrong */
	bool is_open;                          /* some idle ones may have gone: more than one answer is right */
};

struct model_forecast model_forecast_get(const struct model *model, const struct model_group *group, int width,
					 int height, const struct buffer *handle);

/* What goes when a get of the group begins. */
void model_begin_get(struct model_group *group);

/* Notes that a get returned `reused`, or, NULL, a new buffer in `handle`. Gives the record, with zero pixels if new. */
struct model_buffer *model_note_get(struct model *model, struct model_group *group, int width, int height,
				    struct model_buffer *reused, struct buffer *handle);

/*
 * True if `age` is what a get may set in a buffer that it reuses; `was_last`: it was the one returned last. The
 * original counts the gets of the same size that have passed the buffer over.
 */
bool model_age_is_right(const struct model *model, const struct model_buffer *buffer, bool was_last, unsigned age);

/* True if a program may look at the buffer's pixels now. */
bool model_is_readable(const struct model *model, const struct model_group *group, const struct model_buffer *buffer);

/* True if a new buffer in `handle`, for the group `asked`, would take the place of one that still lives. */
bool model_owns_handle(const struct model *model, const struct model_group *asked, const struct buffer *handle);

/* Forgets all buffers of a group. */
void model_note_purge(struct model_group *group);

void model_scroll(struct model_buffer *buffer, const struct scroll_step *step);

/* A step that the interface allows for a buffer of so many rows. */
bool model_step_is_legal(int height, const struct scroll_step *step);

size_t model_size_bytes(const struct model_buffer *buffer);

/* True if two records of a buffer, made at different times, do not differ in any field. */
bool model_has_same_fields(const struct buffer *one, const struct buffer *other);

#endif

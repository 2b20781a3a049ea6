/*
 * A library, a compositor of its own, and the model that the library must agree with.
 * side.c has starting, stopping and what a program does with one buffer; moves.c has what moves: pixels
 * that scroll, buffers that go to the compositor and come back.
 *
 * Each operation is done to the library and to the model, and the two are compared before it returns. What does not
 * agree fails the test, with the operation's number.
 */
#ifndef MILLPOND_PARITY_SIDE_H
#define MILLPOND_PARITY_SIDE_H

#include "compositor/compositor.h"
#include "shm/parity/library.h"
#include "shm/parity/model.h"
#include "support/runner.h"

#define SIDE_QUEUE_MAX 64

struct side_counts {
	unsigned long gets, reuses, scrolls, refused_scrolls, bad_scrolls, draws, commits, releases, purges, pool_sizes;
};

/* Added up over all sides of a library: the one under test, and the original. */
extern struct side_counts side_counts[2];

void side_print_counts(const struct library *library);

struct side {
	const struct library *library;
	struct compositor *compositor;
	struct wl_surface *surfaces[MODEL_GROUPS];
	struct model model;
	/* What the compositor holds, the oldest first; the buffer is NULL if it was purged meanwhile. */
	struct {
		struct model_group *group;
		struct model_buffer *buffer;
	} queue[SIDE_QUEUE_MAX];
	unsigned queue_length;
	long max_pool_size_bytes;
	struct side_counts *counts;
};

/* Fails the test unless the condition holds, and says which operation of which library it was. */
#define AGREE(side, condition)                                \
	do {                                                  \
		if (!(condition)) {                           \
			side_report((side), #condition);      \
			CHECK(!"library and model agree");    \
		}                                             \
	} while (0)

void side_report(const struct side *side, const char *condition);

/* Says in the output which operation is under way, when something does not agree. */
struct operation_label {
	unsigned long long seed;
	unsigned long number;
};
extern struct operation_label operation_label;

/* With this much of a pool for one buffer, the buffer must be able to scroll. */
#define POOL_VIEWS_AMPLE 4
#define POOL_BYTES_AMPLE (1024 * 1024)

/* A rectangle to draw, and how. */
struct drawing {
	int x, y, width, height;
	uint32_t noise;                        /* start of the pixels; or the colour */
	size_t image;                          /* fill through pix[image]; SIZE_MAX: write noise to `mmapped` */
};

/* What a get came to, for comparing two libraries. */
struct got {
	bool is_new, is_sure;
	bool is_brought_up_to_date; /* the library has done what the program would do */
};

void side_start(struct side *side, const struct library *library, long max_pool_size_bytes);
void side_stop(struct side *side);

/* The buffer of a group that the program draws into, or NULL. */
struct model_buffer *side_in_hand(struct side *side, unsigned group);

struct got side_get(struct side *side, unsigned group, int width, int height);
void side_draw(struct side *side, unsigned group, const struct drawing *drawing);

/* Fills the buffer in hand with the pixels of the one returned before it, as programs do with an old buffer. */
void side_copy_last(struct side *side, unsigned group, const struct model_buffer *last);

/* The program has drawn all that is new: the age goes to 0. */
void side_finish_drawing(struct side *side, unsigned group);

/* A legal step. Where the library says no, as it may for a buffer that cannot scroll, the rows are moved by hand. */
void side_scroll(struct side *side, unsigned group, const struct scroll_step *step);

/* A step that is not legal: must change nothing. */
void side_scroll_badly(struct side *side, unsigned group, const struct scroll_step *step);

void side_commit(struct side *side, unsigned group);
void side_release_oldest(struct side *side);
void side_release_newest(struct side *side);
void side_purge(struct side *side, unsigned group);
void side_set_max_pool_size(struct side *side, long bytes);

/* Compares fields, images and pixels of a buffer that the program draws into. */
void side_compare_in_hand(struct side *side, unsigned group);

/* Compares every buffer that a program may look at. */
void side_compare_all(struct side *side);

/* Catches millpond's warnings and errors from now on: a bad argument must have one, and nothing else may. */
void side_watch_messages(void);

#endif

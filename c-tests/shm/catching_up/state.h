/* A program: what it is like, and what it knows; for the files that play it. */
#ifndef MILLPOND_CATCHING_UP_STATE_H
#define MILLPOND_CATCHING_UP_STATE_H

#include "compositor/compositor.h"
#include "compositor/window.h"
#include "shm/catching_up/picture.h"
#include "shm/parity/library.h"

#define PANES_MAX 2
#define STEPS_MAX 64
#define STORY_FRAMES 5

/* The program's record of a scroll: what shm.h knows by name only. */
struct damage {
	struct soak_step step;
};

/* How a program behaves; what is not said of a bool is in frames of a thousand. */
struct habits {
	bool is_large;                         /* pictures of more than 256 KiB */
	bool has_two_panes;
	bool has_plain_pane;                   /* the second one does not scroll: its rows are moved by hand */
	bool keeps_exposed;                    /* shm_set_clear_exposed(false) */
	bool scrolls_first;                    /* as foot does: then a replay of the scrolls is right */
	bool never_scrolls;
	unsigned strange;                      /* frames that are not as the contract says, see enum conduct */
	unsigned own_moves;                    /* scrolls by memmove, and records that are not carried out */
	unsigned draws_all;                    /* frames drawn anew where others copy the last buffer */
	unsigned crowds;                       /* very many rectangles */
	unsigned size_changes;
	bool sizes_come_back;
	unsigned purges;
	unsigned ends;                         /* shm_fini() */
	unsigned pool_sizes;                   /* changes of the pool size */
};

/* What is done with one buffer. */
enum conduct {
	HONEST,                                /* as the contract says */
	NOTHING_RECORDED,                      /* drawn, but `dirty` stays empty */
	AGE_LEFT_ALONE,                        /* `age` is not 0 afterwards, and the records may lack something */
	MISCOUNTED,                            /* `scroll_damage_count` is not the number of scrolls */
	NOT_DRAWN,                             /* shown as it came */
	NOT_SHOWN,                             /* drawn, and never given to the compositor */
	CONDUCTS,
};

/* What has happened, added up over many runs. */
struct tallies {
	unsigned long frames, made;
	unsigned long zero_same, old_same;     /* the buffer returned last, again: age 0, or more */
	unsigned long zero_older, old_older;   /* another one: age 0, so the library has caught up; or more */
	unsigned long replays;                 /* age 1, of the original alone */
	unsigned long scrolls, failed_scrolls, bad_scrolls, own_moves, rectangles, purges, size_changes;
	unsigned long conducts[CONDUCTS];
};

/* A window, and what its last frame shows. */
struct pane {
	struct window window;
	unsigned long cookie;
	bool is_scrollable;
	struct picture picture;
	struct buffer *last;                   /* NULL: the next frame is drawn from nothing */
	bool has_other_size;                   /* than the buffer that was returned last */
	unsigned shown_at;                     /* the frame that was its last */
	char story[STORY_FRAMES][160];         /* what was done in its last frames */
	unsigned next_in_story;
	unsigned size_number;
};

struct program {
	const struct library *library;
	struct compositor *compositor;
	enum release_policy policy;
	struct soak_random random;
	struct habits habits;
	struct pane panes[PANES_MAX];
	struct tallies *tallies;
	uint64_t seed;
	unsigned frame;
};

/* One frame that is being drawn. */
struct drawing {
	struct program *program;
	struct pane *pane;
	struct buffer *buffer;
	enum conduct conduct;
	unsigned age;                          /* as it came */
	struct damage records[STEPS_MAX];
	size_t count;                          /* of the records that a program would keep */
	size_t carried_out;                    /* calls of shm_scroll() that returned true */
	bool has_failed;                       /* one of them did not */
};

/* Fails the test unless the condition holds, and says where. */
#define AGREES(program_, condition)                                     \
	do {                                                            \
		if (!(condition)) {                                     \
			program_report((program_), #condition);         \
			CHECK(!"what the contract says is seen");       \
		}                                                       \
	} while (0)

void program_report(const struct program *program, const char *condition);

bool program_happens(struct program *program, unsigned per_thousand);
unsigned program_below(struct program *program, unsigned limit);

#endif

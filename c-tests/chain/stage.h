/*
 * A program with a window and chains of buffers: what the tests of chain/shm.h have in common, for any version of foot.
 *
 * The tests are compiled once for each generation of shm.h. What all of them answer alike is marked "On the originals
 * too"; on_the_originals.sh runs the tests on those.
 */
#ifndef MILLPOND_TEST_CHAIN_STAGE_H
#define MILLPOND_TEST_CHAIN_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compositor/compositor.h"
#include "compositor/window.h"
#include "shm.h"

#define FOOT MILLPOND_FOOT_VERSION

/* What shm.h of this version has. */
#define HAS_SCROLL_DAMAGE (FOOT < 11400)
#define HAS_REGIONS (FOOT >= 11600)
#define HAS_UNUSED (FOOT >= 11200)
#define HAS_ALPHA (FOOT >= 11700 && FOOT < 12600)
#define HAS_WAYLAND (FOOT >= 12100)
#define HAS_DEPTH (FOOT >= 12203)
#define HAS_SIXTEEN (FOOT >= 12300)
#define HAS_RELEASES (FOOT >= 12500)

/* The names of some tests say that they do not hold on the originals: millpond alone has them. */
#ifdef ON_THE_ORIGINALS
#define OWN_TEST(name) static void __attribute__((unused)) test_##name(void)
#else
#define OWN_TEST(name) TEST(name)
#endif

/* As in foot's terminal.h, but that it is smaller. The tests record one scroll of a frame after the other in it. */
struct damage {
	int rows;
};

struct stage {
	struct compositor *compositor;
	struct window window;
	struct wl_shm *shm;
	struct buffer_chain *other;        /* NULL: there is none */
#if HAS_WAYLAND
	struct wayland wayland;
#endif
};

typedef void (*stage_released)(struct buffer *buffer, void *data);

void stage_start(struct stage *stage, enum release_policy policy);
void stage_start_with(struct stage *stage, const struct compositor_options *options);

/*
 * Finishes the library, and everything else. Fails the test if a held buffer was changed, if the compositor had to send
 * a protocol error, or if pools or buffers are left.
 */
void stage_stop(struct stage *stage);

/*
 * Opens another window, with one buffer, which stage_buffers() does not count; the compositor holds nothing then. Where
 * no window is left, millpond does not wait for what the compositor holds of the others.
 */
void stage_open_other(struct stage *stage);

/* A chain of one image a buffer, 8 bits a colour. */
struct buffer_chain *stage_chain(struct stage *stage, bool is_scrollable);
struct buffer_chain *stage_chain_of(struct stage *stage, bool is_scrollable, size_t images);

/* A buffer with alpha; fails the test if there is none, or if it is not what was asked for. */
struct buffer *stage_get(struct buffer_chain *chain, int width, int height);

/* The same, unchecked. */
struct buffer *stage_ask(struct buffer_chain *chain, int width, int height);
void stage_ask_many(struct buffer_chain *chain, size_t count, int *widths, int *heights, struct buffer **buffers);

/* Shows the buffer as drawn: age 0, commit, pump. */
void stage_show(const struct stage *stage, struct buffer *buffer);

/* Gets a buffer, fills it with one colour, shows it. */
struct buffer *stage_frame(const struct stage *stage, struct buffer_chain *chain, int width, int height, uint32_t colour);

/* The compositor gives back, and the program hears of it. */
void stage_release_oldest(const struct stage *stage);
void stage_release_all(const struct stage *stage);

/* wl_buffers that the compositor knows, when all requests were handled, without the other window's. */
unsigned stage_buffers(const struct stage *stage);

uint32_t *pixel_row(const struct buffer *buffer, int row);
void fill(struct buffer *buffer, uint32_t colour);
bool is_all(const struct buffer *buffer, uint32_t colour);

/* The region in which the program records what it draws in a frame. */
pixman_region32_t *drawn_region(struct buffer *buffer);

#endif

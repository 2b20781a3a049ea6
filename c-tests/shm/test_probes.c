/* The probes of buffers: each that is handed out, given back or scrolled is seen once, with what docs/probes.md says. */
#include <string.h>

#include "compositor/session.h"
#include "support/runner.h"
#include "support/traps.h"

#define COOKIE 77
#define WIDTH 64
#define HEIGHT 48

/* The last probe was this one, and passed so many arguments. */
static struct trap_hit check_last(const char *name, const struct buffer *buffer, int count)
{
	struct trap_hit hit = traps_last();

	CHECK(hit.name && strcmp(hit.name, name) == 0);
	CHECK_EQUAL(hit.count, count);
	CHECK_EQUAL((uintptr_t)hit.arguments[0], (uintptr_t)buffer);
	return hit;
}

static void check_got(const struct buffer *buffer, int width, int height, unsigned long cookie)
{
	struct trap_hit hit = check_last("buffer_get", buffer, 5);

	CHECK_EQUAL((unsigned long)hit.arguments[1], cookie);
	CHECK_EQUAL(hit.arguments[2], width);
	CHECK_EQUAL(hit.arguments[3], height);
	CHECK_EQUAL(hit.arguments[4], buffer->age);
}

TEST(each_buffer_is_seen_once_when_it_comes_and_once_when_it_goes)
{
	struct session session = session_start(RELEASE_AT_ONCE);

	traps_set((uintptr_t)shm_get_buffer);
	for (unsigned i = 0; i < 100; i++) {
		/* In turn for two cookies, then for one again and again, then in another size each time. */
		unsigned long cookie = COOKIE + (i < 30 ? i % 2 : 0);
		int width = WIDTH + (i < 60 ? 0 : (int)i), height = HEIGHT + (i < 80 ? 0 : (int)i);
		struct buffer *buffer = session_get(&session, width, height, cookie, i % 4 != 0);

		check_got(buffer, width, height, cookie);
		CHECK_EQUAL(traps_hits("buffer_get"), i + 1);
		CHECK_EQUAL(traps_hits("buffer_release"), i);
		session_show(&session, buffer);
		struct trap_hit hit = check_last("buffer_release", buffer, 2);

		CHECK_EQUAL((unsigned long)hit.arguments[1], cookie);
		CHECK_EQUAL(traps_hits("buffer_release"), i + 1);
	}
	session_stop(&session);
	CHECK_EQUAL(traps_hits("buffer_get"), 100);
	CHECK_EQUAL(traps_hits("buffer_release"), 100);
}

TEST(what_was_purged_is_seen_when_it_comes_back)
{
	struct session session = session_start(RELEASE_BY_HAND);

	traps_set((uintptr_t)shm_get_buffer);
	session_get(&session, WIDTH, HEIGHT, COOKIE + 1, false); /* so that it is not the last window that is purged */
	for (unsigned i = 0; i < 5; i++)
		session_show(&session, session_get(&session, WIDTH, HEIGHT, COOKIE, i % 2 == 0));
	shm_purge(session.shm, COOKIE);
	CHECK_EQUAL(traps_hits("buffer_get"), 6);
	CHECK_EQUAL(traps_hits("buffer_release"), 0);
	CHECK(compositor_release_all(session.compositor) && compositor_pump(session.compositor));
	CHECK_EQUAL(traps_hits("buffer_release"), 5);
	session_stop(&session);
}

TEST(what_is_given_up_is_never_seen_to_come_back)
{
	struct session session = session_start(RELEASE_BY_HAND);

	traps_set((uintptr_t)shm_get_buffer);
	session_show(&session, session_get(&session, WIDTH, HEIGHT, COOKIE, false));
	shm_purge(session.shm, COOKIE);
	CHECK(compositor_release_all(session.compositor) && compositor_pump(session.compositor));
	CHECK_EQUAL(traps_hits("buffer_get"), 1);
	CHECK_EQUAL(traps_hits("buffer_release"), 0);
	session_stop(&session);
}

TEST(only_the_first_of_two_releases_is_seen)
{
	struct session session = session_start(RELEASE_TWICE);
	struct messages messages;

	messages_catch(&messages);
	traps_set((uintptr_t)shm_get_buffer);
	for (unsigned i = 0; i < 50; i++)
		session_show(&session, session_get(&session, WIDTH, HEIGHT, COOKIE, true));
	/* The last one is on the screen. */
	CHECK_EQUAL(traps_hits("buffer_get"), 50);
	CHECK_EQUAL(traps_hits("buffer_release"), 49);
	messages_stop();
	session_stop(&session);
}

TEST(each_scroll_is_seen_once_and_each_wrap)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	unsigned scrolls = 0, wraps = 0;

	traps_set((uintptr_t)shm_get_buffer);
	for (unsigned i = 0; i < 200; i++) {
		struct buffer *buffer = session_get(&session, 512, 256, COOKIE, true);
		const char *before = buffer->real_mmapped, *view = buffer->mmapped;
		int rows = i % 50 < 40 ? 8 : -8, top = i % 3, bottom = i % 5;

		CHECK(shm_scroll(session.shm, buffer, rows, 1, top, 2, bottom));
		struct trap_hit hit = check_last("scroll", buffer, 5);

		CHECK_EQUAL(hit.arguments[1], rows);
		CHECK_EQUAL(hit.arguments[2], top);
		CHECK_EQUAL(hit.arguments[3], bottom);
		CHECK_EQUAL(hit.arguments[4] % buffer->stride, 0);
		CHECK_EQUAL(traps_hits("scroll"), ++scrolls);
		/* A view that has gone the other way than its rows was carried back. */
		wraps += (rows > 0) != ((const char *)buffer->mmapped > view);
		CHECK_EQUAL(traps_hits("wrap"), wraps);
		CHECK((rows > 0) == ((const char *)buffer->mmapped > view) ||
		      hit.arguments[4] >= (256 - 8) * buffer->stride);
		CHECK(before == buffer->real_mmapped);
		session_show(&session, buffer);
	}
	CHECK(wraps > 0);
	struct buffer *buffer = session_get(&session, 512, 256, COOKIE, true);

	CHECK(!shm_scroll(session.shm, buffer, 0, 0, 0, 0, 0)); /* says so on stderr */
	CHECK_EQUAL(traps_hits("scroll"), scrolls);
	session_stop(&session);
}

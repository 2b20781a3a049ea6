/* What the statistics page says of buffers and their groups: each thing that happens is counted, and once. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compositor/session.h"
#include "millpond.h"
#include "support/random.h"
#include "support/runner.h"

#define COOKIE 77
#define WIDTH 64
#define HEIGHT 48

/* The one group of a cookie. */
static struct millpond_stats_group group_of(unsigned long cookie)
{
	struct millpond_stats_group found = { 0 };
	unsigned count = 0;

	for (uint32_t i = 0; i < millpond_stats_count(); i++) {
		struct millpond_stats_group group = { .size = sizeof(group) };

		if (millpond_stats_get_group(i, &group) != 1 || group.cookie != cookie)
			continue;
		found = group;
		count++;
	}
	CHECK_EQUAL(count, 1);
	return found;
}

/* The file that is mapped at an address; 0 if none is. */
static uint64_t inode_at(const void *address)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	uint64_t start, end, inode, found = 0;
	char line[512];

	CHECK(maps != NULL);
	while (fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %" SCNu64, &start, &end, &inode) == 3 &&
		    start <= (uintptr_t)address && (uintptr_t)address < end)
			found = inode;
	fclose(maps);
	return found;
}

/* The one buffer of its cookie. */
static struct millpond_stats_buffer record_of(const struct buffer *buffer)
{
	struct millpond_stats_buffer found = { 0 };
	unsigned count = 0;

	for (uint32_t i = 0; i < millpond_stats_count(); i++) {
		struct millpond_stats_buffer record = { .size = sizeof(record) };

		if (millpond_stats_get_buffer(i, &record) != 1 || record.cookie != buffer->cookie)
			continue;
		found = record;
		count++;
	}
	CHECK_EQUAL(count, 1);
	CHECK_EQUAL(found.inode, inode_at(buffer->mmapped));
	return found;
}

static unsigned count_buffers(uint64_t states)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < millpond_stats_count(); i++) {
		struct millpond_stats_buffer record = { .size = sizeof(record) };

		count += millpond_stats_get_buffer(i, &record) == 1 && record.state == states;
	}
	return count;
}

TEST(a_buffer_is_told_of_from_its_first_request_to_its_end)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct buffer *buffer = session_get(&session, WIDTH, HEIGHT, COOKIE, false);
	struct millpond_stats_buffer record = record_of(buffer);
	struct millpond_stats_group group = group_of(COOKIE);

	CHECK(record.state == MILLPOND_STATS_HELD && record.gets == 1 && record.releases == 0);
	CHECK(record.width == WIDTH && record.height == HEIGHT && record.stride == (uint64_t)buffer->stride);
	CHECK(record.bytes == buffer->size && record.offset_bytes == (uint64_t)buffer->offset);
	CHECK(record.made_ns > 0 && record.held_since_ns >= record.made_ns);
	CHECK(group.oldest_held_ns == record.held_since_ns && group.file_bytes >= buffer->size);
	CHECK(group.width == WIDTH && group.height == HEIGHT && strstr(group.name, "foot") != NULL);
	group.size = sizeof(group);
	CHECK_EQUAL(millpond_stats_get_group((uint32_t)record.group, &group), 1);
	CHECK_EQUAL(group.cookie, COOKIE);
	session_show(&session, buffer);
	CHECK(compositor_release_all(session.compositor) && compositor_pump(session.compositor));
	record = record_of(buffer);
	CHECK(record.state == MILLPOND_STATS_CACHED && record.releases == 1 && record.held_since_ns == 0);
	CHECK_EQUAL(group_of(COOKIE).oldest_held_ns, 0);
	CHECK(session_get(&session, WIDTH, HEIGHT, COOKIE, false) == buffer);
	CHECK_EQUAL(record_of(buffer).gets, 2);
	session_stop(&session);
	CHECK_EQUAL(count_buffers(MILLPOND_STATS_HELD) + count_buffers(MILLPOND_STATS_CACHED), 0);
}

/* Also in the state that most releases find a buffer in, where little is looked at. */
TEST(each_request_and_each_release_is_counted_once)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = NULL;

	for (unsigned i = 0; i < 100; i++) {
		buffer = session_frame(&session, WIDTH, HEIGHT, COOKIE, true, i);
		struct millpond_stats_group group = group_of(COOKIE);

		CHECK_EQUAL(group.gets, i + 1);
		CHECK_EQUAL(group.held_most, 1);
		CHECK_EQUAL(group.held, 0);
		CHECK(group.created - group.destroyed == group.live && group.live == group.cached);
	}
	struct millpond_stats_buffer record = record_of(buffer);

	CHECK_EQUAL(record.gets, 100);
	CHECK_EQUAL(record.releases, 100);
	session_stop(&session);
}

/* The short way of a request does not look at the clock: the next one says since when the buffer is held. */
TEST(since_when_a_buffer_is_held_is_told_by_the_next_request)
{
	struct session session = session_start(RELEASE_BY_HAND);
	struct buffer *buffer = session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 1);
	struct millpond_stats_buffer record;

	CHECK(compositor_release_all(session.compositor) && compositor_pump(session.compositor));
	CHECK(session_get(&session, WIDTH, HEIGHT, COOKIE, true) == buffer);
	record = record_of(buffer);
	CHECK(record.state == MILLPOND_STATS_HELD && record.gets == 2);
	CHECK(group_of(COOKIE).held == 1 && group_of(COOKIE).oldest_held_ns == record.held_since_ns);
	session_show(&session, buffer);
	struct buffer *other = session_get(&session, WIDTH, HEIGHT, COOKIE, true);

	CHECK(other != buffer && group_of(COOKIE).held == 2 && group_of(COOKIE).oldest_held_ns >= record.made_ns);
	CHECK_EQUAL(count_buffers(MILLPOND_STATS_HELD), 2);
	session_show(&session, other);
	CHECK(compositor_release_newest(session.compositor) && compositor_pump(session.compositor));
	CHECK(group_of(COOKIE).held == 1 && group_of(COOKIE).oldest_held_ns >= record.made_ns);
	for (uint32_t i = 0; i < millpond_stats_count(); i++)
		if (millpond_stats_get_buffer(i, &record) == 1 && record.state == MILLPOND_STATS_HELD)
			CHECK_EQUAL(record.held_since_ns, group_of(COOKIE).oldest_held_ns);
	session_stop(&session);
}

TEST(what_a_random_program_holds_is_told)
{
	enum { MOST = 12 };
	struct session session = session_start(RELEASE_BY_HAND);
	struct buffer *shown[MOST];
	uint64_t state = 7, gets = 0, held_most = 0;
	unsigned held = 0;

	for (unsigned i = 0; i < 2000; i++) {
		bool is_release = held == MOST || (held > 0 && random_below(&state, 2) == 0);

		if (is_release) {
			CHECK(random_below(&state, 2) == 0 ? compositor_release_oldest(session.compositor) :
							     compositor_release_newest(session.compositor));
			CHECK(compositor_pump(session.compositor));
			held--;
		} else {
			shown[held] = session_get(&session, WIDTH, HEIGHT, COOKIE, random_below(&state, 2) == 0);
			session_show(&session, shown[held++]);
			gets++;
		}
		held_most = held > held_most ? held : held_most;
		struct millpond_stats_group group = group_of(COOKIE);

		CHECK_EQUAL(group.gets, gets);
		CHECK_EQUAL(group.held, held);
		CHECK_EQUAL(group.held_most, held_most);
		CHECK(group.created - group.destroyed == group.live && group.live == group.held + group.cached);
		CHECK_EQUAL(count_buffers(MILLPOND_STATS_HELD), held);
		CHECK_EQUAL(count_buffers(MILLPOND_STATS_CACHED), group.cached);
		/* Since when the newest is held may not be known yet. */
		CHECK(held > 1 ? group.oldest_held_ns != 0 : held > 0 || group.oldest_held_ns == 0);
	}
	session_stop(&session);
}

TEST(releases_of_what_was_given_up_are_late)
{
	struct session session = session_start(RELEASE_BY_HAND);

	session_get(&session, WIDTH, HEIGHT, COOKIE + 1, false); /* so that it is not the last window that is purged */
	for (unsigned i = 0; i < 5; i++)
		session_show(&session, session_get(&session, WIDTH, HEIGHT, COOKIE, i % 2 == 0));
	shm_purge(session.shm, COOKIE);
	CHECK_EQUAL(count_buffers(MILLPOND_STATS_HELD | MILLPOND_STATS_GIVEN_UP), 5);
	session_get(&session, WIDTH, HEIGHT, COOKIE, false); /* so that the group goes on */
	CHECK_EQUAL(group_of(COOKIE).late_releases, 0);
	for (unsigned i = 0; i < 5; i++) {
		CHECK(compositor_release_oldest(session.compositor) && compositor_pump(session.compositor));
		CHECK_EQUAL(group_of(COOKIE).late_releases, i + 1);
		CHECK_EQUAL(group_of(COOKIE).destroyed, i + 1);
	}
	CHECK_EQUAL(group_of(COOKIE).double_releases, 0);
	CHECK_EQUAL(group_of(COOKIE + 1).late_releases, 0);
	CHECK(group_of(COOKIE).live == 1 && group_of(COOKIE).held == 1);
	session_stop(&session);
}

static void ignore_message(int level, const char *message, void *user)
{
	(void)level, (void)message, (void)user;
}

TEST(the_second_of_two_releases_is_told)
{
	struct session session = session_start(RELEASE_TWICE);

	shm_set_log_handler(ignore_message, NULL);
	for (unsigned i = 0; i < 50; i++)
		session_frame(&session, WIDTH, HEIGHT, COOKIE, true, i);
	/* The last one is on the screen. */
	CHECK_EQUAL(group_of(COOKIE).double_releases, 49);
	CHECK_EQUAL(group_of(COOKIE).late_releases, 0);
	CHECK_EQUAL(group_of(COOKIE).held, 1);
	session_stop(&session);
	shm_set_log_handler(NULL, NULL);
}

TEST(a_buffer_that_is_taken_twice_is_told)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	struct buffer *buffer = session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 1);

	shm_set_log_handler(ignore_message, NULL);
	for (unsigned i = 0; i < 5; i++) {
		CHECK_EQUAL(group_of(COOKIE).taken_twice, i);
		CHECK_EQUAL(record_of(buffer).taken_twice, i);
		buffer->busy = true;
		CHECK(session_frame(&session, WIDTH, HEIGHT, COOKIE, true, 2) == buffer);
	}
	session_stop(&session);
	shm_set_log_handler(NULL, NULL);
}

TEST(scrolls_and_what_they_copy_are_counted)
{
	struct session session = session_start(RELEASE_AT_ONCE);
	uint64_t wraps = 0;

	for (unsigned i = 0; i < 100; i++) {
		struct buffer *buffer = session_get(&session, 512, 256, COOKIE, true);
		const char *view = buffer->mmapped;
		uint64_t copied_bytes = group_of(COOKIE).copied_bytes;

		CHECK(shm_scroll(session.shm, buffer, 8, 0, 0, 0, 0));
		bool is_wrap = (const char *)buffer->mmapped < view;

		wraps += is_wrap;
		CHECK_EQUAL(group_of(COOKIE).scrolls, i + 1);
		CHECK_EQUAL(group_of(COOKIE).wraps, wraps);
		CHECK(!is_wrap || group_of(COOKIE).copied_bytes >= copied_bytes + (256 - 8) * (uint64_t)buffer->stride);
		session_show(&session, buffer);
	}
	CHECK(wraps > 0);
	session_stop(&session);
}

TEST(what_is_carried_over_is_counted)
{
	struct session session = session_start(RELEASE_NEVER);
	struct buffer *src = session_frame(&session, WIDTH, HEIGHT, COOKIE, false, 1);
	struct buffer *dst = session_get(&session, WIDTH, HEIGHT, COOKIE, false);
	uint64_t before = group_of(COOKIE).copied_bytes;
	pixman_region32_t region;

	pixman_region32_init_rect(&region, 3, 5, 20, 10);
	CHECK(shm_carry_over(dst, src, &region));
	CHECK_EQUAL(group_of(COOKIE).copied_bytes - before, (WIDTH * HEIGHT - 20 * 10) * 4);
	CHECK(shm_carry_over(dst, src, NULL));
	CHECK_EQUAL(group_of(COOKIE).copied_bytes - before, (2 * WIDTH * HEIGHT - 20 * 10) * 4);
	CHECK(shm_carry_over(dst, dst, NULL));
	CHECK_EQUAL(group_of(COOKIE).copied_bytes - before, (2 * WIDTH * HEIGHT - 20 * 10) * 4);
	pixman_region32_fini(&region);
	session_stop(&session);
}

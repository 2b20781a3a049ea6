/*
 * Programs that leak in five ways, and one that does not, each with a compositor in a process of its own: what can be seen
 * of them from outside says which one it is.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "leaks/look.h"
#include "leaks/pair.h"
#include "support/runner.h"

#define PIXELS "millpond"              /* the name of the memory files */

static struct look look_at(const struct pair *pair)
{
	struct look look;

	CHECK(look_at_page(pair->program, &look));
	return look;
}

/* The numbers of a group are those of the records of its buffers. */
static void check_agrees(const struct look *look)
{
	for (unsigned g = 0; g < look->groups; g++) {
		const struct look_group *group = &look->group[g];
		uint64_t live = 0, held = 0, cached = 0, taken_twice = 0, oldest_ns = 0;
		bool is_used_once = group->held_limit > 64;

		for (unsigned b = 0; b < look->buffers; b++) {
			const struct look_buffer *buffer = &look->buffer[b];
			bool is_held = buffer->state & LOOK_HELD;

			if (buffer->cookie != group->cookie || ((buffer->state & LOOK_USED_ONCE) != 0) != is_used_once)
				continue;
			live++;
			held += is_held;
			cached += (buffer->state & LOOK_CACHED) != 0;
			taken_twice += buffer->taken_twice;
			/* Of the newest it may not be known yet. */
			CHECK((is_held || buffer->held_since_ns == 0) && buffer->inode != 0);
			if (buffer->held_since_ns != 0 && (oldest_ns == 0 || buffer->held_since_ns < oldest_ns))
				oldest_ns = buffer->held_since_ns;
		}
		CHECK_EQUAL(group->live, live);
		CHECK_EQUAL(group->held, held);
		CHECK_EQUAL(group->cached, cached);
		CHECK_EQUAL(group->created - group->destroyed, live);
		CHECK_EQUAL(group->oldest_held_ns, oldest_ns);
		CHECK(group->taken_twice >= taken_twice && group->held_most >= group->held);
	}
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

TEST(a_buffer_that_is_taken_twice_is_lost)
{
	struct pair pair = pair_start("on-replace", "leak_taken_twice");

	for (unsigned round = 1; round <= 2; round++) {
		struct look look = look_at(&pair);
		const struct look_group *group = &look.group[0];

		check_agrees(&look);
		CHECK_EQUAL(look.groups, 1);
		CHECK(strcmp(group->name, "chain") == 0);
		CHECK_EQUAL(look_lost(group), 200 * round);
		CHECK_EQUAL(group->held, 1);
		CHECK_EQUAL(group->cached, 0);
		CHECK_EQUAL(group->taken_twice, 200 * round + 1);
		for (unsigned i = 0; i < look.buffers; i++)
			CHECK_EQUAL(look.buffer[i].references, look.buffer[i].state & LOOK_HELD ? 2 : 1);
		if (round == 1)
			pair_go_on(&pair);
	}
	pair_stop(&pair);
}

TEST(a_compositor_that_never_releases_is_seen_by_ages)
{
	struct pair pair = pair_start("never", "leak_never_released");

	usleep(200 * 1000);
	struct look look = look_at(&pair);
	const struct look_group *group = &look.group[0];
	unsigned older_than_the_newest = 0;

	check_agrees(&look);
	CHECK_EQUAL(look.groups, 1);
	CHECK(strcmp(group->name, "foot 1.4") == 0 && group->cookie == 0x7ea4);
	CHECK_EQUAL(group->live, 20);
	CHECK_EQUAL(group->held, 20);
	CHECK_EQUAL(group->held_most, 20);
	CHECK_EQUAL(group->held_limit, 32);
	CHECK_EQUAL(look_lost(group), 0);
	CHECK(now_ns() - group->oldest_held_ns >= 190 * 1000000ULL);
	for (unsigned i = 0; i < look.buffers; i++)
		older_than_the_newest += look.buffer[i].releases == 0 && look.buffer[i].gets == 1;
	CHECK_EQUAL(older_than_the_newest, 20);
	pair_go_on(&pair);
	look = look_at(&pair);
	CHECK_EQUAL(look.group[0].held, 40);
	pair_go_on(&pair), pair_go_on(&pair);
	look = look_at(&pair);
	check_agrees(&look);
	CHECK_EQUAL(look.group[0].held, 64);
	CHECK_EQUAL(look.group[0].abandoned, 16);
	pair_stop(&pair);
}

TEST(the_same_program_is_in_order_where_buffers_are_released)
{
	struct pair pair = pair_start("on-replace", "leak_never_released");
	struct look look = look_at(&pair);

	check_agrees(&look);
	CHECK_EQUAL(look.group[0].live, 2);
	CHECK_EQUAL(look.group[0].held, 1);
	CHECK_EQUAL(look.group[0].cached, 1);
	CHECK_EQUAL(look.group[0].gets, 20);
	pair_stop(&pair);
}

TEST(what_the_compositor_alone_has_is_an_orphan)
{
	struct pair pair = pair_start("keeping", "leak_orphan");
	struct look look;

	for (unsigned round = 1; round <= 2; round++) {
		look = look_at(&pair);
		CHECK_EQUAL(look.groups + look.buffers, 0);
		CHECK_EQUAL(look_descriptors(pair.program, PIXELS, 0), 0);
		CHECK_EQUAL(look_mapped_files(pair.program, PIXELS), 0);
		CHECK(look_mapped_files(pair.host, PIXELS) >= 5 * round);
		if (round == 1)
			pair_go_on(&pair);
	}
	pair_stop(&pair);
}

TEST(a_compositor_that_unmaps_has_no_orphan)
{
	struct pair pair = pair_start("on-replace", "leak_orphan");

	CHECK(look_mapped_files(pair.host, PIXELS) <= 1); /* what it shows still */
	pair_stop(&pair);
}

TEST(descriptors_of_one_file_are_counted_by_its_inode)
{
	struct pair pair = pair_start("on-replace", "leak_many_descriptors");
	struct look look = look_at(&pair);

	check_agrees(&look);
	CHECK_EQUAL(look.groups, 1);
	CHECK_EQUAL(look_lost(&look.group[0]), 0);
	CHECK(look.buffers >= 1 && look.group[0].live <= 3);
	CHECK_EQUAL(look_descriptors(pair.program, PIXELS, look.buffer[0].inode), 61);
	pair_go_on(&pair);
	CHECK_EQUAL(look_descriptors(pair.program, PIXELS, look.buffer[0].inode), 121);
	pair_stop(&pair);
}

TEST(a_buffer_is_lost_with_each_frame)
{
	struct pair pair = pair_start("at-once", "leak_lost_per_frame");

	for (unsigned round = 1; round <= 3; round++) {
		struct look look = look_at(&pair);
		const struct look_group *group = &look.group[0];

		check_agrees(&look);
		CHECK_EQUAL(look.groups, 1);
		CHECK_EQUAL(look_lost(group), 100 * round);
		CHECK_EQUAL(group->live, 100 * round);
		CHECK_EQUAL(group->taken_twice, 0);
		for (unsigned i = 0; i < look.buffers; i++) {
			CHECK_EQUAL(look.buffer[i].state, LOOK_USED_ONCE);
			CHECK_EQUAL(look.buffer[i].references, 1);
			CHECK_EQUAL(look.buffer[i].releases, 1);
		}
		if (round < 3)
			pair_go_on(&pair);
	}
	pair_stop(&pair);
}

TEST(where_nothing_is_wrong_nothing_is_lost)
{
	static const char *const policies[] = { "at-once", "on-replace" };

	for (int i = 0; i < 2; i++) {
		struct pair pair = pair_start(policies[i], "leak_clean");

		for (int round = 0; round < 3; round++) {
			struct look look = look_at(&pair);

			check_agrees(&look);
			for (unsigned g = 0; g < look.groups; g++) {
				CHECK_EQUAL(look_lost(&look.group[g]), 0);
				CHECK_EQUAL(look.group[g].taken_twice, 0);
				CHECK_EQUAL(look.group[g].double_releases, 0);
				CHECK(look.group[g].live <= 3 && look.group[g].held <= 1);
			}
			CHECK(look_descriptors(pair.program, PIXELS, 0) <= 2);
			pair_go_on(&pair);
		}
		pair_stop(&pair);
	}
}

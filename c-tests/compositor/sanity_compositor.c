/* Tests of the tests: what must be noticed is noticed by the compositor, used without the library. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <wayland-client.h>

#include "compositor/compositor.h"
#include "compositor/raw.h"
#include "support/runner.h"

static void start(struct raw_client *client, enum release_policy policy)
{
	raw_start(client, &(struct compositor_options){ .policy = policy, .late_commits = 2, .allows_growing = true });
}

static unsigned held_changed(const struct raw_client *client)
{
	return compositor_counts(client->compositor).held_changed;
}

TEST(a_write_into_a_held_buffer_is_noticed)
{
	struct raw_client client;
	struct raw_buffer *first = &client.buffers[0];

	start(&client, RELEASE_ON_REPLACE);
	raw_add_buffers(&client);
	first->pixels[0] = 1;
	CHECK(window_show(&client.window, first->buffer));
	CHECK_EQUAL(compositor_frame(client.compositor).pixels[0], 1);
	CHECK(compositor_pump(client.compositor));
	CHECK_EQUAL(held_changed(&client), 0);
	first->pixels[RAW_SIDE * RAW_SIDE - 1] ^= 1;
	CHECK(compositor_pump(client.compositor));
	CHECK_EQUAL(held_changed(&client), 1);
	CHECK(window_show(&client.window, client.buffers[1].buffer));
	CHECK_EQUAL(first->releases, 1);
	first->pixels[0] = 3; /* released: the client's again */
	CHECK(compositor_pump(client.compositor));
	CHECK_EQUAL(held_changed(&client), 1);
	raw_stop(&client);
}

TEST(a_write_is_noticed_in_storage_that_outlives_its_buffer)
{
	struct raw_client client;

	start(&client, RELEASE_NEVER);
	raw_add_buffers(&client);
	CHECK(window_show(&client.window, client.buffers[1].buffer));
	wl_buffer_destroy(client.buffers[1].buffer);
	client.buffers[1].buffer = NULL;
	for (int i = 2; i < RAW_BUFFERS - 1; i++)
		CHECK(window_show(&client.window, client.buffers[i].buffer));
	wl_shm_pool_resize(client.pool, RAW_BUFFERS * RAW_SIZE_BYTES);
	raw_add_buffer(&client, RAW_BUFFERS - 1);
	CHECK(window_show(&client.window, client.buffers[RAW_BUFFERS - 1].buffer));
	wl_shm_pool_destroy(client.pool);
	client.pool = NULL;
	CHECK(compositor_pump(client.compositor));
	CHECK_EQUAL(held_changed(&client), 0);
	CHECK_EQUAL(compositor_counts(client.compositor).held, RAW_BUFFERS - 1);
	client.buffers[1].pixels[5] = 7;
	CHECK(compositor_pump(client.compositor));
	CHECK_EQUAL(held_changed(&client), 1);
	CHECK(compositor_release_all(client.compositor));
	CHECK_EQUAL(compositor_counts(client.compositor).releases, RAW_BUFFERS - 2);
	raw_stop(&client);
}

TEST(a_hole_in_a_held_buffer_is_noticed)
{
	struct raw_client client;

	start(&client, RELEASE_NEVER);
	raw_add_buffers(&client);
	memset(client.memory, 1, RAW_BUFFERS * RAW_SIZE_BYTES);
	CHECK(window_show(&client.window, client.buffers[0].buffer));
	CHECK(fallocate(client.file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, RAW_SIZE_BYTES) == 0);
	CHECK(compositor_pump(client.compositor));
	CHECK_EQUAL(held_changed(&client), 1);
	raw_stop(&client);
}

TEST(a_change_among_many_held_buffers_is_noticed_in_the_end)
{
	enum { FRAMES = 500 };
	struct raw_client client;
	struct wl_buffer *buffers[FRAMES];

	start(&client, RELEASE_NEVER);
	raw_add_buffers(&client);
	for (int i = 0; i < FRAMES; i++) {
		buffers[i] = wl_shm_pool_create_buffer(client.pool, i == 3 ? 0 : RAW_SIZE_BYTES, RAW_SIDE, RAW_SIDE,
						       RAW_STRIDE_BYTES, WL_SHM_FORMAT_ARGB8888);
		CHECK(window_show(&client.window, buffers[i]));
	}
	CHECK_EQUAL(compositor_counts(client.compositor).held, FRAMES);
	client.buffers[0].pixels[0] ^= 1;
	for (int i = 0; i < 2; i++)
		CHECK(compositor_pump(client.compositor));
	CHECK_EQUAL(held_changed(&client), 1);
	for (int i = 0; i < FRAMES; i++)
		wl_buffer_destroy(buffers[i]);
	raw_stop(&client);
}

TEST(a_release_sent_twice_arrives_twice)
{
	struct raw_client client;

	start(&client, RELEASE_TWICE);
	raw_add_buffers(&client);
	CHECK(window_show(&client.window, client.buffers[0].buffer));
	CHECK_EQUAL(client.buffers[0].releases, 0);
	CHECK(window_show(&client.window, client.buffers[1].buffer));
	CHECK_EQUAL(client.buffers[0].releases, 2);
	CHECK_EQUAL(client.buffers[1].releases, 0);
	raw_stop(&client);
}

/* Shows buffers 0 to 4 in turn, and returns for each how many commits later it came back; 0: not at all. */
static void note_releases(enum release_policy policy, unsigned later[RAW_BUFFERS], unsigned turns[RAW_BUFFERS])
{
	struct raw_client client;

	start(&client, policy);
	memset(later, 0, RAW_BUFFERS * sizeof(later[0]));
	raw_add_buffers(&client);
	for (int i = 0; i < RAW_BUFFERS - 1; i++) {
		CHECK(window_show(&client.window, client.buffers[i].buffer));
		for (int j = 0; j <= i; j++)
			if (later[j] == 0 && client.buffers[j].releases > 0)
				later[j] = (unsigned)(i - j) + 1;
	}
	for (int i = 0; i < RAW_BUFFERS - 1; i++)
		turns[i] = client.buffers[i].release_turn;
	raw_stop(&client);
}

TEST(policies_release_when_they_say)
{
	unsigned later[RAW_BUFFERS], turns[RAW_BUFFERS];

	note_releases(RELEASE_AT_ONCE, later, turns);
	CHECK(later[0] == 1 && later[4] == 1 && turns[4] == 5);
	note_releases(RELEASE_ON_REPLACE, later, turns);
	CHECK(later[0] == 2 && later[3] == 2 && later[4] == 0);
	note_releases(RELEASE_LATE, later, turns);
	CHECK(later[0] == 3 && later[2] == 3 && later[3] == 0);
	note_releases(RELEASE_OUT_OF_ORDER, later, turns);
	CHECK(turns[2] == 1 && turns[1] == 2 && turns[0] == 3 && later[3] == 0);
	note_releases(RELEASE_NEVER, later, turns);
	CHECK(later[0] == 0 && later[4] == 0);
}

TEST(buffers_are_released_by_hand)
{
	struct raw_client client;

	start(&client, RELEASE_BY_HAND);
	raw_add_buffers(&client);
	CHECK(!compositor_release_oldest(client.compositor));
	for (int i = 0; i < 4; i++)
		CHECK(window_show(&client.window, client.buffers[i].buffer));
	CHECK(compositor_release_oldest(client.compositor));
	CHECK(compositor_pump(client.compositor));
	CHECK(client.buffers[0].releases == 1 && client.buffers[3].releases == 0);
	CHECK(compositor_release_newest(client.compositor));
	CHECK(compositor_pump(client.compositor));
	CHECK(client.buffers[3].releases == 1 && client.buffers[1].releases == 0);
	CHECK(compositor_release_all(client.compositor));
	CHECK(!compositor_release_all(client.compositor));
	CHECK(compositor_pump(client.compositor));
	CHECK(client.buffers[1].releases == 1 && client.buffers[2].releases == 1);
	raw_stop(&client);
}

TEST(requests_and_objects_are_counted)
{
	struct raw_client client;
	struct compositor_counts counts;

	start(&client, RELEASE_ON_REPLACE);
	raw_add_buffers(&client);
	CHECK(window_show(&client.window, client.buffers[0].buffer));
	wl_shm_pool_resize(client.pool, RAW_BUFFERS * RAW_SIZE_BYTES);
	wl_buffer_destroy(client.buffers[1].buffer);
	client.buffers[1].buffer = NULL;
	CHECK(compositor_pump(client.compositor));
	counts = compositor_counts(client.compositor);
	/* create_surface, create_pool, five create_buffer, attach, damage, commit, resize, destroy */
	CHECK_EQUAL(counts.requests, 12);
	CHECK(counts.pools_made == 1 && counts.pools_live == 1 && counts.pool_resizes == 1);
	CHECK(counts.buffers_made == 5 && counts.buffers_live == 4);
	CHECK(counts.commits == 1 && counts.releases == 0 && counts.held == 1);
	raw_stop(&client);
}

TEST(a_pool_that_grows_is_refused)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 10) {
		struct raw_client client;

		raw_start(&client, &(struct compositor_options){ 0 });
		wl_shm_pool_resize(client.pool, RAW_BUFFERS * RAW_SIZE_BYTES);
		CHECK(!compositor_pump(client.compositor));
		CHECK(compositor_protocol_error(client.compositor) != NULL);
		CHECK_EQUAL(compositor_counts(client.compositor).pool_resizes, 1);
		raw_stop(&client);
	}
	CHECK_CHILD_WELL(&outcome);
}

TEST(the_connection_dies_at_the_given_request)
{
	for (unsigned message = 1; message <= 10; message++) {
		struct raw_client client;

		raw_start(&client, &(struct compositor_options){ .dies_at_message = message });
		raw_add_buffers(&client);
		CHECK(!window_show(&client.window, client.buffers[0].buffer));
		CHECK_EQUAL(compositor_counts(client.compositor).requests, message);
		CHECK_EQUAL(compositor_counts(client.compositor).commits, 0);
		CHECK(compositor_protocol_error(client.compositor) == NULL);
		raw_stop(&client);
	}
}

TEST(pools_are_refused_with_a_protocol_error)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 10) { /* libwayland-client says it on stderr, too */
		struct raw_client client;

		raw_start(&client, &(struct compositor_options){ .refuses_pools = true });
		CHECK(!compositor_pump(client.compositor));
		CHECK(compositor_protocol_error(client.compositor) != NULL);
		CHECK_EQUAL(compositor_counts(client.compositor).pools_made, 1);
		raw_stop(&client);
	}
	CHECK_CHILD_WELL(&outcome);
}

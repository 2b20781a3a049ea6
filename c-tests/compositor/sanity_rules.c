/* Tests of the tests: a client that breaks a rule of the protocol is told, whether or not libwayland minds. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdarg.h>
#include <string.h>
#include <wayland-client.h>

#include "compositor/compositor.h"
#include "compositor/raw.h"
#include "support/runner.h"

#define POOL_BYTES ((RAW_BUFFERS - 1) * RAW_SIZE_BYTES)

/* What libwayland-client says of protocol errors. */
static void ignore(const char *format, va_list arguments)
{
	(void)format, (void)arguments;
}

static void start(struct raw_client *client)
{
	wl_log_set_handler_client(ignore);
	raw_start(client, &(struct compositor_options){ .policy = RELEASE_ON_REPLACE, .allows_growing = true });
	CHECK(compositor_pump(client->compositor));
	CHECK(compositor_broken_rule(client->compositor) == NULL);
}

/* The client must have been told just this, and once. */
static void expect(struct raw_client *client, const char *rule)
{
	compositor_pump(client->compositor);
	CHECK(compositor_broken_rule(client->compositor) != NULL);
	CHECK(strstr(compositor_broken_rule(client->compositor), rule) != NULL);
	CHECK_EQUAL(compositor_counts(client->compositor).broken_rules, 1);
	raw_stop(client);
}

static void make_buffer(struct raw_client *client, const struct compositor_request *request)
{
	client->buffers[0].buffer = wl_shm_pool_create_buffer(client->pool, request->offset_bytes, request->width,
							      request->height, request->stride_bytes, request->format);
}

TEST(wrong_buffers_are_noticed)
{
	static const struct {
		struct compositor_request request;
		const char *rule;
	} wrong[] = {
		{ { -4, 4, 4, 16, 0 }, "a buffer at -4" },
		{ { 2, 4, 4, 16, 0 }, "pixels of 4 bytes at 2" },
		{ { 0, 4, 4, 18, 0 }, "in rows of 18" },
		{ { 0, 0, 4, 16, 0 }, "0 x 4 pixels" },
		{ { 0, 4, 0, 16, 0 }, "4 x 0 pixels" },
		{ { 0, 4, -1, 16, 0 }, "4 x -1 pixels" },
		{ { 0, 5, 4, 16, 0 }, "rows of 5 pixels in 16 bytes" },
		{ { 0, 4, 4, -16, 0 }, "rows of 4 pixels in -16 bytes" },
		{ { POOL_BYTES - 60, 4, 4, 16, 0 }, "ends at" },
		{ { POOL_BYTES, 1, 1, 4, 0 }, "ends at" },
		{ { 0, 4, INT32_MAX, INT32_MAX / 4 * 4, 0 }, "ends at" },
		{ { 0, 4, 4, 16, 0x34325258 }, "which was not offered" },
		{ { 0, 4, 4, 16, WL_SHM_FORMAT_ABGR2101010 }, "which was not offered" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct raw_client client;

		start(&client);
		make_buffer(&client, &wrong[i].request);
		expect(&client, wrong[i].rule);
	}
}

TEST(right_buffers_are_right)
{
	static const struct compositor_request right[] = {
		{ 0, 4, 4, 16, WL_SHM_FORMAT_ARGB8888 },
		{ 4, 1, 1, 4, WL_SHM_FORMAT_XRGB8888 },
		{ POOL_BYTES - 64, 4, 4, 16, WL_SHM_FORMAT_ARGB8888 },
		{ 0, 1, RAW_SIDE, RAW_STRIDE_BYTES, WL_SHM_FORMAT_ARGB8888 },
	};

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		struct raw_client client;

		start(&client);
		make_buffer(&client, &right[i]);
		CHECK(compositor_pump(client.compositor));
		CHECK(window_show(&client.window, client.buffers[0].buffer));
		CHECK_EQUAL(compositor_counts(client.compositor).broken_rules, 0);
		raw_stop(&client);
	}
}

TEST(a_pool_that_is_larger_than_its_file_is_noticed)
{
	struct raw_client client;
	struct wl_shm_pool *pool;

	start(&client);
	pool = wl_shm_create_pool(compositor_shm(client.compositor), client.file, RAW_BUFFERS * RAW_SIZE_BYTES + 1);
	wl_shm_pool_destroy(pool);
	expect(&client, "over a file of");
}

TEST(a_pool_of_nothing_is_noticed)
{
	struct raw_client client;
	struct wl_shm_pool *pool;

	start(&client);
	pool = wl_shm_create_pool(compositor_shm(client.compositor), client.file, 0);
	wl_shm_pool_destroy(pool);
	expect(&client, "a pool of 0 bytes");
}

TEST(a_pool_that_shrinks_is_noticed)
{
	struct raw_client client;

	start(&client);
	wl_shm_pool_resize(client.pool, POOL_BYTES - 1);
	expect(&client, "is to have");
}

TEST(a_commit_of_a_buffer_that_was_destroyed_is_noticed)
{
	struct raw_client client;

	start(&client);
	raw_add_buffers(&client);
	wl_surface_attach(client.window.surface, client.buffers[0].buffer, 0, 0);
	wl_buffer_destroy(client.buffers[0].buffer);
	client.buffers[0].buffer = NULL;
	wl_surface_commit(client.window.surface);
	expect(&client, "destroyed after it was attached");
}

/* The object is not there any more, so libwayland ends the connection. */
TEST(what_is_destroyed_twice_is_a_protocol_error)
{
	for (int what = 0; what < 2; what++) {
		struct raw_client client;

		start(&client);
		raw_add_buffers(&client);
		if (what == 0)
			wl_proxy_marshal((struct wl_proxy *)client.buffers[0].buffer, WL_BUFFER_DESTROY);
		else
			wl_proxy_marshal((struct wl_proxy *)client.pool, WL_SHM_POOL_DESTROY);
		if (what == 0)
			wl_buffer_destroy(client.buffers[0].buffer);
		else
			wl_shm_pool_destroy(client.pool);
		CHECK(!compositor_pump(client.compositor));
		CHECK(compositor_protocol_error(client.compositor) != NULL);
		client.buffers[0].buffer = what == 0 ? NULL : client.buffers[0].buffer;
		client.pool = what == 0 ? client.pool : NULL;
		raw_stop(&client);
	}
}

/* On the wire objects are numbers. This one is none of the connection's, so libwayland ends it. */
TEST(a_buffer_of_another_connection_is_a_protocol_error)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, 10) {
		struct raw_client client, other;

		start(&client);
		start(&other);
		raw_add_buffers(&other);
		CHECK(compositor_pump(other.compositor));
		window_show(&client.window, other.buffers[RAW_BUFFERS - 2].buffer);
		CHECK(compositor_protocol_error(client.compositor) != NULL);
		raw_stop(&client);
		raw_stop(&other);
	}
	/* A later libwayland refuses it in the client. */
	CHECK(outcome.end == CHILD_ABORTED || (outcome.end == CHILD_EXITED && outcome.number == 0));
}

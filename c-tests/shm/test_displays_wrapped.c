/* Several wl_shm: of one connection, and at the address of another. A part of test_displays. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>
#include <wayland-client.h>

#include "compositor/session.h"
#include "support/runner.h"

#define COOKIE 77
#define WIDTH 64
#define HEIGHT 48

static struct compositor_counts counts(const struct session *session)
{
	return compositor_counts(session->compositor);
}

TEST(a_new_wrapper_for_each_frame_costs_nothing)
{
	struct session session = session_start(RELEASE_ON_REPLACE);
	struct wl_shm *shm = session.shm, *kept[100];

	for (unsigned frame = 0; frame < 100; frame++) {
		kept[frame] = wl_proxy_create_wrapper(shm);
		session.shm = kept[frame];
		struct buffer *buffer = session_get(&session, WIDTH, HEIGHT, COOKIE, true);

		CHECK(shm_scroll(frame % 2 == 0 ? shm : kept[frame], buffer, 3, 0, 0, 0, 0));
		buffer_fill(buffer, frame);
		session_show(&session, buffer);
		if (frame % 10 == 9)
			session_frame(&session, 10, 10, COOKIE + 1 + frame, false, frame);
	}
	CHECK_EQUAL(counts(&session).pools_made, 1);
	CHECK(counts(&session).buffers_live <= 70);
	shm_purge(kept[50], COOKIE);
	CHECK(!shm_can_scroll(NULL));
	for (unsigned frame = 0; frame < 100; frame++)
		wl_proxy_wrapper_destroy(kept[frame]);
	session.shm = shm;
	CHECK_EQUAL(session_get(&session, WIDTH, HEIGHT, COOKIE, true)->age, 1234);
	session_stop(&session);
}

static void bind_shm(void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
	struct wl_shm **shm = data;

	(void)version;
	if (strcmp(interface, "wl_shm") == 0)
		*shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
}

static void ignore_global(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

/* Both of one connection; the second is bound where a wrapper of the first was. */
TEST(two_wl_shm_of_one_connection_are_kept_apart)
{
	static const struct wl_registry_listener listener = { bind_shm, ignore_global };
	struct session session = session_start(RELEASE_AT_ONCE), with_wrapper = session;
	struct wl_shm *second = NULL, *others[8];
	struct wl_registry *registry;

	/* glibc keeps the first few of a size back. */
	for (unsigned i = 0; i < 8; i++)
		others[i] = wl_proxy_create_wrapper(session.shm);
	with_wrapper.shm = wl_proxy_create_wrapper(session.shm);
	session_frame(&with_wrapper, WIDTH, HEIGHT, COOKIE, true, 1);
	for (unsigned i = 0; i < 8; i++)
		wl_proxy_wrapper_destroy(others[i]);
	registry = wl_display_get_registry(compositor_client(session.compositor));
	wl_registry_add_listener(registry, &listener, &second);
	wl_proxy_wrapper_destroy(with_wrapper.shm);
	CHECK(compositor_pump(session.compositor));
	CHECK(second != NULL);
	bool is_at_old_address = second == with_wrapper.shm;
	CHECK_EQUAL(shm_get_buffer(second, WIDTH, HEIGHT, COOKIE, true, 1)->age, 1234);
	shm_purge(second, COOKIE);
	CHECK(buffer_is_all(session_get(&session, WIDTH, HEIGHT, COOKIE, true), 1));
	shm_fini();
	wl_shm_destroy(second);
	wl_registry_destroy(registry);
	session_stop(&session);
	if (!is_at_old_address)
		SKIP("this allocator gives no address twice");
}

/* The next wrapper mostly has the address of the one before, whatever it is of. */
TEST(wrappers_of_two_displays_at_one_address_are_kept_apart)
{
	struct session sessions[2] = { session_start(RELEASE_AT_ONCE), session_start(RELEASE_AT_ONCE) };
	struct wl_shm *before = NULL;
	unsigned again = 0;

	for (unsigned frame = 0; frame < 40; frame++) {
		struct session with_wrapper = sessions[frame % 2];
		struct wl_shm *wrapper = wl_proxy_create_wrapper(with_wrapper.shm);

		again += wrapper == before;
		before = wrapper;
		with_wrapper.shm = wrapper;
		struct buffer *buffer = session_get(&with_wrapper, WIDTH, HEIGHT, COOKIE, true);

		CHECK_EQUAL(buffer->age, frame < 2 ? 1234 : 0);
		CHECK(buffer_is_all(buffer, frame < 2 ? 0 : frame - 2));
		buffer_fill(buffer, frame);
		session_show(&with_wrapper, buffer);
		CHECK_EQUAL(compositor_frame(with_wrapper.compositor).pixels[0], frame);
		wl_proxy_wrapper_destroy(wrapper);
	}
	shm_fini();
	session_stop(&sessions[0]);
	session_stop(&sessions[1]);
	if (again == 0)
		SKIP("this allocator gives no address twice");
}

/*
 * The same steps on weston, headless and drawing with the CPU: 60 frames per second, two buffers because weston keeps
 * the one that it shows. What foot does: a buffer that lags behind is first filled from the last one; that is the
 * program's own and is not measured.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <wayland-client.h>

#include "../../c-tests/support/weston_process.h"
#include "bench-fullscreen-shell-client-protocol.h"
#include "shm/scenarios.h"
#include "support/clock.h"
#include "support/report.h"
#include "support/step.h"

#define WARM_SCROLLS_PER_FRAME 16
#define WARM_VIEWS 6
#define BUFFERS 2

struct weston_client {
	struct session session;
	struct zwp_fullscreen_shell_v1 *shell;
	struct buffer *last;
	pid_t weston;
	uint64_t client_faults;
	bool is_frame_done;
};

struct weston_use {
	uint64_t cpu_ns, faults;
};

static void handle_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
			  uint32_t version)
{
	struct weston_client *client = data;

	(void)version;
	if (strcmp(interface, zwp_fullscreen_shell_v1_interface.name) == 0)
		client->shell = wl_registry_bind(registry, name, &zwp_fullscreen_shell_v1_interface, 1);
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener shell_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

static bool open_client(struct weston_client *client, const struct variant *variant)
{
	struct wl_registry *registry;
	struct ucred peer;
	socklen_t size = sizeof(peer);

	*client = (struct weston_client){ 0 };
	session_connect(&client->session, variant, -1);
	registry = wl_display_get_registry(client->session.display);
	wl_registry_add_listener(registry, &shell_listener, client);
	session_roundtrip(&client->session);
	wl_registry_destroy(registry);
	if (!client->shell)
		return false;
	if (getsockopt(wl_display_get_fd(client->session.display), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
		client->weston = peer.pid;
	zwp_fullscreen_shell_v1_present_surface(client->shell, client->session.surface,
						ZWP_FULLSCREEN_SHELL_V1_PRESENT_METHOD_DEFAULT, NULL);
	return true;
}

static void close_client(struct weston_client *client)
{
	if (client->shell)
		zwp_fullscreen_shell_v1_destroy(client->shell);
	session_close(&client->session);
}

static struct weston_use weston_use(pid_t weston)
{
	struct weston_use use = { 0 };
	unsigned long long cpu_ns, faults;
	char name[64];
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/schedstat", (int)weston);
	file = fopen(name, "re");
	if (file && fscanf(file, "%llu", &cpu_ns) == 1)
		use.cpu_ns = cpu_ns;
	if (file)
		fclose(file);
	snprintf(name, sizeof(name), "/proc/%d/stat", (int)weston);
	file = fopen(name, "re");
	/* pid (weston) state ppid pgrp session tty tpgid flags minflt */
	if (file && fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %llu", &faults) == 1)
		use.faults = faults;
	if (file)
		fclose(file);
	return use;
}

static void handle_frame(void *data, struct wl_callback *callback, uint32_t time_ms)
{
	struct weston_client *client = data;

	(void)time_ms;
	wl_callback_destroy(callback);
	client->is_frame_done = true;
}

static const struct wl_callback_listener frame_listener = { .done = handle_frame };

static void show(struct weston_client *client, struct buffer *buffer)
{
	client->is_frame_done = false;
	wl_callback_add_listener(wl_surface_frame(client->session.surface), &frame_listener, client);
	/* Scrolling changes every pixel of the screen. */
	session_commit(&client->session, buffer, 0, buffer->height);
	while (!client->is_frame_done)
		session_dispatch(&client->session);
	client->last = buffer;
}

/* One frame; the time of the library's part. */
static double take_frame(struct weston_client *client, const struct step_plan *plan)
{
	struct session *session = &client->session;
	uint64_t faults = clock_faults();
	int64_t began_ns = clock_cpu_ns(), got_ns = 0, ended_ns;
	struct buffer *buffer = session_get(session, plan->width, plan->height);
	double get_ns;

	got_ns = clock_cpu_ns();
	get_ns = clock_elapsed_ns(began_ns, got_ns);
	client->client_faults += clock_faults() - faults;
	if (buffer != client->last)
		memcpy(buffer->mmapped, client->last->mmapped, buffer->size);
	buffer->age = 0;
	faults = clock_faults();
	began_ns = clock_cpu_ns();
	if (!session->variant->scroll(session->shm, buffer, plan->rows, 0, 0, 0, 0))
		give_up("%s: a buffer was not scrolled", session->variant->name);
	session_paint(session, buffer, step_exposed_top(plan), step_exposed_rows(plan));
	ended_ns = clock_cpu_ns();
	client->client_faults += clock_faults() - faults;
	show(client, buffer);
	return get_ns + clock_elapsed_ns(began_ns, ended_ns);
}

/* Moves both buffers six times through themselves, with many steps in each frame. */
static void warm_up(struct weston_client *client, const struct step_plan *plan)
{
	struct session *session = &client->session;
	int frames = BUFFERS * WARM_VIEWS * plan->height / (WARM_SCROLLS_PER_FRAME * plan->rows);

	for (int frame = 0; frame < frames; frame++) {
		struct buffer *buffer = session_get(session, plan->width, plan->height);

		for (int i = 0; i < WARM_SCROLLS_PER_FRAME; i++)
			session->variant->scroll(session->shm, buffer, plan->rows, 0, 0, 0, 0);
		session_paint(session, buffer, 0, plan->height);
		show(client, buffer);
	}
}

static void measure_variant(const struct variant *variant, const struct step_plan *plan, unsigned frames)
{
	struct weston_client client;
	struct weston_use before, after;
	struct buffer *first;
	double sum_ns = 0;

	if (!open_client(&client, variant))
		give_up("weston has no fullscreen shell");
	first = session_get(&client.session, plan->width, plan->height);
	session_paint(&client.session, first, 0, plan->height);
	show(&client, first);
	warm_up(&client, plan);
	before = weston_use(client.weston);
	for (unsigned i = 0; i < frames; i++)
		sum_ns += take_frame(&client, plan);
	after = weston_use(client.weston);
	report_begin("weston");
	report_size(plan->width, plan->height);
	report_rows(plan->rows);
	report_text("variant", variant->name);
	report_count("frames", frames);
	report_number("mean_ns", sum_ns / frames);
	report_number("client_faults", (double)client.client_faults / frames);
	report_number("server_faults", (double)(after.faults - before.faults) / frames);
	report_number("server_cpu_ns", (double)(after.cpu_ns - before.cpu_ns) / frames);
	report_end();
	progress(" %s %.1f", variant->name, sum_ns / frames / 1000);
	close_client(&client);
}

void measure_on_weston(const struct effort *effort)
{
	static const struct step_plan plans[] = { { 1920, 1080, 40, 0 }, { 3840, 2160, 40, 0 } };
	static const enum variant_id ids[] = { OURS, ORIGINAL, PLAIN };
	size_t count = effort->is_quick ? 1 : sizeof(plans) / sizeof(plans[0]);

	if (!weston_is_installed()) {
		progress("weston is not installed: its rows are left out\n");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct weston_process weston;

		progress("on weston, %d x %d by %d rows:", plans[i].width, plans[i].height, plans[i].rows);
		if (!weston_start(&weston, plans[i].width, plans[i].height)) {
			progress(" weston does not start: its rows are left out\n");
			return;
		}
		for (size_t j = 0; j < sizeof(ids) / sizeof(ids[0]); j++) {
			if (variant_get(ids[j])->is_there)
				measure_variant(variant_get(ids[j]), &plans[i], effort->weston_frames);
		}
		weston_stop(&weston);
		progress(" us\n");
	}
}

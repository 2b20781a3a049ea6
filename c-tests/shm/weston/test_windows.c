/*
 * One program with four windows on a real weston: each is shown, scrolled, made larger, and closed, while the others
 * stay on the screen. weston must be alive at the end: weston 10 dies if a memory file grows that it draws from with
 * the CPU.
 *
 * Skipped, with a line that says so, where weston is not installed or does not start.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wayland-client.h>

#include "shm.h"
#include "support/runner.h"
#include "support/weston_client.h"
#include "support/weston_process.h"

#define WINDOWS 4
#define STAGES 5
#define FRAMES_OF_A_STAGE 6
#define FIRST_COOKIE 0x4f0UL
#define OUTPUT_WIDTH 1500
#define OUTPUT_HEIGHT 1100
#define WAITS_MAX 2000

/* --- weston with the GPU's renderer ----------------------------------------------------------------------------- */

static bool find_weston(char *file, size_t file_bytes)
{
	const char *rest = getenv("PATH");

	while (rest != NULL && *rest != '\0') {
		size_t length = strcspn(rest, ":");

		snprintf(file, file_bytes, "%.*s/weston", (int)length, rest);
		if (access(file, X_OK) == 0)
			return true;
		rest += length + (rest[length] == ':');
	}
	return false;
}

/* weston_start() asks for the CPU's renderer: a `weston` that comes before the real one in PATH asks for the other. */
static void put_gl_first(char *folder)
{
	char real[PATH_MAX], name[PATH_MAX], path[2 * PATH_MAX];
	FILE *script;

	CHECK(mkdtemp(folder) != NULL && find_weston(real, sizeof(real)));
	snprintf(name, sizeof(name), "%s/weston", folder);
	script = fopen(name, "w");
	CHECK(script != NULL);
	fprintf(script, "#!/bin/sh\nfor option; do shift; [ \"$option\" != --use-pixman ] || option=--use-gl\n"
			"set -- \"$@\" \"$option\"; done\nexec %s \"$@\"\n", real);
	CHECK(fclose(script) == 0 && chmod(name, 0700) == 0);
	snprintf(path, sizeof(path), "%s:%s", folder, getenv("PATH"));
	setenv("PATH", path, 1);
}

static bool start_gl(struct weston_process *weston, int width, int height)
{
	char folder[] = "/tmp/millpond-weston-gl-XXXXXX", name[PATH_MAX];
	bool is_started;

	put_gl_first(folder);
	is_started = weston_start(weston, width, height);
	snprintf(name, sizeof(name), "%s/weston", folder);
	unlink(name);
	rmdir(folder);
	return is_started;
}

/* --- four windows ----------------------------------------------------------------------------------------------- */

struct pane {
	struct wl_surface *surface;
	struct wl_subsurface *place;
	unsigned long cookie;
	int stage;                             /* -1: closed */
	struct buffer *last;
};

struct screen {
	struct weston_process weston;
	struct weston_client client;
	struct wl_subcompositor *subcompositor;
	struct pane panes[WINDOWS];
	struct buffer *ground;                 /* what the windows stand on */
	unsigned frames, copied;
};

static const int sizes[STAGES][2] = { { 700, 500 }, { 760, 540 }, { 1000, 700 }, { 1280, 800 }, { 1440, 1000 } };

static void on_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
	struct wl_subcompositor **subcompositor = data;

	(void)version;
	if (strcmp(interface, wl_subcompositor_interface.name) == 0)
		*subcompositor = wl_registry_bind(registry, name, &wl_subcompositor_interface, 1);
}

static void on_global_removed(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = on_global,
	.global_remove = on_global_removed,
};

static void bind_subcompositor(struct screen *screen)
{
	struct wl_registry *registry = wl_display_get_registry(screen->client.display);

	wl_registry_add_listener(registry, &registry_listener, &screen->subcompositor);
	weston_client_roundtrip(&screen->client);
	CHECK(screen->subcompositor != NULL);
	wl_registry_destroy(registry);
}

static void draw_rows(struct buffer *buffer, int first, int count, uint32_t colour)
{
	uint32_t *pixels = (uint32_t *)buffer->mmapped + (size_t)first * (size_t)buffer->width;

	for (size_t i = 0; i < (size_t)count * (size_t)buffer->width; i++)
		pixels[i] = 0xff000000U | (colour + (uint32_t)i * 2654435761U) >> 8;
	pixman_region32_union_rect(&buffer->dirty, &buffer->dirty, 0, first, (unsigned)buffer->width, (unsigned)count);
}

static void on_done(void *data, struct wl_callback *callback, uint32_t time_ms)
{
	(void)callback, (void)time_ms;
	*(bool *)data = true;
}

static const struct wl_callback_listener callback_listener = { .done = on_done };

static void show(struct screen *screen, struct wl_surface *surface, struct buffer *buffer)
{
	struct wl_callback *callback = wl_surface_frame(surface);
	bool is_done = false;
	unsigned waits = 0;

	wl_callback_add_listener(callback, &callback_listener, &is_done);
	wl_surface_attach(surface, buffer->wl_buf, 0, 0);
	wl_surface_damage(surface, 0, 0, buffer->width, buffer->height);
	wl_surface_commit(surface);
	/* weston looks for new sub-surfaces when it paints what they stand on. */
	wl_surface_damage(screen->client.surface, 0, 0, 1, 1);
	wl_surface_commit(screen->client.surface);
	while (!is_done) {
		CHECK(waits++ < WAITS_MAX);
		weston_client_roundtrip(&screen->client);
		usleep(1000);
	}
	wl_callback_destroy(callback);
	screen->frames++;
}

static void open_pane(struct screen *screen, unsigned number)
{
	struct pane *pane = &screen->panes[number];

	pane->surface = wl_compositor_create_surface(screen->client.compositor);
	pane->place = wl_subcompositor_get_subsurface(screen->subcompositor, pane->surface, screen->client.surface);
	wl_subsurface_set_position(pane->place, 40 + 180 * (int)(number % 2), 30 + 150 * (int)(number / 2));
	wl_subsurface_set_desync(pane->place);
	wl_surface_commit(screen->client.surface); /* positions are the parent's state */
	pane->cookie = FIRST_COOKIE + number;
	pane->last = NULL;
}

static void close_pane(struct screen *screen, struct pane *pane)
{
	wl_subsurface_destroy(pane->place);
	wl_surface_destroy(pane->surface);
	shm_purge(screen->client.shm, pane->cookie);
	weston_client_roundtrip(&screen->client);
	pane->last = NULL;
}

static void scroll_pane(struct screen *screen, struct pane *pane, int stage, int frame)
{
	int width = sizes[stage][0], height = sizes[stage][1], rows = 14 + 7 * (frame % 3);
	struct buffer *buffer = shm_get_buffer(screen->client.shm, width, height, pane->cookie, true, 1);

	CHECK(buffer != NULL);
	if (frame == 0) {
		draw_rows(buffer, 0, height, (uint32_t)pane->cookie * 7919U);
	} else {
		if (buffer->age > 0)
			memcpy(buffer->mmapped, pane->last->mmapped, buffer->size);
		screen->copied += buffer->age > 0;
		CHECK(shm_can_scroll(buffer) && shm_scroll(screen->client.shm, buffer, rows, 0, 0, 0, 0));
		draw_rows(buffer, height - rows, rows, (uint32_t)frame);
		buffer->scroll_damage = malloc(16);
		buffer->scroll_damage_count = 1;
	}
	buffer->age = 0;
	show(screen, pane->surface, buffer);
	pane->last = buffer;
}

/* All four grow by turns, so that each new size is made while weston draws from the others' memory. */
static void grow_all(struct screen *screen)
{
	for (int stage = 0; stage < STAGES; stage++)
		for (unsigned number = 0; number < WINDOWS; number++)
			for (int frame = 0; frame < FRAMES_OF_A_STAGE; frame++)
				scroll_pane(screen, &screen->panes[number], stage, frame);
}

static void run_four_windows(struct screen *screen)
{
	CHECK(weston_client_open(&screen->client));
	bind_subcompositor(screen);
	screen->ground = shm_get_buffer(screen->client.shm, OUTPUT_WIDTH, OUTPUT_HEIGHT, 1, false, 1);
	CHECK(screen->ground != NULL);
	draw_rows(screen->ground, 0, OUTPUT_HEIGHT, 0);
	weston_client_show(&screen->client, screen->ground->wl_buf);
	for (unsigned number = 0; number < WINDOWS; number++)
		open_pane(screen, number);
	grow_all(screen);
	close_pane(screen, &screen->panes[2]);
	for (int frame = 0; frame < FRAMES_OF_A_STAGE; frame++)
		scroll_pane(screen, &screen->panes[3], 0, frame);
	for (unsigned number = 0; number < WINDOWS; number++)
		if (number != 2)
			close_pane(screen, &screen->panes[number]);
	/* Fails if weston has died meanwhile. */
	weston_client_take_shot(&screen->client);
	weston_client_roundtrip(&screen->client);
	printf("# %u frames of %d windows, %u times the program copied the last buffer\n", screen->frames, WINDOWS,
	       screen->copied);
	shm_fini();
	wl_subcompositor_destroy(screen->subcompositor);
	weston_client_close(&screen->client);
	weston_stop(&screen->weston);
}

TEST(four_windows_on_a_weston_that_draws_with_the_cpu)
{
	static struct screen screen;

	if (!weston_is_installed())
		SKIP("weston is not installed");
	CHECK(weston_start(&screen.weston, OUTPUT_WIDTH, OUTPUT_HEIGHT));
	run_four_windows(&screen);
}

TEST(four_windows_on_a_weston_that_draws_with_gl)
{
	static struct screen screen;

	if (!weston_is_installed())
		SKIP("weston is not installed");
	if (!start_gl(&screen.weston, OUTPUT_WIDTH, OUTPUT_HEIGHT))
		SKIP("weston does not start with --use-gl");
	run_four_windows(&screen);
}

/* The compositor's side. */
#include "support/server.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <wayland-server.h>

#include "support/memory.h"
#include "support/report.h"

#define COMPOSITOR_VERSION 4

/* A buffer, until it is given back or destroyed. */
struct holding {
	struct wl_resource *buffer;
	struct wl_listener destroy;
};

struct surface {
	struct holding attached;
	int32_t damage_top, damage_bottom;    /* all rows that are damaged; none if bottom is 0 */
	struct holding held[SERVER_HELD_MAX]; /* committed and not yet given back, as a ring */
	unsigned next_held;
};

static struct wl_display *display;
static struct server_report counts;
static unsigned late_commits;
/* What reading adds up to goes here, so that the compiler does not leave the reading out. */
static volatile uint64_t sink;

static void read_rows(struct wl_shm_buffer *buffer, int32_t top, int32_t bottom)
{
	size_t stride = (size_t)wl_shm_buffer_get_stride(buffer);
	const char *row = (const char *)wl_shm_buffer_get_data(buffer);
	int32_t height = wl_shm_buffer_get_height(buffer);
	uint64_t sum = 0, word;

	top = top < 0 ? 0 : top;
	bottom = bottom > height ? height : bottom;
	wl_shm_buffer_begin_access(buffer);
	for (int32_t y = top; y < bottom; y++) {
		for (size_t x = 0; x + sizeof(word) <= stride; x += sizeof(word)) {
			memcpy(&word, row + (size_t)y * stride + x, sizeof(word));
			sum += word;
		}
	}
	wl_shm_buffer_end_access(buffer);
	sink += sum;
}

static void hold(struct holding *holding, struct wl_resource *buffer)
{
	if (holding->buffer)
		wl_list_remove(&holding->destroy.link);
	holding->buffer = buffer;
	if (buffer)
		wl_resource_add_destroy_listener(buffer, &holding->destroy);
}

static void held_destroyed(struct wl_listener *listener, void *data)
{
	struct holding *holding = wl_container_of(listener, holding, destroy);

	(void)data;
	hold(holding, NULL);
}

/* Gives the buffer back, or the one that was committed `late_commits` ago. */
static void give_back(struct surface *surface, struct wl_resource *buffer)
{
	struct holding *oldest;

	if (late_commits == 0) {
		wl_buffer_send_release(buffer);
		return;
	}
	oldest = &surface->held[surface->next_held++ % late_commits];
	if (oldest->buffer)
		wl_buffer_send_release(oldest->buffer);
	hold(oldest, buffer);
}

static void surface_destroy(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

static void surface_attach(struct wl_client *client, struct wl_resource *resource, struct wl_resource *buffer, int32_t x,
			   int32_t y)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	(void)client, (void)x, (void)y;
	hold(&surface->attached, buffer);
}

static void surface_damage(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y, int32_t width,
			   int32_t height)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	(void)client, (void)x, (void)width;
	if (surface->damage_bottom == 0 || y < surface->damage_top)
		surface->damage_top = y;
	if (y + height > surface->damage_bottom)
		surface->damage_bottom = y + height;
}

static void surface_commit(struct wl_client *client, struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);
	struct wl_resource *attached = surface->attached.buffer;
	struct wl_shm_buffer *buffer = attached ? wl_shm_buffer_get(attached) : NULL;

	(void)client;
	counts.commits++;
	if (buffer)
		read_rows(buffer, surface->damage_top, surface->damage_bottom);
	surface->damage_bottom = 0;
	hold(&surface->attached, NULL);
	if (attached)
		give_back(surface, attached);
}

/* Only what the client of this program asks for; any other request is a fault, and would end the process. */
static const struct wl_surface_interface surface_requests = {
	.destroy = surface_destroy,
	.attach = surface_attach,
	.damage = surface_damage,
	.damage_buffer = surface_damage,
	.commit = surface_commit,
};

static void surface_gone(struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	hold(&surface->attached, NULL);
	for (unsigned i = 0; i < SERVER_HELD_MAX; i++)
		hold(&surface->held[i], NULL);
}

static void create_surface(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	/* One client, one surface. */
	static struct surface surface;
	struct wl_resource *made = wl_resource_create(client, &wl_surface_interface, wl_resource_get_version(resource), id);

	if (!made)
		give_up("the compositor has no memory");
	surface.attached.destroy.notify = held_destroyed;
	for (unsigned i = 0; i < SERVER_HELD_MAX; i++)
		surface.held[i].destroy.notify = held_destroyed;
	wl_resource_set_implementation(made, &surface_requests, &surface, surface_gone);
}

static const struct wl_compositor_interface compositor_requests = { .create_surface = create_surface };

static void bind_compositor(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *made = wl_resource_create(client, &wl_compositor_interface, (int)version, id);

	if (!made)
		give_up("the compositor has no memory");
	wl_resource_set_implementation(made, &compositor_requests, data, NULL);
}

/* Sees every request before it is handled. */
static void count_request(void *data, enum wl_protocol_logger_type direction,
			  const struct wl_protocol_logger_message *message)
{
	const char *class = wl_resource_get_class(message->resource), *name = message->message->name;

	(void)data;
	if (direction != WL_PROTOCOL_LOGGER_REQUEST)
		return;
	counts.requests++;
	counts.pools_made += strcmp(name, "create_pool") == 0;
	counts.buffers_made += strcmp(name, "create_buffer") == 0;
	counts.pool_resizes += strcmp(name, "resize") == 0;
	counts.buffers_destroyed += strcmp(name, "destroy") == 0 && strcmp(class, "wl_buffer") == 0;
}

static int answer(int control, uint32_t mask, void *data)
{
	struct memory_use use;
	struct rusage usage;
	struct timespec cpu;
	char question;

	(void)mask, (void)data;
	if (read(control, &question, 1) != 1) {
		wl_display_terminate(display);
		return 0;
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	getrusage(RUSAGE_SELF, &usage);
	counts.cpu_ns = (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec;
	counts.faults = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
	if (question >= '0' && question <= '0' + SERVER_HELD_MAX)
		late_commits = (unsigned)(question - '0');
	if (question == SERVER_MEMORY) {
		use = memory_use();
		counts.virtual_bytes = use.virtual_bytes;
		counts.file_mappings = use.file_mappings;
	}
	if (write(control, &counts, sizeof(counts)) != (ssize_t)sizeof(counts))
		wl_display_terminate(display);
	return 0;
}

void server_main(int connection, int control)
{
	/* Should the client be killed; otherwise the control connection hangs up. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	display = wl_display_create();
	if (!display || wl_display_init_shm(display) != 0 ||
	    !wl_global_create(display, &wl_compositor_interface, COMPOSITOR_VERSION, NULL, bind_compositor) ||
	    !wl_display_add_protocol_logger(display, count_request, NULL) ||
	    !wl_event_loop_add_fd(wl_display_get_event_loop(display), control, WL_EVENT_READABLE, answer, NULL) ||
	    !wl_client_create(display, connection))
		give_up("the compositor does not start");
	wl_display_run(display);
	_exit(0);
}

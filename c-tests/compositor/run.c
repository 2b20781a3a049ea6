/* Starts, pumps and stops the compositor; knows the client's half. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wayland-client.h>

#include "compositor/fail.h"
#include "compositor/hold.h"
#include "compositor/record.h"
#include "compositor/shell.h"
#include "compositor/surface.h"
#include "compositor/watch.h"

/* What libwayland-server says of dead clients is noise here: compositor_protocol_error() has it. */
static void drop_server_log(const char *format, va_list arguments)
{
	(void)format, (void)arguments;
}

static void silence_server(void)
{
	wl_log_set_handler_server(drop_server_log);
}

static void connection_destroyed(struct wl_listener *listener, void *data)
{
	struct connection *connection = wl_container_of(listener, connection, destroy);
	struct compositor *compositor = connection->compositor;

	(void)data;
	hold_forget_client(compositor, connection->server_half);
	watch_forget_client(compositor, connection->server_half);
	if (compositor->first == connection)
		compositor->first = NULL;
	wl_list_remove(&connection->link);
	free(connection);
}

/* Makes the server's half of a connection. The other end is in `end`. */
static struct connection *connect_server(struct compositor *compositor, int *end)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int sockets[2];

	if (connection == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		compositor_fail("cannot make a connection");
	connection->compositor = compositor;
	connection->server_half = wl_client_create(compositor->server, sockets[0]);
	if (connection->server_half == NULL)
		compositor_fail("cannot make the server's half of a connection");
	connection->destroy.notify = connection_destroyed;
	wl_client_add_destroy_listener(connection->server_half, &connection->destroy);
	wl_list_insert(&compositor->connections, &connection->link);
	*end = sockets[1];
	return connection;
}

static struct connection *connect_client(struct compositor *compositor)
{
	int end;
	struct connection *connection = connect_server(compositor, &end);

	connection->client_half = wl_display_connect_to_fd(end);
	if (connection->client_half == NULL)
		compositor_fail("cannot make the client's half of a connection");
	return connection;
}

/* False once the client's half is closed: then its wl_display is not there any more. */
static bool is_open(const struct connection *connection)
{
	struct pollfd end = { .fd = wl_client_get_fd(connection->server_half) };

	return poll(&end, 1, 0) == 0 || !(end.revents & (POLLHUP | POLLERR));
}

static void flush_clients(struct compositor *compositor)
{
	struct connection *connection;

	wl_list_for_each(connection, &compositor->connections, link)
		if (connection->client_half != NULL && is_open(connection))
			wl_display_flush(connection->client_half);
}

/* Handles all requests that wait. True if there were any. */
static bool handle_requests(struct compositor *compositor)
{
	struct wl_event_loop *loop = wl_display_get_event_loop(compositor->server);
	unsigned requests_at_start = compositor->counts.requests, requests;

	hold_check(compositor, false);
	do {
		requests = compositor->counts.requests;
		flush_clients(compositor);
		wl_event_loop_dispatch(loop, 0);
	} while (compositor->counts.requests != requests);
	wl_display_flush_clients(compositor->server);
	return compositor->counts.requests != requests_at_start;
}

static bool is_alive(const struct compositor *compositor)
{
	return compositor->first != NULL && compositor->client != NULL && wl_display_get_error(compositor->client) == 0;
}

/* Reads and dispatches the events that wait for the first client. True if there were any. */
static bool dispatch_client(struct compositor *compositor)
{
	struct wl_display *client = compositor->client;
	int count = 0, dispatched;

	if (client == NULL)
		return false;
	while (wl_display_prepare_read(client) != 0) {
		dispatched = wl_display_dispatch_pending(client);
		if (dispatched < 0)
			return false;
		count += dispatched;
	}
	wl_display_read_events(client);
	dispatched = wl_display_dispatch_pending(client);
	return dispatched > 0 || count > 0;
}

bool compositor_serve(struct compositor *compositor)
{
	if (!handle_requests(compositor))
		hold_check(compositor, true);
	surface_send_frame_callbacks(compositor);
	wl_display_flush_clients(compositor->server);
	return is_alive(compositor);
}

/* Frame callbacks are sent once: a client that draws on each of them is taken one frame further, not round for ever. */
bool compositor_pump(struct compositor *compositor)
{
	bool has_requests = handle_requests(compositor), has_events;

	surface_send_frame_callbacks(compositor);
	wl_display_flush_clients(compositor->server);
	has_events = dispatch_client(compositor);
	if (!has_requests && !has_events)
		hold_check(compositor, true);
	while (has_requests || has_events) {
		has_requests = handle_requests(compositor);
		has_events = dispatch_client(compositor);
	}
	return is_alive(compositor);
}

static void bind_global(void *user, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
	struct compositor *compositor = user;

	if (strcmp(interface, wl_compositor_interface.name) == 0)
		compositor->client_compositor = wl_registry_bind(registry, name, &wl_compositor_interface, version);
	else if (strcmp(interface, wl_shm_interface.name) == 0)
		compositor->client_shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
}

static void lose_global(void *user, struct wl_registry *registry, uint32_t name)
{
	(void)user, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_events = {
	.global = bind_global,
	.global_remove = lose_global,
};

static void shake_hands(struct compositor *compositor)
{
	compositor->first = connect_client(compositor);
	compositor->client = compositor->first->client_half;
	compositor->registry = wl_display_get_registry(compositor->client);
	wl_registry_add_listener(compositor->registry, &registry_events, compositor);
	for (int rounds = 0; rounds < 10; rounds++) /* the requests of this client are not counted yet */
		compositor_pump(compositor);
	if (compositor->client_compositor == NULL || compositor->client_shm == NULL)
		compositor_fail("the client found no globals");
	compositor->is_armed = true;
}

static void offer_shm(struct compositor *compositor)
{
	static const uint32_t deep_formats[] = {
		WL_SHM_FORMAT_ARGB2101010, WL_SHM_FORMAT_XRGB2101010, WL_SHM_FORMAT_ABGR2101010, WL_SHM_FORMAT_XBGR2101010,
		0x38344241, 0x38344258, /* ABGR and XBGR of 16 bits: older libwaylands have no names for them */
	};
	unsigned count = compositor->options.has_deep_formats ? sizeof(deep_formats) / sizeof(deep_formats[0]) : 0;

	if (wl_display_init_shm(compositor->server) != 0)
		compositor_fail("cannot offer wl_shm");
	for (unsigned i = 0; i < count; i++)
		if (wl_display_add_shm_format(compositor->server, deep_formats[i]) == NULL)
			compositor_fail("cannot offer a format");
}

struct compositor *compositor_start(const struct compositor_options *options)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct compositor *compositor = calloc(1, sizeof(*compositor));

	pthread_once(&once, silence_server);
	if (compositor == NULL)
		compositor_fail("no memory");
	if (options != NULL)
		compositor->options = *options;
	else
		compositor->options.policy = RELEASE_ON_REPLACE;
	compositor->server = wl_display_create();
	if (compositor->server == NULL)
		compositor_fail("cannot make a wl_display");
	wl_list_init(&compositor->connections);
	watch_start(compositor);
	offer_shm(compositor);
	surface_start(compositor);
	shell_start(compositor);
	shake_hands(compositor);
	return compositor;
}

void compositor_disconnect_client(struct compositor *compositor)
{
	if (compositor->client == NULL)
		return;
	wl_shm_destroy(compositor->client_shm);
	wl_compositor_destroy(compositor->client_compositor);
	wl_registry_destroy(compositor->registry);
	wl_display_disconnect(compositor->client);
	compositor->client_shm = NULL;
	compositor->client_compositor = NULL;
	compositor->registry = NULL;
	compositor->client = NULL;
}

void compositor_stop(struct compositor *compositor)
{
	if (compositor == NULL)
		return;
	compositor_disconnect_client(compositor);
	wl_display_destroy_clients(compositor->server);
	hold_stop(compositor);
	wl_protocol_logger_destroy(compositor->logger);
	wl_display_destroy(compositor->server);
	free(compositor);
}

struct wl_display *compositor_new_client(struct compositor *compositor)
{
	return connect_client(compositor)->client_half;
}

int compositor_new_connection(struct compositor *compositor)
{
	int end;

	connect_server(compositor, &end);
	return end;
}

void compositor_wait(const struct compositor *compositor, int milliseconds)
{
	struct pollfd loop = { .fd = wl_event_loop_get_fd(wl_display_get_event_loop(compositor->server)), .events = POLLIN };

	poll(&loop, 1, milliseconds);
}

struct wl_display *compositor_client(struct compositor *compositor)
{
	return compositor->client;
}

struct wl_shm *compositor_shm(struct compositor *compositor)
{
	return compositor->client_shm;
}

struct wl_compositor *compositor_wl_compositor(struct compositor *compositor)
{
	return compositor->client_compositor;
}

void compositor_set_policy(struct compositor *compositor, enum release_policy policy, unsigned late_commits)
{
	compositor->options.policy = policy;
	compositor->options.late_commits = late_commits;
}

struct compositor_counts compositor_counts(const struct compositor *compositor)
{
	return compositor->counts;
}

struct compositor_request compositor_last_request(const struct compositor *compositor)
{
	return compositor->last_request;
}

struct compositor_frame compositor_frame(const struct compositor *compositor)
{
	return compositor->frame;
}

const char *compositor_broken_rule(const struct compositor *compositor)
{
	return compositor->broken_rule[0] != '\0' ? compositor->broken_rule : NULL;
}

const char *compositor_protocol_error(const struct compositor *compositor)
{
	return compositor->protocol_error[0] != '\0' ? compositor->protocol_error : NULL;
}

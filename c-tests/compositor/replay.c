/* A client's log, played once more. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "compositor/replay.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include "support/runner.h"

#define LINE_BYTES_MAX 1024
#define OBJECTS_MAX 65536                    /* libwayland uses the numbers of destroyed objects again */

struct object {
	struct wl_proxy *proxy;              /* NULL: there is none of that number */
	bool is_held;                        /* a buffer that was shown, and not given back since */
	struct object *attached;             /* to a surface, until its commit */
};

struct player {
	struct compositor *compositor;
	struct replay result;
	struct object objects[OBJECTS_MAX];  /* by their number in the log */
	unsigned line;
};

/* `-> wl_shm_pool@7.create_buffer(new id wl_buffer@8, 0, ...)`; what comes before is of no interest. */
struct message {
	bool is_request;
	char interface[64], name[64];
	unsigned object;
	const char *arguments;
};

FILE *replay_new_log(void)
{
	int file = memfd_create("log", MFD_CLOEXEC);
	FILE *log;

	CHECK(file >= 0);
	log = fdopen(file, "w+");
	CHECK(log != NULL);
	return log;
}

void replay_write_log(FILE *log)
{
	CHECK(dup2(fileno(log), STDERR_FILENO) >= 0);
	setenv("WAYLAND_DEBUG", "client", 1);
}

static void tell(struct player *player, const char *format, ...)
{
	char text[200];
	va_list arguments;

	if (player->result.broken_rule[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(player->result.broken_rule, sizeof(player->result.broken_rule), "up to line %u: %s", player->line, text);
}

/* Newer libwaylands write # for @, and the name of the queue before the arrow. */
static bool parse(const char *line, struct message *message)
{
	const char *text = strstr(line, " -> ");

	message->is_request = text != NULL;
	if (text == NULL)
		text = strstr(line, "] ");
	if (text == NULL || strstr(line, "discarded ") != NULL)
		return false;
	text += message->is_request ? 4 : 2;
	if (*text == '{' && (text = strstr(text, "} ")) != NULL)
		text += 2;
	if (text == NULL || sscanf(text, " %63[a-z0-9_]%*1[@#]%u.%63[a-z_]", message->interface, &message->object,
				   message->name) != 3)
		return false;
	message->arguments = strchr(text, '(');
	return message->arguments != NULL;
}

/* The number behind `interface@` in the arguments; 0: nil, or not there. */
static unsigned number_of(const struct message *message, const char *interface)
{
	const char *found = strstr(message->arguments, interface);

	return found == NULL ? 0 : (unsigned)strtoul(found + strlen(interface) + 1, NULL, 10);
}

static struct object *find(struct player *player, const char *interface, unsigned number)
{
	struct object *object = number < OBJECTS_MAX ? &player->objects[number] : NULL;

	if (object == NULL || object->proxy == NULL || strcmp(wl_proxy_get_class(object->proxy), interface) != 0) {
		tell(player, "%s@%u is not there", interface, number);
		return NULL;
	}
	return object;
}

static void add(struct player *player, const struct message *message, const char *interface, void *proxy)
{
	unsigned number = number_of(message, interface);

	CHECK(proxy != NULL && number > 0 && number < OBJECTS_MAX);
	if (player->objects[number].proxy != NULL) {
		tell(player, "%s@%u is there already", interface, number);
		wl_proxy_destroy(player->objects[number].proxy);
	}
	player->objects[number] = (struct object){ .proxy = proxy };
}

static void make_pool(struct player *player, const struct message *message)
{
	int size_bytes, file;

	CHECK(sscanf(strstr(message->arguments, ", fd "), ", fd %*d, %d", &size_bytes) == 1);
	file = memfd_create("replayed", MFD_CLOEXEC);
	CHECK(file >= 0 && ftruncate(file, size_bytes > 0 ? size_bytes : 0) == 0);
	add(player, message, "wl_shm_pool", wl_shm_create_pool(compositor_shm(player->compositor), file, size_bytes));
	close(file);
}

static void use_pool(struct player *player, const struct message *message, struct object *object)
{
	struct wl_shm_pool *pool = (struct wl_shm_pool *)object->proxy;
	int offset_bytes, width, height, stride_bytes;
	unsigned format;

	if (strcmp(message->name, "create_buffer") == 0) {
		CHECK(sscanf(strchr(message->arguments, ','), ", %d, %d, %d, %d, %u", &offset_bytes, &width, &height,
			     &stride_bytes, &format) == 5);
		add(player, message, "wl_buffer",
		    wl_shm_pool_create_buffer(pool, offset_bytes, width, height, stride_bytes, format));
	} else if (strcmp(message->name, "resize") == 0) {
		wl_shm_pool_resize(pool, atoi(message->arguments + 1));
	} else {
		wl_shm_pool_destroy(pool);
		object->proxy = NULL;
	}
}

static void use_surface(struct player *player, const struct message *message, struct object *object)
{
	struct wl_surface *surface = (struct wl_surface *)object->proxy;
	unsigned number = number_of(message, "wl_buffer");

	if (strcmp(message->name, "attach") == 0) {
		object->attached = number == 0 ? NULL : find(player, "wl_buffer", number);
		if (object->attached != NULL || number == 0)
			wl_surface_attach(surface, number == 0 ? NULL : (void *)object->attached->proxy, 0, 0);
	} else if (strcmp(message->name, "commit") == 0) {
		if (object->attached != NULL && object->attached->is_held)
			tell(player, "a buffer is shown again that was not given back");
		if (object->attached != NULL)
			object->attached->is_held = true;
		object->attached = NULL;
		wl_surface_commit(surface);
	} else if (strcmp(message->name, "destroy") == 0) {
		wl_surface_destroy(surface);
		*object = (struct object){ .proxy = NULL };
	}
}

static void send_request(struct player *player, const struct message *message)
{
	struct object *object;

	if (strcmp(message->interface, "wl_compositor") == 0 && strcmp(message->name, "create_surface") == 0) {
		add(player, message, "wl_surface",
		    wl_compositor_create_surface(compositor_wl_compositor(player->compositor)));
	} else if (strcmp(message->interface, "wl_shm") == 0 && strcmp(message->name, "create_pool") == 0) {
		make_pool(player, message);
	} else if (strcmp(message->interface, "wl_shm_pool") == 0) {
		if ((object = find(player, "wl_shm_pool", message->object)) != NULL)
			use_pool(player, message, object);
	} else if (strcmp(message->interface, "wl_surface") == 0) {
		if ((object = find(player, "wl_surface", message->object)) != NULL)
			use_surface(player, message, object);
	} else if (strcmp(message->interface, "wl_buffer") == 0) {
		if ((object = find(player, "wl_buffer", message->object)) != NULL) {
			wl_buffer_destroy((struct wl_buffer *)object->proxy);
			*object = (struct object){ .proxy = NULL };
		}
	}
}

/* The client heard of it just then, and believed until then that the buffer was held. */
static void give_back(struct player *player, unsigned number)
{
	struct object *buffer = find(player, "wl_buffer", number);

	if (buffer == NULL)
		return;
	compositor_pump(player->compositor);
	buffer->is_held = false;
	if (!compositor_release(player->compositor, wl_proxy_get_id(buffer->proxy)))
		player->result.stray_releases++;
}

static void play_line(struct player *player, const char *line)
{
	struct message message;

	player->line++;
	if (!parse(line, &message))
		return;
	if (message.is_request)
		send_request(player, &message);
	else if (strcmp(message.interface, "wl_buffer") == 0 && strcmp(message.name, "release") == 0)
		give_back(player, message.object);
}

/* The rules are looked at by the compositor, at each request. */
static bool ask_compositor(struct player *player)
{
	bool is_alive = compositor_pump(player->compositor);

	if (compositor_broken_rule(player->compositor) != NULL)
		tell(player, "%s", compositor_broken_rule(player->compositor));
	if (compositor_protocol_error(player->compositor) != NULL)
		tell(player, "%s", compositor_protocol_error(player->compositor));
	return is_alive;
}

static void end(struct player *player)
{
	for (unsigned i = 0; i < OBJECTS_MAX; i++)
		if (player->objects[i].proxy != NULL)
			wl_proxy_destroy(player->objects[i].proxy);
	compositor_stop(player->compositor);
	free(player);
}

struct replay replay_log(FILE *log)
{
	struct player *player = calloc(1, sizeof(*player));
	char line[LINE_BYTES_MAX];
	struct replay result;

	CHECK(player != NULL);
	player->compositor = compositor_start(&(struct compositor_options){
		.policy = RELEASE_BY_HAND, .hashes_nothing = true, .has_deep_formats = true });
	rewind(log);
	while (fgets(line, sizeof(line), log) != NULL) {
		play_line(player, line);
		if (strstr(line, ".commit(") != NULL && !ask_compositor(player))
			break;
	}
	ask_compositor(player);
	player->result.counts = compositor_counts(player->compositor);
	result = player->result;
	end(player);
	return result;
}

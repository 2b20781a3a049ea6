/*
 * What the test compositor knows, for its files:
 *
 *   run.c         starts, pumps, stops; the only file that knows the client's half
 *   watch.c       sees every request before it is handled: counts, pools, death at a given request
 *   rules.c       what the protocol asks of a client of wl_shm
 *   hold.c        the buffers that the client may not touch: hashes, and the policies of giving back
 *   surface.c     wl_compositor, wl_surface, wl_region
 *   shell.c       wl_output and xdg_wm_base
 */
#ifndef MILLPOND_TEST_COMPOSITOR_RECORD_H
#define MILLPOND_TEST_COMPOSITOR_RECORD_H

#include <wayland-server.h>

#include "compositor/compositor.h"

/* One connection. The record goes when the server's half does. */
struct connection {
	struct wl_list link;
	struct compositor *compositor;
	struct wl_client *server_half;
	struct wl_display *client_half;  /* owned by the program, except the first one's; NULL: in another process */
	struct wl_listener destroy;
};

/* A wl_shm_pool, mapped by ourselves too: so storage can be read after the client has destroyed its wl_buffer. */
struct watched_pool {
	struct wl_list link;
	struct compositor *compositor;
	struct wl_client *client;
	uint32_t id;             /* 0 once the client has destroyed the object */
	void *memory;            /* NULL if the file cannot be mapped */
	size_t size_bytes;
	unsigned users;          /* the wl_shm_pool, its wl_buffers, and what is held */
};

/* A wl_buffer that the client has made and not destroyed. */
struct watched_buffer {
	struct wl_list link;
	struct wl_client *client;
	uint32_t id;
	struct watched_pool *pool;
	int32_t offset_bytes;
};

struct surface {
	struct wl_list link;
	struct compositor *compositor;
	struct wl_resource *resource;
	struct wl_resource *attached;      /* pending wl_buffer; NULL also when nothing or NULL is attached */
	struct wl_listener attached_destroy;
	bool has_attach;
	bool has_lost_attached;            /* the client has destroyed the pending wl_buffer */
	struct wl_list frame_callbacks;    /* wl_resource links */
	struct wl_list pending_callbacks;
	uint64_t commits;                  /* with a buffer */
	struct wl_resource *shell_surface; /* xdg_surface, NULL if none */
	struct wl_resource *toplevel;      /* xdg_toplevel, NULL if none */
	bool is_configured;
};

/* A buffer between commit and release. */
struct held {
	struct compositor *compositor;
	struct surface *surface;           /* NULL when the surface is gone */
	struct wl_resource *buffer;        /* NULL when the client has destroyed it: then the storage alone is watched */
	struct wl_listener buffer_destroy;
	struct wl_client *client;
	struct watched_pool *pool;
	int32_t offset_bytes;
	int width, height, stride_bytes;
	uint64_t commit;                   /* the surface's count at the commit */
	uint64_t hash;
};

struct compositor {
	struct compositor_options options;
	struct compositor_counts counts;
	struct compositor_request last_request;
	struct wl_display *server;
	struct wl_protocol_logger *logger;
	struct wl_list connections, pools, buffers, surfaces;
	struct connection *first;          /* the client of compositor_start(); NULL when the server's half is gone */
	struct wl_display *client;         /* its own half; NULL when disconnected */
	struct wl_registry *registry;
	struct wl_compositor *client_compositor;
	struct wl_shm *client_shm;
	struct held **held;                /* the oldest first */
	size_t held_capacity, held_cursor;
	struct compositor_frame frame;
	uint32_t *frame_pixels;
	size_t frame_capacity_bytes;
	char protocol_error[256], broken_rule[256];
	bool is_armed;                     /* counting, dying and refusing begin when compositor_start() ends */
	bool is_dying;                     /* the request at hand is the one at which the connection ends */
	uint32_t serial;
};

#endif

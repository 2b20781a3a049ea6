/*
 * A Wayland compositor inside the test process, over a socket pair: one thread, no socket in the file system.
 *
 * The client half is an ordinary struct wl_display; nothing moves until compositor_pump() is called, so tests are
 * deterministic. It offers wl_compositor, wl_shm (libwayland-server's own: wl_display_init_shm), wl_output and
 * xdg_wm_base. It reads the client's pixels, hashes what it holds, and counts what the client asks for.
 *
 * Also used by ffi-examples/, as the compositor of a machine without one.
 */
#ifndef MILLPOND_TEST_COMPOSITOR_H
#define MILLPOND_TEST_COMPOSITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wl_display;
struct wl_shm;
struct wl_compositor;
struct compositor;

/* When a committed buffer is given back. */
enum release_policy {
	RELEASE_AT_ONCE,      /* in the pump that handles the commit, before the frame callback */
	RELEASE_ON_REPLACE,   /* when the next buffer is committed to the same surface (what a GPU scan-out does) */
	RELEASE_LATE,         /* when `late_commits` further buffers were committed to the surface */
	RELEASE_OUT_OF_ORDER, /* collects three, then gives them back, the newest first */
	RELEASE_TWICE,        /* as ON_REPLACE, but every release is sent twice */
	RELEASE_NEVER,
	RELEASE_BY_HAND,      /* only compositor_release_oldest(), _newest() and _all() */
};

struct compositor_options {
	enum release_policy policy;
	unsigned late_commits;         /* for RELEASE_LATE */
	unsigned dies_at_message;      /* 0: never. N: the connection is closed in place of handling request N;
					  1 is the first after compositor_start() */
	unsigned errs_at_message;      /* the same, with a protocol error in place of the end */
	bool refuses_formats;          /* answers wl_shm_pool.create_buffer with a protocol error */
	bool refuses_pools;            /* answers wl_shm.create_pool with a protocol error */
	bool allows_growing;           /* wl_shm_pool.resize; otherwise it is answered with a protocol error, because
					  weston 10 dies when a pool grows that it reads from */
	bool sends_no_frame_callbacks;
	bool hashes_nothing;           /* held buffers are not looked at: hashing a large picture takes longer than
					  drawing it */
	bool keeps_memory;             /* what a client has destroyed stays mapped: a compositor that leaks */
	bool has_deep_formats;         /* also takes pixels of 10 and of 16 bits a colour */
};

struct compositor_counts {
	unsigned pools_made, pools_live;       /* wl_shm_pool; live: not destroyed by the client */
	unsigned pool_resizes;
	uint64_t pool_bytes;                   /* mapped at present: of pools that live, or have buffers that do */
	unsigned buffers_made, buffers_live;   /* wl_buffer; live: not destroyed by the client */
	unsigned requests;                     /* all requests of the clients since compositor_start() */
	unsigned commits;                      /* with a buffer attached */
	unsigned releases;                     /* sent */
	unsigned held;                         /* buffers that the client may not touch at present */
	unsigned broken_rules;                 /* requests that the protocol does not allow: a fault of the client */
	unsigned held_changed;                 /* times that pixels of a held buffer were found changed: a fault of the client */
};

/* What the client last asked a wl_buffer to be. */
struct compositor_request {
	int offset_bytes, width, height, stride_bytes;
	uint32_t format;                       /* of wl_shm */
};

/* The pixels of the last commit, as the compositor read them: ARGB8888, rows of stride_bytes. Owned by the compositor. */
struct compositor_frame {
	int width, height, stride_bytes;
	const uint32_t *pixels;                /* NULL before the first commit */
	uint64_t hash;                         /* FNV-1a over the visible pixels */
};

/* Starts a compositor and connects a client to it. NULL options: RELEASE_ON_REPLACE. Aborts the test on failure. */
struct compositor *compositor_start(const struct compositor_options *options);

/* Disconnects the client if compositor_disconnect_client() was not called, and frees everything. */
void compositor_stop(struct compositor *compositor);

/* The client's half. The globals are bound when compositor_start() returns. */
struct wl_display *compositor_client(struct compositor *compositor);
struct wl_shm *compositor_shm(struct compositor *compositor);
struct wl_compositor *compositor_wl_compositor(struct compositor *compositor);

/* Destroys the client's proxies for the globals and its wl_display (a program's normal end: after shm_fini()). */
void compositor_disconnect_client(struct compositor *compositor);

/* Makes an additional, second client connection's server side for programs that bind globals themselves (the demo). */
struct wl_display *compositor_new_client(struct compositor *compositor);

/* The same for a program in another process: returns its end of the connection, to be closed when it was passed on. */
int compositor_new_connection(struct compositor *compositor);

/* Waits until a client has sent something, so long at most. compositor_serve() handles it. */
void compositor_wait(const struct compositor *compositor, int milliseconds);

/*
 * Flushes the clients, handles their requests, checks that held buffers are unchanged, sends events, and dispatches
 * them in the client that compositor_start() made (not in those of compositor_new_client()), until nothing moves any
 * more. False if that client's connection is dead.
 */
bool compositor_pump(struct compositor *compositor);

/* As compositor_pump(), but does not dispatch the client's events. */
bool compositor_serve(struct compositor *compositor);

/* Gives held buffers back by hand; the events arrive with the next pump. False if none is held. */
bool compositor_release_oldest(struct compositor *compositor);
bool compositor_release_newest(struct compositor *compositor);
bool compositor_release_all(struct compositor *compositor);

/* The same for one wl_buffer of the client of compositor_start(), by its number. */
bool compositor_release(struct compositor *compositor, uint32_t buffer_id);

void compositor_set_policy(struct compositor *compositor, enum release_policy policy, unsigned late_commits);

struct compositor_counts compositor_counts(const struct compositor *compositor);
struct compositor_request compositor_last_request(const struct compositor *compositor);
struct compositor_frame compositor_frame(const struct compositor *compositor);

/* The first rule of the protocol that a client has broken, as text; NULL if none. Not all of them are protocol errors. */
const char *compositor_broken_rule(const struct compositor *compositor);

/* The protocol error that the compositor last had to send, as text; NULL if none. */
const char *compositor_protocol_error(const struct compositor *compositor);

#endif

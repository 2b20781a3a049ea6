/*
 * Copy and paste with other programs: wl_data_device. Without a seat, or a compositor that has it, it works within this
 * program. Nothing here waits: descriptors are given to the main loop.
 */
#ifndef TERMINAL_CLIPBOARD_H
#define TERMINAL_CLIPBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <poll.h>
#include <wayland-client.h>

struct clipboard {
	struct wl_data_device_manager *manager;  /* NULL: the compositor has none */
	struct wl_data_device *device;           /* NULL until there is a seat */

	struct wl_data_source *source;           /* ours, while what we copied is what others paste */
	char *text;                              /* what was copied last */
	int send_fd;                             /* -1; or where `sent_text` goes */
	char *sent_text;
	size_t sent_bytes;

	struct wl_data_offer *offer;             /* what can be pasted; NULL: nothing */
	struct wl_data_offer *new_offer;         /* its kinds are being told */
	bool offers_text, new_offers_text;
	int receive_fd;                          /* -1; or where a paste comes from */

	/* Gets what is pasted, in pieces; the last one is empty. */
	void (*paste)(void *user, const char *bytes, size_t byte_count);
	void *user;
};

void clipboard_prepare(struct clipboard *clipboard, void (*paste)(void *user, const char *bytes, size_t byte_count),
		       void *user);

/* Binds the manager with this name. */
void clipboard_bind(struct clipboard *clipboard, struct wl_registry *registry, uint32_t name);

/* When the globals are known. NULL: there is no seat. */
void clipboard_set_seat(struct clipboard *clipboard, struct wl_seat *seat);

/* Takes over a text, allocated with malloc(). `serial` is that of the key or button. */
void clipboard_copy(struct clipboard *clipboard, char *text, uint32_t serial);

/* Asks for what was copied last, here or elsewhere; paste() gets it soon. */
void clipboard_paste(struct clipboard *clipboard, struct wl_display *display);

/* Adds what to wait for. Returns how many: 0 to 2. */
unsigned clipboard_watch(const struct clipboard *clipboard, struct pollfd *watched);

/* Reads and writes as far as that does not wait. */
void clipboard_serve(struct clipboard *clipboard);

void clipboard_close(struct clipboard *clipboard);

#endif

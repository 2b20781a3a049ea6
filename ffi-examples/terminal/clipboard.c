#define _GNU_SOURCE
#include "clipboard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_TYPE "text/plain;charset=utf-8"
#define MANAGER_VERSION 1

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* --- What others offer -------------------------------------------------------------------------------------------- */

static void offer_type(void *data, struct wl_data_offer *offer, const char *type)
{
	struct clipboard *clipboard = data;
	if (offer == clipboard->new_offer && strcmp(type, TEXT_TYPE) == 0)
		clipboard->new_offers_text = true;
}

static const struct wl_data_offer_listener offer_listener = {.offer = offer_type};

static void drop_offer(struct wl_data_offer **offer)
{
	if (*offer != NULL)
		wl_data_offer_destroy(*offer);
	*offer = NULL;
}

static void device_offer(void *data, struct wl_data_device *device, struct wl_data_offer *offer)
{
	struct clipboard *clipboard = data;
	(void)device;
	drop_offer(&clipboard->new_offer);
	clipboard->new_offer = offer;
	clipboard->new_offers_text = false;
	wl_data_offer_add_listener(offer, &offer_listener, clipboard);
}

static void device_selection(void *data, struct wl_data_device *device, struct wl_data_offer *offer)
{
	struct clipboard *clipboard = data;
	(void)device;
	drop_offer(&clipboard->offer);
	if (offer != clipboard->new_offer)
		drop_offer(&clipboard->new_offer);
	clipboard->offer = offer;
	clipboard->offers_text = offer != NULL && clipboard->new_offers_text;
	clipboard->new_offer = NULL;
}

/* Nothing can be dragged here. */
static void device_enter(void *data, struct wl_data_device *device, uint32_t serial, struct wl_surface *surface,
			 wl_fixed_t x, wl_fixed_t y, struct wl_data_offer *offer)
{
	struct clipboard *clipboard = data;
	(void)device, (void)serial, (void)surface, (void)x, (void)y, (void)offer;
	drop_offer(&clipboard->new_offer);
}

static void device_leave(void *data, struct wl_data_device *device)
{
	(void)data, (void)device;
}

static void device_motion(void *data, struct wl_data_device *device, uint32_t time_ms, wl_fixed_t x, wl_fixed_t y)
{
	(void)data, (void)device, (void)time_ms, (void)x, (void)y;
}

static void device_drop(void *data, struct wl_data_device *device)
{
	(void)data, (void)device;
}

static const struct wl_data_device_listener device_listener = {
	.data_offer = device_offer,
	.enter = device_enter,
	.leave = device_leave,
	.motion = device_motion,
	.drop = device_drop,
	.selection = device_selection,
};

/* --- What we offer ------------------------------------------------------------------------------------------------ */

static void source_target(void *data, struct wl_data_source *source, const char *type)
{
	(void)data, (void)source, (void)type;
}

static void source_send(void *data, struct wl_data_source *source, const char *type, int32_t fd)
{
	struct clipboard *clipboard = data;
	(void)source, (void)type;
	/* whoever asked before and has not read gets no more */
	close_fd(&clipboard->send_fd);
	free(clipboard->sent_text);
	clipboard->sent_text = clipboard->text == NULL ? NULL : strdup(clipboard->text);
	clipboard->sent_bytes = 0;
	clipboard->send_fd = fd;
	if (clipboard->sent_text == NULL || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		close_fd(&clipboard->send_fd);
}

static void source_cancelled(void *data, struct wl_data_source *source)
{
	struct clipboard *clipboard = data;
	wl_data_source_destroy(source);
	if (source == clipboard->source)
		clipboard->source = NULL;
}

static const struct wl_data_source_listener source_listener = {
	.target = source_target,
	.send = source_send,
	.cancelled = source_cancelled,
};

/* ------------------------------------------------------------------------------------------------------------------ */

void clipboard_prepare(struct clipboard *clipboard, void (*paste)(void *user, const char *bytes, size_t byte_count),
		       void *user)
{
	*clipboard = (struct clipboard){.send_fd = -1, .receive_fd = -1, .paste = paste, .user = user};
}

void clipboard_bind(struct clipboard *clipboard, struct wl_registry *registry, uint32_t name)
{
	if (clipboard->manager == NULL)
		clipboard->manager = wl_registry_bind(registry, name, &wl_data_device_manager_interface,
						      MANAGER_VERSION);
}

void clipboard_set_seat(struct clipboard *clipboard, struct wl_seat *seat)
{
	if (clipboard->manager == NULL || seat == NULL || clipboard->device != NULL)
		return;
	clipboard->device = wl_data_device_manager_get_data_device(clipboard->manager, seat);
	wl_data_device_add_listener(clipboard->device, &device_listener, clipboard);
}

void clipboard_copy(struct clipboard *clipboard, char *text, uint32_t serial)
{
	free(clipboard->text);
	clipboard->text = text;
	if (clipboard->device == NULL)
		return;
	if (clipboard->source != NULL)
		wl_data_source_destroy(clipboard->source);
	clipboard->source = wl_data_device_manager_create_data_source(clipboard->manager);
	wl_data_source_add_listener(clipboard->source, &source_listener, clipboard);
	wl_data_source_offer(clipboard->source, TEXT_TYPE);
	wl_data_device_set_selection(clipboard->device, clipboard->source, serial);
}

void clipboard_paste(struct clipboard *clipboard, struct wl_display *display)
{
	int ends[2];
	bool is_ours = clipboard->source != NULL || clipboard->device == NULL;
	if (is_ours) {
		if (clipboard->text != NULL) {
			clipboard->paste(clipboard->user, clipboard->text, strlen(clipboard->text));
			clipboard->paste(clipboard->user, "", 0);
		}
		return;
	}
	if (!clipboard->offers_text || clipboard->receive_fd >= 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	wl_data_offer_receive(clipboard->offer, TEXT_TYPE, ends[1]);
	/* the other side of the pipe is sent, and then is not ours any more: else it would never end */
	wl_display_flush(display);
	close(ends[1]);
	clipboard->receive_fd = ends[0];
}

unsigned clipboard_watch(const struct clipboard *clipboard, struct pollfd *watched)
{
	unsigned count = 0;
	if (clipboard->receive_fd >= 0)
		watched[count++] = (struct pollfd){.fd = clipboard->receive_fd, .events = POLLIN};
	if (clipboard->send_fd >= 0)
		watched[count++] = (struct pollfd){.fd = clipboard->send_fd, .events = POLLOUT};
	return count;
}

static void receive(struct clipboard *clipboard)
{
	char bytes[4096];
	ssize_t count;
	while ((count = read(clipboard->receive_fd, bytes, sizeof(bytes))) > 0)
		clipboard->paste(clipboard->user, bytes, (size_t)count);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	close_fd(&clipboard->receive_fd);
	clipboard->paste(clipboard->user, "", 0);
}

static void send_on(struct clipboard *clipboard)
{
	size_t left = strlen(clipboard->sent_text) - clipboard->sent_bytes;
	ssize_t count = left == 0 ? 0 : write(clipboard->send_fd, clipboard->sent_text + clipboard->sent_bytes, left);
	if (count > 0)
		clipboard->sent_bytes += (size_t)count;
	else if (count == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(&clipboard->send_fd);
}

void clipboard_serve(struct clipboard *clipboard)
{
	if (clipboard->receive_fd >= 0)
		receive(clipboard);
	if (clipboard->send_fd >= 0)
		send_on(clipboard);
}

void clipboard_close(struct clipboard *clipboard)
{
	close_fd(&clipboard->receive_fd);
	close_fd(&clipboard->send_fd);
	free(clipboard->sent_text);
	free(clipboard->text);
	drop_offer(&clipboard->offer);
	drop_offer(&clipboard->new_offer);
	if (clipboard->source != NULL)
		wl_data_source_destroy(clipboard->source);
	if (clipboard->device != NULL)
		wl_data_device_destroy(clipboard->device);
	if (clipboard->manager != NULL)
		wl_data_device_manager_destroy(clipboard->manager);
}

#include "embedded.h"

#include <stdio.h>
#include <string.h>

#include "compositor/compositor.h"

static void serve(void *user)
{
	compositor_serve(user);
}

void embedded_start(struct embedded *embedded, struct terminal_start *start, bool releases_late)
{
	const struct compositor_options options = {.policy = releases_late ? RELEASE_ON_REPLACE : RELEASE_AT_ONCE};
	embedded->compositor = compositor_start(&options);
	start->display = compositor_new_client(embedded->compositor);
	start->serve = serve;
	start->serve_user = embedded->compositor;
}

bool embedded_check(void *user, const struct terminal *terminal)
{
	const struct embedded *embedded = user;
	struct compositor_frame seen = compositor_frame(embedded->compositor);
	const struct buffer *drawn = terminal->frame.last_buffer;
	if (compositor_counts(embedded->compositor).held_changed != 0) {
		fprintf(stderr, "terminal: a buffer that the compositor holds was written to\n");
		return false;
	}
	if (seen.pixels == NULL || drawn == NULL || seen.width != drawn->width || seen.height != drawn->height) {
		fprintf(stderr, "terminal: the compositor sees %d x %d pixels in place of %d x %d\n", seen.width, seen.height,
			terminal->frame.width, terminal->frame.height);
		return false;
	}
	for (int row = 0; row < seen.height; row++) {
		if (memcmp((const char *)seen.pixels + (size_t)row * (size_t)seen.stride_bytes,
			   (const char *)drawn->mmapped + (size_t)row * (size_t)drawn->stride,
			   (size_t)seen.width * 4) != 0) {
			fprintf(stderr, "terminal: the compositor sees other pixels than were drawn in row %d\n", row);
			return false;
		}
	}
	return frame_is_right(&terminal->frame);
}

bool embedded_stop(struct embedded *embedded)
{
	const char *protocol_error = compositor_protocol_error(embedded->compositor);
	if (protocol_error != NULL)
		fprintf(stderr, "terminal: the compositor refused a request: %s\n", protocol_error);
	bool is_well = protocol_error == NULL;
	compositor_stop(embedded->compositor);
	return is_well;
}

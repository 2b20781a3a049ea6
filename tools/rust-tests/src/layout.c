/* What compositor.rs says of compositor.h is compared with these. */
#include <stddef.h>

#include "compositor/compositor.h"
#include "compositor/window.h"

const size_t layout_of_compositor_h[] = {
	sizeof(struct compositor_options),
	offsetof(struct compositor_options, late_commits),
	offsetof(struct compositor_options, dies_at_message),
	offsetof(struct compositor_options, errs_at_message),
	offsetof(struct compositor_options, refuses_formats),
	offsetof(struct compositor_options, refuses_pools),
	offsetof(struct compositor_options, hashes_nothing),
	offsetof(struct compositor_options, keeps_memory),
	offsetof(struct compositor_options, has_deep_formats),
	offsetof(struct compositor_options, allows_growing),
	offsetof(struct compositor_options, sends_no_frame_callbacks),
	sizeof(struct compositor_counts),
	offsetof(struct compositor_counts, pools_live),
	offsetof(struct compositor_counts, buffers_made),
	offsetof(struct compositor_counts, buffers_live),
	offsetof(struct compositor_counts, commits),
	offsetof(struct compositor_counts, held),
	offsetof(struct compositor_counts, broken_rules),
	offsetof(struct compositor_counts, held_changed),
	sizeof(struct compositor_frame),
	offsetof(struct compositor_frame, stride_bytes),
	offsetof(struct compositor_frame, pixels),
	offsetof(struct compositor_frame, hash),
	sizeof(struct window),
	offsetof(struct window, surface),
	RELEASE_AT_ONCE,
	RELEASE_ON_REPLACE,
	RELEASE_LATE,
	RELEASE_OUT_OF_ORDER,
	RELEASE_TWICE,
	RELEASE_NEVER,
	RELEASE_BY_HAND,
};

#include "shm/faults/call.h"

#include <errno.h>
#include <unistd.h>

#include <wayland-client.h>

#include "compositor/compositor.h"
#include "shm/faults/inject.h"
#include "support/runner.h"

struct call call_begin(struct scenario_report *report)
{
	struct call call = { .fired_before = fault_fired() };
	off_t text_bytes = lseek(STDERR_FILENO, 0, SEEK_END);

	report->text_bytes_before_call = text_bytes > 0 ? (size_t)text_bytes : 0;
	errno = 0;
	fault_enter();
	return call;
}

bool call_end(struct scenario_report *report, struct call *call)
{
	call->error_number = errno;
	fault_leave();
	report->fired = fault_fired();
	return fault_fired() != call->fired_before;
}

void call_pump(struct scenario_report *report, struct compositor *compositor)
{
	struct wl_display *display = compositor_client(compositor);

	CHECK(compositor_serve(compositor));
	struct call call = call_begin(report);
	while (wl_display_prepare_read(display) != 0)
		CHECK(wl_display_dispatch_pending(display) >= 0);
	CHECK(wl_display_read_events(display) == 0);
	CHECK(wl_display_dispatch_pending(display) >= 0);
	call_end(report, &call);
	CHECK(compositor_pump(compositor));
	/* A client that changes what the compositor reads is as bad as one that crashes. */
	CHECK_EQUAL(compositor_counts(compositor).held_changed, 0);
	CHECK(compositor_broken_rule(compositor) == NULL);
}

/* Compositors that end the connection, or raise an error, at any message of a program with chains. */
#include <stdarg.h>
#include <stdlib.h>

#include <wayland-client.h>

#include "chain/stage.h"
#include "support/random.h"
#include "support/runner.h"

#define POLICIES (RELEASE_BY_HAND + 1)
#define FRAMES_AFTER_END 8

/* What libwayland-client says of protocol errors. */
static void ignore_text(const char *format, va_list arguments)
{
	(void)format, (void)arguments;
}

struct program {
	struct stage stage;
	struct buffer_chain *chains[2];
	struct buffer *kept;               /* with a reference */
	uint32_t kept_colour;
	uint64_t state;
};

static void keep(struct program *program, struct buffer *buffer, uint32_t colour)
{
	if (program->kept != NULL)
		shm_unref(program->kept);
	shm_addref(buffer);
	program->kept = buffer;
	program->kept_colour = colour;
}

/* False once the connection has ended. */
static bool draw_frame(struct program *program, uint32_t colour)
{
	unsigned long choice = random_below(&program->state, 20);
	struct buffer_chain *chain = program->chains[choice % 2];
	int side = 20 + (int)(choice % 3);
	struct buffer *buffer = stage_get(chain, side, side);

	if (choice < 8)
		shm_scroll(buffer, 1 + (int)(choice % 5), 0, 0, 0, 0);
	fill(buffer, colour);
	buffer->age = 0;
	if (buffer == program->kept)
		program->kept_colour = colour;
	window_commit(&program->stage.window, buffer->wl_buf);
	bool is_alive = compositor_pump(program->stage.compositor);
	if (choice == 0)
		keep(program, buffer, colour);
	if (choice == 1)
		shm_purge(chain);
	CHECK(choice == 1 || is_all(buffer, colour));
	CHECK(program->kept == NULL || is_all(program->kept, program->kept_colour));
	return is_alive;
}

static void live_and_end(const struct compositor_options *options)
{
	struct runner_resources before = runner_count_resources();
	struct program program = { .state = options->dies_at_message + options->errs_at_message };
	unsigned frames_after_end = 0;

	stage_start_with(&program.stage, options);
	for (unsigned i = 0; i < 2; i++)
		program.chains[i] = stage_chain(&program.stage, i == 0);
	for (unsigned frame = 0; frame < 200 && frames_after_end < FRAMES_AFTER_END; frame++)
		frames_after_end += !draw_frame(&program, frame);
	CHECK_EQUAL(frames_after_end, FRAMES_AFTER_END);
	CHECK(compositor_broken_rule(program.stage.compositor) == NULL);
	CHECK_EQUAL(compositor_counts(program.stage.compositor).held_changed, 0);
	for (unsigned i = 0; i < 2; i++)
		shm_chain_free(program.chains[i]);
	if (program.kept != NULL)
		shm_unref(program.kept);
	shm_fini();
	window_close(&program.stage.window);
	compositor_stop(program.stage.compositor);
	CHECK_SAME_RESOURCES(before);
}

/* Where everything is slow, not at each. */
TEST(a_connection_may_end_in_either_way_at_any_message)
{
	unsigned step = getenv("MILLPOND_TEST_PATIENCE") != NULL ? 11 : 1;

	wl_log_set_handler_client(ignore_text);
	for (unsigned message = 2; message <= 150; message += step) {
		struct compositor_options options = { .policy = (enum release_policy)(message % POLICIES),
						      .late_commits = 2 };

		options.dies_at_message = message;
		live_and_end(&options);
		options.dies_at_message = 0;
		options.errs_at_message = message;
		live_and_end(&options);
	}
}

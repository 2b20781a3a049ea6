#include "comparison.h"

#include <stdio.h>

#include "embedded.h"
#include "holes.h"
#include "statistics.h"

#define FRAMES 400
/* Until each part of the memory that shm_scroll() moves in has been used. */
#define SETTLING_FRAMES 200
#define FRAMES_PER_CHECK 50

static const struct {
	int width, height;
} sizes[] = {{800, 600}, {1920, 1080}, {3840, 2160}};

/* A cost, and how many times the first one it is. */
static void print_times(double us, double first_us)
{
	if (us < 0 || first_us <= 0)
		printf("  %10s            ", "-");
	else
		printf("  %7.1f us (%4.1f times)", us, us / first_us);
}

static void print_row(const struct layout *layout, const struct statistics *by_shm_scroll,
		      const struct statistics *by_memmove, const struct holes_cost *holes)
{
	double us = statistics_moving_us(by_shm_scroll);
	printf("%5d x %4d", layout->width, layout->height);
	if (us < 0) {
		printf("  the whole text is shown: nothing to scroll\n");
		return;
	}
	printf("  %7.1f us", us);
	print_times(statistics_moving_us(by_memmove), us);
	print_times(holes == NULL ? -1 : holes->us, us);
	if (holes != NULL)
		printf(", %.0f system call%s, %.0f page faults", holes->system_calls,
		       holes->system_calls < 1.5 ? "" : "s", holes->page_faults);
	printf("\n");
}

bool comparison_run(const struct painter *painter, const struct text *text, bool releases_late,
		    const char *picture_path)
{
	struct embedded_run run = {
		.painter = painter,
		.text = text,
		.script = {.frame_limit = FRAMES},
		.settling_frames = SETTLING_FRAMES,
		.frames_per_check = FRAMES_PER_CHECK,
		.hashes_nothing = true,
		.releases_late = releases_late,
	};
	double most_faults = 0;
	printf("%s, scrolled by %d lines a frame. CPU time to move the pixels that stay, for each frame:\n\n"
	       "             shm_scroll               memmove  holes in a file, as foot's shm.c makes them\n",
	       text->name, SCRIPT_LINES_PER_FRAME);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct layout layout = layout_of(painter, text, sizes[i].width, sizes[i].height);
		struct statistics by_shm_scroll = {0}, by_memmove = {0};
		struct holes_cost holes;
		run.width = layout.width;
		run.height = layout.height;
		run.uses_shm_scroll = true;
		run.picture_path = i == 0 ? picture_path : NULL;
		if (!embedded_run(&run, &by_shm_scroll))
			return false;
		run.uses_shm_scroll = false;
		run.picture_path = NULL;
		if (!embedded_run(&run, &by_memmove))
			return false;
		bool has_holes = holes_measure(&layout, SCRIPT_LINES_PER_FRAME * painter->line_height, &holes);
		print_row(&layout, &by_shm_scroll, &by_memmove, has_holes ? &holes : NULL);
		fflush(stdout);
		if (statistics_page_faults(&by_shm_scroll) > most_faults)
			most_faults = statistics_page_faults(&by_shm_scroll);
	}
	printf("\nBy shm_scroll a frame took %.1f page faults at most. The compositor saw what a full redraw shows.\n"
	       "%s shows a frame: blue was moved, amber drawn.\n", most_faults, picture_path);
	return true;
}

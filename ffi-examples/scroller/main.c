/* Shows a text file in a window and scrolls it with shm_scroll(). See view.c for how that is done. */
#define _GNU_SOURCE
#include <getopt.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wayland-client.h>

#include "comparison.h"
#include "embedded.h"
#include "painter.h"
#include "session.h"
#include "shared/arguments.h"
#include "statistics.h"
#include "text.h"

#define SIDE_MAX_PIXELS 16384
#define FRAMES_MAX 1000000000
/* Drawing a whole page for each frame would take most of the time. */
#define FRAMES_PER_CHECK 8

enum { EXIT_USAGE = 2 };

struct options {
	const char *path;
	const char *picture_path;
	int width, height;               /* 0: not said */
	unsigned frame_limit;
	bool is_embedded;
	bool has_no_shm_scroll;
	bool releases_late;
};

static const char help[] =
	"scroller: shows a text file in a Wayland window and scrolls it with shm_scroll\n"
	"\n"
	"    scroller FILE                  in a window; without a compositor as with --embedded\n"
	"    scroller --embedded FILE       by itself, without a screen, in three sizes: writes a picture, and compares\n"
	"                                   what moving the pixels costs by shm_scroll, memmove, and holes in a file\n"
	"    scroller --embedded --size WxH FILE    in this size: all that was counted, beside memmove\n"
	"\n"
	"In the window: wheel, Up, Down, PgUp, PgDn, Space, Home, End; m moves pixels by memmove, and again by shm_scroll;\n"
	"t shows what a frame has moved and what it has drawn; q or Esc ends. Pull anywhere to move the window.\n"
	"\n"
	"    --frames N         scroll by itself for N frames, then end\n"
	"    --no-shm-scroll    move the pixels with memmove only\n"
	"    --size WxH         size of the window in pixels (900x640)\n"
	"    --embedded         use the compositor inside this program, even if there is another\n"
	"    --late-release     embedded: give buffers back only when the next one is shown\n"
	"    -o, --output FILE  embedded: where the picture goes (demo.png)\n"
	"    --help             this text\n"
	"\n"
	"Exit status: 0 for success; 1 if something failed, or the compositor saw wrong pixels; 2 for a bad option.\n";

static int complain_of_usage(const char *what, const char *word)
{
	fprintf(stderr, "scroller: %s%s; `scroller --help` says what to type\n", what, word);
	return EXIT_USAGE;
}

/* Returns -1 to go on, or the status to exit with. */
static int read_options(int argc, char **argv, struct options *options)
{
	enum { HELP = 1000, FRAMES, NO_SHM_SCROLL, SIZE, EMBEDDED, LATE_RELEASE };
	static const struct option known[] = {
		{"help", no_argument, NULL, HELP}, {"frames", required_argument, NULL, FRAMES},
		{"no-shm-scroll", no_argument, NULL, NO_SHM_SCROLL}, {"size", required_argument, NULL, SIZE},
		{"embedded", no_argument, NULL, EMBEDDED}, {"late-release", no_argument, NULL, LATE_RELEASE},
		{"output", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0},
	};
	opterr = 0;
	for (int option; (option = getopt_long(argc, argv, "ho:", known, NULL)) != -1;) {
		switch (option) {
		case 'h':
		case HELP: fputs(help, stdout); return EXIT_SUCCESS;
		case 'o': options->picture_path = optarg; break;
		case NO_SHM_SCROLL: options->has_no_shm_scroll = true; break;
		case EMBEDDED: options->is_embedded = true; break;
		case LATE_RELEASE: options->releases_late = true; break;
		case FRAMES:
			if (!arguments_number(optarg, FRAMES_MAX, &options->frame_limit))
				return complain_of_usage("--frames needs a number, not ", optarg);
			break;
		case SIZE:
			if (!arguments_size(optarg, SIDE_MAX_PIXELS, &options->width, &options->height))
				return complain_of_usage("--size needs something like 800x600, not ", optarg);
			break;
		default: return complain_of_usage("unknown option, or no value for it: ", argv[optind - 1]);
		}
	}
	if (optind + 1 != argc)
		return complain_of_usage(optind == argc ? "no file given" : "more than one file given", "");
	options->path = argv[optind];
	return -1;
}

/* Prints what a run was about, before its table. */
static void print_heading(const struct text *text, int width, int height, const char *where)
{
	printf("%s (%zu %s) in %d x %d pixels; %s\n\n", text->name, text->line_count,
	       text->line_count == 1 ? "line" : "lines", width, height, where);
}

static int run_one_size(const struct options *options, const struct painter *painter, const struct text *text)
{
	struct embedded_run run = {
		.painter = painter,
		.text = text,
		.width = options->width,
		.height = options->height,
		.script = {.has_half_pages = true, .frame_limit = options->frame_limit},
		.frames_per_check = FRAMES_PER_CHECK,
		.releases_late = options->releases_late,
		.picture_path = options->picture_path,
	};
	struct statistics columns[2];
	size_t column_count = 0;
	if (!options->has_no_shm_scroll) {
		run.uses_shm_scroll = true;
		if (!embedded_run(&run, &columns[column_count++]))
			return EXIT_FAILURE;
		run.picture_path = NULL;
	}
	run.uses_shm_scroll = false;
	if (!embedded_run(&run, &columns[column_count++]))
		return EXIT_FAILURE;

	print_heading(text, options->width, options->height, options->releases_late
		? "an embedded compositor that gives a buffer back when the next one is shown"
		: "an embedded compositor that gives a buffer back at once");
	statistics_print(columns, column_count);
	printf("\nThe compositor saw what a full redraw shows. %s shows a frame: blue was moved, amber drawn.\n",
	       options->picture_path);
	return EXIT_SUCCESS;
}

static int run_window_session(struct session *session, const struct options *options)
{
	const struct script script = {.has_half_pages = true, .frame_limit = options->frame_limit};
	session->view.explaining.compares_live = true;
	bool is_well = script.frame_limit != 0 ? session_play(session, script, NULL, NULL) : session_run(session);
	if (!is_well)
		return EXIT_FAILURE;
	print_heading(session->view.page.text, session->window.width, session->window.height, "a window of its own");
	struct statistics columns[2];
	size_t column_count = 0;
	if (session->by_shm_scroll.frames > 0)
		columns[column_count++] = session->by_shm_scroll;
	if (session->by_memmove.frames > 0)
		columns[column_count++] = session->by_memmove;
	statistics_print(columns, column_count);
	return EXIT_SUCCESS;
}

static int run_window(const struct options *options, const struct painter *painter, const struct text *text)
{
	const struct session_start start = {
		.display = wl_display_connect(NULL),
		.painter = painter,
		.text = text,
		.width = options->width != 0 ? options->width : 900,
		.height = options->height != 0 ? options->height : 640,
		.uses_shm_scroll = !options->has_no_shm_scroll,
	};
	if (start.display == NULL) {
		fprintf(stderr, "scroller: cannot connect to the compositor of WAYLAND_DISPLAY; try --embedded\n");
		return EXIT_FAILURE;
	}
	struct session session;
	int status = session_open(&session, &start) ? run_window_session(&session, options) : EXIT_FAILURE;
	session_close(&session);
	wl_display_disconnect(start.display);
	return status;
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);
	return value != NULL && value[0] != '\0';
}

int main(int argc, char **argv)
{
	struct options options = {.picture_path = "demo.png"};
	int status = read_options(argc, argv, &options);
	if (status != -1)
		return status;
	if (!is_set("WAYLAND_DISPLAY") && !is_set("WAYLAND_SOCKET"))
		options.is_embedded = true;

	/* for the width of characters: the text is UTF-8, whatever the person's locale */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		setlocale(LC_CTYPE, "");

	struct text text;
	struct painter painter;
	if (!text_open(&text, options.path))
		return EXIT_FAILURE;
	status = EXIT_FAILURE;
	if (painter_open(&painter)) {
		/* Every pixel that a scroll brings in is drawn anyway, and a missing buffer is an error like others. */
		shm_set_clear_exposed(false);
		shm_set_error_mode(SHM_ERRORS_RETURN);
		if (!options.is_embedded)
			status = run_window(&options, &painter, &text);
		else if (options.width != 0)
			status = run_one_size(&options, &painter, &text);
		else if (comparison_run(&painter, &text, options.releases_late, options.picture_path))
			status = EXIT_SUCCESS;
		painter_close(&painter);
	}
	text_close(&text);
	return status;
}

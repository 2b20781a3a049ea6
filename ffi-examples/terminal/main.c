/*
 * A small terminal on the pixel buffers of shm.h. To read it, follow a byte of the program: pty.c reads it, screen.c
 * gives it to libvterm, which says what has changed; changes.c keeps that until the next frame; frame.c moves and draws
 * what is due (draw.c: a row, workers.c: the threads); terminal.c has the window, and what a person does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wayland-client.h>

#include "embedded.h"
#include "script.h"
#include "shared/arguments.h"
#include "terminal.h"

#define SIDE_MAX_CELLS 500

enum { EXIT_USAGE = 2 };

struct options {
	struct terminal_start start;
	const char *script_path;
	bool is_embedded;
	bool releases_late;
	bool has_statistics;
};

static const char help[] =
	"terminal: a small terminal on the pixel buffers of shm.h\n"
	"\n"
	"    terminal [OPTION]... [COMMAND [ARGUMENT]...]    runs COMMAND, or $SHELL, in a Wayland window\n"
	"\n"
	"Wheel, Shift+PgUp, Shift+PgDn: what has scrolled off. Mouse: selects (with Shift, if the program takes the mouse).\n"
	"Ctrl+Shift+C copies, Ctrl+Shift+V pastes, and so do Shift+Insert and the middle button.\n"
	"\n"
	"    --size CxR         size of the window in cells (80x24)\n"
	"    --fullscreen       a window that fills the screen\n"
	"    --threads N        how many threads draw (2; at most 16)\n"
	"    --no-shm-scroll    move the pixels with memmove only\n"
	"    --check            compare each frame with one that is drawn as a whole; end if they differ\n"
	"    --script FILE      do what FILE says (see script.h), then end; -: from standard input, with an answer to each\n"
	"    --embedded         with a compositor inside this program, for scripts on a machine without a screen\n"
	"    --late-release     embedded: give buffers back only when the next one is shown\n"
	"    --statistics       say at the end what was drawn\n"
	"    --help             this text\n"
	"\n"
	"Exit status: 0 for success; 1 if something failed, or a frame was wrong; 2 for a bad option.\n";

static int complain_of_usage(const char *what, const char *word)
{
	fprintf(stderr, "terminal: %s%s; `terminal --help` says what to type\n", what, word);
	return EXIT_USAGE;
}

/* Returns -1 to go on, or the status to exit with. */
static int read_options(int argc, char **argv, struct options *options)
{
	enum { SIZE = 1000, THREADS, NO_SHM_SCROLL, CHECK, SCRIPT, EMBEDDED, LATE_RELEASE, STATISTICS, FULLSCREEN };
	static const struct option known[] = {
		{"help", no_argument, NULL, 'h'}, {"size", required_argument, NULL, SIZE},
		{"threads", required_argument, NULL, THREADS}, {"no-shm-scroll", no_argument, NULL, NO_SHM_SCROLL},
		{"check", no_argument, NULL, CHECK}, {"script", required_argument, NULL, SCRIPT},
		{"embedded", no_argument, NULL, EMBEDDED}, {"late-release", no_argument, NULL, LATE_RELEASE},
		{"statistics", no_argument, NULL, STATISTICS}, {"fullscreen", no_argument, NULL, FULLSCREEN},
		{NULL, 0, NULL, 0},
	};
	struct terminal_start *start = &options->start;
	unsigned threads = 0;
	opterr = 0;
	/* +: what follows the command is the command's */
	for (int option; (option = getopt_long(argc, argv, "+h", known, NULL)) != -1;) {
		switch (option) {
		case 'h': fputs(help, stdout); return EXIT_SUCCESS;
		case NO_SHM_SCROLL: start->uses_shm_scroll = false; break;
		case FULLSCREEN: start->is_fullscreen = true; break;
		case CHECK: start->checks_frames = true; break;
		case SCRIPT: options->script_path = optarg; break;
		case EMBEDDED: options->is_embedded = true; break;
		case LATE_RELEASE: options->releases_late = true; break;
		case STATISTICS: options->has_statistics = true; break;
		case SIZE:
			if (!arguments_size(optarg, SIDE_MAX_CELLS, &start->columns, &start->rows))
				return complain_of_usage("--size needs something like 80x24, not ", optarg);
			break;
		case THREADS:
			if (!arguments_number(optarg, WORKERS_MAX, &threads))
				return complain_of_usage("--threads needs a number up to 16, not ", optarg);
			start->thread_count = (int)threads;
			break;
		default: return complain_of_usage("unknown option, or no value for it: ", argv[optind - 1]);
		}
	}
	if (options->is_embedded && options->script_path == NULL)
		return complain_of_usage("--embedded needs --script", "");
	if (optind < argc)
		start->command = &argv[optind];
	return -1;
}

static bool run_script(const struct options *options, struct terminal *terminal, struct embedded *embedded)
{
	bool is_stdin = strcmp(options->script_path, "-") == 0;
	struct script script = {
		.file = is_stdin ? stdin : fopen(options->script_path, "re"),
		.answers = is_stdin,
		.check = options->is_embedded ? embedded_check : NULL,
		.user = embedded,
	};
	if (script.file == NULL) {
		fprintf(stderr, "terminal: cannot open %s: %s\n", options->script_path, strerror(errno));
		return false;
	}
	bool is_well = script_run(&script, terminal);
	if (!is_stdin)
		fclose(script.file);
	return is_well;
}

static bool run_person(struct terminal *terminal)
{
	while (!terminal_is_over(terminal)) {
		/* the limit is only there to be sure; nothing happens until there is an event */
		if (!terminal_step(terminal, 1000))
			return false;
	}
	return true;
}

static void print_statistics(const struct frame *frame)
{
	printf("%u frames, %u of them drawn as a whole; %lu rows of cells drawn; %u scrolls by shm_scroll, %u by memmove\n",
	       frame->frames, frame->whole_frames, frame->rows_drawn, frame->scrolls_by_library,
	       frame->scrolls_by_program);
}

static bool run(struct options *options)
{
	/* large, and used by threads: not on the stack */
	static struct terminal terminal;
	struct embedded embedded;
	struct terminal_start *start = &options->start;
	if (options->is_embedded)
		embedded_start(&embedded, start, options->releases_late);
	else
		start->display = wl_display_connect(NULL);
	if (start->display == NULL) {
		fprintf(stderr, "terminal: no Wayland session here: start it inside of one, or without a screen, with "
				"--embedded --script FILE\n");
		return false;
	}
	bool is_well = terminal_open(&terminal, start);
	if (is_well)
		is_well = options->script_path != NULL ? run_script(options, &terminal, &embedded) : run_person(&terminal);
	terminal_close(&terminal);
	wl_display_disconnect(start->display);
	if (options->is_embedded)
		is_well = embedded_stop(&embedded) && is_well;
	if (is_well && options->has_statistics)
		print_statistics(&terminal.frame);
	return is_well;
}

int main(int argc, char **argv)
{
	const char *shell = getenv("SHELL");
	char *shell_command[] = {(char *)(shell != NULL && shell[0] != '\0' ? shell : "/bin/sh"), NULL};
	struct options options = {
		.start = {.rows = 24, .columns = 80, .thread_count = 2, .uses_shm_scroll = true, .command = shell_command},
	};
	int status = read_options(argc, argv, &options);
	if (status != -1)
		return status;
	/* a program that ends while something is pasted from us is no reason to end */
	signal(SIGPIPE, SIG_IGN);
	/* for the width of characters: the text is UTF-8, whatever the person's locale */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		setlocale(LC_CTYPE, "");

	struct painter painter;
	if (!painter_open(&painter))
		return EXIT_FAILURE;
	options.start.painter = &painter;
	/* Every pixel that a scroll brings in is drawn anyway, and a missing buffer is an error like others. */
	shm_set_clear_exposed(false);
	shm_set_error_mode(SHM_ERRORS_RETURN);
	bool is_well = run(&options);
	painter_close(&painter);
	return is_well ? EXIT_SUCCESS : EXIT_FAILURE;
}

/*
 * The terminal on a real weston, with programs that scroll in their own ways: after each step, weston's screenshot is
 * the screen of libvterm, drawn as a whole into other memory; and the terminal has compared each frame before.
 *
 * meson sets TERMINAL, the program, and TERMINAL_TEXT, a text to look at. The pictures stay in the folder terminal-shots, to be looked at. Skipped, with a line that says so: all of it where
 * there is no weston, or the program that is missing.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <png.h>

#include "support/runner.h"
#include "support/weston_client.h"
#include "support/weston_process.h"

#define OUTPUT_WIDTH 804
#define OUTPUT_HEIGHT 611
#define SHOTS "terminal-shots"
#define LIMIT_SECONDS 170

struct stage {
	struct weston_process weston;
	struct weston_client client;
	pid_t terminal;
	FILE *to, *from;      /* its standard input and output */
};

static bool is_installed(const char *program)
{
	char command[256];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
	return system(command) == 0;
}

static const char *path_of(const char *variable)
{
	const char *path = getenv(variable);

	CHECK(path != NULL);
	return path;
}

static void start_terminal(struct stage *stage, const char *option)
{
	int to[2], from[2];

	CHECK(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
	stage->terminal = fork();
	CHECK(stage->terminal >= 0);
	if (stage->terminal == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execl(path_of("TERMINAL"), "terminal", "--fullscreen", "--check", "--script", "-", option, "sh", (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	stage->to = fdopen(to[1], "w");
	stage->from = fdopen(from[0], "r");
	CHECK(stage->to != NULL && stage->from != NULL);
}

/* Sends a command and waits until it is done. */
static void command(struct stage *stage, const char *line)
{
	char answer[32];

	fprintf(stage->to, "%s\n", line);
	fflush(stage->to);
	if (fgets(answer, sizeof(answer), stage->from) == NULL)
		fprintf(stderr, "the terminal ended at: %s\n", line);
	else if (strcmp(answer, "done\n") == 0)
		return;
	CHECK(!"the terminal does what it is told");
}

static void set_up(struct stage *stage, const char *option)
{
	if (!weston_is_installed())
		SKIP("weston is not installed");
	runner_set_limit(LIMIT_SECONDS);
	if (!weston_start_for_windows(&stage->weston, OUTPUT_WIDTH, OUTPUT_HEIGHT))
		SKIP("weston does not start");
	CHECK(mkdir(SHOTS, 0777) == 0 || errno == EEXIST);
	/* the same everywhere, and nothing is written into a person's files */
	setenv("HOME", "/nonexistent", 1);
	setenv("HTOPRC", "/dev/null", 1);
	setenv("LESSHISTFILE", "-", 1);
	setenv("PS1", "$ ", 1);
	unsetenv("ENV");
	unsetenv("LESS");
	start_terminal(stage, option);
	CHECK(weston_client_open_to_look(&stage->client));
}

static void tear_down(struct stage *stage)
{
	int status = 0;

	fclose(stage->to);
	CHECK(waitpid(stage->terminal, &status, 0) == stage->terminal);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	fclose(stage->from);
	weston_client_close(&stage->client);
	weston_stop(&stage->weston);
}

/* Reads a picture, as 0xRRGGBB in each pixel. */
static uint32_t *read_picture(const char *path, int *width, int *height)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint32_t *pixels;

	CHECK(png_image_begin_read_from_file(&image, path) != 0);
	image.format = PNG_FORMAT_BGRA;
	*width = (int)image.width;
	*height = (int)image.height;
	pixels = malloc(PNG_IMAGE_SIZE(image));
	CHECK(pixels != NULL && png_image_finish_read(&image, NULL, pixels, 0, NULL) != 0);
	return pixels;
}

/* The window stands in the middle of the output, if it does not fill it. */
static bool is_on_screen(const struct weston_client *client, const uint32_t *expected, int width, int height)
{
	int left = (client->width - width) / 2;
	int top = (client->height - height) / 2;

	for (int y = 0; y < height; y++) {
		const uint32_t *seen = client->shot_pixels + (size_t)(top + y) * (size_t)client->width + left;

		for (int x = 0; x < width; x++) {
			uint32_t wanted = expected[(size_t)y * (size_t)width + (size_t)x];

			if ((seen[x] & 0xffffff) == (wanted & 0xffffff))
				continue;
			fprintf(stderr, "pixel %d of row %d is %06x on the screen, and %06x in the picture\n", x, y,
				seen[x] & 0xffffff, wanted & 0xffffff);
			return false;
		}
	}
	return true;
}

/* Compares the screen with the picture that the terminal draws once more. */
static void look(struct stage *stage, const char *name)
{
	char line[128];
	int width, height;

	snprintf(line, sizeof(line), "picture " SHOTS "/%s.png", name);
	command(stage, "settle");
	command(stage, line);
	weston_client_take_shot(&stage->client);

	uint32_t *expected = read_picture(strchr(line, ' ') + 1, &width, &height);
	bool is_right = is_on_screen(&stage->client, expected, width, height);

	free(expected);
	if (!is_right)
		fprintf(stderr, "the screen is not what %s shows\n", strchr(line, ' ') + 1);
	CHECK(is_right);
}

/* Types, or does another command, some times, and looks after each. */
static void repeat(struct stage *stage, const char *line, int times, const char *name)
{
	for (int i = 0; i < times; i++) {
		command(stage, line);
		look(stage, name);
	}
}

static void type_path(struct stage *stage, const char *before)
{
	char line[PATH_MAX + 64];

	snprintf(line, sizeof(line), "type %s '%s'\\n", before, path_of("TERMINAL_TEXT"));
	command(stage, line);
}

static void run_shell(const char *option)
{
	struct stage stage = { 0 };

	set_up(&stage, option);
	command(&stage, "type for i in $(seq 1 300); do echo line $i; sleep 0.005; done\\n");
	command(&stage, "wait line 300");
	look(&stage, "shell");
	repeat(&stage, "scroll -7", 3, "shell-back");
	repeat(&stage, "scroll 5", 2, "shell-back");
	command(&stage, "select 3 2 9 4");
	look(&stage, "shell-selected");
	command(&stage, "scroll 1000");
	look(&stage, "shell");
	command(&stage, "size 60x20");
	look(&stage, "shell-small");
	command(&stage, "type seq 1 100\\n");
	look(&stage, "shell-small");
	tear_down(&stage);
}

TEST(shell)
{
	run_shell("--threads=3");
}

TEST(shell_without_shm_scroll)
{
	run_shell("--no-shm-scroll");
}

TEST(vim)
{
	struct stage stage = { 0 };
	const char *vim = is_installed("vim") ? "vim" : "vim.tiny";
	char start[64];

	if (!is_installed(vim))
		SKIP("vim is not installed");
	set_up(&stage, "--threads=2");
	snprintf(start, sizeof(start), "%s -u NONE -i NONE -n -N", vim);
	type_path(&stage, start);
	command(&stage, "wait # millpond");
	look(&stage, "vim");
	repeat(&stage, "type \\cE", 8, "vim");
	repeat(&stage, "type \\cY", 3, "vim");
	repeat(&stage, "type \\cD", 2, "vim");
	command(&stage, "type :split\\n");
	look(&stage, "vim-split");
	repeat(&stage, "type \\cE\\cE", 4, "vim-split");
	repeat(&stage, "type Oinserted\\e", 3, "vim-split");
	repeat(&stage, "type dd", 3, "vim-split");
	command(&stage, "type \\cWj");
	repeat(&stage, "type \\cY", 4, "vim-split");
	command(&stage, "size 70x25");
	look(&stage, "vim-small");
	repeat(&stage, "type \\cE", 2, "vim-small");
	command(&stage, "type :qa!\\n");
	look(&stage, "vim-after");
	tear_down(&stage);
}

TEST(less)
{
	struct stage stage = { 0 };

	if (!is_installed("less"))
		SKIP("less is not installed");
	set_up(&stage, "--threads=2");
	type_path(&stage, "less");
	command(&stage, "wait # millpond");
	look(&stage, "less");
	repeat(&stage, "type j", 5, "less");
	repeat(&stage, "type k", 2, "less");
	repeat(&stage, "key page-down", 2, "less");
	repeat(&stage, "type u", 2, "less");
	command(&stage, "type /shm_scroll\\n");
	look(&stage, "less-found");
	repeat(&stage, "scroll 3", 2, "less-found");
	command(&stage, "type G");
	look(&stage, "less-found");
	command(&stage, "type q");
	look(&stage, "less-after");
	tear_down(&stage);
}

TEST(htop)
{
	struct stage stage = { 0 };

	if (!is_installed("htop"))
		SKIP("htop is not installed");
	set_up(&stage, "--threads=2");
	command(&stage, "type htop -d 5\\n");
	command(&stage, "wait PID");
	look(&stage, "htop");
	repeat(&stage, "key down", 3, "htop");
	repeat(&stage, "key page-down", 1, "htop");
	command(&stage, "key f5");
	look(&stage, "htop-tree");
	repeat(&stage, "settle 400", 3, "htop-tree");
	command(&stage, "type q");
	look(&stage, "htop-after");
	tear_down(&stage);
}

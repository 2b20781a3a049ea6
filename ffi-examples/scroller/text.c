#define _GNU_SOURCE
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* TEXT_LINE_MAX characters of four bytes; so a file that is one line of a gigabyte is read in no time. */
#define LINE_SHOWN_MAX_BYTES (4 * TEXT_LINE_MAX)
#define READ_BYTES (256 * 1024)
#define REPLACEMENT_CODE_POINT 0xfffd

/* An entry of the index is an offset shifted left by one; its lowest bit marks code, so that a line costs 8 bytes. */
static uint64_t text_line_start(const struct text *text, size_t line)
{
	return text->line_starts[line] >> 1;
}

bool text_line_is_code(const struct text *text, size_t line)
{
	return text->line_starts[line] & 1;
}

static bool complain(const char *path, const char *reason)
{
	fprintf(stderr, "scroller: %s: %s\n", path, reason);
	return false;
}

static bool add_line_start(struct text *text, size_t line, uint64_t offset_bytes)
{
	if (line == text->line_capacity) {
		size_t capacity = text->line_capacity == 0 ? 1024 : text->line_capacity * 2;
		if (capacity > SIZE_MAX / sizeof(text->line_starts[0]))
			return false;
		uint64_t *grown = realloc(text->line_starts, capacity * sizeof(grown[0]));
		if (grown == NULL)
			return false;
		text->line_starts = grown;
		text->line_capacity = capacity;
	}
	text->line_starts[line] = offset_bytes << 1;
	return true;
}

/* Adds the lines that end inside this piece of the file. */
static bool index_piece(struct text *text, const char *piece, size_t length_bytes)
{
	const char *at = piece;
	const char *end = piece + length_bytes;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL)
			return true;
		at = newline + 1;
		text->line_count++;
		if (!add_line_start(text, text->line_count, text->size_bytes + (uint64_t)(at - piece)))
			return false;
	}
	return true;
}

/* Reads the whole file once. Returns 0 or an errno. */
static int index_lines(struct text *text)
{
	char *piece = malloc(READ_BYTES);
	if (piece == NULL || !add_line_start(text, 0, 0)) {
		free(piece);
		return ENOMEM;
	}
	int error = 0;
	for (;;) {
		ssize_t length = read(text->fd, piece, READ_BYTES);
		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0) {
			error = length < 0 ? errno : 0;
			break;
		}
		if (text->size_bytes == 0)
			text->is_binary = memchr(piece, '\0', (size_t)length) != NULL;
		if (!index_piece(text, piece, (size_t)length)) {
			error = ENOMEM;
			break;
		}
		text->size_bytes += (uint64_t)length;
	}
	free(piece);
	/* a last line without a newline is a line too */
	if (error == 0 && text_line_start(text, text->line_count) < text->size_bytes) {
		text->line_count++;
		if (!add_line_start(text, text->line_count, text->size_bytes))
			error = ENOMEM;
	}
	return error;
}

static void mark_code(struct text *text)
{
	bool is_code = false;
	for (size_t line = 0; line < text->line_count; line++) {
		char beginning[3];
		ssize_t length = pread(text->fd, beginning, sizeof(beginning), (off_t)text_line_start(text, line));
		bool is_fence = length == sizeof(beginning) && memcmp(beginning, "```", sizeof(beginning)) == 0;
		if (is_code || is_fence)
			text->line_starts[line] |= 1;
		if (is_fence)
			is_code = !is_code;
	}
}

bool text_open(struct text *text, const char *path)
{
	const char *slash = strrchr(path, '/');
	*text = (struct text){.name = slash == NULL ? path : slash + 1};
	/* without O_NONBLOCK, opening a named pipe would wait for its writer before the check below */
	text->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (text->fd < 0)
		return complain(path, strerror(errno));

	struct stat status;
	if (fstat(text->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		text_close(text);
		return complain(path, "is not a regular file");
	}
	int error = index_lines(text);
	if (error != 0) {
		text_close(text);
		return complain(path, strerror(error));
	}
	size_t name_length = strlen(text->name);
	text->is_markdown = name_length > 3 && strcmp(text->name + name_length - 3, ".md") == 0;
	if (text->is_markdown)
		mark_code(text);
	return true;
}

void text_close(struct text *text)
{
	if (text->fd >= 0)
		close(text->fd);
	free(text->line_starts);
	text->fd = -1;
	text->line_starts = NULL;
	text->line_count = 0;
}

/* Decodes one code point. Returns its length in bytes: 1, and U+FFFD, for a byte that does not begin one. */
static size_t decode_one(const unsigned char *bytes, size_t available_bytes, uint32_t *code_point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = bytes[0];
	size_t length = first < 0x80 ? 1
		      : first < 0xc2 ? 0
		      : first < 0xe0 ? 2
		      : first < 0xf0 ? 3
		      : first < 0xf5 ? 4 : 0;

	*code_point = REPLACEMENT_CODE_POINT;
	if (length == 0 || length > available_bytes)
		return 1;
	uint32_t value = length == 1 ? first : first & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (bytes[i] & 0x3fu);
	}
	if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 1;
	*code_point = value;
	return length;
}

size_t text_decode(const char *bytes, size_t length_bytes, uint32_t *code_points, size_t capacity)
{
	size_t count = 0;
	for (size_t at = 0; at < length_bytes && count < capacity; count++)
		at += decode_one((const unsigned char *)bytes + at, length_bytes - at, &code_points[count]);
	return count;
}

size_t text_read_line(const struct text *text, size_t line, uint32_t *code_points, size_t capacity)
{
	char bytes[LINE_SHOWN_MAX_BYTES];
	uint64_t start = text_line_start(text, line);
	uint64_t wanted = text_line_start(text, line + 1) - start;
	if (wanted > sizeof(bytes))
		wanted = sizeof(bytes);

	ssize_t read_bytes = pread(text->fd, bytes, (size_t)wanted, (off_t)start);
	size_t length = read_bytes > 0 ? (size_t)read_bytes : 0;
	/* cuts at the first newline too: there is one further to the left if the file has been written to */
	char *newline = memchr(bytes, '\n', length);
	if (newline != NULL)
		length = (size_t)(newline - bytes);
	if (length > 0 && bytes[length - 1] == '\r')
		length--;
	return text_decode(bytes, length, code_points, capacity);
}

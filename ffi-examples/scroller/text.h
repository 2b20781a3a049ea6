/* A text file: where its lines begin, and a line as code points. Only the index is in memory, 8 bytes for each line. */
#ifndef SCROLLER_TEXT_H
#define SCROLLER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many characters of a line are shown, however long it is. */
#define TEXT_LINE_MAX 4096

struct text {
	const char *name;        /* without the folder; part of the path given to text_open() */
	int fd;
	uint64_t size_bytes;
	size_t line_count;
	size_t line_capacity;
	uint64_t *line_starts;   /* line_count + 1 of them; see text_line_start() */
	bool is_binary;          /* there is a zero byte near its beginning */
	bool is_markdown;
};

/* False, and one line on stderr, if the file cannot be shown. */
bool text_open(struct text *text, const char *path);

void text_close(struct text *text);

/*
 * Decodes the beginning of a line, at most `capacity` code points, and returns how many there are. A byte that is not
 * UTF-8 counts as U+FFFD. A line that is cut off because the file has shrunk meanwhile is just shorter.
 */
size_t text_read_line(const struct text *text, size_t line, uint32_t *code_points, size_t capacity);

/* Decodes `length_bytes` bytes of UTF-8, at most `capacity` code points, and returns how many there are. */
size_t text_decode(const char *bytes, size_t length_bytes, uint32_t *code_points, size_t capacity);

/* True for the lines of a Markdown file between two fences, and the fences. */
bool text_line_is_code(const struct text *text, size_t line);

#endif

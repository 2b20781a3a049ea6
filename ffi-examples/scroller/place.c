#define _GNU_SOURCE
#include "place.h"

#include <wchar.h>

#define TAB_COLUMNS 8

int columns_of(uint32_t code_point, int column)
{
	if (code_point == '\t')
		return TAB_COLUMNS - column % TAB_COLUMNS;
	int columns = wcwidth((wchar_t)code_point);
	return columns < 0 ? 1 : columns;    /* what cannot be printed is drawn as a dot */
}

size_t part_end(const uint32_t *code_points, size_t count, size_t from, int columns)
{
	size_t behind_space = from;
	int column = 0;
	for (size_t i = from; i < count; i++) {
		column += columns_of(code_points[i], column);
		if (column > columns && i > from)
			return code_points[i] == ' ' ? i + 1 : behind_space > from ? behind_space : i;
		if (code_points[i] == ' ')
			behind_space = i + 1;
	}
	return count;
}

static int parts_of(const struct text *text, size_t line, int columns)
{
	uint32_t code_points[TEXT_LINE_MAX];
	size_t count = text_read_line(text, line, code_points, TEXT_LINE_MAX);
	int parts = 0;
	size_t at = 0;
	do {
		at = part_end(code_points, count, at, columns);
		parts++;
	} while (at < count);
	return parts;
}

bool place_is_equal(struct place a, struct place b)
{
	return a.line == b.line && a.part == b.part;
}

static bool is_before(struct place a, struct place b)
{
	return a.line < b.line || (a.line == b.line && a.part < b.part);
}

static struct place move_down(const struct text *text, int columns, struct place place, long rows)
{
	for (;;) {
		int parts = parts_of(text, place.line, columns);
		if (place.part + rows < parts) {
			place.part += (int)rows;
			return place;
		}
		if (place.line + 1 >= text->line_count)
			return (struct place){.line = place.line, .part = parts - 1};
		rows -= parts - place.part;
		place = (struct place){.line = place.line + 1};
	}
}

struct place place_move(const struct text *text, int columns, struct place place, long rows)
{
	if (text->line_count == 0)
		return (struct place){0};
	if (rows >= 0)
		return move_down(text, columns, place, rows);
	while (place.part + rows < 0) {
		if (place.line == 0)
			return (struct place){0};
		rows += place.part + 1;
		place.line--;
		place.part = parts_of(text, place.line, columns) - 1;
	}
	place.part += (int)rows;
	return place;
}

int place_rows(const struct text *text, int columns, struct place top, struct place *places, int count)
{
	int rows = 0;
	for (size_t line = top.line; line < text->line_count && rows < count; line++) {
		int parts = parts_of(text, line, columns);
		for (int part = line == top.line ? top.part : 0; part < parts && rows < count; part++)
			places[rows++] = (struct place){.line = line, .part = part};
	}
	return rows;
}

struct place place_last_top(const struct text *text, int columns, int rows)
{
	struct place last = {.line = text->line_count == 0 ? 0 : text->line_count - 1};
	last = place_move(text, columns, last, TEXT_LINE_MAX);    /* to the last part of the last line */
	return place_move(text, columns, last, 1 - (long)rows);
}

int place_distance(const struct text *text, int columns, struct place from, struct place to, int limit)
{
	bool is_up = is_before(to, from);
	struct place at = is_up ? to : from;
	struct place end = is_up ? from : to;
	int rows = 0;
	while (rows < limit && is_before(at, end)) {
		if (at.line == end.line) {
			rows += end.part - at.part;
			break;
		}
		rows += parts_of(text, at.line, columns) - at.part;
		at = (struct place){.line = at.line + 1};
	}
	if (rows > limit)
		rows = limit;
	return is_up ? -rows : rows;
}

#include "scrollback.h"

#include <stdlib.h>
#include <string.h>

static int index_of(const struct scrollback *scrollback, int back)
{
	return (scrollback->first + scrollback->line_count - 1 - back) % SCROLLBACK_LINES_MAX;
}

bool scrollback_push(struct scrollback *scrollback, const VTermScreenCell *cells, int cell_count)
{
	size_t bytes = (size_t)cell_count * sizeof(*cells);
	VTermScreenCell *copy = malloc(bytes);
	if (copy == NULL)
		return false;
	memcpy(copy, cells, bytes);

	if (scrollback->line_count == SCROLLBACK_LINES_MAX) {
		free(scrollback->lines[scrollback->first].cells);
		scrollback->first = (scrollback->first + 1) % SCROLLBACK_LINES_MAX;
	} else {
		scrollback->line_count++;
	}
	scrollback->lines[index_of(scrollback, 0)] = (struct scrollback_line){.cells = copy, .cell_count = cell_count};
	return true;
}

void scrollback_pop(struct scrollback *scrollback)
{
	free(scrollback->lines[index_of(scrollback, 0)].cells);
	scrollback->line_count--;
}

const struct scrollback_line *scrollback_line(const struct scrollback *scrollback, int back)
{
	return &scrollback->lines[index_of(scrollback, back)];
}

void scrollback_free(struct scrollback *scrollback)
{
	while (scrollback->line_count > 0)
		scrollback_pop(scrollback);
}

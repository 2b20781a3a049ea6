#include "shm/terminal/seek.h"

#include <stdlib.h>

#define WARM_VIEWS 6
#define ORIGINAL_POOL_BYTES (512.0 * 1024 * 1024)

void warm_up_memory(struct terminal *terminal, const struct load *load, unsigned buffers)
{
	int lines = load->lines ? load->lines : 1;
	int scrolls = WARM_VIEWS * terminal->grid.rows / abs(lines) * (int)buffers;

	for (; scrolls > 0; scrolls -= SCROLLS_MAX)
		terminal_hurry(terminal, lines, SCROLLS_MAX);
	terminal_repaint(terminal, buffers);
}

double original_lap_bytes(const struct terminal *terminal)
{
	return ORIGINAL_POOL_BYTES - (double)terminal->last->size;
}

/* How many rows are missing. The offset is counted in the direction in which it goes. */
static int rows_to(const struct terminal *terminal, double part, int direction)
{
	const struct buffer *buffer = terminal->last;
	double lap_bytes = original_lap_bytes(terminal);
	double at_bytes = direction > 0 ? (double)buffer->offset : lap_bytes - (double)buffer->offset;
	double missing_bytes = part * lap_bytes - at_bytes;

	return (int)((missing_bytes < 0 ? missing_bytes + lap_bytes : missing_bytes) / buffer->stride);
}

void seek_in_original(struct terminal *terminal, const struct load *load, unsigned buffers, double part)
{
	int direction = load->lines > 0 ? 1 : -1, jump_rows = terminal->layout.height / 2;

	for (unsigned i = 0; i < buffers; i++) {
		terminal_jump_begin(terminal);
		for (int missing = rows_to(terminal, part, direction); missing > 0; missing -= jump_rows)
			terminal_jump(terminal, direction * (missing < jump_rows ? missing : jump_rows));
		terminal_jump_end(terminal);
	}
	terminal_repaint(terminal, buffers);
}

#include "explaining.h"

#include <stdio.h>
#include <stdlib.h>

void explain_costs(struct explaining *explaining, const struct layout *layout, struct page *page, bool is_by_library,
		   int rows, uint64_t moving_ns, uint64_t drawing_ns)
{
	size_t stride_bytes = (size_t)layout->width * 4;
	size_t shift_bytes = (size_t)abs(rows) * stride_bytes;
	size_t moved_bytes = (size_t)layout->text_rows * stride_bytes - shift_bytes;
	int length = snprintf(page->costs, sizeof(page->costs), "%s %.0f us, drawing %.0f us",
			      is_by_library ? "shm_scroll" : "memmove", (double)moving_ns / 1e3,
			      (double)drawing_ns / 1e3);
	if (!is_by_library || !explaining->compares_live)
		return;
	double memmove_us = memmove_beside_us(&explaining->beside, moved_bytes, shift_bytes);
	if (memmove_us > 0)
		snprintf(page->costs + length, sizeof(page->costs) - (size_t)length, "; by memmove it would be %.0f us",
			 memmove_us);
}

int explain_moved(const struct layout *layout, int lines, int last_first, int last_count, int *first)
{
	int moved_first = lines < 0 ? -lines : 0;
	int moved_end = lines < 0 ? layout->text_lines : layout->text_lines - lines;
	int end = last_first - lines + last_count;
	*first = last_first - lines < moved_first ? moved_first : last_first - lines;
	end = end > moved_end ? moved_end : end;
	return end > *first ? end - *first : 0;
}

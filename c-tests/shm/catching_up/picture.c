#include "shm/catching_up/picture.h"

#include <stdio.h>
#include <string.h>

static size_t row_bytes(int width)
{
	return (size_t)width * sizeof(uint32_t);
}

static size_t picture_bytes(const struct picture *picture)
{
	return row_bytes(picture->width) * (size_t)picture->height;
}

static uint32_t *pixel_at(void *pixels, int width, int x, int y)
{
	return (uint32_t *)pixels + (size_t)y * (size_t)width + (size_t)x;
}

struct rectangle picture_all(const struct picture *picture)
{
	return (struct rectangle){ 0, 0, picture->width, picture->height };
}

struct rectangle picture_random_rectangle(const struct picture *picture, struct soak_random *random, int most_rows)
{
	struct rectangle all = picture_all(picture), some;

	if (most_rows > all.height)
		most_rows = all.height;
	some.width = 1 + (int)soak_below(random, (unsigned)all.width);
	some.height = 1 + (int)soak_below(random, (unsigned)most_rows);
	some.x = (int)soak_below(random, (unsigned)(all.width - some.width) + 1);
	some.y = (int)soak_below(random, (unsigned)(all.height - some.height) + 1);
	return some;
}

void picture_draw(struct picture *picture, struct soak_random *random, const struct rectangle *where, void *pixels)
{
	uint32_t noise = soak_below(random, UINT32_MAX);

	for (int y = where->y; y < where->y + where->height; y++) {
		uint32_t *row = pixel_at(picture->pixels, picture->width, where->x, y);

		for (int x = 0; x < where->width; x++) {
			noise = noise * 1664525 + 1013904223;
			row[x] = noise;
		}
		memcpy(pixel_at(pixels, picture->width, where->x, y), row, row_bytes(where->width));
	}
}

/* The rows from `first` on that a step keeps are put back after all others have moved. */
struct kept_rows {
	int first, count;
};

static void copy_rows(void *to, int to_row, const void *from, int from_row, int count, int width)
{
	size_t bytes = row_bytes(width);

	memmove((char *)to + (size_t)to_row * bytes, (const char *)from + (size_t)from_row * bytes,
		(size_t)count * bytes);
}

void picture_scroll(void *pixels, int width, int height, const struct soak_step *step)
{
	static uint32_t saved[PICTURE_PIXELS_MAX];
	struct kept_rows top = { step->top_margin, step->top_keep_rows };
	struct kept_rows bottom = { height - step->bottom_margin - step->bottom_keep_rows, step->bottom_keep_rows };
	int rows = step->rows, count = rows > 0 ? rows : -rows, stay = height - count;

	if (top.count > 0)
		copy_rows(saved, 0, pixels, top.first, top.count, width);
	if (bottom.count > 0)
		copy_rows(saved, top.count, pixels, bottom.first, bottom.count, width);
	copy_rows(pixels, rows > 0 ? 0 : count, pixels, rows > 0 ? count : 0, stay, width);
	memset(pixel_at(pixels, width, 0, rows > 0 ? stay : 0), 0, (size_t)count * row_bytes(width));
	if (top.count > 0)
		copy_rows(pixels, top.first, saved, 0, top.count, width);
	if (bottom.count > 0)
		copy_rows(pixels, bottom.first, saved, top.count, bottom.count, width);
}

void picture_write(const struct picture *picture, void *pixels)
{
	memcpy(pixels, picture->pixels, picture_bytes(picture));
}

void picture_read(struct picture *picture, const void *pixels)
{
	memcpy(picture->pixels, pixels, picture_bytes(picture));
}

bool picture_is_in(const struct picture *picture, const void *pixels)
{
	return memcmp(picture->pixels, pixels, picture_bytes(picture)) == 0;
}

void picture_print_differences(const struct picture *picture, const void *pixels)
{
	const uint32_t *found = pixels;
	size_t count = (size_t)picture->width * (size_t)picture->height, width = (size_t)picture->width, wrong = 0;
	size_t first = count, last = 0;

	for (size_t i = 0; i < count; i++) {
		if (found[i] == picture->pixels[i])
			continue;
		first = first < i ? first : i;
		last = i;
		wrong++;
	}
	if (wrong == 0)
		return;
	printf("# %zu pixels of %dx%d are wrong, from column %zu of row %zu to column %zu of row %zu; the first is "
	       "%08x, and %08x in the model\n", wrong, picture->width, picture->height, first % width, first / width,
	       last % width, last / width, found[first], picture->pixels[first]);
}

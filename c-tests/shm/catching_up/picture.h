/*
 * What a window is to show: an array of pixels, and what a program does to pixels.
 */
#ifndef MILLPOND_CATCHING_UP_PICTURE_H
#define MILLPOND_CATCHING_UP_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/soak/rows.h"

#define PICTURE_PIXELS_MAX (640 * 480)

/* Inside the picture, and not empty. */
struct rectangle {
	int x, y, width, height;
};

struct picture {
	int width, height;
	uint32_t pixels[PICTURE_PIXELS_MAX];   /* rows without a gap, as in the buffers */
};

struct rectangle picture_all(const struct picture *picture);

/* Of any size up to the picture's; `most_rows` bounds the height. */
struct rectangle picture_random_rectangle(const struct picture *picture, struct soak_random *random, int most_rows);

/* Gives the rectangle other pixels, and copies them into `pixels`, a buffer of the same size. */
void picture_draw(struct picture *picture, struct soak_random *random, const struct rectangle *where, void *pixels);

/* Row y is old row y + rows; what has no old row is zero; kept rows are where they were. */
void picture_scroll(void *pixels, int width, int height, const struct soak_step *step);

/* Copies the picture into a buffer of the same size, or a buffer into the picture. */
void picture_write(const struct picture *picture, void *pixels);
void picture_read(struct picture *picture, const void *pixels);

bool picture_is_in(const struct picture *picture, const void *pixels);

/* Says, as a comment of TAP, which pixels of `pixels` are not those of the picture. */
void picture_print_differences(const struct picture *picture, const void *pixels);

#endif

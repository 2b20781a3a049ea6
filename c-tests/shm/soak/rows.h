/*
 * A naive model of a picture that scrolls: for each row, which of many prepared rows of noise stands there.
 *
 * Moving a row is moving one number; comparing a picture is one memcmp() for each row. So every pixel can be compared
 * after each of a million scrolls.
 */
#ifndef MILLPOND_SOAK_ROWS_H
#define MILLPOND_SOAK_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOAK_WIDTH_MAX 1400
#define SOAK_HEIGHT_MAX 520
#define SOAK_NOISES 8192

/* shm_scroll()'s numbers. */
struct soak_step {
	int rows, top_margin, top_keep_rows, bottom_margin, bottom_keep_rows;
};

struct soak_rows {
	int width, height;
	unsigned noises[SOAK_HEIGHT_MAX];      /* 0: a row of zeros */
};

/* Numbers that look random, the same ones for the same seed. */
struct soak_random {
	uint64_t state;
};

struct soak_random soak_random_from(uint64_t seed);
unsigned soak_below(struct soak_random *random, unsigned limit);
bool soak_happens(struct soak_random *random, unsigned per_thousand);

/* Makes the rows of noise; the same ones each time. */
void soak_prepare_noises(void);

/* Gives `count` rows from `first` on other noise, in the model and in the pixels of `width` x `height`. */
void soak_paint(struct soak_rows *rows, struct soak_random *random, void *pixels, int first, int count);

/* Row y is old row y + rows; what has no old row is zero; kept rows are where they were. */
void soak_scroll(struct soak_rows *rows, const struct soak_step *step);

/* The first row that differs in the pixels; -1: none does. */
int soak_first_wrong(const struct soak_rows *rows, const void *pixels);

/* A step that the interface allows for so many rows (two or more). */
struct soak_step soak_random_step(struct soak_random *random, int height);

/* A step that it does not allow. */
struct soak_step soak_bad_step(struct soak_random *random, int height);

#endif

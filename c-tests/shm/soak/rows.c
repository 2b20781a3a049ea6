#include "shm/soak/rows.h"
#include "support/random.h"

#include <string.h>

/* Row n of noise begins at word n: rows overlap, and no two are equal. */
static uint32_t noise[SOAK_NOISES + SOAK_WIDTH_MAX];
static const uint32_t zeros[SOAK_WIDTH_MAX];

/* Seeds that differ in one bit must not give like numbers. */
struct soak_random soak_random_from(uint64_t seed)
{
	return (struct soak_random){ .state = random_word(&seed) };
}

unsigned soak_below(struct soak_random *random, unsigned limit)
{
	return (unsigned)random_below(&random->state, limit);
}

bool soak_happens(struct soak_random *random, unsigned per_thousand)
{
	return soak_below(random, 1000) < per_thousand;
}

void soak_prepare_noises(void)
{
	struct soak_random random = soak_random_from(0);

	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
		noise[i] = soak_below(&random, UINT32_MAX) | 1; /* never zero */
}

static const uint32_t *row_of_noise(unsigned number)
{
	return number == 0 ? zeros : noise + number;
}

void soak_paint(struct soak_rows *rows, struct soak_random *random, void *pixels, int first, int count)
{
	size_t row_bytes = (size_t)rows->width * sizeof(uint32_t);

	for (int y = first; y < first + count; y++) {
		rows->noises[y] = 1 + soak_below(random, SOAK_NOISES - 1);
		memcpy((char *)pixels + (size_t)y * row_bytes, row_of_noise(rows->noises[y]), row_bytes);
	}
}

void soak_scroll(struct soak_rows *rows, const struct soak_step *step)
{
	unsigned old[SOAK_HEIGHT_MAX];
	int bottom_first = rows->height - step->bottom_margin - step->bottom_keep_rows;

	memcpy(old, rows->noises, (size_t)rows->height * sizeof(old[0]));
	for (int y = 0; y < rows->height; y++) {
		bool is_kept = (y >= step->top_margin && y < step->top_margin + step->top_keep_rows) ||
			       (y >= bottom_first && y < bottom_first + step->bottom_keep_rows);
		int source = is_kept ? y : y + step->rows;

		rows->noises[y] = source >= 0 && source < rows->height ? old[source] : 0;
	}
}

int soak_first_wrong(const struct soak_rows *rows, const void *pixels)
{
	size_t row_bytes = (size_t)rows->width * sizeof(uint32_t);
	const char *row = pixels;

	for (int y = 0; y < rows->height; y++, row += row_bytes)
		if (memcmp(row, row_of_noise(rows->noises[y]), row_bytes) != 0)
			return y;
	return -1;
}

/* Of `room` rows: none mostly, any number now and then, all of them too. */
static int random_part(struct soak_random *random, int room)
{
	return soak_happens(random, 350) ? (int)soak_below(random, (unsigned)room + 1) : 0;
}

struct soak_step soak_random_step(struct soak_random *random, int height)
{
	unsigned size = soak_below(random, 100);
	unsigned most = size < 70 ? 3 : size < 90 ? (unsigned)height / 5 : (unsigned)height;
	struct soak_step step = { .rows = 1 + (int)soak_below(random, most > 0 ? most : 1) };
	int room;

	if (step.rows >= height)
		step.rows = height - 1;
	room = height - step.rows;
	if (soak_happens(random, 300)) {
		step.top_keep_rows = random_part(random, room);
		step.top_margin = random_part(random, room - step.top_keep_rows);
		room -= step.top_keep_rows + step.top_margin;
		step.bottom_keep_rows = random_part(random, room);
		step.bottom_margin = random_part(random, room - step.bottom_keep_rows);
	}
	return step;
}

struct soak_step soak_bad_step(struct soak_random *random, int height)
{
	const struct soak_step bad[] = {
		{ .rows = 0 },
		{ .rows = height },
		{ .rows = -height },
		{ .rows = INT32_MIN },
		{ .rows = 1, .top_margin = -1 },
		{ .rows = 1, .top_keep_rows = height },
		{ .rows = -1, .bottom_margin = height - 1, .bottom_keep_rows = 1 },
		{ .rows = 1, .top_keep_rows = height / 2, .bottom_keep_rows = height - height / 2 },
	};

	return bad[soak_below(random, sizeof(bad) / sizeof(bad[0]))];
}

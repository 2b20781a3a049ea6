/*
 * Are there seven operations after which the pool is not as it should be? All sequences of alloc, free and realloc are
 * done, with four slots for blocks and four sizes, in arenas so small that they do not always suffice. After each
 * operation the pool must be as the oracle says, pass its own check, and the blocks must have kept their bytes.
 *
 * The slots are alike, so an alloc always takes the first that is empty; a realloc always asks for another size. A slot
 * whose alloc returned nil counts as taken: nil is freed and reallocated, too.
 *
 * MILLPOND_POOL_DEPTH=N makes the sequences N operations long.
 * MILLPOND_REFERENCE=FOLDER names the folder of libpool_ref.so, the original: it must agree with the oracle.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pool/driver/driver.h"
#include "pool/oracle.h"
#include "support/runner.h"

#define DEPTH 7U
#define DEPTH_MAX 10U
#define LIMIT_SECONDS 600U
#define SLOTS 4U
#define SIZES 4U
#define LARGEST_BYTES 700U
#define MEMORY_BYTES 32768U
#define APART_BYTES 4096U

static const unsigned sizes[SIZES] = { 1, 40, 120, LARGEST_BYTES };

struct step {
	unsigned slot, bytes;      /* 0 bytes: free */
};

/* After so many steps. */
struct state {
	unsigned data[SLOTS];      /* 0: nil */
	unsigned bytes[SLOTS];     /* 0: the slot is empty */
	unsigned returned;
	struct oracle oracle;
};

static struct {
	const struct pool_library *library;
	const struct oracle_settings *settings;
	Pool pool;
	unsigned lowest, highest;  /* what the arenas of the pool cover */
	unsigned depth;
	unsigned pool_depth;       /* how many steps of the path the pool has done */
	struct step path[DEPTH_MAX];
	struct state states[DEPTH_MAX + 1];
	unsigned long sequences, checked_steps, nils, merges;
} run;

static unsigned char memory[MEMORY_BYTES] __attribute__((aligned(4096)));
static unsigned char patterns[SLOTS][LARGEST_BYTES];

static void print_step(unsigned number)
{
	const struct state *before = &run.states[number];
	struct step step = run.path[number];

	printf("#   %u: ", number + 1);
	if (before->bytes[step.slot] == 0)
		printf("alloc %u", step.bytes);
	else if (step.bytes == 0)
		printf("free %u", before->data[step.slot]);
	else
		printf("realloc %u %u", before->data[step.slot], step.bytes);
	printf(" = %u\n", run.states[number + 1].returned);
}

static void fail(const char *what, unsigned long right, unsigned long wrong)
{
	printf("# %s: %s should be %lu, but is %lu, after these steps (quantum %u, minarena %u, maxsize %u):\n",
	       run.library->name, what, right, wrong, run.settings->quantum, run.settings->minarena,
	       run.settings->maxsize);
	for (unsigned i = 0; i <= run.pool_depth; i++)
		print_step(i);
	CHECK(!"the pool is as the oracle says");
}

static void expect(const char *what, unsigned long right, unsigned long found)
{
	if (right != found)
		fail(what, right, found);
}

static void *provide_arena(unsigned long bytes)
{
	unsigned begin = run.settings->place_arena(run.lowest, run.highest, (unsigned)bytes);

	if (begin == 0)
		return NULL;
	if (run.lowest == 0 || begin < run.lowest)
		run.lowest = begin;
	if (begin + bytes > run.highest)
		run.highest = begin + (unsigned)bytes;
	return memory + begin;
}

static int merge_arenas(void *bottom, void *top)
{
	run.merges++;
	return bottom < top;
}

static void do_nothing(Pool *pool)
{
	expect("the pool of the call", (uintptr_t)&run.pool, (uintptr_t)pool);
}

static void print(Pool *pool, char *format, ...)
{
	do_nothing(pool);
	printf("# %s prints, with the format %s\n", run.library->name, format);
}

static void panic(Pool *pool, char *format, ...)
{
	do_nothing(pool);
	printf("# %s panics, with the format %s\n", run.library->name, format);
	fail("the number of panics", 0, 1);
}

/* The original calls lock, unlock, print and panic without a look. */
static void set_up_pool(void)
{
	bool is_original = run.library->is_original;
	static char name[] = "sequences";

	run.pool = (Pool){
		.name = name,
		.maxsize = run.settings->maxsize,
		.minarena = run.settings->minarena,
		.quantum = run.settings->quantum,
		.minblock = run.settings->minblock,
		.alloc = provide_arena,
		.merge = run.settings->merges ? merge_arenas : NULL,
		.lock = is_original ? do_nothing : NULL,
		.unlock = is_original ? do_nothing : NULL,
		.print = print,
		.panic = panic,
	};
}

static void *address_of(unsigned data)
{
	return data == 0 ? NULL : memory + data;
}

static unsigned bytes_held(const struct state *state, unsigned slot)
{
	return state->data[slot] == 0 ? 0 : state->bytes[slot];
}

/* The last call of a step: the library does it, and the slot's new bytes are written. */
static void do_in_pool(const struct state *before, struct step step, const struct state *after)
{
	void *data = address_of(before->data[step.slot]), *returned = NULL;
	unsigned kept = bytes_held(before, step.slot), bytes = bytes_held(after, step.slot);

	if (before->bytes[step.slot] == 0)
		returned = run.library->alloc(&run.pool, step.bytes);
	else if (step.bytes == 0)
		run.library->free(&run.pool, data);
	else
		returned = run.library->realloc(&run.pool, data, step.bytes);
	expect("the returned address", after->returned,
	       returned == NULL ? 0 : (unsigned long)((unsigned char *)returned - memory));
	if (returned == NULL)
		return;
	if (memcmp(returned, patterns[step.slot], kept < bytes ? kept : bytes) != 0)
		fail("the number of lost bytes", 0, kept);
	if (kept < bytes)
		memcpy((unsigned char *)returned + kept, patterns[step.slot] + kept, bytes - kept);
}

static void do_in_oracle(const struct state *before, struct step step, struct state *after)
{
	memcpy(after, before, offsetof(struct state, oracle));
	oracle_copy(&after->oracle, &before->oracle);
	after->returned = 0;
	if (step.bytes == 0) {
		oracle_free(&after->oracle, before->data[step.slot]);
		after->data[step.slot] = after->bytes[step.slot] = 0;
		return;
	}
	after->returned = oracle_realloc(&after->oracle, before->data[step.slot], step.bytes);
	if (after->returned == 0 && before->data[step.slot] != 0)
		return;            /* the block stays as it is */
	after->data[step.slot] = after->returned;
	after->bytes[step.slot] = step.bytes;
}

/* The original's curalloc is too large when a realloc has made arenas merge. */
static void check_pool(const struct state *state)
{
	expect("cursize", state->oracle.cursize, run.pool.cursize);
	expect("curfree", oracle_free_bytes(&state->oracle), run.pool.curfree);
	if (!run.library->is_original || !run.settings->merges)
		expect("curalloc", oracle_allocated_bytes(&state->oracle), run.pool.curalloc);
	expect("nfree", state->oracle.nfree, (unsigned long)run.pool.nfree);
	run.library->check(&run.pool);
	for (unsigned slot = 0; slot < SLOTS; slot++)
		if (state->data[slot] != 0
		    && memcmp(memory + state->data[slot], patterns[slot], state->bytes[slot]) != 0)
			fail("the number of changed bytes", 0, state->bytes[slot]);
}

/* Does the steps up to the depth in a new pool. */
static void repeat_path(unsigned depth)
{
	run.library->reset(&run.pool);
	run.lowest = run.highest = 0;
	for (run.pool_depth = 0; run.pool_depth < depth; run.pool_depth++)
		do_in_pool(&run.states[run.pool_depth], run.path[run.pool_depth], &run.states[run.pool_depth + 1]);
}

static void explore(unsigned depth);

static void take_step(unsigned depth, unsigned slot, unsigned bytes)
{
	struct state *before = &run.states[depth], *after = &run.states[depth + 1];
	struct step step = { slot, bytes };

	if (run.pool_depth != depth)
		repeat_path(depth);
	run.path[depth] = step;
	do_in_oracle(before, step, after);
	do_in_pool(before, step, after);
	check_pool(after);
	run.checked_steps++;
	run.nils += step.bytes > 0 && after->returned == 0;
	run.pool_depth = depth + 1;
	if (depth + 1 < run.depth)
		explore(depth + 1);
	else
		run.sequences++;
	run.pool_depth = DEPTH_MAX + 1; /* its last step is none of the next path's */
}

static void explore(unsigned depth)
{
	const struct state *state = &run.states[depth];
	bool is_allocated = false;

	for (unsigned slot = 0; slot < SLOTS; slot++) {
		unsigned bytes = state->bytes[slot];

		if (bytes == 0 && is_allocated)
			continue;
		is_allocated |= bytes == 0;
		for (unsigned i = 0; i < SIZES; i++)
			if (sizes[i] != bytes)
				take_step(depth, slot, sizes[i]);
		if (bytes != 0)
			take_step(depth, slot, 0);
	}
}

static void run_all_sequences(const struct pool_library *library, const struct oracle_settings *settings)
{
	const char *wish = getenv("MILLPOND_POOL_DEPTH");

	memset(&run, 0, sizeof(run));
	run.library = library;
	run.settings = settings;
	run.depth = wish != NULL && atoi(wish) > 0 && (unsigned)atoi(wish) <= DEPTH_MAX ? (unsigned)atoi(wish) : DEPTH;
	runner_set_limit(run.depth > DEPTH ? LIMIT_SECONDS * 60 : LIMIT_SECONDS);
	for (unsigned slot = 0; slot < SLOTS; slot++)
		for (unsigned i = 0; i < LARGEST_BYTES; i++)
			patterns[slot][i] = (unsigned char)(slot * 61 + i * 13 + i / 256 + 1);
	set_up_pool();
	oracle_start(&run.states[0].oracle, settings);
	explore(0);
	library->reset(&run.pool);
	CHECK(run.nils > 0);
	CHECK(run.merges > 0 || !settings->merges);
	printf("# %s: all %lu sequences of %u operations, %lu checked steps, nil %lu times, %lu merges of arenas\n",
	       library->name, run.sequences, run.depth, run.checked_steps, run.nils, run.merges);
}

static unsigned place_apart(unsigned lowest, unsigned highest, unsigned bytes)
{
	(void)lowest;
	(void)bytes;
	return (highest / APART_BYTES + 1) * APART_BYTES;
}

static unsigned place_above(unsigned lowest, unsigned highest, unsigned bytes)
{
	(void)lowest;
	(void)bytes;
	return highest == 0 ? APART_BYTES : highest + 16;
}

/* After about 2 KiB, the program has no more arenas. */
static unsigned place_below(unsigned lowest, unsigned highest, unsigned bytes)
{
	unsigned first_end = MEMORY_BYTES - APART_BYTES, begin = (lowest == 0 ? first_end : lowest) - bytes;

	(void)highest;
	return first_end - begin <= 2100 ? begin : 0;
}

static const struct oracle_settings apart = {
	.quantum = 32, .minarena = 800, .maxsize = 1700, .place_arena = place_apart,
};
static const struct oracle_settings ascending = {
	.quantum = 16, .minarena = 300, .maxsize = 1900, .place_arena = place_above, .merges = true,
};
static const struct oracle_settings descending = {
	.quantum = 8, .minblock = 96, .minarena = 500, .maxsize = 100000, .place_arena = place_below, .merges = true,
};

TEST(all_sequences_without_merging_arenas)
{
	run_all_sequences(pool_library_under_test(), &apart);
}

TEST(all_sequences_with_ascending_arenas_that_merge)
{
	run_all_sequences(pool_library_under_test(), &ascending);
}

TEST(all_sequences_with_descending_arenas_that_merge)
{
	run_all_sequences(pool_library_under_test(), &descending);
}

TEST(the_original_agrees_with_the_oracle)
{
	const struct pool_library *original = pool_library_original();

	if (original == NULL)
		SKIP("MILLPOND_REFERENCE does not name the original's folder");
	run_all_sequences(original, &apart);
	run_all_sequences(original, &ascending);
	run_all_sequences(original, &descending);
}

/* A pool that the program only names: it works, has all that a pool has, and says what is wrong on standard error. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "support/mappings.h"
#include "support/runner.h"

#define BLOCKS 1000
#define MESSAGE_SECONDS 20

static Pool fixed = POOL_SYSTEM_INIT("fixed");

/* Blocks of many sizes, filled, looked after, resized and freed. */
static void use(Pool *pool)
{
	static unsigned char *blocks[BLOCKS];

	for (size_t i = 0; i < BLOCKS; i++) {
		CHECK((blocks[i] = poolalloc(pool, i * 7)) != NULL);
		CHECK((uintptr_t)blocks[i] % 16 == 0);
		memset(blocks[i], (int)i, i * 7);
	}
	for (size_t i = 0; i < BLOCKS; i += 3)
		CHECK((blocks[i] = poolrealloc(pool, blocks[i], i * 11 + 1)) != NULL);
	poolcheck(pool);
	for (size_t i = 0; i < BLOCKS; i++) {
		for (size_t at = 0; at < i * 7; at++)
			CHECK(blocks[i][at] == (unsigned char)i);
		poolfree(pool, blocks[i]);
	}
	poolcheck(pool);
	CHECK_EQUAL(pool->curalloc, 0);
}

TEST(a_static_pool_works)
{
	use(&fixed);
	poolreset(&fixed);
	use(&fixed);
	pooldestroy(&fixed);
	use(&fixed);
	CHECK(strcmp(fixed.name, "fixed") == 0);
}

TEST(a_pool_that_is_made_works)
{
	Pool *pool = poolsystem("made");

	CHECK(pool != NULL && strcmp(pool->name, "made") == 0);
	use(pool);
	poolreset(pool);
	use(pool);
	pooldestroy(pool);
	CHECK(!is_mapped(pool));
}

TEST(a_pool_needs_no_name)
{
	Pool *pool = poolsystem(NULL);

	CHECK(pool != NULL && pool->name == NULL);
	use(pool);
	pooldestroy(pool);
}

TEST(a_pool_that_is_made_is_what_the_initialiser_says)
{
	Pool initialised = POOL_SYSTEM_INIT("same"), *made = poolsystem("same");

	CHECK(made != NULL);
	CHECK_EQUAL(made->maxsize, initialised.maxsize);
	CHECK_EQUAL(made->maxsize, UINTPTR_MAX);
	CHECK_EQUAL(made->minarena, initialised.minarena);
	CHECK_EQUAL(made->quantum, initialised.quantum);
	CHECK_EQUAL(made->minblock, initialised.minblock);
	CHECK_EQUAL(made->flags, initialised.flags);
	CHECK_EQUAL(made->flags, POOL_FRESH | POOL_SYSTEM);
	CHECK(made->alloc && initialised.alloc && made->free && initialised.free);
	CHECK(made->lock && initialised.lock && made->unlock && initialised.unlock);
	CHECK(!made->merge && !initialised.merge && !made->move && !initialised.move);
	CHECK(!made->print && !initialised.print && !made->panic && !initialised.panic);
	CHECK(!made->logstack && !initialised.logstack);
	CHECK_EQUAL(made->cursize | made->curfree | made->curalloc, 0);
	pooldestroy(made);
}

static unsigned locked, unlocked;

static void count_and_lock(Pool *pool)
{
	locked++;
	poolsystem_lock(pool);
}

static void unlock_and_count(Pool *pool)
{
	poolsystem_unlock(pool);
	unlocked++;
}

/* What stands in the pool is called, also where it once was the library's own. */
TEST(a_program_may_put_functions_of_its_own_around_the_lock)
{
	Pool *pool = poolsystem("counted");
	void *block;

	CHECK((block = poolalloc(pool, 100)) != NULL);
	pool->lock = count_and_lock;
	pool->unlock = unlock_and_count;
	CHECK(poolmsize(pool, block) >= 100);
	poolfree(pool, block);
	CHECK_EQUAL(locked, 2);
	CHECK_EQUAL(unlocked, 2);
	pooldestroy(pool);
}

static void expect_calls_of(Pool *pool, unsigned locks, unsigned unlocks)
{
	void *block;

	locked = unlocked = 0;
	CHECK((block = poolalloc(pool, 100)) != NULL);
	CHECK(poolmsize(pool, block) >= 100);
	CHECK((block = poolrealloc(pool, block, 200)) != NULL);
	poolfree(pool, block);
	CHECK_EQUAL(locked, locks);
	CHECK_EQUAL(unlocked, unlocks);
}

TEST(a_program_may_put_one_function_of_its_own_in)
{
	Pool *pool = poolsystem("counted");
	Pool before;

	poolfree(pool, poolalloc(pool, 100));
	before = *pool;
	pool->unlock = unlock_and_count;
	expect_calls_of(pool, 0, 4);
	pool->lock = count_and_lock;
	expect_calls_of(pool, 4, 4);
	pool->unlock = before.unlock;
	expect_calls_of(pool, 4, 0);
	pool->lock = before.lock;
	expect_calls_of(pool, 0, 0);
	pooldestroy(pool);
}

/* --- what it says ------------------------------------------------------------------------------------------------- */

TEST(a_block_that_is_freed_twice_ends_the_program_with_one_line)
{
	void *block = poolalloc(&fixed, 100);

	poolfree(&fixed, block);
	EXPECT_ABORT("pool fixed, poolfree")
		poolfree(&fixed, block);
}

TEST(an_overflow_is_shown_on_stderr)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, MESSAGE_SECONDS) {
		char *block = poolalloc(&fixed, 100);

		memset(block, 1, 104);
		poolfree(&fixed, block);
	}
	CHECK_EQUAL(outcome.end, CHILD_ABORTED);
	CHECK(strstr(outcome.text, "mem user overflow") != NULL && strstr(outcome.text, "pool fixed") != NULL);
	CHECK(outcome.lines > 2);
}

TEST(a_dump_and_the_lines_of_a_log_go_to_stderr)
{
	struct runner_outcome outcome;

	IN_CHILD(&outcome, MESSAGE_SECONDS) {
		fixed.flags |= POOL_LOGGING;
		CHECK(poolzalloc(&fixed, 100) != NULL);
		pooldump(&fixed);
		pooldestroy(&fixed);
	}
	CHECK_EQUAL(outcome.end, CHILD_EXITED);
	CHECK(strncmp(outcome.text, "newarena 1048576\npoolzalloc ", 28) == 0);
	CHECK(strstr(outcome.text, " c0a1e5cf 48") != NULL || sizeof(long) < 8);
	CHECK(strstr(outcome.text, "\npooldestroy ") != NULL);
}

static unsigned printed_texts;

static void count_and_allocate(Pool *pool, char *format, ...)
{
	(void)format;
	/* Each call prints a line itself. */
	if (printed_texts++ < 100)
		poolfree(pool, poolalloc(pool, 50));
}

TEST(a_callback_may_use_its_own_pool)
{
	void *block;

	fixed.print = count_and_allocate;
	fixed.flags |= POOL_LOGGING;
	CHECK((block = poolalloc(&fixed, 1000)) != NULL);
	CHECK(printed_texts > 100);
	fixed.flags &= ~POOL_LOGGING;
	poolfree(&fixed, block);
	poolcheck(&fixed);
	CHECK_EQUAL(fixed.curalloc, 0);
}

static jmp_buf escape;

static void jump(Pool *pool, char *format, ...)
{
	(void)format;
	pool->unlock(pool);
	longjmp(escape, 1);
}

TEST(a_panic_may_jump_out_and_give_the_lock_back)
{
	char *volatile block = poolalloc(&fixed, 100);

	fixed.panic = jump;
	poolfree(&fixed, block);
	for (volatile int i = 0; i < 3; i++)
		if (setjmp(escape) == 0) {
			poolfree(&fixed, block);
			CHECK(!"panic was called");
		}
	use(&fixed);
}

/* --- what the program must not do ---------------------------------------------------------------------------------- */

/* So often that calls go the short way. */
static void use_for_a_while(void)
{
	for (int i = 0; i < 10; i++)
		CHECK(poolalloc(&fixed, 1) != NULL);
}

TEST(a_lock_that_was_written_over_is_noticed)
{
	static const uintptr_t values[] = { 1 << 20, UINTPTR_MAX, UINTPTR_MAX / 2, 17, 10 };
	Pool *other = poolsystem("other");

	use_for_a_while();
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		EXPECT_ABORT("bad private: pool fixed") {
			fixed.private = (void *)values[i];
			poolalloc(&fixed, 1);
		}
	EXPECT_ABORT("bad private: pool fixed") {
		fixed.private = other->private;
		poolalloc(&fixed, 1);
	}
}

TEST(a_copy_of_a_pool_that_was_used_is_noticed)
{
	Pool copy;

	use_for_a_while();
	copy = fixed;
	EXPECT_ABORT("bad private: pool fixed")
		poolalloc(&copy, 1);
	EXPECT_ABORT("bad private: pool fixed")
		poolfree(&copy, poolalloc(&fixed, 1));
}

TEST(nil_is_no_pool)
{
	CHECK(poolzalloc(NULL, 1) == NULL);
	CHECK(strcmp(poolerror(), "the pool is nil") == 0);
	pooldestroy(NULL);
	poolsystem_lock(NULL);
	poolsystem_unlock(NULL);
	poolsystem_free(NULL, 1);
}

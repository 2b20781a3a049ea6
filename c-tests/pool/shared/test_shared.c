/*
 * A pool, its arenas and its lock in memory that processes share: all of them use it. And one that a child has a copy
 * of: then each goes on by itself.
 *
 * With LD_PRELOAD=DIR/libpool_ref.so these tests run on the original.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool.h"
#include "pool/shared/world.h"
#include "support/refuse_calls.h"
#include "support/runner.h"

static void run_processes(unsigned count)
{
	pid_t children[MOST_PROCESSES];

	for (unsigned i = 0; i < count; i++) {
		children[i] = fork_flushed();
		if (children[i] == 0) {
			operate_whenever_possible(i + 1, OPERATIONS / count);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < count; i++)
		wait_for(children[i]);
}

TEST(processes_share_a_pool_that_was_used_before_they_began)
{
	begin_world(MAP_SHARED);
	operate_whenever_possible(99, 500);
	run_processes(2);
	check_everything();
	end_world();
}

TEST(processes_share_a_pool_that_none_had_used)
{
	begin_world(MAP_SHARED);
	run_processes(4);
	check_everything();
	end_world();
}

TEST(parent_and_child_share_a_pool)
{
	pid_t child;

	begin_world(MAP_SHARED);
	operate_whenever_possible(5, 100);
	child = fork_flushed();
	operate_whenever_possible(child == 0 ? 6 : 7, OPERATIONS / 2);
	if (child == 0)
		_exit(0);
	wait_for(child);
	check_everything();
	end_world();
}

/* A child is told from its parent also where the system does not clear memory for it. */
static void check_without_wiped_memory(int error_number)
{
	pid_t child;

	refuse_advice(MADV_WIPEONFORK, error_number);
	begin_world(MAP_SHARED);
	operate_whenever_possible(5, 100);
	child = fork_flushed();
	operate_whenever_possible(child == 0 ? 6 : 7, OPERATIONS / 4);
	if (child == 0)
		_exit(0);
	wait_for(child);
	check_everything();
	end_world();
}

TEST(a_child_shares_a_pool_where_memory_is_not_cleared_for_it)
{
	check_without_wiped_memory(EINVAL);
}

TEST(a_child_shares_a_pool_where_memory_is_only_said_to_be_cleared)
{
	check_without_wiped_memory(0);
}

/* --- one after the other at one address ------------------------------------------------------------------------------ */

static void map_world(int file)
{
	void *place = mmap(world, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | (world == NULL ? 0 : MAP_FIXED), file, 0);

	CHECK(place != MAP_FAILED);
	world = place;
}

/* Each pool is left as it is when the next one comes to its place, and comes back. */
TEST(pools_come_to_one_address_in_turn)
{
	int files[3];

	for (int i = 0; i < 3; i++) {
		files[i] = memfd_create("world", MFD_CLOEXEC);
		CHECK(files[i] >= 0);
		CHECK_EQUAL(ftruncate(files[i], sizeof(*world)), 0);
	}
	for (unsigned turn = 0; turn < 30; turn++) {
		map_world(files[turn % 3]);
		if (turn < 3)
			begin_pool();
		operate_whenever_possible(turn, 100 * (turn % 3 + 1));
		check_everything();
	}
	for (int i = 0; i < 3; i++)
		close(files[i]);
	end_world();
}

/* --- a copy for each ------------------------------------------------------------------------------------------------- */

static void share_with_child(void)
{
	pid_t child;

	begin_world(MAP_SHARED);
	operate_whenever_possible(8, 100);
	child = fork_flushed();
	operate_whenever_possible(child == 0 ? 9 : 10, OPERATIONS / 4);
	if (child == 0)
		_exit(0);
	wait_for(child);
	check_everything();
	end_world();
}

/* Where /proc is not there, the system is asked in another way whether memory is shared. */
TEST(parent_and_child_share_a_pool_without_proc)
{
	struct runner_outcome outcome;

	/* The runner itself looks into /proc. */
	IN_CHILD(&outcome, 60) {
		refuse_open(O_CLOEXEC, EACCES);
		share_with_child();
	}
	CHECK_CHILD_WELL(&outcome);
}

TEST(without_shared_memory_parent_and_child_go_on_by_themselves)
{
	pid_t child;

	begin_world(MAP_PRIVATE);
	operate_whenever_possible(1, 2000);
	child = fork_flushed();
	for (unsigned i = 0; i < OPERATIONS; i++) {
		uint64_t seed = i * (child == 0 ? 31 : 37);

		operate(&seed);
	}
	check_everything();
	if (child == 0)
		_exit(0);
	wait_for(child);
	end_world();
}

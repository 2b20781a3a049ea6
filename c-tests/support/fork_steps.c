#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/fork_steps.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/runner.h"

#define FORKS 16
#define TRACEE_SECONDS 600
/* A fork that takes longer than this waits for the thread that stands still, and goes on when that does. */
#define FORK_AT_ONCE_MS 30
#define FORK_AFTER_STEP_US 200

/* Elsewhere an atomic operation is a loop that an interruption begins anew: stepped through, it has no end. */
#if defined(__x86_64__) || defined(__i386__)
#define CAN_STEP true
#else
#define CAN_STEP false
#endif

/* What the tracing and the traced process have in common. */
struct shared {
	sem_t ordered, done;
	atomic_bool is_over;
};

struct traced {
	const struct fork_steps_case *tried;
	struct shared *shared;
};

static unsigned long wanted_forks(void)
{
	const char *text = getenv("MILLPOND_FORKS");
	unsigned long forks = text != NULL ? strtoul(text, NULL, 10) : 0;

	return forks > 0 ? forks : FORKS;
}

/* --- the traced process ------------------------------------------------------------------------------------------- */

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0)
		CHECK_EQUAL(errno, EINTR);
}

static void *fork_on_order(void *argument)
{
	const struct traced *traced = argument;

	for (;;) {
		pid_t child;

		wait_for(&traced->shared->ordered);
		if (traced->shared->is_over)
			return NULL;
		child = fork();
		if (child == 0) {
			runner_set_limit(traced->tried->child_seconds);
			traced->tried->in_child(traced->tried->user);
			_exit(EXIT_SUCCESS);
		}
		sem_post(&traced->shared->done);
		CHECK_FORKED_WELL(child);
	}
}

/* Between the two SIGSTOPs lies what is taken step by step. Only this thread is traced. */
static void be_traced(const struct fork_steps_case *tried, struct shared *shared)
{
	struct traced traced = { tried, shared };
	pthread_t forking;

	runner_set_limit(TRACEE_SECONDS);
	if (tried->prepare != NULL)
		tried->prepare(tried->user);
	CHECK_EQUAL(pthread_create(&forking, NULL, fork_on_order, &traced), 0);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(RUNNER_STATUS_SKIPPED);
	raise(SIGSTOP);
	tried->operation(tried->user);
	raise(SIGSTOP);
	CHECK_EQUAL(pthread_join(forking, NULL), 0);
	_exit(EXIT_SUCCESS);
}

/* --- the tracing one ---------------------------------------------------------------------------------------------- */

static bool is_done_within(sem_t *semaphore, long microseconds)
{
	struct timespec until;
	int result;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += microseconds * 1000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while ((result = sem_timedwait(semaphore, &until)) != 0 && errno == EINTR)
		continue;
	return result == 0;
}

/* False: the process has ended, or stopped for what is no step; its status says so. */
static bool step(pid_t process, int *status)
{
	CHECK_EQUAL(ptrace(PTRACE_SINGLESTEP, process, NULL, NULL), 0);
	CHECK_EQUAL(waitpid(process, status, 0), process);
	return WIFSTOPPED(*status) && WSTOPSIG(*status) == SIGTRAP;
}

/* The clock is read by a loop in the kernel's own pages, anew whenever the clock has moved on meanwhile: stepped through
 * slowly, it has no end. */
#define CLOCK_CODE_BYTES 16384

static bool is_reading_clock(pid_t process)
{
#if defined(__x86_64__) || defined(__i386__)
	struct user_regs_struct registers = { 0 };
	unsigned long instruction;

	CHECK_EQUAL(ptrace(PTRACE_GETREGS, process, NULL, &registers), 0);
#if defined(__x86_64__)
	instruction = registers.rip;
#else
	instruction = (unsigned long)registers.eip;
#endif
	return instruction - getauxval(AT_SYSINFO_EHDR) < CLOCK_CODE_BYTES;
#else
	(void)process;
	return false;
#endif
}

struct walk {
	struct fork_steps_seen seen;
	int status;
};

/* Every so many instructions there is a fork; 0: never. */
static struct walk walk(pid_t process, struct shared *shared, unsigned long stride)
{
	struct walk walk = { .seen = { 0 } };
	bool is_forking = false;

	do {
		bool is_new = stride != 0 && !is_forking && walk.seen.instructions % stride == 0;

		if (is_new) {
			sem_post(&shared->ordered);
			walk.seen.forks++;
			is_forking = true;
		}
		if (is_forking && (is_new || !is_reading_clock(process)) &&
		    is_done_within(&shared->done, is_new ? FORK_AT_ONCE_MS * 1000 : FORK_AFTER_STEP_US)) {
			is_forking = false;
			walk.seen.exact += is_new;
		}
		walk.seen.instructions++;
	} while (step(process, &walk.status));
	return walk;
}

static void end(pid_t process, struct walk *walk)
{
	if (WIFSTOPPED(walk->status) && WSTOPSIG(walk->status) == SIGSTOP) {
		CHECK_EQUAL(ptrace(PTRACE_DETACH, process, NULL, NULL), 0);
		CHECK_EQUAL(waitpid(process, &walk->status, 0), process);
	}
	if (!WIFEXITED(walk->status) || WEXITSTATUS(walk->status) != 0) {
		printf("# after %lu instructions and %u forks the process ended with status %x\n", walk->seen.instructions,
		       walk->seen.forks, (unsigned)walk->status);
		runner_fail(__FILE__, __LINE__, "each child can go on, and so can the program");
	}
}

static struct fork_steps_seen trace(const struct fork_steps_case *tried, struct shared *shared, unsigned long stride)
{
	struct walk taken;
	pid_t process;

	fflush(NULL);
	CHECK_EQUAL(sem_init(&shared->ordered, 1, 0), 0);
	CHECK_EQUAL(sem_init(&shared->done, 1, 0), 0);
	shared->is_over = false;
	process = fork();
	CHECK(process >= 0);
	if (process == 0)
		be_traced(tried, shared);
	CHECK_EQUAL(waitpid(process, &taken.status, 0), process);
	if (WIFEXITED(taken.status) && WEXITSTATUS(taken.status) == RUNNER_STATUS_SKIPPED)
		SKIP("no process can be traced here");
	CHECK(WIFSTOPPED(taken.status) && WSTOPSIG(taken.status) == SIGSTOP);
	taken = walk(process, shared, stride);
	shared->is_over = true;
	sem_post(&shared->ordered);
	end(process, &taken);
	return taken.seen;
}

struct fork_steps_seen fork_steps(const char *name, const struct fork_steps_case *tried)
{
	struct shared *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct fork_steps_seen seen;
	unsigned long instructions;

	if (!CAN_STEP)
		SKIP("this machine cannot be stepped through atomic operations");
	CHECK(shared != MAP_FAILED);
	runner_set_limit(TRACEE_SECONDS);
	instructions = trace(tried, shared, 0).instructions;
	seen = trace(tried, shared, instructions / wanted_forks() + 1);
	munmap(shared, sizeof(*shared));
	printf("# %s: %u forks within %lu instructions, %u of them with the thread standing still\n", name, seen.forks,
	       seen.instructions, seen.exact);
	return seen;
}

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/refuse_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
/* Debian's musl comes without the kernel's headers. */
#if __has_include(<linux/seccomp.h>)
#define HAS_FILTERS 1
#include <linux/filter.h>
#include <linux/seccomp.h>
#else
#define HAS_FILTERS 0
#endif

#include "support/runner.h"

#if HAS_FILTERS

#define ARGUMENTS offsetof(struct seccomp_data, args)
/* The low half of an argument. */
#define LOW(number) (ARGUMENTS + (number) * sizeof(uint64_t) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0))

/* This is done if the argument, seen through the mask, is the value. */
static void filter(unsigned call, unsigned argument, uint32_t mask, uint32_t value, uint32_t action)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)LOW(argument)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(steps) / sizeof(steps[0]), .filter = steps };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		SKIP("filters of system calls cannot be had here");
}

/* A call fails with this error if the argument, seen through the mask, is the value. */
static void refuse(unsigned call, unsigned argument, uint32_t mask, uint32_t value, int error_number)
{
	filter(call, argument, mask, value, SECCOMP_RET_ERRNO | (uint32_t)error_number);
}

/* The process ends by SIGSYS at the call, whatever the argument is. */
static void end_at(unsigned call)
{
	filter(call, 0, 0, 0, SECCOMP_RET_KILL_PROCESS);
}

#else
static void refuse(unsigned call, unsigned argument, uint32_t mask, uint32_t value, int error_number)
{
	(void)call, (void)argument, (void)mask, (void)value, (void)error_number;
	SKIP("filters of system calls cannot be had here");
}

static void end_at(unsigned call)
{
	(void)call;
	SKIP("filters of system calls cannot be had here");
}
#endif

void refuse_memfd(unsigned flags, int error_number)
{
	int probe;

	/* Without flags to look for the mask makes 0 of whatever there is. */
	refuse(SYS_memfd_create, 1, flags, flags, error_number);
	errno = 0;
	probe = memfd_create("probe", MFD_CLOEXEC | flags);
	if (probe >= 0 || errno != error_number)
		SKIP("the filter of system calls has no effect");
}

void refuse_open(int flags, int error_number)
{
	refuse(SYS_openat, 2, (uint32_t)flags, (uint32_t)flags, error_number);
}

void refuse_advice(int advice, int error_number)
{
	refuse(SYS_madvise, 2, UINT32_MAX, (uint32_t)advice, error_number);
}

void refuse_mincore(int error_number)
{
	/* Whatever the argument is: without a mask it is 0. */
	refuse(SYS_mincore, 0, 0, 0, error_number);
}

void refuse_membarrier(int error_number)
{
	refuse(SYS_membarrier, 0, 0, 0, error_number);
}

void end_at_membarrier(void)
{
	end_at(SYS_membarrier);
}

/* Machines with pointers of 32 bits have calls of their own for large files. */
#ifdef SYS_ftruncate64
#define TRUNCATE SYS_ftruncate64
#else
#define TRUNCATE SYS_ftruncate
#endif
#ifdef SYS_mmap2
#define MAP SYS_mmap2
#else
#define MAP SYS_mmap
#endif
#ifdef SYS_fcntl64
#define CONTROL SYS_fcntl64
#else
#define CONTROL SYS_fcntl
#endif

void refuse_sizes(int error_number)
{
	refuse(TRUNCATE, 0, 0, 0, error_number);
}

void refuse_shared_mappings(int error_number)
{
	refuse(MAP, 3, MAP_SHARED, MAP_SHARED, error_number);
}

void refuse_seals(int error_number)
{
	refuse(CONTROL, 1, UINT32_MAX, F_ADD_SEALS, error_number);
}

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pool/faults/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "support/refused_unmaps.h"

static struct fault armed;
static bool is_armed, is_inside;
static unsigned long counts[FAULT_KINDS], fired;
static struct refused_unmaps refused;

static const struct {
	const char *name;
	int error_numbers[8];
} kinds[FAULT_KINDS] = {
	[FAULT_ALLOC] = { "alloc", { ENOMEM } },
	[FAULT_MMAP] = { "mmap", { ENOMEM, EAGAIN, EACCES, EINVAL, ENFILE, ENODEV, EPERM } },
	[FAULT_MUNMAP] = { "munmap", { ENOMEM, EINVAL } },
	[FAULT_MADVISE] = { "madvise", { ENOMEM, EINVAL, EAGAIN, EIO, EPERM, EBADF } },
	[FAULT_MINCORE] = { "mincore", { EAGAIN, ENOMEM, EINVAL, EFAULT } },
	[FAULT_MPROTECT] = { "mprotect", { ENOMEM, EACCES, EINVAL } },
	[FAULT_QUESTION] = { "mremap, msync, open and pread", { ENOMEM, EFAULT, EINVAL, EAGAIN, EMFILE, EIO, EINTR } },
	[FAULT_MALLOC] = { "malloc", { ENOMEM } },
};

const char *fault_name(enum fault_kind kind)
{
	return kinds[kind].name;
}

void fault_arm(const struct fault *fault)
{
	is_armed = fault != NULL;
	if (fault)
		armed = *fault;
	memset(counts, 0, sizeof(counts));
	fired = 0;
}

void fault_enter(void)
{
	is_inside = true;
}

void fault_leave(void)
{
	is_inside = false;
}

unsigned long fault_count(enum fault_kind kind)
{
	return counts[kind];
}

unsigned long fault_fired(void)
{
	return fired;
}

bool fault_is_pending(void)
{
	return is_armed && (armed.persists || counts[armed.kind] < armed.first_call);
}

bool fault_strikes(enum fault_kind kind)
{
	const int *error_numbers = kinds[kind].error_numbers;
	unsigned long number;
	unsigned choices = 0;

	if (!is_inside)
		return false;
	number = ++counts[kind];
	if (!is_armed || kind != armed.kind || number < armed.first_call || (number > armed.first_call && !armed.persists))
		return false;
	while (choices < 8 && error_numbers[choices] != 0)
		choices++;
	errno = error_numbers[armed.error_choice % choices];
	fired++;
	return true;
}

/* The linker gives these names to the real functions, and sends calls of them to the __wrap_ ones. */
#define REAL(result, name, ...) \
	result __real_##name(__VA_ARGS__); \
	result __wrap_##name(__VA_ARGS__)

REAL(void *, mmap, void *address, size_t bytes, int protection, int flags, int file, off_t offset);
REAL(int, munmap, void *address, size_t bytes);
REAL(int, madvise, void *address, size_t bytes, int advice);
REAL(int, mincore, void *address, size_t bytes, unsigned char *answers);
REAL(int, mprotect, void *address, size_t bytes, int protection);
REAL(int, msync, void *address, size_t bytes, int flags);
REAL(void *, mremap, void *address, size_t old_bytes, size_t new_bytes, int flags, ...);
REAL(int, open, const char *path, int flags, ...);
REAL(ssize_t, pread, int file, void *bytes, size_t count, off_t offset);
REAL(void *, malloc, size_t bytes);
REAL(int, posix_memalign, void **block, size_t alignment, size_t bytes);

void *__wrap_mmap(void *address, size_t bytes, int protection, int flags, int file, off_t offset)
{
	return fault_strikes(FAULT_MMAP) ? MAP_FAILED : __real_mmap(address, bytes, protection, flags, file, offset);
}

int __wrap_munmap(void *address, size_t bytes)
{
	if (!fault_strikes(FAULT_MUNMAP))
		return __real_munmap(address, bytes);
	refused_unmaps_add(&refused, address, bytes);
	return -1;
}

void fault_unmap_refused(void)
{
	refused_unmaps_end(&refused, __real_munmap);
}

int __wrap_madvise(void *address, size_t bytes, int advice)
{
	return fault_strikes(FAULT_MADVISE) ? -1 : __real_madvise(address, bytes, advice);
}

int __wrap_mincore(void *address, size_t bytes, unsigned char *answers)
{
	return fault_strikes(FAULT_MINCORE) ? -1 : __real_mincore(address, bytes, answers);
}

int __wrap_mprotect(void *address, size_t bytes, int protection)
{
	return fault_strikes(FAULT_MPROTECT) ? -1 : __real_mprotect(address, bytes, protection);
}

int __wrap_msync(void *address, size_t bytes, int flags)
{
	return fault_strikes(FAULT_QUESTION) ? -1 : __real_msync(address, bytes, flags);
}

/* The library only asks whether there is memory: with the old size for the new one. */
void *__wrap_mremap(void *address, size_t old_bytes, size_t new_bytes, int flags, ...)
{
	return fault_strikes(FAULT_QUESTION) ? MAP_FAILED : __real_mremap(address, old_bytes, new_bytes, flags);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return fault_strikes(FAULT_QUESTION) ? -1 : __real_open(path, flags, mode);
}

ssize_t __wrap_pread(int file, void *bytes, size_t count, off_t offset)
{
	return fault_strikes(FAULT_QUESTION) ? -1 : __real_pread(file, bytes, count, offset);
}

void *__wrap_malloc(size_t bytes)
{
	return fault_strikes(FAULT_MALLOC) ? NULL : __real_malloc(bytes);
}

int __wrap_posix_memalign(void **block, size_t alignment, size_t bytes)
{
	return fault_strikes(FAULT_MALLOC) ? ENOMEM : __real_posix_memalign(block, alignment, bytes);
}

#ifdef __GLIBC__
/* The names that _FILE_OFFSET_BITS=64 gives to the same functions. */
REAL(void *, mmap64, void *address, size_t bytes, int protection, int flags, int file, off64_t offset);
REAL(ssize_t, pread64, int file, void *bytes, size_t count, off64_t offset);

void *__wrap_mmap64(void *address, size_t bytes, int protection, int flags, int file, off64_t offset)
{
	return fault_strikes(FAULT_MMAP) ? MAP_FAILED : __real_mmap64(address, bytes, protection, flags, file, offset);
}

ssize_t __wrap_pread64(int file, void *bytes, size_t count, off64_t offset)
{
	return fault_strikes(FAULT_QUESTION) ? -1 : __real_pread64(file, bytes, count, offset);
}

/* It takes the same arguments. */
int __wrap_open64(const char *path, int flags, ...) __attribute__((alias("__wrap_open")));
#endif

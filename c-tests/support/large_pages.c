/*
 * Preloaded, this makes a process believe in larger pages than it has: MILLPOND_TEST_PAGE_BYTES=65536.
 *
 * The system then says so, maps at such addresses and in whole pages, and refuses other addresses, as a system with such
 * pages does. What this cannot do: one byte that is written makes no more memory present than a real page.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#undef _FILE_OFFSET_BITS /* the names with 64 and those without are both defined here */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static size_t real_page_bytes(void)
{
	return getauxval(AT_PAGESZ);
}

static size_t page_bytes(void)
{
	static size_t known;

	if (known == 0) {
		const char *wanted = getenv("MILLPOND_TEST_PAGE_BYTES");
		size_t bytes = wanted != NULL ? strtoul(wanted, NULL, 10) : 0;

		known = bytes > real_page_bytes() && (bytes & (bytes - 1)) == 0 ? bytes : real_page_bytes();
	}
	return known;
}

static size_t whole_pages(size_t bytes)
{
	return (bytes + page_bytes() - 1) & ~(page_bytes() - 1);
}

static int refuses(const void *address)
{
	if ((uintptr_t)address % page_bytes() == 0)
		return 0;
	errno = EINVAL;
	return 1;
}

/* What is to be there in the C library: found by name, because calling it would lead back here. */
static void *next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found == NULL)
		abort();
	return found;
}

long sysconf(int name)
{
	static long (*real)(int);

	if (name == _SC_PAGESIZE)
		return (long)page_bytes();
	if (real == NULL)
		*(void **)&real = next("sysconf");
	return real(name);
}

int getpagesize(void)
{
	return (int)page_bytes();
}

static void *system_mmap(void *address, size_t bytes, int protection, int flags, int descriptor, off64_t offset)
{
	return (void *)syscall(SYS_mmap, address, bytes, protection, flags, descriptor, offset);
}

/* Takes whole pages, beginning at one, of which nothing can be used yet. */
static unsigned char *reserve(size_t bytes)
{
	size_t more = bytes + page_bytes();
	unsigned char *start = system_mmap(NULL, more, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED)
		return MAP_FAILED;
	size_t before = whole_pages((uintptr_t)start) - (uintptr_t)start;
	if (before > 0)
		syscall(SYS_munmap, start, before);
	syscall(SYS_munmap, start + before + bytes, more - before - bytes);
	return start + before;
}

void *mmap64(void *address, size_t bytes, int protection, int flags, int descriptor, off64_t offset)
{
	if (refuses((void *)(uintptr_t)offset) || ((flags & MAP_FIXED) != 0 && refuses(address)))
		return MAP_FAILED;
	if ((flags & MAP_FIXED) != 0 || bytes == 0)
		return system_mmap(address, bytes, protection, flags, descriptor, offset);
	unsigned char *place = reserve(whole_pages(bytes));
	if (place == MAP_FAILED)
		return MAP_FAILED;
	void *mapped = system_mmap(place, bytes, protection, flags | MAP_FIXED, descriptor, offset);
	if (mapped == MAP_FAILED) {
		int error = errno;

		syscall(SYS_munmap, place, whole_pages(bytes));
		errno = error;
	}
	return mapped;
}

void *mmap(void *address, size_t bytes, int protection, int flags, int descriptor, off_t offset)
{
	return mmap64(address, bytes, protection, flags, descriptor, offset);
}

int munmap(void *address, size_t bytes)
{
	return refuses(address) ? -1 : (int)syscall(SYS_munmap, address, whole_pages(bytes));
}

int madvise(void *address, size_t bytes, int advice)
{
	return refuses(address) ? -1 : (int)syscall(SYS_madvise, address, bytes, advice);
}

/* A page is present if a part of it is: it would have come as a whole. */
int mincore(void *address, size_t bytes, unsigned char *is_present)
{
	size_t parts = page_bytes() / real_page_bytes();
	unsigned char answers[1024];

	if (refuses(address))
		return -1;
	for (size_t done = 0; done < bytes; done += page_bytes()) {
		size_t piece = bytes - done < page_bytes() ? bytes - done : page_bytes();

		if (parts > sizeof(answers) || syscall(SYS_mincore, (char *)address + done, piece, answers) != 0)
			return -1;
		*is_present = 0;
		for (size_t part = 0; part * real_page_bytes() < piece; part++)
			*is_present |= answers[part] & 1;
		is_present++;
	}
	return 0;
}

/*
 * Pages of which a part is in the hole would be made zero and not given back: who asks for whole real pages means more
 * than that, and does not know how large pages are.
 */
int fallocate64(int descriptor, int mode, off64_t start, off64_t bytes)
{
	off64_t ends = start | bytes;

	if ((mode & FALLOC_FL_PUNCH_HOLE) != 0 && ends % (off64_t)page_bytes() != 0 &&
	    ends % (off64_t)real_page_bytes() == 0) {
		fprintf(stderr, "large_pages: a hole of %lld bytes at %lld is not whole pages\n", (long long)bytes,
			(long long)start);
		abort();
	}
	return (int)syscall(SYS_fallocate, descriptor, mode, start, bytes);
}

int fallocate(int descriptor, int mode, off_t start, off_t bytes)
{
	return fallocate64(descriptor, mode, start, bytes);
}

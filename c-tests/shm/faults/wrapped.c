#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "shm/faults/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <pixman.h>
#include <wayland-client.h>

#include "support/refused_unmaps.h"

static long live_blocks;
static const char *refused_folder;
static bool ignores_removing, has_no_memfd;
static struct refused_unmaps refused;

long fault_live_blocks(void)
{
	return live_blocks;
}

void fault_refuse_folder(const char *folder)
{
	refused_folder = folder;
}

void fault_refuse_memfd(void)
{
	has_no_memfd = true;
}

void fault_ignore_removing(void)
{
	ignores_removing = true;
}

/* A call that succeeds may leave anything in errno: who wants to report it must have looked before. */
static void scribble(void)
{
	if (fault_is_inside())
		errno = EDOM;
}

/* The linker gives these names to the real functions, and sends calls of them to the __wrap_ ones. */
#define REAL(result, name, ...) \
	result __real_##name(__VA_ARGS__); \
	result __wrap_##name(__VA_ARGS__)

REAL(int, memfd_create, const char *name, unsigned flags);
REAL(int, open, const char *path, int flags, ...);
REAL(int, mkostemp, char *path, int flags);
REAL(int, fstat, int file, struct stat *status);
REAL(int, mincore, void *address, size_t bytes, unsigned char *answers);
REAL(int, ftruncate, int file, off_t length);
REAL(int, fallocate, int file, int mode, off_t offset, off_t length);
REAL(void *, mmap, void *address, size_t bytes, int protection, int flags, int file, off_t offset);
REAL(int, munmap, void *address, size_t bytes);
REAL(int, madvise, void *address, size_t bytes, int advice);
REAL(int, fcntl, int file, int command, ...);
REAL(int, close, int file);
REAL(void *, malloc, size_t bytes);
REAL(void *, calloc, size_t count, size_t bytes);
REAL(void *, realloc, void *block, size_t bytes);
REAL(int, posix_memalign, void **block, size_t alignment, size_t bytes);
REAL(void *, aligned_alloc, size_t alignment, size_t bytes);
REAL(void, free, void *block);
REAL(pixman_image_t *, pixman_image_create_bits_no_clear, pixman_format_code_t format, int width, int height,
     uint32_t *bits, int stride);
REAL(struct wl_proxy *, wl_proxy_marshal_array_constructor_versioned, struct wl_proxy *proxy, uint32_t opcode,
     union wl_argument *arguments, const struct wl_interface *interface, uint32_t version);

int __wrap_memfd_create(const char *name, unsigned flags)
{
	if (fault_strikes(FAULT_MEMFD))
		return -1;
	if (!has_no_memfd)
		return __real_memfd_create(name, flags);
	errno = ENOSYS;
	return -1;
}

static bool is_refused(const char *path)
{
	if (fault_strikes(FAULT_OPEN))
		return true;
	if (!fault_is_inside() || !refused_folder || strncmp(path, refused_folder, strlen(refused_folder)) != 0)
		return false;
	errno = EROFS;
	return true;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return is_refused(path) ? -1 : __real_open(path, flags, mode);
}

int __wrap_mkostemp(char *path, int flags)
{
	return is_refused(path) ? -1 : __real_mkostemp(path, flags);
}

int __wrap_fstat(int file, struct stat *status)
{
	return fault_strikes(FAULT_STAT) ? -1 : __real_fstat(file, status);
}

int __wrap_mincore(void *address, size_t bytes, unsigned char *answers)
{
	return fault_strikes(FAULT_MINCORE) ? -1 : __real_mincore(address, bytes, answers);
}

int __wrap_ftruncate(int file, off_t length)
{
	return fault_strikes(FAULT_FTRUNCATE) ? -1 : __real_ftruncate(file, length);
}

int __wrap_fallocate(int file, int mode, off_t offset, off_t length)
{
	return fault_strikes(FAULT_HOLE) ? -1 : __real_fallocate(file, mode, offset, length);
}

void *__wrap_mmap(void *address, size_t bytes, int protection, int flags, int file, off_t offset)
{
	if (fault_strikes(FAULT_MMAP))
		return MAP_FAILED;
	return __real_mmap(address, bytes, protection, flags, file, offset);
}

int __wrap_munmap(void *address, size_t bytes)
{
	if (!fault_strikes(FAULT_MUNMAP)) {
		scribble();
		return __real_munmap(address, bytes);
	}
	refused_unmaps_add(&refused, address, bytes);
	return -1;
}

void fault_unmap_refused(void)
{
	refused_unmaps_end(&refused, __real_munmap);
}

int __wrap_madvise(void *address, size_t bytes, int advice)
{
	if (advice == MADV_REMOVE && ignores_removing)
		return 0;
	if (fault_strikes(advice == MADV_REMOVE ? FAULT_HOLE : FAULT_MADVISE))
		return -1;
	return __real_madvise(address, bytes, advice);
}

int __wrap_fcntl(int file, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (command == F_ADD_SEALS && fault_strikes(FAULT_SEALS))
		return -1;
	if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) && fault_strikes(FAULT_DUPLICATE))
		return -1;
	return __real_fcntl(file, command, argument);
}

/* As Linux does: the descriptor is closed, whatever the answer. */
int __wrap_close(int file)
{
	int error_number;

	if (!fault_strikes(FAULT_CLOSE)) {
		scribble();
		return __real_close(file);
	}
	error_number = errno;
	__real_close(file);
	errno = error_number;
	return -1;
}

static void *counted(void *block)
{
	live_blocks += fault_is_inside() && block;
	return block;
}

void *__wrap_malloc(size_t bytes)
{
	return fault_strikes(FAULT_MALLOC) ? NULL : counted(__real_malloc(bytes));
}

void *__wrap_calloc(size_t count, size_t bytes)
{
	return fault_strikes(FAULT_MALLOC) ? NULL : counted(__real_calloc(count, bytes));
}

void *__wrap_realloc(void *block, size_t bytes)
{
	void *moved = fault_strikes(FAULT_MALLOC) ? NULL : __real_realloc(block, bytes);

	return block ? moved : counted(moved);
}

int __wrap_posix_memalign(void **block, size_t alignment, size_t bytes)
{
	int error_number = fault_strikes(FAULT_MALLOC) ? ENOMEM : __real_posix_memalign(block, alignment, bytes);

	if (error_number == 0)
		counted(*block);
	return error_number;
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
	return fault_strikes(FAULT_MALLOC) ? NULL : counted(__real_aligned_alloc(alignment, bytes));
}

void __wrap_free(void *block)
{
	live_blocks -= fault_is_inside() && block;
	scribble();
	__real_free(block);
}

pixman_image_t *__wrap_pixman_image_create_bits_no_clear(pixman_format_code_t format, int width, int height,
							  uint32_t *bits, int stride)
{
	if (fault_strikes(FAULT_IMAGE))
		return NULL;
	return __real_pixman_image_create_bits_no_clear(format, width, height, bits, stride);
}

struct wl_proxy *__wrap_wl_proxy_marshal_array_constructor_versioned(struct wl_proxy *proxy, uint32_t opcode,
								     union wl_argument *arguments,
								     const struct wl_interface *interface,
								     uint32_t version)
{
	if (interface && fault_strikes(FAULT_MARSHAL))
		return NULL;
	return __real_wl_proxy_marshal_array_constructor_versioned(proxy, opcode, arguments, interface, version);
}

#ifdef WL_MARSHAL_FLAG_DESTROY /* libwayland 1.20 and later */
REAL(struct wl_proxy *, wl_proxy_marshal_array_flags, struct wl_proxy *proxy, uint32_t opcode,
     const struct wl_interface *interface, uint32_t version, uint32_t flags, union wl_argument *arguments);

struct wl_proxy *__wrap_wl_proxy_marshal_array_flags(struct wl_proxy *proxy, uint32_t opcode,
						     const struct wl_interface *interface, uint32_t version,
						     uint32_t flags, union wl_argument *arguments)
{
	if (interface && fault_strikes(FAULT_MARSHAL))
		return NULL;
	return __real_wl_proxy_marshal_array_flags(proxy, opcode, interface, version, flags, arguments);
}
#endif

#ifdef __GLIBC__
/* The names that _FILE_OFFSET_BITS=64 gives to the same functions. */
REAL(int, fstat64, int file, struct stat64 *status);
REAL(int, ftruncate64, int file, off64_t length);
REAL(int, fallocate64, int file, int mode, off64_t offset, off64_t length);
REAL(void *, mmap64, void *address, size_t bytes, int protection, int flags, int file, off64_t offset);

int __wrap_fstat64(int file, struct stat64 *status)
{
	return fault_strikes(FAULT_STAT) ? -1 : __real_fstat64(file, status);
}

int __wrap_ftruncate64(int file, off64_t length)
{
	return fault_strikes(FAULT_FTRUNCATE) ? -1 : __real_ftruncate64(file, length);
}

int __wrap_fallocate64(int file, int mode, off64_t offset, off64_t length)
{
	return fault_strikes(FAULT_HOLE) ? -1 : __real_fallocate64(file, mode, offset, length);
}

void *__wrap_mmap64(void *address, size_t bytes, int protection, int flags, int file, off64_t offset)
{
	if (fault_strikes(FAULT_MMAP))
		return MAP_FAILED;
	return __real_mmap64(address, bytes, protection, flags, file, offset);
}

/* These take the same arguments. */
int __wrap_open64(const char *path, int flags, ...) __attribute__((alias("__wrap_open")));
int __wrap_mkostemp64(char *path, int flags) __attribute__((alias("__wrap_mkostemp")));
int __wrap_fcntl64(int file, int command, ...) __attribute__((alias("__wrap_fcntl")));
#endif

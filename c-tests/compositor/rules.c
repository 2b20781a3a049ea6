/* What the protocol asks of a client of wl_shm. */
#include "compositor/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "compositor/fail.h"

void rules_broken(struct compositor *compositor, const char *format, ...)
{
	va_list arguments;

	if (compositor->counts.broken_rules++ > 0)
		return;
	va_start(arguments, format);
	vsnprintf(compositor->broken_rule, sizeof(compositor->broken_rule), format, arguments);
	va_end(arguments);
}

/* A file that is shorter than its pool kills the compositors that read it without care. */
void rules_check_pool(struct compositor *compositor, int file, int32_t size_bytes)
{
	struct stat status;

	if (size_bytes <= 0)
		rules_broken(compositor, "a pool of %d bytes", size_bytes);
	else if (fstat(file, &status) != 0)
		compositor_fail("the file of a pool cannot be looked at");
	else if (status.st_size < size_bytes)
		rules_broken(compositor, "a pool of %d bytes over a file of %lld", size_bytes, (long long)status.st_size);
}

void rules_check_growth(struct compositor *compositor, const struct watched_pool *pool, int32_t size_bytes)
{
	if (size_bytes < 0 || (size_t)size_bytes < pool->size_bytes)
		rules_broken(compositor, "a pool of %zu bytes is to have %d", pool->size_bytes, size_bytes);
}

/* 0: nobody has offered it. */
static int bytes_of_pixel(const struct compositor *compositor, uint32_t format)
{
	if (format == WL_SHM_FORMAT_ARGB8888 || format == WL_SHM_FORMAT_XRGB8888)
		return 4;
	if (!compositor->options.has_deep_formats)
		return 0;
	switch (format) {
	case WL_SHM_FORMAT_ARGB2101010:
	case WL_SHM_FORMAT_XRGB2101010:
	case WL_SHM_FORMAT_ABGR2101010:
	case WL_SHM_FORMAT_XBGR2101010:
		return 4;
	case 0x38344241: /* ABGR and XBGR of 16 bits: older libwaylands have no names for them */
	case 0x38344258:
		return 8;
	default:
		return 0;
	}
}

void rules_check_buffer(struct compositor *compositor, const struct watched_pool *pool,
			const struct compositor_request *request)
{
	int pixel_bytes = bytes_of_pixel(compositor, request->format);
	int64_t end = (int64_t)request->stride_bytes * request->height + request->offset_bytes;

	if (pixel_bytes == 0)
		rules_broken(compositor, "a buffer of the format %#x, which was not offered", request->format);
	else if (request->width <= 0 || request->height <= 0)
		rules_broken(compositor, "a buffer of %d x %d pixels", request->width, request->height);
	else if ((int64_t)request->width * pixel_bytes > request->stride_bytes)
		rules_broken(compositor, "rows of %d pixels in %d bytes", request->width, request->stride_bytes);
	else if (request->offset_bytes < 0)
		rules_broken(compositor, "a buffer at %d", request->offset_bytes);
	else if (request->offset_bytes % pixel_bytes != 0 || request->stride_bytes % pixel_bytes != 0)
		rules_broken(compositor, "pixels of %d bytes at %d, in rows of %d", pixel_bytes, request->offset_bytes,
			     request->stride_bytes);
	else if (end > (int64_t)pool->size_bytes)
		rules_broken(compositor, "a buffer that ends at %lld in a pool of %zu bytes", (long long)end,
			     pool->size_bytes);
}

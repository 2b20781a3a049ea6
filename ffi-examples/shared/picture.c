#include "picture.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include <png.h>

bool picture_write(const char *path, const uint32_t *pixels, int width, int height, int stride_bytes)
{
	size_t row_bytes = (size_t)width * 3;
	png_byte *rgb = malloc(row_bytes * (size_t)height);
	if (rgb == NULL)
		return false;
	for (int y = 0; y < height; y++) {
		const uint32_t *row = pixels + (size_t)y * ((size_t)stride_bytes / 4);
		png_byte *to = rgb + (size_t)y * row_bytes;
		for (int x = 0; x < width; x++) {
			*to++ = (png_byte)(row[x] >> 16);
			*to++ = (png_byte)(row[x] >> 8);
			*to++ = (png_byte)row[x];
		}
	}
	png_image image = {.version = PNG_IMAGE_VERSION, .format = PNG_FORMAT_RGB};
	image.width = (png_uint_32)width;
	image.height = (png_uint_32)height;
	errno = 0;
	bool is_written = png_image_write_to_file(&image, path, 0, rgb, 0, NULL) != 0;
	int error = errno;
	png_image_free(&image);
	free(rgb);
	/* libpng has reasons of its own, such as a picture that is too large */
	errno = is_written || error != 0 ? error : EINVAL;
	return is_written;
}

/* Pictures as PNG files. */
#ifndef EXAMPLE_PICTURE_H
#define EXAMPLE_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

/* Writes pixels of 0xAARRGGBB without their alpha. False, and errno, if that fails. */
bool picture_write(const char *path, const uint32_t *pixels, int width, int height, int stride_bytes);

#endif

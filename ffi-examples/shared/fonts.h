/* A font of equal widths, plain and bold, for a text in cells. Knows fcft, but nothing of Wayland. */
#ifndef EXAMPLE_FONTS_H
#define EXAMPLE_FONTS_H

#include <stdbool.h>
#include <stdint.h>

#include <fcft/fcft.h>

struct fonts {
	struct fcft_font *plain;
	struct fcft_font *bold;
	int cell_width;       /* of a character, in pixels */
};

/* False, and one line that begins with `program`, if there is no font. */
bool fonts_open(struct fonts *fonts, const char *program);

void fonts_close(struct fonts *fonts);

/* In grey, not in subpixel colours: the picture is to look the same on every screen. NULL: no font has it. */
const struct fcft_glyph *fonts_glyph(struct fcft_font *font, uint32_t code_point);

#endif

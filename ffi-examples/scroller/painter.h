/* A font, colours, and the strokes that a window is drawn with. Knows pixman and fcft, nothing of Wayland. */
#ifndef SCROLLER_PAINTER_H
#define SCROLLER_PAINTER_H

#include <stdbool.h>
#include <stdint.h>

#include <pixman.h>

#include "shared/fonts.h"
#include "text.h"

enum ink {
	INK_PAPER, INK_TEXT, INK_GUTTER, INK_NUMBER, INK_HEADING, INK_CODE, INK_STRANGE,
	INK_BAR, INK_BAR_TEXT, INK_BAR_HINT, INK_ACCENT, INK_GROOVE, INK_MOVED, INK_DRAWN,
	INK_COUNT
};

struct painter {
	struct fonts fonts;
	pixman_image_t *inks[INK_COUNT];
	int cell_width;       /* of a character, in pixels */
	int line_height;      /* in rows of pixels */
	int baseline;         /* rows from the top of a line */
};

/* False, and one line on stderr, if there is no font. */
bool painter_open(struct painter *painter);

void painter_close(struct painter *painter);

void draw_fill(pixman_image_t *image, enum ink ink, int left, int top, int width, int rows);

/* Until draw_unclip() nothing is drawn elsewhere, however tall a glyph is. */
void draw_clip(pixman_image_t *image, int left, int top, int width, int rows);
void draw_unclip(pixman_image_t *image);

/* Returns how many columns the character takes. */
int draw_character(const struct painter *painter, pixman_image_t *image, bool is_bold, enum ink ink, int left, int top,
		   uint32_t code_point);

/* Returns where the label ends. */
int draw_label(const struct painter *painter, pixman_image_t *image, bool is_bold, enum ink ink, int left, int top,
	       const char *label);

#endif

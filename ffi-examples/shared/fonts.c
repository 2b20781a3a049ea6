#include "fonts.h"

#include <stdio.h>

#define FONT_NAME "DejaVu Sans Mono"

const struct fcft_glyph *fonts_glyph(struct fcft_font *font, uint32_t code_point)
{
	return fcft_rasterize_char_utf32(font, code_point, FCFT_SUBPIXEL_NONE);
}

bool fonts_open(struct fonts *fonts, const char *program)
{
	fcft_init(FCFT_LOG_COLORIZE_NEVER, false, FCFT_LOG_CLASS_NONE);
	const char *names[] = {FONT_NAME ":pixelsize=13"};
	*fonts = (struct fonts){
		.plain = fcft_from_name(1, names, NULL),
		.bold = fcft_from_name(1, names, "weight=bold"),
	};
	const struct fcft_glyph *widest = fonts->plain == NULL ? NULL : fonts_glyph(fonts->plain, 'M');
	if (fonts->bold == NULL || widest == NULL || widest->advance.x <= 0) {
		fprintf(stderr, "%s: cannot load the font \"" FONT_NAME "\": install fonts-dejavu-core (Debian, "
				"Ubuntu) or your system's package of the DejaVu fonts\n", program);
		fonts_close(fonts);
		return false;
	}
	fonts->cell_width = widest->advance.x;
	/* loads the usual glyphs now, so that no frame has to wait for them */
	for (uint32_t code_point = ' '; code_point <= '~'; code_point++) {
		fonts_glyph(fonts->plain, code_point);
		fonts_glyph(fonts->bold, code_point);
	}
	return true;
}

void fonts_close(struct fonts *fonts)
{
	fcft_destroy(fonts->bold);
	fcft_destroy(fonts->plain);
	*fonts = (struct fonts){0};
	fcft_fini();
}

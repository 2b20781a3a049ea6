#ifndef MILLPOND_BENCH_TERMINAL_PIXELS_H
#define MILLPOND_BENCH_TERMINAL_PIXELS_H

/* Draws some frames of every load and policy in a small window, and compares the last picture with a full repaint. */
void check_terminal_pixels(void);

#endif

/* The terminal without a screen: a compositor in this process looks at what a script does, and checks it. */
#ifndef TERMINAL_EMBEDDED_H
#define TERMINAL_EMBEDDED_H

#include <stdbool.h>

#include "script.h"
#include "terminal.h"

struct embedded {
	struct compositor *compositor;
};

/* Starts the compositor, and makes it that of `start`. `releases_late`: it gives a buffer back when it has the next. */
void embedded_start(struct embedded *embedded, struct terminal_start *start, bool releases_late);

/* What a script checks: that the compositor sees what drawing everything gives. */
bool embedded_check(void *embedded, const struct terminal *terminal);

/* After terminal_close() and the end of the connection. False, and one line, if the compositor had to complain. */
bool embedded_stop(struct embedded *embedded);

#endif

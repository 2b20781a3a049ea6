#ifndef MILLPOND_TEST_COMPOSITOR_FAIL_H
#define MILLPOND_TEST_COMPOSITOR_FAIL_H

/* Ends the program with one line: the test cannot go on. */
void compositor_fail(const char *what) __attribute__((noreturn));

#endif

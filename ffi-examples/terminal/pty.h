/* A program in a pseudo terminal. */
#ifndef TERMINAL_PTY_H
#define TERMINAL_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pty {
	int fd;               /* does not block; -1 if there is none */
	pid_t child;          /* -1 if there is none */
	char *unsent;         /* what the program has not taken yet */
	size_t unsent_bytes, unsent_capacity_bytes;
	bool is_over;         /* the program has ended, or has closed the terminal */
};

/* Starts a program, `command[0]`, with its arguments. False, and one line, if that fails. */
bool pty_open(struct pty *pty, char *const command[], int rows, int columns);

/* Ends the program, if it has not ended. */
void pty_close(struct pty *pty);

void pty_resize(struct pty *pty, int rows, int columns);

/* Sends to the program, now or with pty_flush(). */
void pty_write(struct pty *pty, const char *bytes, size_t byte_count);

void pty_flush(struct pty *pty);

/* Reads what the program has written; 0 if there is nothing at present. */
size_t pty_read(struct pty *pty, char *bytes, size_t capacity_bytes);

#endif

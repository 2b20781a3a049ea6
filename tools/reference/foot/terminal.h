/* Of a terminal, foot's shm.h needs no more than that there is one, and what comes with it. */
#ifndef REFERENCE_TERMINAL_H
#define REFERENCE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct damage;
struct terminal;
struct url;

#endif

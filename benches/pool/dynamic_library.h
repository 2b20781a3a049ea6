#ifndef POOL_BENCH_DYNAMIC_LIBRARY_H
#define POOL_BENCH_DYNAMIC_LIBRARY_H

/* NULL if there is no file, or it cannot be loaded: then with a line. */
void *heap_library(const char *file);

/* Stores the address of a function. Ends the program if there is none. */
void heap_function(void *library, const char *name, void *function_pointer);

#endif

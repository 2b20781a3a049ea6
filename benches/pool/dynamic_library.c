#include "dynamic_library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "measure.h"

void *heap_library(const char *file)
{
	void *library = file ? dlopen(file, RTLD_NOW | RTLD_LOCAL) : NULL;

	if (file && !library)
		fprintf(stderr, "left out: %s\n", dlerror());
	return library;
}

void heap_function(void *library, const char *name, void *function_pointer)
{
	void *address = dlsym(library, name);

	if (!address)
		give_up("%s", dlerror());
	memcpy(function_pointer, &address, sizeof(address));
}

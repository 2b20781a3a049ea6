/* The functions of the original, from the shared object that MILLPOND_REFERENCE=FOLDER names. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <ctype.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pool/driver/context.h"

#define ERROR_BYTES 256

static char *error_bytes;         /* the original's errstr */

/* The original's errstr went through C's printf, for which the verb %lud is %lu and a d. */
static const char *error_text(void)
{
	static char text[ERROR_BYTES];
	size_t length = 0;

	for (const char *from = error_bytes; *from != '\0'; from++)
		if (*from != 'd' || from == error_bytes || !isdigit((unsigned char)from[-1]))
			text[length++] = *from;
	text[length] = '\0';
	return text;
}

static void forget_error(void)
{
	error_bytes[0] = '\0';
}

static void assertion_failed(const char *what)
{
	if (driver_current == NULL) {
		fprintf(stderr, "the original's assertion fails: %s\n", what);
		abort();
	}
	driver_fail(driver_current, "the original's assertion fails: %s", what);
}

/* Copies the address: ISO C knows no conversion from a data pointer to a function pointer. */
static void find(void *object, const char *name, void *pointer)
{
	void *address = dlsym(object, name);

	if (address == NULL || address == dlsym(RTLD_DEFAULT, name)) {
		fprintf(stderr, "MILLPOND_REFERENCE: no %s of its own\n", name);
		exit(EXIT_FAILURE);
	}
	memcpy(pointer, &address, sizeof(address));
}

static void *open_object(const char *folder)
{
	char file[PATH_MAX];
	void *object;

	snprintf(file, sizeof(file), "%s/libpool_ref.so", folder);
	object = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (object == NULL) {
		fprintf(stderr, "MILLPOND_REFERENCE: %s\n", dlerror());
		exit(EXIT_FAILURE);
	}
	return object;
}

const struct pool_library *pool_library_original(void)
{
	static struct pool_library library = {
		.name = "the original",
		.is_original = true,
		.error_text = error_text,
		.forget_error = forget_error,
	};
	const char *folder = getenv("MILLPOND_REFERENCE");
	void (**assertion_hook)(const char *);
	void *object;

	if (folder == NULL || folder[0] == '\0')
		return NULL;
	if (library.alloc != NULL)
		return &library;
	object = open_object(folder);
	find(object, "poolalloc", &library.alloc);
	find(object, "poolallocalign", &library.allocalign);
	find(object, "poolfree", &library.free);
	find(object, "poolmsize", &library.msize);
	find(object, "poolisoverlap", &library.isoverlap);
	find(object, "poolreset", &library.reset);
	find(object, "poolrealloc", &library.realloc);
	find(object, "poolcheck", &library.check);
	find(object, "poolcompact", &library.compact);
	find(object, "poolblockcheck", &library.blockcheck);
	find(object, "pooldump", &library.dump);
	find(object, "ref_errstr", &error_bytes);
	find(object, "ref_assert_hook", &assertion_hook);
	*assertion_hook = assertion_failed;
	return &library;
}

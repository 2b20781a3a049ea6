#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "shm/parity/library.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"
#include "support/sanitizers.h"

/*
 * The original calls its own exported functions through the dynamic linker; those calls must not end in the library
 * under test. Address sanitizers do not go with RTLD_DEEPBIND; there, it holds if the library under test is linked from
 * its archive, because programs do not export their functions.
 */
#if defined(RTLD_DEEPBIND) && !HAS_ADDRESS_SANITIZER
#define OWN_SYMBOLS_FIRST RTLD_DEEPBIND
#else
#define OWN_SYMBOLS_FIRST 0
#endif

const struct library *library_under_test(void)
{
	static const struct library library = {
		.name = "millpond",
		.get_buffer = shm_get_buffer,
		.can_scroll = shm_can_scroll,
		.scroll = shm_scroll,
		.purge = shm_purge,
		.set_max_pool_size = shm_set_max_pool_size,
		.fini = shm_fini,
	};

	return &library;
}

/* Copies the address: ISO C knows no conversion from a data pointer to a function pointer. */
static void find_function(void *object, const char *name, void *function, const void *ours)
{
	void *address = dlsym(object, name);

	if (!address || address == ours) {
		fprintf(stderr, "MILLPOND_REFERENCE: no %s of its own\n", name);
		CHECK(!"the original's functions can be found");
	}
	memcpy(function, &address, sizeof(address));
}

const struct library *library_original(void)
{
	static struct library library = { .name = "the original", .is_original = true };
	const char *folder = getenv("MILLPOND_REFERENCE");
	char file[PATH_MAX];
	void *object;

	if (!folder || folder[0] == '\0')
		return NULL;
	if (OWN_SYMBOLS_FIRST == 0 && dlsym(RTLD_DEFAULT, "shm_can_scroll"))
		SKIP("with a shared libmillpond the original's own calls would end there");
	snprintf(file, sizeof(file), "%s/libshm_ref.so", folder);
	object = dlopen(file, RTLD_NOW | RTLD_LOCAL | OWN_SYMBOLS_FIRST);
	if (!object) {
		fprintf(stderr, "MILLPOND_REFERENCE: %s\n", dlerror());
		CHECK(!"the original can be opened");
	}
	find_function(object, "shm_get_buffer", &library.get_buffer, dlsym(RTLD_DEFAULT, "shm_get_buffer"));
	find_function(object, "shm_can_scroll", &library.can_scroll, dlsym(RTLD_DEFAULT, "shm_can_scroll"));
	find_function(object, "shm_scroll", &library.scroll, dlsym(RTLD_DEFAULT, "shm_scroll"));
	find_function(object, "shm_purge", &library.purge, dlsym(RTLD_DEFAULT, "shm_purge"));
	find_function(object, "shm_set_max_pool_size", &library.set_max_pool_size,
		      dlsym(RTLD_DEFAULT, "shm_set_max_pool_size"));
	find_function(object, "shm_fini", &library.fini, dlsym(RTLD_DEFAULT, "shm_fini"));
	return &library;
}

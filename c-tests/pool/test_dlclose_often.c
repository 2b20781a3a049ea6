/* Programs that load the library a thousand times, or a module with the library inside: nothing of it is left. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pool.h>

#include "support/mappings.h"
#include "support/runner.h"

#define LOADS 1000
#define LOADS_WHERE_SLOW 50
#define WARM_LOADS 10

static unsigned atfork_calls;

/* Copies the address: ISO C knows no conversion from a data pointer to a function pointer. */
static void find(void *object, const char *name, void *pointer)
{
	void *address = dlsym(object, name);

	CHECK(address != NULL);
	memcpy(pointer, &address, sizeof(address));
}

/* What pthread_atfork() comes to in glibc; elsewhere it is not counted. */
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *object);

int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *object)
{
	int (*system_own)(void (*)(void), void (*)(void), void (*)(void), void *);

	find(RTLD_NEXT, "__register_atfork", &system_own);
	atfork_calls++;
	return system_own(prepare, parent, child, object);
}

static void *open_file(const char *name)
{
	void *object = dlopen(name, RTLD_NOW | RTLD_LOCAL);

	if (object == NULL)
		printf("# %s\n", dlerror());
	CHECK(object != NULL);
	return object;
}

static void load_and_close(void)
{
	void *object = open_file(LIBRARY_FILE), *block;
	Pool *(*make)(const char *), *pool;
	void *(*alloc)(Pool *, POOL_ULONG);
	void (*destroy)(Pool *);

	find(object, "poolsystem", &make);
	find(object, "poolalloc", &alloc);
	find(object, "pooldestroy", &destroy);
	pool = make("loaded");
	CHECK(pool != NULL && (block = alloc(pool, 100)) != NULL);
	memset(block, 1, 100);
	CHECK(alloc(pool, ULONG_MAX) == NULL);
	destroy(pool);
	CHECK_EQUAL(dlclose(object), 0);
}

static void load_module_and_close(void)
{
	void *module = open_file(PLUGIN_FILE);
	int (*use)(void);

	find(module, "plugin_use", &use);
	CHECK_EQUAL(use(), 1);
	CHECK_EQUAL(dlclose(module), 0);
}

static void check_nothing_is_left(void (*once)(void))
{
	const int loads = getenv("MILLPOND_TEST_PATIENCE") != NULL ? LOADS_WHERE_SLOW : LOADS;
	struct runner_resources resources;
	unsigned mappings;
	pid_t child;

	for (int i = 0; i < WARM_LOADS; i++)
		once();
	resources = runner_count_resources();
	mappings = count_mappings().count;
	for (int i = 0; i < loads; i++)
		once();
	CHECK_SAME_RESOURCES(resources);
	CHECK_EQUAL(count_mappings().count, mappings);
	child = fork();
	if (child == 0) {
		once();
		_exit(EXIT_SUCCESS);
	}
	CHECK_FORKED_WELL(child);
}

TEST(a_library_that_is_loaded_a_thousand_times_leaves_no_more_than_once)
{
	check_nothing_is_left(load_and_close);
	CHECK(atfork_calls <= 1);
}

/* What fork() was told goes with the module: the C library sees to that. */
TEST(a_module_that_has_the_library_inside_may_come_and_go)
{
	check_nothing_is_left(load_module_and_close);
#ifdef __GLIBC__ /* musl unloads nothing */
	CHECK(dlopen(PLUGIN_FILE, RTLD_NOW | RTLD_NOLOAD) == NULL);
#endif
}

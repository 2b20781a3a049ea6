#include "support/variants.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>

#include "support/plain.h"
#include "support/report.h"

static bool do_not_scroll(struct wl_shm *shm, struct buffer *buffer, int rows, int top_margin, int top_keep_rows,
			  int bottom_margin, int bottom_keep_rows)
{
	(void)shm, (void)buffer, (void)rows, (void)top_margin, (void)top_keep_rows, (void)bottom_margin;
	(void)bottom_keep_rows;
	return true;
}

static bool say_it_scrolls(const struct buffer *buffer)
{
	(void)buffer;
	return true;
}

static struct variant variants[VARIANT_COUNT] = {
	[OURS] = { .name = "ours", .clears_exposed = true, .memory_files = "millpond" },
	[OURS_UNCLEARED] = { .name = "ours_uncleared", .memory_files = "millpond" },
	[ORIGINAL] = { .name = "original", .memory_files = "foot-" },
	[PLAIN] = {
		.name = "memmove", .is_there = true, .get_buffer = plain_get_buffer, .fini = plain_fini,
		.scroll = plain_scroll, .purge = plain_purge,
	},
	[FLOOR] = {
		.name = "floor", .is_there = true, .get_buffer = plain_get_buffer, .fini = plain_fini,
		.scroll = do_not_scroll, .purge = plain_purge, .can_scroll = say_it_scrolls,
	},
};

/* ISO C has no conversion from void * to a function; POSIX says that this one works. */
static void find_function(void *library, const char *name, void *function)
{
	*(void **)function = dlsym(library, name);
	if (!*(void **)function)
		give_up("%s", dlerror());
}

static void load_variant(struct variant *variant, const char *file)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		give_up("%s", dlerror());
	find_function(library, "shm_get_buffer", &variant->get_buffer);
	find_function(library, "shm_fini", &variant->fini);
	find_function(library, "shm_scroll", &variant->scroll);
	find_function(library, "shm_purge", &variant->purge);
	find_function(library, "shm_can_scroll", &variant->can_scroll);
	*(void **)&variant->set_clear_exposed = dlsym(library, "shm_set_clear_exposed");
	*(void **)&variant->set_log_handler = dlsym(library, "shm_set_log_handler");
	variant->is_there = true;
}

void variants_load(const char *library, const char *reference_folder)
{
	char file[PATH_MAX];

	load_variant(&variants[OURS], library);
	load_variant(&variants[OURS_UNCLEARED], library);
	if (reference_folder) {
		snprintf(file, sizeof(file), "%s/libshm_ref_ndebug.so", reference_folder);
		load_variant(&variants[ORIGINAL], file);
	}
}

const struct variant *variant_get(enum variant_id id)
{
	return &variants[id];
}

void variant_select(const struct variant *variant)
{
	if (variant->set_clear_exposed)
		variant->set_clear_exposed(variant->clears_exposed);
}

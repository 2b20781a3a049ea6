/* What can be seen of another process: its statistics page, its descriptors, its mappings. */
#ifndef MILLPOND_LEAKS_LOOK_H
#define MILLPOND_LEAKS_LOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* As src/statistics_page.rs has them. */
struct look_group {
	uint32_t kind, generation;
	char name[32];
	uint64_t cookie, destroyed, created, gets, live, held, cached, held_most, held_limit, oldest_held_ns, late_releases,
		double_releases, taken_twice, abandoned, scrolls, wraps, copied_bytes, faults_avoided, file_bytes;
	uint32_t width, height;
	char reserved[56];
};

struct look_buffer {
	uint32_t kind, generation, group, state;
	uint64_t cookie;
	uint32_t width, height, stride, age, references, unused;
	uint64_t bytes, offset_bytes, inode, made_ns, held_since_ns, releases, gets, taken_twice;
	char reserved[144];
};

#define LOOK_HELD 1
#define LOOK_CACHED 2
#define LOOK_GIVEN_UP 4
#define LOOK_USED_ONCE 8

#define LOOK_GROUPS 8
#define LOOK_BUFFERS 1024

/* What a process tells. */
struct look {
	unsigned groups, buffers;
	struct look_group group[LOOK_GROUPS];
	struct look_buffer buffer[LOOK_BUFFERS];
};

/* False if the process has no page. Fails the test if it is not one, or if there is more on it than there is room for. */
bool look_at_page(pid_t process, struct look *look);

/* Buffers that nothing keeps but references of the program. */
uint64_t look_lost(const struct look_group *group);

/* Descriptors of a process of memory files of this name; those with this inode, if it is not 0. */
unsigned look_descriptors(pid_t process, const char *name, uint64_t inode);

/* Memory files of this name that a process has mapped. */
unsigned look_mapped_files(pid_t process, const char *name);

#endif

/* Where the figures come from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <wayland-client.h>

#include "shm.h"
#include "shm/scenarios.h"
#include "support/clock.h"
#include "support/report.h"
#include "support/variants.h"

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

/* The value of the first line "name : value" of a file; "" if there is none. */
static void read_value(const char *file_name, const char *name, char *value, size_t size)
{
	FILE *file = fopen(file_name, "re");
	char line[512];

	value[0] = '\0';
	if (!file)
		return;
	while (!value[0] && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (colon && strncmp(line, name, strlen(name)) == 0)
			snprintf(value, size, "%s", colon + 1 + strspn(colon + 1, " \t"));
	}
	value[strcspn(value, "\n")] = '\0';
	fclose(file);
}

void describe_machine(void)
{
	struct utsname system;
	char processor[256], memory[64];
	double load = 0;

	uname(&system);
	read_value("/proc/cpuinfo", "model name", processor, sizeof(processor));
	read_value("/proc/meminfo", "MemTotal", memory, sizeof(memory));
	if (getloadavg(&load, 1) != 1)
		load = -1;
	report_begin("machine");
	report_text("system", system.sysname);
	report_text("kernel", system.release);
	report_text("architecture", system.machine);
	report_text("processor", processor);
	report_count("processors", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	report_text("memory", memory);
	report_count("page_bytes", (uint64_t)sysconf(_SC_PAGESIZE));
	report_number("load_at_start", load);
	report_number("clock_overhead_ns", clock_overhead_ns());
	report_text("compiler", __VERSION__);
#ifdef __GLIBC__
	report_text("libc", gnu_get_libc_version());
#endif
	report_text("wayland", WAYLAND_VERSION);
	report_text("pixman", pixman_version_string());
	report_text("millpond", MILLPOND_VERSION);
	report_truth("has_original", variant_get(ORIGINAL)->is_there);
	report_end();
}

#include "shm/terminal/line.h"

#include "support/report.h"

void report_terminal(const char *kind, const struct layout *layout, const struct load *load, const struct policy *policy,
		     const struct variant *variant)
{
	report_begin(kind);
	report_size(layout->width, layout->height);
	report_text("load", load->name);
	report_text("policy", policy->name);
	report_text("variant", variant->name);
}

/*
 * System calls of a step: a child takes steps, and this process watches it with ptrace. Around the library's part of
 * each step the child makes a call that fails and cannot be anybody else's: close() of an impossible descriptor.
 */
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"
#include "scenarios.h"
#include "step.h"

#define STEPS 200
#define STEPS_FOR_OBJECTS 400 /* more than one lap of a ring: then every offset has its objects */

/* The first arguments of the marking calls. */
enum mark { MARK_BEGIN = -1000001, MARK_END = -1000002, MARK_ALL_BEGIN = -1000003, MARK_ALL_END = -1000004 };

struct call_counts {
	uint64_t in_library, in_all;
	bool is_in_library, is_in_all;
	bool is_counted;
};

static void mark(enum mark mark)
{
	syscall(SYS_close, (int)mark);
}

static void take_steps(const struct variant *variant, const struct step_plan *plan, int steps, bool is_marked)
{
	static struct session session;
	enum motion motion;

	if (!is_marked) {
		session_open(&session, variant);
		session_show_first(&session, plan->width, plan->height);
		step_warm_up(&session, plan);
	}
	for (int i = 0; i < steps; i++) {
		struct buffer *buffer;

		if (is_marked)
			mark(MARK_BEGIN);
		buffer = step_draw(&session, plan, &motion);
		if (is_marked)
			mark(MARK_END);
		session_commit(&session, buffer, step_exposed_top(plan), step_exposed_rows(plan));
		session_await_release(&session, buffer);
	}
	if (is_marked)
		session_close(&session);
}

__attribute__((noreturn))
static void become_client(const struct variant *variant, const struct step_plan *plan)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(2);
	raise(SIGSTOP);
	take_steps(variant, plan, STEPS_FOR_OBJECTS, false);
	mark(MARK_ALL_BEGIN);
	take_steps(variant, plan, STEPS, true);
	mark(MARK_ALL_END);
	_exit(0);
}

static bool is_mark(struct call_counts *counts, const struct __ptrace_syscall_info *call)
{
	if (call->entry.nr != SYS_close)
		return false;
	switch ((int)call->entry.args[0]) {
	case MARK_BEGIN: counts->is_in_library = true; return true;
	case MARK_END: counts->is_in_library = false; return true;
	case MARK_ALL_BEGIN: counts->is_in_all = true; return true;
	case MARK_ALL_END: counts->is_in_all = false; counts->is_counted = true; return true;
	default: return false;
	}
}

static void see_call(struct call_counts *counts, pid_t child)
{
	struct __ptrace_syscall_info call;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(call), &call) <= 0 ||
	    call.op != PTRACE_SYSCALL_INFO_ENTRY || is_mark(counts, &call))
		return;
	counts->in_library += counts->is_in_library;
	/* The two marks of each step are not counted. */
	counts->in_all += counts->is_in_all;
}

/* Lets the child run from call to call until it ends. A child that hangs ends itself: each of its waits has a limit. */
static void watch(struct call_counts *counts, pid_t child)
{
	int status, signal_number;

	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) != 0)
		return;
	signal_number = 0;
	while (ptrace(PTRACE_SYSCALL, child, NULL, (void *)(long)signal_number) == 0) {
		if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
			return;
		signal_number = WSTOPSIG(status);
		if (signal_number == (SIGTRAP | 0x80)) {
			see_call(counts, child);
			signal_number = 0;
		}
	}
}

static void measure_variant(const struct variant *variant, const struct step_plan *plan)
{
	struct call_counts counts = { 0 };
	pid_t child = fork();

	if (child < 0)
		give_up("no process for counting system calls");
	if (child == 0)
		become_client(variant, plan);
	watch(&counts, child);
	report_begin("system_calls");
	report_size(plan->width, plan->height);
	report_rows(plan->rows);
	report_text("variant", variant->name);
	report_truth("is_counted", counts.is_counted);
	report_count("steps", STEPS);
	report_count("in_library", counts.in_library);
	report_count("in_all", counts.in_all);
	report_end();
	if (counts.is_counted)
		progress(" %s %.2f", variant->name, (double)counts.in_library / STEPS);
	else
		progress(" %s cannot be traced here", variant->name);
}

void measure_system_calls(const struct effort *effort)
{
	static const struct step_plan plans[] = { { 1920, 1080, 16, 0 }, { 3840, 2160, 40, 0 }, { 3840, 2160, 24, 48 } };
	static const enum variant_id ids[] = { OURS, ORIGINAL, PLAIN };

	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		if (effort->is_quick && plans[i].kept_rows)
			continue;
		progress("system calls per step at %d x %d by %d rows:", plans[i].width, plans[i].height, plans[i].rows);
		for (size_t j = 0; j < sizeof(ids) / sizeof(ids[0]); j++) {
			if (variant_get(ids[j])->is_there)
				measure_variant(variant_get(ids[j]), &plans[i]);
		}
		progress("\n");
	}
}

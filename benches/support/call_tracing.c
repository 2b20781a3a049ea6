#include "support/call_tracing.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/report.h"

void mark(enum mark mark)
{
	syscall(SYS_close, (int)mark);
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

__attribute__((noreturn))
static void become_child(void (*run)(const void *data), const void *data)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(2);
	raise(SIGSTOP);
	run(data);
	_exit(0);
}

struct call_counts trace_calls(void (*run)(const void *data), const void *data)
{
	struct call_counts counts = { 0 };
	pid_t child = fork();

	if (child < 0)
		give_up("no process for counting system calls");
	if (child == 0)
		become_child(run, data);
	watch(&counts, child);
	return counts;
}

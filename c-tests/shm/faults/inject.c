#include "shm/faults/inject.h"

#include <errno.h>
#include <stddef.h>

static struct fault armed;
static bool is_armed, is_inside, is_suspended;
static void (*begin_call)(void), (*end_call)(void), (*lift_fault)(void);
static unsigned long counts[FAULT_KINDS], fired;

/* Those that every run tries come first; the others are what else the manual pages name. */
const struct fault_description *fault_describe(enum fault_kind kind)
{
	static const struct fault_description descriptions[FAULT_KINDS] = {
		[FAULT_MEMFD] = { "memfd_create", "memfd_create", 5, { EMFILE, ENFILE, ENOMEM, EINVAL, ENOSYS, EPERM, EFAULT } },
		[FAULT_OPEN] = { "open", "memfd_create", 2, { EMFILE, EACCES, ENFILE, ENOMEM, ENOSPC, EROFS, EOPNOTSUPP, EINTR, EDQUOT } },
		[FAULT_STAT] = { "fstat", "fstat", 1, { ENOMEM, EACCES, EOVERFLOW, EFAULT, ENOSYS } },
		[FAULT_FTRUNCATE] = { "ftruncate", "ftruncate", 4, { EINTR, EINVAL, ENOSPC, EPERM, EFBIG, EIO, ENOMEM, EACCES } },
		[FAULT_MMAP] = { "mmap", "mmap", 3, { ENOMEM, EAGAIN, EACCES, EINVAL, ENFILE, ENODEV, EOVERFLOW, EPERM, EBADF } },
		[FAULT_MUNMAP] = { "munmap", "munmap", 1, { ENOMEM, EINVAL } },
		[FAULT_HOLE] = { "madvise(MADV_REMOVE) and fallocate", "fallocate", 4,
				 { EOPNOTSUPP, ENOSPC, EINTR, EPERM, EBADF, EFBIG, EINVAL, EIO, ENODEV, ENOSYS, ETXTBSY, ENOMEM } },
		[FAULT_SEALS] = { "fcntl(F_ADD_SEALS)", "fcntl", 2, { EPERM, EBUSY, EINVAL } },
		[FAULT_DUPLICATE] = { "fcntl(F_DUPFD)", "fcntl", 1, { EMFILE, EINVAL, EBADF } },
		[FAULT_MADVISE] = { "madvise", "madvise", 3, { ENOMEM, EINVAL, EFAULT, EAGAIN, EBADF, EIO, EPERM, EHWPOISON } },
		[FAULT_MINCORE] = { "mincore", "mincore", 1, { EAGAIN, ENOMEM, EINVAL, EFAULT } },
		[FAULT_CLOSE] = { "close", "close", 2, { EINTR, EIO, ENOSPC, EDQUOT } },
		[FAULT_MALLOC] = { "malloc", "memory", 1, { ENOMEM } },
		[FAULT_MARSHAL] = { "a Wayland object", "wl_shm", 1, { ENOMEM } },
		[FAULT_IMAGE] = { "a pixman image", "pixman", 1, { ENOMEM } },
	};

	return &descriptions[kind];
}

void fault_arm(const struct fault *fault)
{
	is_armed = fault != NULL;
	if (fault)
		armed = *fault;
}

void fault_suspend(bool suspends)
{
	is_suspended = suspends;
	if (suspends && lift_fault)
		lift_fault();
}

void fault_enter(void)
{
	is_inside = true;
	if (begin_call && !is_suspended) {
		fired++;
		begin_call();
	}
}

void fault_leave(void)
{
	is_inside = false;
	if (end_call && !is_suspended)
		end_call();
}

void fault_surround(void (*begin)(void), void (*end)(void), void (*lift)(void))
{
	begin_call = begin;
	end_call = end;
	lift_fault = lift;
}

static bool is_shortage(int error_number)
{
	return error_number == EMFILE || error_number == EFBIG || error_number == EAGAIN || error_number == ENOSPC;
}

unsigned long fault_count(enum fault_kind kind)
{
	return counts[kind];
}

unsigned long fault_fired(void)
{
	return fired;
}

bool fault_is_pending(void)
{
	if (begin_call)
		return !is_suspended;
	return is_armed && !is_suspended && (armed.persists || counts[armed.kind] < armed.first_call);
}

bool fault_explains(int error_number)
{
	if (begin_call)
		return error_number == ENOMEM || is_shortage(error_number);
	return error_number == armed.error_number || error_number == ENOMEM ||
	       (armed.kind == FAULT_OPEN && error_number == ENOSYS);
}

bool fault_is_inside(void)
{
	return is_inside;
}

bool fault_strikes(enum fault_kind kind)
{
	unsigned long number;

	if (!is_inside || is_suspended)
		return false;
	number = ++counts[kind];
	if (!is_armed || kind != armed.kind || number < armed.first_call)
		return false;
	if (number > armed.first_call && !armed.persists)
		return false;
	fired++;
	errno = armed.error_number;
	return true;
}

/* Uses the half shm as far as it goes without a compositor. millpond says on stderr what is wrong with the call. */
#include <errno.h>
#include <stdio.h>

#include "shm.h"

int main(void)
{
	struct buffer *buffer = shm_get_buffer(NULL, 640, 384, 1, true, 1);

	if (buffer || errno != EINVAL || shm_can_scroll(buffer))
		return 1;
	shm_fini();
	puts("no buffer without a compositor");
	return 0;
}

/* Uses buffer chains as far as they go without a compositor. millpond says on stderr what is wrong with the calls. */
#include <errno.h>
#include <stdio.h>

#include "shm.h"

int main(void)
{
	struct buffer_chain *chain = shm_chain_new(NULL, true, 2);

	if (chain || errno != EINVAL || shm_get_buffer(chain, 640, 384))
		return 1;
	shm_unref(NULL);
	shm_chain_free(chain);
	shm_fini();
	puts("no chain without a compositor");
	return 0;
}

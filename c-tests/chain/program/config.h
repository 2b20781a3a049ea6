/* What a program has in its config.h that chain/shm.h of foot 1.22.3 and later needs. */
#ifndef MILLPOND_TEST_PROGRAM_CONFIG_H
#define MILLPOND_TEST_PROGRAM_CONFIG_H

/* foot has AUTO too; no chain is made of it. */
enum shm_bit_depth {
	SHM_BITS_AUTO,
	SHM_BITS_8,
	SHM_BITS_10,
#if MILLPOND_FOOT_VERSION >= 12300
	SHM_BITS_16,
#endif
};

#endif

/* System calls of this process that the kernel refuses, as in a sandbox, until the process ends. */
#ifndef MILLPOND_TEST_REFUSE_CALLS_H
#define MILLPOND_TEST_REFUSE_CALLS_H

/* memfd_create fails with this error if it has one of the flags; 0: always. Skips the test where that cannot be had. */
void refuse_memfd(unsigned flags, int error_number);

/* openat fails with this error if it has all of the flags. */
void refuse_open(int flags, int error_number);

/* This advice about memory is refused with this error; 0: it is taken, and has no effect, as under an emulator. */
void refuse_advice(int advice, int error_number);

/* mincore fails with this error. */
void refuse_mincore(int error_number);

/* membarrier fails with this error, in this thread and in those that it starts from now on. */
void refuse_membarrier(int error_number);

/* membarrier ends the process by a signal. */
void end_at_membarrier(void);

/* ftruncate fails with this error. */
void refuse_sizes(int error_number);

/* mmap fails with this error where what is mapped would be shared. */
void refuse_shared_mappings(int error_number);

/* Memory files get no seals, but this error. */
void refuse_seals(int error_number);

#endif

/* Threads that draw the rows of a frame together: a fork and a join for each frame. */
#ifndef TERMINAL_WORKERS_H
#define TERMINAL_WORKERS_H

#include <pthread.h>
#include <stdbool.h>

#define WORKERS_MAX 16

/* Does item `item` of the work; `worker` tells the threads apart, 0 is the one that called workers_run(). */
typedef void work(void *user, int worker, int item);

struct workers {
	int count;            /* with the thread that calls workers_run() */
	pthread_t threads[WORKERS_MAX];
	pthread_mutex_t mutex;
	pthread_cond_t has_work, is_done;

	/* Under the mutex. */
	work *work;
	void *user;
	int next_item, item_count;
	int busy_count;       /* threads that have not finished this work */
	unsigned round;       /* of the work: a thread takes part in each once */
	bool is_over;
};

/* False, and one line, if no threads are to be had. */
bool workers_start(struct workers *workers, int count);

/* Does items 0 to item_count - 1, and returns when all are done. */
void workers_run(struct workers *workers, work *work, void *user, int item_count);

void workers_stop(struct workers *workers);

#endif

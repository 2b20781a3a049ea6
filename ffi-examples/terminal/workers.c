#include "workers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct start {
	struct workers *workers;
	int worker;
};

/* Called, and returns, with the mutex held. */
static void work_on(struct workers *workers, int worker)
{
	while (workers->next_item < workers->item_count) {
		int item = workers->next_item++;
		pthread_mutex_unlock(&workers->mutex);
		workers->work(workers->user, worker, item);
		pthread_mutex_lock(&workers->mutex);
	}
}

static void *run_worker(void *argument)
{
	struct start start = *(struct start *)argument;
	struct workers *workers = start.workers;
	unsigned done_round = 0;
	free(argument);

	pthread_mutex_lock(&workers->mutex);
	for (;;) {
		while (!workers->is_over && workers->round == done_round)
			pthread_cond_wait(&workers->has_work, &workers->mutex);
		if (workers->is_over)
			break;
		done_round = workers->round;
		work_on(workers, start.worker);
		if (--workers->busy_count == 0)
			pthread_cond_signal(&workers->is_done);
	}
	pthread_mutex_unlock(&workers->mutex);
	return NULL;
}

bool workers_start(struct workers *workers, int count)
{
	memset(workers, 0, sizeof(*workers));
	pthread_mutex_init(&workers->mutex, NULL);
	pthread_cond_init(&workers->has_work, NULL);
	pthread_cond_init(&workers->is_done, NULL);
	for (workers->count = 1; workers->count < count; workers->count++) {
		struct start *start = malloc(sizeof(*start));
		int error = -1;
		if (start != NULL) {
			*start = (struct start){.workers = workers, .worker = workers->count};
			error = pthread_create(&workers->threads[workers->count], NULL, run_worker, start);
		}
		if (error != 0) {
			fprintf(stderr, "terminal: cannot start %d threads for drawing\n", count);
			free(start);
			return false;
		}
	}
	return true;
}

void workers_run(struct workers *workers, work *work, void *user, int item_count)
{
	pthread_mutex_lock(&workers->mutex);
	workers->work = work;
	workers->user = user;
	workers->next_item = 0;
	workers->item_count = item_count;
	/* one row is drawn before another thread is awake */
	if (item_count > 1 && workers->count > 1) {
		workers->busy_count = workers->count - 1;
		workers->round++;
		pthread_cond_broadcast(&workers->has_work);
	}
	work_on(workers, 0);
	while (workers->busy_count > 0)
		pthread_cond_wait(&workers->is_done, &workers->mutex);
	pthread_mutex_unlock(&workers->mutex);
}

void workers_stop(struct workers *workers)
{
	if (workers->count == 0)
		return; /* never started */
	pthread_mutex_lock(&workers->mutex);
	workers->is_over = true;
	pthread_cond_broadcast(&workers->has_work);
	pthread_mutex_unlock(&workers->mutex);
	for (int worker = 1; worker < workers->count; worker++)
		pthread_join(workers->threads[worker], NULL);
	pthread_cond_destroy(&workers->is_done);
	pthread_cond_destroy(&workers->has_work);
	pthread_mutex_destroy(&workers->mutex);
}

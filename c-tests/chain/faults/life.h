/* Random calls of chain/shm.h in random order, with all that must hold although some of them fail. */
#ifndef MILLPOND_CHAIN_FAULTS_LIFE_H
#define MILLPOND_CHAIN_FAULTS_LIFE_H

#include "shm/faults/sweep.h"

void life_run(struct scenario_report *report, const struct scenario_options *options);

#endif

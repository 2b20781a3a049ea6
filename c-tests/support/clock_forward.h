/* A clock that a test can put forward, for what the library does after some time. */
#ifndef MILLPOND_TEST_CLOCK_FORWARD_H
#define MILLPOND_TEST_CLOCK_FORWARD_H

/* From now on clock_gettime() says so many milliseconds more, in the whole process. */
void clock_put_forward(unsigned milliseconds);

/* After so long without a scroll, a ring gives back what is not its view. */
#define UNTIL_RINGS_REST_MS 1100

#endif

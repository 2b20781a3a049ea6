/* What must hold: it ends the program, and in a release build the compiler may rely on it. */
#ifndef REFERENCE_DEBUG_H
#define REFERENCE_DEBUG_H

#include <assert.h>

#ifdef NDEBUG
#define xassert(condition) ((condition) ? (void)0 : __builtin_unreachable())
#else
#define xassert(condition) assert(condition)
#endif

#endif

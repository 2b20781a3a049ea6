/* Plan 9's names of types. ulong is C's unsigned long, as wide as an address here. */
#ifndef REFERENCE_U_H
#define REFERENCE_U_H

#include <stdint.h>

typedef uintptr_t uintptr;
typedef unsigned char uchar;
typedef long long vlong;
typedef unsigned long long uvlong;
#define ulong unsigned long

#endif

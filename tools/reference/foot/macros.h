#ifndef REFERENCE_MACROS_H
#define REFERENCE_MACROS_H

#define UNUSED __attribute__((unused))

#endif

/* HAS_ADDRESS_SANITIZER, HAS_THREAD_SANITIZER: true where the C code is compiled for them. gcc and clang say so in different
 * ways. */
#ifndef MILLPOND_TEST_SANITIZERS_H
#define MILLPOND_TEST_SANITIZERS_H

#ifdef __SANITIZE_ADDRESS__
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif

#ifndef HAS_ADDRESS_SANITIZER
#define HAS_ADDRESS_SANITIZER 0
#endif

#ifdef __SANITIZE_THREAD__
#define HAS_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_THREAD_SANITIZER 1
#endif
#endif

#ifndef HAS_THREAD_SANITIZER
#define HAS_THREAD_SANITIZER 0
#endif

#endif

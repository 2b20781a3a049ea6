/*
 * rustc has copies checked by functions that ThreadSanitizer of clang 14 does not have yet. They are what the sanitizer puts
 * in place of memcpy() and its like.
 */
#include <stddef.h>
#include <string.h>

void *__tsan_memcpy(void *to, const void *from, size_t bytes);
void *__tsan_memmove(void *to, const void *from, size_t bytes);
void *__tsan_memset(void *to, int value, size_t bytes);

__attribute__((weak)) void *__tsan_memcpy(void *to, const void *from, size_t bytes)
{
	return memcpy(to, from, bytes);
}

__attribute__((weak)) void *__tsan_memmove(void *to, const void *from, size_t bytes)
{
	return memmove(to, from, bytes);
}

__attribute__((weak)) void *__tsan_memset(void *to, int value, size_t bytes)
{
	return memset(to, value, bytes);
}

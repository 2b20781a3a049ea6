/* Texts that grow, Plan 9's verbs, addresses as offsets, and the hash. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool/driver/text.h"

#define FNV_PRIME 0x100000001b3ULL
#define ADDRESS_DIGITS_MIN 9

static void make_room(struct text *text, size_t bytes)
{
	if (text->capacity - text->length > bytes)
		return;
	text->capacity = (text->length + bytes + 1) * 2;
	text->bytes = realloc(text->bytes, text->capacity);
	if (text->bytes == NULL) {
		fprintf(stderr, "no memory for a text of %zu bytes\n", text->capacity);
		exit(EXIT_FAILURE);
	}
}

static void add_bytes(struct text *text, const char *bytes, size_t length)
{
	make_room(text, length);
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_clear(struct text *text)
{
	text->length = 0;
	add_bytes(text, "", 0);
}

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments, again;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	make_room(text, 200);
	length = vsnprintf(text->bytes + text->length, text->capacity - text->length, format, arguments);
	if ((size_t)length >= text->capacity - text->length) {
		make_room(text, (size_t)length);
		vsnprintf(text->bytes + text->length, text->capacity - text->length, format, again);
	}
	text->length += (size_t)length;
	va_end(again);
	va_end(arguments);
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}

static void add_unsigned(struct text *text, unsigned long long value, unsigned base, int least_digits)
{
	char digits[64];
	int count = 0;

	do {
		digits[sizeof(digits) - 1 - (size_t)count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0 || count < least_digits);
	add_bytes(text, digits + sizeof(digits) - count, (size_t)count);
}

static void add_signed(struct text *text, long value)
{
	if (value < 0)
		add_bytes(text, "-", 1);
	add_unsigned(text, value < 0 ? 0 - (unsigned long)value : (unsigned long)value, 10, 0);
}

/* A verb: `%`, `.` and digits, some `l`, perhaps `u`, and a letter. */
struct verb {
	int least_digits, longs;
	bool is_unsigned;
	char letter;
};

static const char *parse_verb(const char *format, struct verb *verb)
{
	*verb = (struct verb){ 0 };
	if (*format == '.')
		for (format++; isdigit((unsigned char)*format); format++)
			verb->least_digits = verb->least_digits * 10 + (*format - '0');
	for (; *format == 'l'; format++)
		verb->longs++;
	verb->is_unsigned = *format == 'u';
	format += verb->is_unsigned;
	verb->letter = *format;
	return format + (*format != '\0');
}

/* A macro: portably, a va_list can be passed on, but not used afterwards. */
#define NEXT_UNSIGNED(verb, arguments)                                 \
	((verb).longs == 0 ? va_arg(arguments, unsigned)               \
	 : (verb).longs == 1 ? va_arg(arguments, unsigned long)        \
			     : va_arg(arguments, unsigned long long))

void text_add_plan9(struct text *text, const char *format, va_list arguments)
{
	struct verb verb;

	while (*format != '\0') {
		size_t plain = strcspn(format, "%");

		add_bytes(text, format, plain);
		format += plain;
		if (*format == '\0')
			break;
		format = parse_verb(format + 1, &verb);
		if (verb.letter == 's') {
			const char *argument = va_arg(arguments, const char *);
			add_bytes(text, argument, strlen(argument));
		} else if (verb.letter == 'p') {
			add_unsigned(text, (uintptr_t)va_arg(arguments, void *), 16, 0);
		} else if (verb.is_unsigned && (verb.letter == 'd' || verb.letter == 'x')) {
			add_unsigned(text, NEXT_UNSIGNED(verb, arguments), verb.letter == 'd' ? 10 : 16,
				     verb.least_digits);
		} else if (verb.letter == 'd' && verb.longs == 1) {
			add_signed(text, va_arg(arguments, long));
		} else {
			fprintf(stderr, "a format with a verb that nobody uses: %%%s\n", format - 1);
			exit(EXIT_FAILURE);
		}
	}
}

static size_t hexadecimal_digits(const char *text)
{
	return strspn(text, "0123456789abcdef");
}

void text_add_normalised(struct text *text, const char *raw, uintptr_t region, size_t region_bytes)
{
	while (*raw != '\0') {
		size_t digits = hexadecimal_digits(raw);
		uintptr_t offset = region_bytes;

		if (digits >= ADDRESS_DIGITS_MIN)
			offset = (uintptr_t)strtoull(raw, NULL, 16) - region;
		if (digits == 0 && *raw == '\n') {
			add_bytes(text, "\\n", 2);
			raw++;
			continue;
		}
		if (offset < region_bytes) {
			add_bytes(text, "@", 1);
			add_unsigned(text, offset, 16, 0);
		} else {
			add_bytes(text, raw, digits > 0 ? digits : 1);
		}
		raw += digits > 0 ? digits : 1;
	}
}

uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * FNV_PRIME;
	return hash;
}

void pool_text_print(const char *mark, const char *text)
{
	unsigned lines = 0;

	for (; *text != '\0' && lines < 60; lines++) {
		size_t length = strcspn(text, "\n");

		printf("%s%.*s%s\n", mark, (int)(length < 400 ? length : 400), text, length < 400 ? "" : " ...");
		text += length + (text[length] == '\n');
	}
	if (*text != '\0')
		printf("%s...\n", mark);
}

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include "support/runner.h"
#include "support/traps.h"

#define PLACES 256
#define NOTE_TYPE 3

/* What stands at a probe, what comes in its place, and how far the handler goes on; and where the machine's registers are. */
#if defined(__x86_64__) || defined(__i386__)
typedef unsigned char instruction;
#define NOP 0x90
#define TRAP 0xcc
#define INSTRUCTION_OF(context) ((uintptr_t)(context)->uc_mcontext.gregs[REGISTER_OF_CODE] - 1)
#define GO_ON(context) ((void)(context)) /* the processor is behind it */
#elif defined(__aarch64__)
typedef uint32_t instruction;
#define NOP 0xd503201f
#define TRAP 0xd4200000
#define INSTRUCTION_OF(context) ((uintptr_t)(context)->uc_mcontext.pc)
#define GO_ON(context) ((context)->uc_mcontext.pc += sizeof(instruction))
#endif

#ifdef NOP

#if defined(__x86_64__)
#define REGISTER_OF_CODE REG_RIP
static const struct {
	const char *name, *name_of_32_bits;
	int number;
} registers[] = {
	{ "rax", "eax", REG_RAX }, { "rbx", "ebx", REG_RBX }, { "rcx", "ecx", REG_RCX }, { "rdx", "edx", REG_RDX },
	{ "rsi", "esi", REG_RSI }, { "rdi", "edi", REG_RDI }, { "rbp", "ebp", REG_RBP }, { "r8", "r8d", REG_R8 },
	{ "r9", "r9d", REG_R9 }, { "r10", "r10d", REG_R10 }, { "r11", "r11d", REG_R11 }, { "r12", "r12d", REG_R12 },
	{ "r13", "r13d", REG_R13 }, { "r14", "r14d", REG_R14 }, { "r15", "r15d", REG_R15 },
};
#elif defined(__i386__)
#define REGISTER_OF_CODE REG_EIP
static const struct {
	const char *name, *name_of_32_bits;
	int number;
} registers[] = {
	{ "", "eax", REG_EAX }, { "", "ebx", REG_EBX }, { "", "ecx", REG_ECX }, { "", "edx", REG_EDX },
	{ "", "esi", REG_ESI }, { "", "edi", REG_EDI }, { "", "ebp", REG_EBP },
};
#endif

struct place {
	const char *name, *arguments;     /* in the file's memory, which stays */
	instruction *at;
	unsigned hits;
	bool was_reached;
};

static struct place places[PLACES];
static unsigned place_count;
static struct trap_hit last;

/* What a register held, as the name in a note says; -1 if there is no such register. */
static int register_value(const ucontext_t *context, const char *name, size_t length, uint64_t *value)
{
#if defined(__aarch64__)
	char *end;
	unsigned long number = length > 1 && (name[0] == 'x' || name[0] == 'w') ? strtoul(name + 1, &end, 10) : 31;

	if (number > 30 || end != name + length)
		return -1;
	*value = context->uc_mcontext.regs[number];
	return 0;
#else
	if (length < 2 || name[0] != '%')
		return -1;
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		const char *names[] = { registers[i].name, registers[i].name_of_32_bits };

		for (int n = 0; n < 2; n++) {
			if (strlen(names[n]) != length - 1 || memcmp(names[n], name + 1, length - 1) != 0)
				continue;
			*value = (unsigned long)context->uc_mcontext.gregs[registers[i].number];
			return 0;
		}
	}
	return -1;
#endif
}

/* Reads the arguments as the note says: "8@%rdi -4@%esi". False: it says something else. */
static bool read_arguments(const char *text, const ucontext_t *context, struct trap_hit *hit)
{
	hit->count = 0;
	while (*text) {
		char *at;
		long size = strtol(text, &at, 10);
		size_t length = strcspn(at, " ");
		uint64_t value;

		if (*at != '@' || hit->count == TRAPS_ARGUMENTS ||
		    register_value(context, at + 1, length - 1, &value) < 0)
			return false;
		hit->arguments[hit->count++] = size == -4 ? (int32_t)value : size == 4 ? (uint32_t)value : (int64_t)value;
		if (size != 8 && size != 4 && size != -4)
			return false;
		text = at + length;
		text += strspn(text, " ");
	}
	return true;
}

static void reached(int signal, siginfo_t *info, void *data)
{
	ucontext_t *context = data;

	(void)signal, (void)info;
	for (unsigned i = 0; i < place_count; i++) {
		if ((uintptr_t)places[i].at != INSTRUCTION_OF(context))
			continue;
		places[i].hits++;
		places[i].was_reached = true;
		last.name = places[i].name;
		if (!read_arguments(places[i].arguments, context, &last))
			abort();
		GO_ON(context);
		return;
	}
	abort();
}

struct file {
	uintptr_t function;
	uintptr_t moved_by;
	char name[4096];
};

static int find_file(struct dl_phdr_info *info, size_t bytes, void *data)
{
	struct file *file = data;

	(void)bytes;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t begin = info->dlpi_addr + part->p_vaddr;

		if (part->p_type != PT_LOAD || file->function < begin || file->function - begin >= part->p_memsz)
			continue;
		file->moved_by = info->dlpi_addr;
		strncpy(file->name, info->dlpi_name[0] ? info->dlpi_name : "/proc/self/exe", sizeof(file->name) - 1);
		return 1;
	}
	return 0;
}

/* The file in memory, which stays there: the names of the probes are in it. */
static const char *read_file(const char *name)
{
	struct stat status;
	int file = open(name, O_RDONLY | O_CLOEXEC);

	CHECK(file >= 0 && fstat(file, &status) == 0);
	void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	CHECK(bytes != MAP_FAILED);
	close(file);
	return bytes;
}

static void set_trap(instruction *at)
{
	uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
	void *page = (void *)((uintptr_t)at & ~(page_bytes - 1));

	CHECK_EQUAL(*at, NOP);
	if (mprotect(page, page_bytes, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
		SKIP("the system lets no code be changed");
	*at = (instruction)TRAP;
	__builtin___clear_cache((char *)at, (char *)(at + 1));
}

/* The content of one note: three addresses, and three texts. `base` is that of .stapsdt.base in the file. */
static void add_place(const char *content, uintptr_t moved_by, ElfW(Addr) base)
{
	ElfW(Addr) addresses[3];

	memcpy(addresses, content, sizeof(addresses));
	const char *provider = content + sizeof(addresses);
	const char *name = provider + strlen(provider) + 1;

	if (strcmp(provider, "millpond") != 0)
		return;
	CHECK(place_count < PLACES);
	CHECK_EQUAL(addresses[1], base);
	CHECK_EQUAL(addresses[2], 0); /* no semaphore */
	places[place_count++] = (struct place){
		.name = name,
		.arguments = name + strlen(name) + 1,
		.at = (instruction *)(moved_by + addresses[0]),
	};
}

static void add_places(const char *notes, size_t bytes, uintptr_t moved_by, ElfW(Addr) base)
{
	while (bytes > sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)notes;
		size_t name_bytes = (note->n_namesz + 3U) & ~3U, content_bytes = (note->n_descsz + 3U) & ~3U;
		size_t all_bytes = sizeof(*note) + name_bytes + content_bytes;

		CHECK(all_bytes <= bytes);
		CHECK_EQUAL(note->n_type, NOTE_TYPE);
		add_place(notes + sizeof(*note) + name_bytes, moved_by, base);
		notes += all_bytes;
		bytes -= all_bytes;
	}
}

static const ElfW(Shdr) *find_section(const char *file, const char *name)
{
	const ElfW(Ehdr) *header = (const void *)file;
	const ElfW(Shdr) *sections = (const void *)(file + header->e_shoff);
	const char *names = file + sections[header->e_shstrndx].sh_offset;

	for (int i = 0; i < header->e_shnum; i++) {
		if (strcmp(names + sections[i].sh_name, name) == 0)
			return &sections[i];
	}
	return NULL;
}

void traps_set(uintptr_t function)
{
	struct file found = { .function = function };
	struct sigaction action = { .sa_sigaction = reached, .sa_flags = SA_SIGINFO | SA_NODEFER };

	CHECK_EQUAL(dl_iterate_phdr(find_file, &found), 1);
	const char *file = read_file(found.name);
	const ElfW(Shdr) *base = find_section(file, ".stapsdt.base"), *notes = find_section(file, ".note.stapsdt");

#ifndef HAS_PROBES
	CHECK(!base);
	SKIP("the library is built without probes");
#endif
	CHECK(base && notes);
	CHECK_EQUAL(notes->sh_flags & SHF_ALLOC, 0);
	CHECK_EQUAL(base->sh_flags & (SHF_ALLOC | SHF_WRITE), SHF_ALLOC);
	add_places(file + notes->sh_offset, notes->sh_size, found.moved_by, base->sh_addr);
	CHECK_EQUAL(sigaction(SIGTRAP, &action, NULL), 0);
	for (unsigned i = 0; i < place_count; i++)
		set_trap(places[i].at);
}

unsigned traps_hits(const char *name)
{
	unsigned hits = 0;

	for (unsigned i = 0; i < place_count; i++)
		hits += strcmp(places[i].name, name) == 0 ? places[i].hits : 0;
	return hits;
}

struct trap_hit traps_last(void)
{
	return last;
}

void traps_forget(void)
{
	for (unsigned i = 0; i < place_count; i++)
		places[i].hits = 0;
	last = (struct trap_hit){ 0 };
}

unsigned traps_places(const char *name)
{
	unsigned count = 0;

	for (unsigned i = 0; i < place_count; i++)
		count += strcmp(places[i].name, name) == 0;
	return count;
}

unsigned traps_places_reached(const char *name)
{
	unsigned count = 0;

	for (unsigned i = 0; i < place_count; i++)
		count += strcmp(places[i].name, name) == 0 && places[i].was_reached;
	return count;
}

#else /* no probes on this machine */

void traps_set(uintptr_t function)
{
	(void)function;
	SKIP("there are no probes on this machine");
}

unsigned traps_hits(const char *name)
{
	(void)name;
	return 0;
}

struct trap_hit traps_last(void)
{
	return (struct trap_hit){ 0 };
}

void traps_forget(void)
{
}

unsigned traps_places(const char *name)
{
	(void)name;
	return 0;
}

unsigned traps_places_reached(const char *name)
{
	(void)name;
	return 0;
}

#endif

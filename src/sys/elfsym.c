// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: sys. See elfsym.h.
 */
#include "elfsym.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef HAVE_LIBDW

bool elfsym_available(void)
{
	return false;
}

int elfsym_resolve(int fd, struct elfsym *syms, int n)
{
	close(fd);
	for (int i = 0; i < n; i++)
		syms[i].name[0] = '\0';
	return -ENOTSUP;
}

#else

#include <elfutils/libdwfl.h>

bool elfsym_available(void)
{
	return true;
}

/* The file is at hand; by no means is another one looked for. */
static int no_elf(Dwfl_Module *mod, void **data, const char *name, Dwarf_Addr base, char **file,
		  Elf **elf)
{
	(void)mod;
	(void)data;
	(void)name;
	(void)base;
	(void)file;
	(void)elf;
	return -1;
}

static Dwfl *session_begin(void)
{
	static char debug[] = "/usr/lib/debug", *path = debug;
	/*
	 * By build id only: dwfl_standard_find_debuginfo() would ask the servers that the
	 * environment names (debuginfod), and wait for them.
	 */
	static const Dwfl_Callbacks callbacks = {.find_elf = no_elf,
						 .find_debuginfo = dwfl_build_id_find_debuginfo,
						 .section_address = dwfl_offline_section_address,
						 .debuginfo_path = &path};

	return dwfl_begin(&callbacks);
}

/* Where the linker put what is at this offset of the file. */
static bool address_of(Elf *elf, uint64_t offset, GElf_Addr *address)
{
	GElf_Phdr ph;
	size_t n;

	if (elf_getphdrnum(elf, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_LOAD || !(ph.p_flags & PF_X))
			continue;
		if (offset >= ph.p_offset && offset - ph.p_offset < ph.p_filesz) {
			*address = ph.p_vaddr + (offset - ph.p_offset);
			return true;
		}
	}
	return false;
}

/*
 * libdw also gives the nearest symbol without a size, which may be a mere label before a function
 * whose symbol was stripped.
 */
static bool holds(const GElf_Sym *sym, GElf_Off into)
{
	int type = GELF_ST_TYPE(sym->st_info);

	return into < sym->st_size &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE);
}

static void resolve(Dwfl_Module *mod, struct elfsym *syms, int n)
{
	GElf_Addr bias, address;
	Elf *elf = dwfl_module_getelf(mod, &bias);
	const char *name;
	GElf_Off into;
	GElf_Sym sym;

	for (int i = 0; elf && i < n; i++) {
		if (!address_of(elf, syms[i].offset, &address))
			continue;
		name = dwfl_module_addrinfo(mod, address + bias, &into, &sym, NULL, NULL, NULL);
		if (name && holds(&sym, into))
			snprintf(syms[i].name, sizeof(syms[i].name), "%s", name);
	}
}

int elfsym_resolve(int fd, struct elfsym *syms, int n)
{
	Dwfl *dwfl = session_begin();
	Dwfl_Module *mod;

	for (int i = 0; i < n; i++)
		syms[i].name[0] = '\0';
	if (!dwfl) {
		close(fd);
		return -ENOMEM;
	}
	dwfl_report_begin(dwfl);
	mod = dwfl_report_offline(dwfl, "mapped", "mapped", fd); /* takes fd over if it succeeds */
	if (!mod)
		close(fd);
	dwfl_report_end(dwfl, NULL, NULL);
	if (mod)
		resolve(mod, syms, n);
	dwfl_end(dwfl);
	return mod ? 0 : -ENOEXEC;
}

#endif

# SPDX-License-Identifier: GPL-2.0-or-later
"""Made kernels and modules: build folders whose Makefile only runs gcc, and C that has a module's sections."""
import os

KERNEL_MAKEFILE = """modules:
	for file in $(M)/*.c; do gcc -c -g $(KCFLAGS) $$file -o $${file%.c}.ko || exit 1; done
	cat $(KBUILD_EXTRA_SYMBOLS) /dev/null > $(M)/extra-symbols
	echo 0x1 > $(M)/Module.symvers
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as out:
        out.write(text)


def kernel(folder, release, symbols):
    """A build folder that says RELEASE and exports SYMBOLS (name -> CRC)."""
    write(f"{folder}/Makefile", KERNEL_MAKEFILE)
    write(f"{folder}/include/generated/utsrelease.h", f'#define UTS_RELEASE "{release}"\n')
    write(f"{folder}/include/config/auto.conf", "CONFIG_X86_64=y\nCONFIG_SMP=y\nCONFIG_MODULE_UNLOAD=y\nCONFIG_MODVERSIONS=y\n")
    lines = [f"0x{crc:08x}\t{name}\tvmlinux\tEXPORT_SYMBOL\t\n" for name, crc in symbols.items()]
    write(f"{folder}/Module.symvers", "".join(lines))


def module(name, release, imports, exports=(), aliases=()):
    """C whose object file is a module as the loader sees one: IMPORTS and EXPORTS are name -> CRC."""
    info = {"license": "GPL", "name": name, "vermagic": f"{release} SMP mod_unload modversions "}
    lines = ['#define IN(section_name) __attribute__((section(section_name), used))',
             'struct version { unsigned long crc; char name[56]; };']
    lines += [f'IN(".modinfo") static const char info_{key}[] = "{key}={value}";' for key, value in info.items()]
    lines += [f'IN(".modinfo") static const char alias_{n}[] = "alias={alias}";' for n, alias in enumerate(aliases)]
    versions = ", ".join(f'{{0x{crc:x}, "{symbol}"}}' for symbol, crc in dict(imports).items())
    lines.append(f'IN("__versions") static const struct version versions[] = {{{versions}}};')
    for symbol in imports:
        if symbol != "module_layout":
            lines.append(f"void {symbol}(void); void *use_{symbol} = {symbol};")
    for symbol, crc in dict(exports).items():
        lines.append(f'IN("__ksymtab") static const long __ksymtab_{symbol}[3];')
        lines.append(f'__asm__(".globl __crc_{symbol}; .set __crc_{symbol}, 0x{crc:x}");')
        lines.append(f"void {symbol}(void) {{ }}")
    return "\n".join(lines) + "\n"


def recipe(name, modules, kernels=None):
    return (f"[module]\nname={name}\nsummary=Test\nversion=1.0\nlicense=GPL-2.0-only\nmodules={' '.join(modules)}\n"
            + (f"kernels={kernels}\n" if kernels else "")
            + f"[source]\nkind=kernel\npaths=drivers/{name}\n[pass {name}]\ndirectory=drivers/{name}\n")

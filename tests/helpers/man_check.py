#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares a man page with the program: man_check.py MANPAGE PROGRAM VAULT. Prints each difference; exit 1 if any.
Commands, the commands that take each option, the options' values, settings (of VAULT, any vault here) and exit codes."""
import json
import re
import subprocess
import sys


def says(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def plain(line):
    """The text of a roff line: fonts and the macro's name go, the quotes of arguments too."""
    line = re.sub(r"\\f.|\\&", "", line).replace("\\-", "-")
    return re.sub(r'^\.[BIR]+ ', "", line).replace('"', "")


def entries(page, section):
    """The tagged paragraphs of a section: [(tag, first line of the text)]."""
    body = re.search(r"^\.SH %s\n(.*?)(?=^\.SH |\Z)" % section, page, re.M | re.S).group(1).splitlines()
    return [(plain(body[i + 1]), plain(body[i + 2])) for i, line in enumerate(body) if line == ".TP"]


def option(text):
    """ "-n, --name NAME" -> ("--name", "-n", "NAME") """
    m = re.fullmatch(r"(?:(-\w), )?(--[a-z-]+)(?: ([A-Z]+))?", re.sub(" +", " ", text.strip()))
    return m and (m[2], m[1] or "", m[3] or "")


def of_program(program):
    top = says(program, "--help")
    commands = re.findall(r"^  ([a-z-]+) ", top.split("\n\nSTORE")[0], re.M)
    options = {}
    for c in commands:
        for line in says(program, c, "--help").splitlines():
            m = re.match(r" +((?:-\w, )?--[a-z-]+(?: [A-Z]+)?) ", line)
            if m:
                options.setdefault(option(m[1]), set()).add(c)
    codes = set(re.findall(r"^ +(\d+)  ", top, re.M))
    return commands, {o: set(commands) if len(c) == len(commands) else c for o, c in options.items()}, codes


def of_page(page, commands):
    options = {}
    for tag, text in entries(page, "OPTIONS"):
        m = re.fullmatch(r"\((.*)\)", text)
        if m and option(tag):
            options[option(tag)] = set(commands) if m[1] == "all" else set(m[1].split(", "))
    codes = {tag for tag, _ in entries(page, "EXIT STATUS")}
    return [tag.split()[0] for tag, _ in entries(page, "COMMANDS")], options, codes


def compare(what, page, program):
    for x in sorted(program - page):
        print(f"{what} {x} is not in the man page")
    for x in sorted(page - program):
        print(f"{what} {x} is in the man page alone")
    return page == program


def main():
    page = open(sys.argv[1], encoding="utf-8").read()
    commands, options, codes = of_program(sys.argv[2])
    page_commands, page_options, page_codes = of_page(page, commands)
    settings = set(json.loads(says(sys.argv[2], "config", "--json", sys.argv[3])))
    good = [compare("command", set(page_commands), set(commands)),
            compare("option", {" ".join(o).strip() for o in page_options}, {" ".join(o).strip() for o in options}),
            compare("exit code", page_codes, codes),
            compare("setting", {tag for tag, _ in entries(page, "SETTINGS")}, settings)]
    for o in sorted(set(options) & set(page_options)):
        good.append(compare(f"{o[0]} of command", page_options[o], options[o]))
    if not commands or len(options) < 10 or len(settings) < 5:
        good.append(print("too little was found to compare"))
    return 0 if all(good) else 1


sys.exit(main())

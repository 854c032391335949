"""C as far as the rules need it: text without comments and strings, functions with their parameters, ternaries."""
import re
from dataclasses import dataclass

TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)


def _blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def plain(text):
    """The text with comments and what is in quotes made blank; every line stays where it was."""
    return TOKEN.sub(_blank, text)


@dataclass
class Function:
    """`lines`: from its opening to its closing brace. `parameters`: their texts."""

    name: str
    line: int
    lines: int
    parameters: list


def split(text):
    """At the commas that are in no parentheses."""
    parts, depth, last = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if c == "," and not depth:
            parts.append(text[last:i].strip())
            last = i + 1
    parts.append(text[last:].strip())
    return [] if parts in ([""], ["void"]) else parts


def signature(head):
    """(name, parameters) of what stands before a brace, None when it is no function."""
    head = head.rstrip()
    if not head.endswith(")"):
        return None
    depth = 0
    for i in range(len(head) - 1, -1, -1):
        depth += (head[i] == ")") - (head[i] == "(")
        if not depth:
            break
    name = re.search(r"(\w+)\s*$", head[:i])
    return (name[1], split(head[i + 1:-1])) if name and "=" not in head[:i] else None


def functions(text):
    """All that are defined in it."""
    text = DIRECTIVE.sub(_blank, plain(text))
    depth, since, found, open_at = 0, 0, [], None
    for m in re.finditer(r"[{};]", text):
        c, at = m[0], m.start()
        if c == "{":
            if not depth:
                open_at = (at, signature(text[since:at]))
            depth += 1
        elif c == "}":
            depth -= 1
            if not depth and open_at and open_at[1]:
                begin, (name, parameters) = open_at
                found.append(Function(name, text.count("\n", 0, begin) + 1, text.count("\n", begin, at), parameters))
        if not depth:
            since = at + 1
    return found


def nested_ternaries(text):
    """Lines of each "?" within a branch of another: that of an outer one ends at a comma, a semicolon or the end of its parentheses."""
    lines, levels = [], [False]
    for m in re.finditer(r"[?,;{}()\[\]]", plain(text)):
        c = m[0]
        if c == "?":
            if any(levels):
                lines.append(text.count("\n", 0, m.start()) + 1)
            levels[-1] = True
        elif c in "([{":
            levels.append(False)
        elif c in ")]}":
            if len(levels) > 1:
                levels.pop()
            if c == "}":
                levels[-1] = False
        else:
            levels[-1] = False
    return lines

"""forms.py CLOUDSEAL NAME [OPTION...]: in which forms a vault's shared records of files are: a line each, how many and what. By debug
dump, so OPTION may be --passfile FILE. Records of members are not among them: whoever looks becomes one."""
import collections
import json
import subprocess
import sys

KINDS = ["inode", "link", "sibling", "version", "xattr", "place", "content", "extents", "segment"]
GROUPS = {2: "where", 3: "mode", 4: "uid", 5: "gid", 6: "rdev", 7: "mtime", 8: "times", 11: "xattr"}


def records(program, name, options, kind):
    said = subprocess.run([program, "debug", "dump", "--json", *options, name, "record", kind], capture_output=True, text=True)
    if said.returncode == 10:
        return []
    if said.returncode:
        sys.exit(f"forms: {kind}: {said.stderr}")
    dumped = json.loads(said.stdout)["record"]
    if dumped.get("more"):
        sys.exit(f"forms: too many records of {kind}")
    return dumped["records"]


def of_place(place, link):
    yield f"place of {link}"
    where = place.get("where")
    if where:
        if where["seat"]["stamp"] != where["stamp"]:
            yield f"place of {link}, with a seat of its own"
        if where["seat"]["handed_on"]:
            yield f"place of {link}, with a seat that was handed on"
        if "back" in where:
            yield f"place of {link}, with the one before"
        if "half_of_exchange" in where:
            yield f"place of {link}, half of an exchange"
    if "removed" in place:
        yield f"place of {link}, removed, {'with' if place['removed']['seen'] else 'without'} versions seen"
    for by in place.get("replaced", []):
        yield f"place of {link}, replaced, {'with' if by['seen'] else 'without'} versions seen"


def of_version(version, kind):
    if "contents" not in version:
        yield f"{kind}: a mark alone"
        return
    yield f"{kind}: {version['contents']}{', gone' if version['gone'] else ''}"
    if version["root"] != version["id"]:
        yield f"{kind}: of another root"
    if version["via_link"] not in (0, "0"):
        yield f"{kind}: through a further link"


def forms(r):
    kind = r["kind"]
    yield kind
    if "error" in r or r.get("breaks_a_rule"):
        yield f"{kind}: not as it should be"
    if kind == "inode":
        yield f"inode of a {r.get('type', 'nothing')}"
    if "place" in r:
        yield from of_place(r["place"], "a first link" if kind == "inode" else "a further link")
    for version in r.get("versions", []):
        yield from of_version(version, kind)
    if kind == "xattr":
        yield from (f"xattr{', removed' if a['removed'] else ''}" for a in r["attributes"])
    if kind == "place":
        _, _, group, sub, *_ = r["key"].split(":")
        group = GROUPS.get(int(group), group)
        yield f"place: what was {group}{' of a further link' if group == 'where' and int(sub, 16) else ''}"
    if kind == "content":
        yield f"content {'of a parent' if r['has_parent'] else 'by itself'}"
    if kind == "extents":
        yield f"extents: {'some' if r['extents'] else 'an empty window'}"
    if kind == "segment" and "condemned" in r:
        yield "segment, condemned"


program, name, *options = sys.argv[1:]
count = collections.Counter(form for kind in KINDS for r in records(program, name, options, kind) for form in forms(r))
print("\n".join(f"{n} {form}" for form, n in sorted(count.items())))

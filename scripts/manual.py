"""manual.py COMMAND PAGE: writes the mdoc(7) man page of a command from its own description of itself."""

import datetime
import json
import subprocess
import sys


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in text.split("\n"))


def flag(name):
    return ("-" if name["kind"] == "short" else "--") + name["name"]


def is_long_text(paragraph):
    return not any(line.startswith("  ") for line in paragraph.split("\n"))


def write_text(out, text):
    """Paragraphs are filled; what is indented (examples, tables) stays as it is."""
    for paragraph in text.strip().split("\n\n"):
        out.append(".Pp")
        if is_long_text(paragraph):
            out.append(escaped(paragraph))
        else:
            out += [".Bd -literal", escaped(paragraph), ".Ed"]


def write_arguments(out, arguments):
    shown = [a for a in arguments if a.get("shouldDisplay", True)]
    if not shown:
        return
    out.append(".Bl -tag -width indent")
    for argument in shown:
        if argument["kind"] == "positional":
            label = argument.get("valueName", "argument")
            out.append(f".It Ar {escaped(label)}")
        else:
            names = ", ".join(flag(name) for name in argument.get("names", []))
            value = f" Ar {escaped(argument['valueName'])}" if argument["kind"] == "option" else ""
            out.append(f".It Li {escaped(names)}{value}")
        out.append(escaped(argument.get("abstract", "")))
        if argument.get("defaultValue"):
            out.append(f"Default: {escaped(argument['defaultValue'])}.")
    out.append(".El")


def visible(command):
    return [c for c in command.get("subcommands", []) if c["commandName"] != "help" and c.get("shouldDisplay", True)]


def write_verbs(out, command, prefix):
    for verb in visible(command):
        name = f"{prefix} {verb['commandName']}".strip()
        out.append(f".Ss {escaped(name)}")
        out.append(escaped(verb.get("abstract", "")))
        if verb.get("discussion"):
            write_text(out, verb["discussion"])
        write_arguments(out, verb.get("arguments", []))
        write_verbs(out, verb, name)


def main(binary, page):
    described = subprocess.run([binary, "--experimental-dump-help"], check=True, capture_output=True, text=True)
    command = json.loads(described.stdout)["command"]
    name = command["commandName"]
    out = [f".Dd {datetime.date.today():%B %d, %Y}", f".Dt {name.upper()} 1", ".Os", ".Sh NAME", f".Nm {name}"]
    out.append(f".Nd {escaped(command.get('abstract', '').rstrip('.'))}")
    out += [".Sh SYNOPSIS", ".Nm"]
    if visible(command):
        out.append(".Op Ar verb")
    out += [".Op Ar options", ".Op Ar arguments", ".Sh DESCRIPTION", escaped(command.get("abstract", ""))]
    if command.get("discussion"):
        write_text(out, command["discussion"])
    out.append(".Sh OPTIONS")
    write_arguments(out, command.get("arguments", []))
    if visible(command):
        out.append(".Sh VERBS")
        write_verbs(out, command, "")
    out += [".Sh EXIT STATUS", "0 on success; otherwise as in", ".Xr sysexits 3 ,"]
    out += ["and 1 when some lines failed or the answer to a check is no."]
    others = [c for c in ("admin", "broker", "certs", "keygen", "recv", "send") if f"cmq-{c}" != name]
    out.append(".Sh SEE ALSO")
    out += [f".Xr cmq-{other} 1{' ,' if other != others[-1] else ''}" for other in others]
    with open(page, "w", encoding="utf-8") as file:
        file.write("\n".join(line for line in out if line) + "\n")


main(sys.argv[1], sys.argv[2])

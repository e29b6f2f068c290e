"""Runs a Dockerfile without Docker: its very lines, in copies of a bare Debian root, by chroot.

In   a Dockerfile, its context folder (.dockerignore is heeded), a function that gives the bare root of an image.
Out  an Image: a folder with what the last stage left, its user, environment, entry point and command.

Only what our Dockerfile uses is understood; anything else raises NotUnderstood, so that no line of it is passed
over in silence. Needs root. No layers, no caching, no isolation: it tries the steps, it does not contain them.
"""

import dataclasses
import fnmatch
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

# They tell those who run the image something; nothing happens while it is made.
WITHOUT_STEPS = ("EXPOSE", "STOPSIGNAL", "LABEL")


class NotUnderstood(Exception):
    """An instruction, or a form of one, that this interpreter does not know."""


class StepFailed(Exception):
    """A RUN ended with another exit code than 0; the text ends with its output."""


@dataclasses.dataclass
class Instruction:
    line: int
    name: str
    text: str


@dataclasses.dataclass
class Image:
    root: pathlib.Path
    base: str
    user: str = "root"
    folder: str = "/"
    environment: dict = dataclasses.field(default_factory=lambda: {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})
    entry_point: list = dataclasses.field(default_factory=list)
    command: list = dataclasses.field(default_factory=list)
    health: list = dataclasses.field(default_factory=list)  # the health check's command

    def path(self, inside, relative_to="/"):
        """Where a path of the image lies for us."""
        return self.root / os.path.normpath(os.path.join("/", relative_to, inside)).lstrip("/")

    def account(self):
        """(uid, gid) of the image's user, by the image's own passwd file."""
        name, _, group = self.user.partition(":")
        for line in (self.root / "etc/passwd").read_text().splitlines():
            fields = line.split(":")
            if name in (fields[0], fields[2]):
                return int(fields[2]), int(group) if group.isdigit() else int(fields[3])
        raise NotUnderstood(f"USER {self.user}: no such account in the image")

    def start(self, arguments, environment=None, **options):
        """A process in the image, as its user, as `docker run` would start one (subprocess.Popen)."""
        uid, gid = self.account()

        def enter():
            os.chroot(self.root)
            os.chdir(self.folder)
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)

        return subprocess.Popen(arguments, env={**self.environment, **(environment or {})}, preexec_fn=enter,
                                stdin=subprocess.DEVNULL, **options)

    def run(self, arguments, environment=None):
        """The same, to its end; returns its output, both streams in one."""
        process = self.start(arguments, environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output, _ = process.communicate()
        if process.returncode != 0:
            raise StepFailed(f"exit code {process.returncode}: {shlex.join(arguments)}\n{output[-6000:]}")
        return output


def parse(text):
    """The instructions in order: comments left out, continued lines joined."""
    instructions, pending, first = [], "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or (not line.strip() and not pending):
            continue
        first = first or number
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        name, _, rest = (pending + line).strip().partition(" ")
        instructions.append(Instruction(first, name.upper(), rest.strip()))
        pending, first = "", 0
    return instructions


def build(dockerfile, context, work, bare_root):
    """Runs all stages below the folder `work`; returns the last one's Image.

    bare_root   image name ("debian:trixie-slim") → folder of a Debian root, which is copied
    """
    stages, image = {}, None
    for instruction in parse(pathlib.Path(dockerfile).read_text()):
        try:
            if instruction.name == "FROM":
                image = begin_stage(instruction, stages, pathlib.Path(work), bare_root)
            elif image is None:
                raise NotUnderstood("before the first FROM")
            else:
                carry_out(instruction, image, stages, pathlib.Path(context))
        except (NotUnderstood, StepFailed) as problem:
            raise type(problem)(f"{dockerfile}:{instruction.line}: {instruction.name}: {problem}") from problem
    return image


def begin_stage(instruction, stages, work, bare_root):
    named = re.fullmatch(r"(\S+)(?:\s+AS\s+(\S+))?", instruction.text, re.IGNORECASE)
    if not named:
        raise NotUnderstood(instruction.text)
    root = work / f"stage-{len(stages)}"
    subprocess.run(["cp", "-a", "--reflink=auto", str(bare_root(named[1])), str(root)], check=True)
    image = Image(root, named[1])
    stages[named[2] or str(len(stages))] = image
    return image


def carry_out(instruction, image, stages, context):
    text = instruction.text
    if instruction.name == "RUN":
        if text.startswith(("--", "[")):
            raise NotUnderstood("only the shell form, without options")
        image.run(["/bin/sh", "-c", text])
    elif instruction.name == "COPY":
        copy(shlex.split(text), image, stages, context)
    elif instruction.name == "WORKDIR":
        image.folder = os.path.normpath(os.path.join(image.folder, text))
        image.path(image.folder).mkdir(parents=True, exist_ok=True)
    elif instruction.name == "USER":
        image.user = text
        image.account()
    elif instruction.name == "ENV":
        image.environment.update(pair.split("=", 1) for pair in shlex.split(text))
    elif instruction.name == "ENTRYPOINT":
        image.entry_point = exec_form(text)
    elif instruction.name == "CMD":
        image.command = exec_form(text)
    elif instruction.name == "HEALTHCHECK":
        image.health = exec_form(health_command(text))
    elif instruction.name not in WITHOUT_STEPS:
        raise NotUnderstood("unknown instruction")


def health_command(text):
    """What stands behind [--OPTION=VALUE...] CMD."""
    found = re.fullmatch(r"(?:--(?:interval|timeout|start-period|retries)=\S+\s+)*CMD\s+(.*)", text)
    if not found:
        raise NotUnderstood(text)
    return found[1]


def exec_form(text):
    if not text.startswith("["):
        raise NotUnderstood("only the exec form")
    return json.loads(text)


def copy(words, image, stages, context):
    """COPY [--from=STAGE] SOURCE... TARGET, files and folders, as root's."""
    source_of = lambda word: context / word  # noqa: E731
    ignored = ignored_names(context)
    if words[0].startswith("--from="):
        stage = stages[words.pop(0).partition("=")[2]]
        source_of, ignored = stage.path, lambda folder, names: set()
    if words[0].startswith("--"):
        raise NotUnderstood(words[0])
    *sources, target = words
    place = image.path(target, image.folder)
    for word in sources:
        source = source_of(word)
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True, ignore=ignored, dirs_exist_ok=True)
            continue
        into_folder = target.endswith("/") or place.is_dir()
        destination = place / source.name if into_folder else place
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, destination)


def ignored_names(context):
    """For shutil.copytree: what .dockerignore leaves out. Plain names at the top, and **/NAME anywhere."""
    file = context / ".dockerignore"
    patterns = file.read_text().split() if file.exists() else []
    for pattern in patterns:
        if not re.fullmatch(r"(\*\*/)?[^/*!]+", pattern):
            raise NotUnderstood(f".dockerignore: {pattern}")
    anywhere = [pattern[3:] for pattern in patterns if pattern.startswith("**/")]
    at_top = [pattern for pattern in patterns if not pattern.startswith("**/")]

    def ignore(folder, names):
        wanted = anywhere + (at_top if pathlib.Path(folder) == context / "." else [])
        return {name for name in names if any(fnmatch.fnmatch(name, pattern) for pattern in wanted)}

    return ignore

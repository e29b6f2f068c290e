"""The templates of orm.sql with literals put in: the same seed gives the same text."""

import pathlib
import random
import re

FOLDER = pathlib.Path(__file__).resolve().parent
WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliet".split()


def literals(source):
    def number():
        return str(source.randrange(1, 100_001))

    return {
        "i": number,
        "k": number,
        "s": lambda: f"{source.choice(WORDS)}{source.randrange(1000)}",
        "e": lambda: f"{source.choice(WORDS)}.{source.randrange(100_000)}@example.com",
        "d": lambda: f"20{20 + source.randrange(7)}-{1 + source.randrange(12):02}-{1 + source.randrange(28):02} "
                     f"{source.randrange(24):02}:{source.randrange(60):02}:{source.randrange(60):02}",
        "f": lambda: f"{source.randrange(10_000)}.{source.randrange(100):02}",
        "l": lambda: ", ".join(number() for _ in range(source.randrange(1, 21))),
    }


def orm_statements(count, new_shapes=False, seed=1):
    """`count` statements, template after template; with `new_shapes` each but INSERTs has one never seen before."""
    source = random.Random(seed)
    make = literals(source)
    templates = [line for line in (FOLDER / "orm.sql").read_text().splitlines() if line and not line.startswith("--")]
    for n in range(count):
        template = templates[n % len(templates)]
        if new_shapes and not re.match("insert", template, re.IGNORECASE):
            template = re.sub("^(WITH )?", lambda with_: f"WITH `u{n}` AS (SELECT 1)" + (", " if with_[1] else " "),
                              template)
        yield re.sub(r"\{([ikedsfl])\}", lambda name: make[name[1]](), template)


def point_statements(count, seed=1):
    source = random.Random(seed)
    for _ in range(count):
        yield f"SELECT c FROM sbtest1 WHERE id={source.randrange(1, 100_001)}"

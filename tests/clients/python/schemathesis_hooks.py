"""Hooks of schemathesis: no paths that the edge refuses before it looks for an operation.

Its refusal has the form of the gateway's errors and tests of its own (tests/workers/gateway.test.mjs).
"""

import schemathesis

AMBIGUOUS = set(";\\%/?#")


def is_plain(character):
    return character.isascii() and character.isprintable() and character not in AMBIGUOUS


def unambiguous(value):
    text = str(value)
    return text != "" and all(map(is_plain, text)) and not text.endswith((".", " "))


@schemathesis.hook
def filter_case(context, case):
    return all(unambiguous(value) for value in (case.path_parameters or {}).values())


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Values for the fuzzing: generating anew until a value is unambiguous takes too long."""
    for name, value in (path_parameters or {}).items():
        text = "".join(character if is_plain(character) else "_" for character in str(value))
        path_parameters[name] = text if unambiguous(text) else f"{text}_"
    return path_parameters


@schemathesis.serializer("application/x-ndjson")
def as_lines(context, value):
    """The lines of an import are a text already."""
    return value.encode() if isinstance(value, str) else value

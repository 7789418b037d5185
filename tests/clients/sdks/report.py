"""Tries the calls of an SDK and prints one outcome a line, as JSON: `{call, outcome, text}`."""

import inspect
import json
import os
import sys

import requests

#: The world that the calls run against (`sdks.test.mjs`).
WORLD = json.loads(os.environ["WORLD"])
BASE = WORLD["base"]
CLIENT = WORLD["client"]


def user(name):
    """The user of the demo, with the password."""
    return next(one for one in WORLD["users"] if one["name"] == name)


class Misshapen(Exception):
    """The call returned, and not what it promises."""


class Report:
    """The outcomes of the calls of one client."""

    def __init__(self, prefix=""):
        self.prefix = prefix
        self.tried = set()

    def call(self, name, run, check=None):
        """Runs the call; it works if it returns what `check` accepts. Returns the result or `None`."""
        self.tried.add(name)
        try:
            result = run()
            if inspect.isawaitable(result):
                raise TypeError("await it")
            if check is not None and not check(result):
                raise Misshapen(f"{describe(result)}")
        except Exception as error:  # every exception of the SDK is an outcome
            self._print(name, outcome(error), f"{error}" or type(error).__name__)
            return None
        self._print(name, "works", "")
        return result

    async def call_async(self, name, run, check=None):
        """The same for a coroutine."""
        try:
            result = await run()
        except Exception as error:
            return self.call(name, lambda: raised(error))
        return self.call(name, lambda: result, check)

    def all_tried(self, client, without=()):
        """Reports the public methods of `client` that were not tried."""
        public = {
            name for name, value in inspect.getmembers(type(client))
            if callable(value) and not name.startswith("_")
        }
        for name in sorted(public - self.tried - set(without)):
            self._print(name, "untried", "")

    def _print(self, name, result, text):
        row = {"call": self.prefix + name, "outcome": result, "text": " ".join(text.split())[:300]}
        print(json.dumps(row), flush=True)


def raised(error):
    raise error


def outcome(error):
    return "misshapen" if isinstance(error, Misshapen) else "refused"


def describe(result):
    text = result if isinstance(result, (str, bytes)) else getattr(result, "__dict__", result)
    return f"{type(result).__name__}: {text}"[:200]


def is_list_of(kind, *names):
    """A check: a list of `kind` that holds objects with these names."""
    def check(found):
        return all(isinstance(one, kind) for one in found) and set(names) <= {one.name for one in found}
    return check


def is_page_of(kind, size):
    """A check: `(list, total)` with at most `size` objects."""
    def check(found):
        objects, total = found
        return isinstance(total, int) and total >= len(objects) and 0 < len(objects) <= size and all(
            isinstance(one, kind) for one in objects)
    return check


def is_ok(answer):
    """A check: the envelope of a success."""
    return isinstance(answer, dict) and answer.get("status") == "ok"


def is_affected(answer):
    """A check: what a write promises, in the envelope or without it."""
    return answer == "Affected" or is_ok(answer) and answer["data"] == "Affected"


def confirmed(answer):
    """The answer, unless it is False or None: some methods return that instead of the reason."""
    if answer is False or answer is None:
        raise ValueError(f"returned {answer}")
    return answer


def served(url):
    """The URL of a page, if the server has it."""
    answer = requests.get(url, timeout=10)
    if answer.status_code >= 400 or not answer.url.startswith(BASE):
        raise ValueError(f"{answer.status_code} {answer.text}")
    return url


def log(*text):
    print(*text, file=sys.stderr)

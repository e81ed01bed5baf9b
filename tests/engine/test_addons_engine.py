"""The add-ons on the real engine: nothing changes twice, and one EFA driver takes the other's place."""

from pathlib import Path
from typing import Any

from tests.engine.session import RELEASE, Session, needs_cli, pool, slow

pytestmark = [needs_cli, slow]

CLAIMS = "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate"
KUBECONFIG = {"efa-pools:kubeconfig": "apiVersion: v1\nkind: Config\n"}
TEMPLATES = {"addons-efa-node", "addons-efa-rail"}


def configured(session: Session, **addons: Any) -> Session:
    return session.configure(pool(), **KUBECONFIG, **{"efa-pools:addons": addons})


def test_drivers_change_places(tmp_path: Path) -> None:
    session = Session(tmp_path)
    made = configured(session, efa="device-plugin", gpu="auto").quick()
    assert {"addons-efa", "addons-gpu"} <= made.changed().keys() and not TEMPLATES & made.changed().keys()

    swapped = configured(session, efa="dra", gpu="auto").quick()
    assert swapped.changed() == {"addons-efa": "update", **dict.fromkeys(TEMPLATES, "create")}
    assert {one["inputs"]["chart"] for one in session.resources(RELEASE)} == {"aws-dranet", "gpu-operator"}
    session.assert_settled()
    assert not session.preview("--expect-no-changes").changed()

    # The API server lets no spec of a template change.
    charts = {"aws-dranet": {"values": {"deviceClass": {"name": "fabric"}}}}
    renamed = configured(session, efa="dra", gpu="auto", charts=charts).quick()
    assert renamed.changed() == {"addons-efa": "update", **dict.fromkeys(TEMPLATES, "replace")}
    assert len(session.resources(CLAIMS)) == 2
    session.assert_settled()

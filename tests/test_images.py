"""What containers are made from, and what compose.yaml tells of them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
PINNED = re.compile(r"[a-z/]+:[\w.-]+@sha256:[0-9a-f]{64}")


def test_every_image_of_others_is_named_by_its_digest():
    services = COMPOSE["services"].values()
    ours = [each["image"] for each in services if "build" in each]
    others = [each["image"] for each in services if "build" not in each]
    assert set(ours) == {"pimms-directory"}
    assert len(others) == 2 and all(map(PINNED.fullmatch, others))
    built_upon = [each["build"]["args"]["PYTHON_IMAGE"] for each in services if "build" in each]
    assert len(built_upon) == 3 and all(map(PINNED.fullmatch, built_upon))


def test_no_digest_stands_twice():
    """Else one of the two would be forgotten."""
    written = re.findall(r"sha256:([0-9a-f]{64})", (ROOT / "compose.yaml").read_text("utf-8"))
    assert len(written) == len(set(written)) == 3


def test_dockerfile_is_built_upon_nothing_but_that_image():
    text = (ROOT / "Dockerfile").read_text("utf-8")
    built_upon = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert set(built_upon) == {"${PYTHON_IMAGE}"}
    default = re.search(r"^ARG PYTHON_IMAGE=(.*)", text, re.MULTILINE)
    assert default and COMPOSE["x-images"]["python"].startswith(f"{default[1]}@")


def test_build_by_hand_takes_the_digest_of_compose():
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    pattern = re.search(r"""--build-arg PYTHON_IMAGE="\$\(grep -o '([^']+)' compose\.yaml\)""", text)
    assert pattern
    assert re.findall(pattern[1], (ROOT / "compose.yaml").read_text("utf-8")) == [COMPOSE["x-images"]["python"]]


def test_every_service_is_confined():
    for name, service in COMPOSE["services"].items():
        assert "mem_limit" in service, name
        if name != "database":  # its image sets rights of its folder, then gives root up
            assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name

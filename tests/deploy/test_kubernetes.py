"""The manifests, by the schemas of Kubernetes where it has them, and by what the worker really needs."""

from typing import Any

import kubernetes_validate
import pytest
import yaml
from manifests import KUBERNETES, Manifest, every_manifest, manifest

from worker.cli import app
from worker.cli.variables import variable
from worker.config import Settings
from worker.secret_files import SUFFIX
from worker.topology import Topology

VERSION = "1.31"
OWN_SCHEMAS = {"batch", "apps", "policy", "v1"}
PODS = [manifest(kind)["spec"]["template"] for kind in ("Deployment", "Job")]


@pytest.mark.parametrize(
    ("file", "document"),
    [
        pytest.param(file, document, id=f"{file}-{document['kind']}")
        for file, document in every_manifest()
        if document["apiVersion"].partition("/")[0] in OWN_SCHEMAS
    ],
)
def test_it_is_what_kubernetes_takes(file: str, document: Manifest) -> None:
    del file
    kubernetes_validate.validate(document, VERSION, strict=True)


def test_a_misspelt_field_would_be_found() -> None:
    wrong = {**manifest("Deployment"), "spec": {**manifest("Deployment")["spec"], "replica": 1}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def test_everything_but_the_example_is_applied() -> None:
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())["resources"]
    there = {path.name for path in KUBERNETES.glob("*.yaml")}
    assert {*listed, "kustomization.yaml", "secret.example.yaml"} == there


@pytest.mark.parametrize("pod", PODS)
def test_it_is_told_by_settings_there_are_and_secrets_there_are(pod: Manifest) -> None:
    [container] = pod["spec"]["containers"]
    settings = {variable(name) for name in Settings.model_fields}
    secrets = manifest("Secret")["stringData"]
    told = {each["name"]: each["value"] for each in container["env"]}
    assert {name.removesuffix(SUFFIX) for name in told} <= settings
    assert {path for name, path in told.items() if name.endswith(SUFFIX)} == set(_mounted(pod))
    assert set(_mounted(pod).values()) <= set(secrets)
    assert set(container["args"]) <= {command.name for command in app.registered_commands}


def test_only_the_migration_is_told_who_owns_the_tables() -> None:
    worker, migration = PODS
    assert "owner_database_url" not in _mounted(worker).values()
    assert _mounted(migration) == {"/run/secrets/handover/owner_database_url": "owner_database_url"}


@pytest.mark.parametrize("pod", PODS)
def test_it_may_do_nothing_but_its_work(pod: Manifest) -> None:
    [container] = pod["spec"]["containers"]
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_it_is_asked_how_it_is_where_it_answers() -> None:
    pod = manifest("Deployment")["spec"]["template"]
    [container] = pod["spec"]["containers"]
    told = {each["name"]: each["value"] for each in container["env"]}
    [port] = container["ports"]
    assert told["HANDOVER_HTTP_PORT"] == str(port["containerPort"])
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == told["HANDOVER_HTTP_PORT"]
    assert told["HANDOVER_HTTP_HOST"] == "0.0.0.0"  # noqa: S104 - the kubelet comes from outside
    probes = {name: container[f"{name}Probe"]["httpGet"] for name in ("liveness", "readiness", "startup")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "liveness": "/livez",
        "readiness": "/readyz",
        "startup": "/livez",
    }
    assert {probe["port"] for probe in probes.values()} == {port["name"]}


def test_it_has_the_time_it_takes_to_stop() -> None:
    grace = manifest("Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace > Settings.model_fields["shutdown_seconds"].default


def test_it_is_scaled_by_the_queue_it_works_on() -> None:
    scaled, authentication = manifest("ScaledObject"), manifest("TriggerAuthentication")
    [trigger] = scaled["spec"]["triggers"]
    assert scaled["spec"]["scaleTargetRef"]["name"] == manifest("Deployment")["metadata"]["name"]
    assert trigger["metadata"]["queueName"] == Topology().requests
    assert int(trigger["metadata"]["value"]) == 2 * Settings.model_fields["prefetch"].default
    assert scaled["spec"]["minReplicaCount"] >= 1
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]
    [secret] = authentication["spec"]["secretTargetRef"]
    assert secret["name"] == manifest("Secret")["metadata"]["name"]
    assert secret["key"] in manifest("Secret")["stringData"]


def test_selectors_find_the_pods_they_mean() -> None:
    labels = _labels(manifest("Deployment")["spec"]["template"])
    assert manifest("Deployment")["spec"]["selector"]["matchLabels"] == labels
    assert manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert _labels(manifest("Job")["spec"]["template"]) != labels


def _mounted(pod: Manifest) -> dict[str, str]:
    """The files a pod sees, and the key of the secret each holds."""
    [container], [volume] = pod["spec"]["containers"], pod["spec"]["volumes"]
    [mount] = container["volumeMounts"]
    return {f"{mount['mountPath']}/{each['path']}": each["key"] for each in volume["secret"]["items"]}


def _labels(pod: Manifest) -> dict[str, Any]:
    labels: dict[str, Any] = pod["metadata"]["labels"]
    return labels

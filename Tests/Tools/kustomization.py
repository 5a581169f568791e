"""What `kubectl kustomize` makes of a folder, as far as ours use it: resources, namespace, labels, generators, images, patches.

For machines without kubectl. An entry that is not known here is an error, so that nothing is passed over.
"""
import copy
import hashlib
import os

import yaml

KNOWN = {"apiVersion", "kind", "namespace", "labels", "resources", "configMapGenerator", "secretGenerator", "images", "patches"}


def build(folder):
    """All objects of the kustomization in `folder`."""
    with open(os.path.join(folder, "kustomization.yaml"), encoding="utf-8") as file:
        description = yaml.safe_load(file)
    unknown = set(description) - KNOWN
    if unknown:
        raise SystemExit(f"{folder}: not understood here: {unknown}")
    objects = []
    for resource in description["resources"]:
        path = os.path.normpath(os.path.join(folder, resource))
        if os.path.isdir(path):
            objects += build(path)
        else:
            with open(path, encoding="utf-8") as file:
                objects += [one for one in yaml.safe_load_all(file) if one]
    renamed = {}
    for kind, key in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
        for generator in description.get(key, []):
            one, name = generated(folder, kind, generator)
            objects.append(one)
            renamed[(kind, generator["name"])] = name
    for patch in description.get("patches", []):
        with open(os.path.join(folder, patch["path"]), encoding="utf-8") as file:
            apply(objects, yaml.safe_load(file), patch["path"])
    objects = [refer(one, renamed) for one in objects]
    for image in description.get("images", []):
        objects = [replace_image(one, image) for one in objects]
    for one in objects:
        if one["kind"] != "Namespace":
            one["metadata"]["namespace"] = description["namespace"]
        for labels in description.get("labels", []):
            one["metadata"].setdefault("labels", {}).update(labels["pairs"])
    return objects


def generated(folder, kind, generator):
    data = {}
    for entry in generator.get("files", []):
        name, _, path = entry.rpartition("=")
        path = os.path.join(folder, path)
        with open(path, encoding="utf-8") as file:
            data[name or os.path.basename(path)] = file.read()
    for entry in generator.get("literals", []):
        name, _, value = entry.partition("=")
        data[name] = value
    digest = hashlib.sha256(repr(sorted(data.items())).encode()).hexdigest()[:10]
    name = f"{generator['name']}-{digest}"
    labels = generator.get("options", {}).get("labels", {})
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "labels": dict(labels)},
            ("data" if kind == "ConfigMap" else "stringData"): data}, name


def refer(value, renamed):
    """The same with the full names of what was generated."""
    if isinstance(value, list):
        return [refer(one, renamed) for one in value]
    if not isinstance(value, dict):
        return value
    result = {key: refer(one, renamed) for key, one in value.items()}
    for key, kind, field in (("configMap", "ConfigMap", "name"), ("configMapKeyRef", "ConfigMap", "name"),
                             ("secret", "Secret", "secretName"), ("secretKeyRef", "Secret", "name")):
        if isinstance(result.get(key), dict) and (kind, result[key].get(field)) in renamed:
            result[key][field] = renamed[(kind, result[key][field])]
    return result


def replace_image(value, image):
    if isinstance(value, list):
        return [replace_image(one, image) for one in value]
    if not isinstance(value, dict):
        return value
    result = {key: replace_image(one, image) for key, one in value.items()}
    if isinstance(result.get("image"), str) and result["image"].rpartition(":")[0] == image["name"]:
        result["image"] = f"{image['newName']}:{image['newTag']}"
    return result


def apply(objects, patch, path):
    for index, one in enumerate(objects):
        if (one["kind"], one["metadata"]["name"]) == (patch["kind"], patch["metadata"]["name"]):
            objects[index] = merged(one, patch)
            return
    raise SystemExit(f"{path}: there is no {patch['kind']} {patch['metadata']['name']}")


def merged(old, new):
    """A strategic merge: lists of things that have names are merged by these, other lists are replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        result = copy.deepcopy(old)
        for key, value in new.items():
            result[key] = merged(old[key], value) if key in old else copy.deepcopy(value)
        return result
    if isinstance(old, list) and isinstance(new, list) and all(name_of(one) for one in old + new):
        result = copy.deepcopy(old)
        for value in new:
            places = [index for index, one in enumerate(result) if name_of(one) == name_of(value)]
            if places:
                result[places[0]] = merged(result[places[0]], value)
            else:
                result.append(copy.deepcopy(value))
        return result
    return copy.deepcopy(new)


def name_of(value):
    if not isinstance(value, dict):
        return None
    return value.get("name") or (value.get("metadata") or {}).get("name")

"""schema_check.py SCHEMA FILE...: which files the schema refuses, one line each: "FILE: where: why".

Exit code 77 where jsonschema or yaml is not installed."""
import re
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(missing)
    sys.exit(77)

import json


def value(node):
    """The tree as YAML 1.2 has it, as editors do: PyYAML's own types are those of 1.1."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: value(item) for key, item in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [value(item) for item in node.value]
    text = node.value
    if node.style is None:
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if re.fullmatch(r"[-+]?[0-9]+", text):
            return int(text)
        if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
            return float(text)
    return text


with open(sys.argv[1]) as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for path in sys.argv[2:]:
    with open(path) as file:
        document = value(yaml.compose(file, Loader=yaml.BaseLoader))
    for error in validator.iter_errors(document):
        deepest = jsonschema.exceptions.best_match([error])
        where = "/".join(str(part) for part in deepest.absolute_path)
        print(f"{path}: {where}: {deepest.message[:300]}")
